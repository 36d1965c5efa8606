"""The messages between clients and replicas. Given; nothing to do here.

A client numbers its questions; `request` is that number, unique among the client's own questions. Values are any plain data:
numbers, text, None, tuples.
"""

from typing import Any

from harness import message


@message
class Read:
    """question {request} to {to}: what does the register hold?"""

    request: int


@message
class Write:
    """question {request} to {to}: write {value}"""

    request: int
    value: Any


@message
class Delete:
    """question {request} to {to}: delete"""

    request: int


@message
class Values:
    """answers question {request} of {to}: it holds {values}"""

    request: int
    values: tuple[Any, ...]


@message
class Written:
    """answers question {request} of {to}: done"""

    request: int


@message
class Unavailable:
    """answers question {request} of {to}: not available"""

    request: int


@message
class Unknown:
    """answers question {request} of {to}: it may have happened or not"""

    request: int


@message
class Failed:
    """answers question {request} of {to}: failed, it did not happen"""

    request: int
