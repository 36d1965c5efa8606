"""The messages of this exercise. Given; nothing to do here.

Every key of the store is guarded by the lock of the same name: to change `report`, hold the lock `report`.
"""

from harness import message

# --- between a client and the lock server ---


@message
class Acquire:
    """asks for lock {lock} for {ttl_ms} ms"""

    lock: str
    ttl_ms: int
    asked_ms: int  # the asking client's own monotonic clock, read when it sends this; the answer brings it back


@message
class Renew:
    """asks to keep lock {lock} for {ttl_ms} ms more, with token {token}"""

    lock: str
    token: int
    ttl_ms: int
    asked_ms: int


@message
class Release:
    """gives lock {lock} back, with token {token}"""

    lock: str
    token: int


@message
class Granted:
    """grants {to} lock {lock} for {ttl_ms} ms, token {token}"""

    lock: str
    token: int
    ttl_ms: int
    asked_ms: int  # copied from the Acquire or Renew that this answers


@message
class Refused:
    """refuses {to} lock {lock}"""

    lock: str
    asked_ms: int  # copied likewise


# --- between a client and the store ---


@message
class Write:
    """sets {key} to '{value}', token {token}"""

    key: str
    value: str
    token: int


@message
class Delete:
    """deletes {key}, token {token}"""

    key: str
    token: int


@message
class Read:
    """reads {key}"""

    key: str


@message
class Accepted:
    """has changed {key}, token {token}"""

    key: str
    token: int  # copied from the Write or Delete


@message
class Rejected:
    """leaves {key} alone: token {token} is too old"""

    key: str
    token: int


@message
class Value:
    """answers: {key} is '{value}'"""

    key: str
    value: str | None


# --- between somebody outside and a client ---


@message
class Job:
    """wants job {number}: with lock {key}, work for {work_ms} ms, then set it to '{value}'"""

    number: int
    key: str
    value: str
    work_ms: int


@message
class Done:
    """job {number} is done"""

    number: int


@message
class Failed:
    """job {number} is not done"""

    number: int
