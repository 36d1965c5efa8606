"""The messages of this exercise. Given; nothing to do here.

Terms are whole numbers. You may define messages of your own beside these.
"""

from harness import message


@message
class RequestVote:
    """asks {to} for its vote in term {term}"""

    term: int


@message
class Vote:
    """answers {to}, vote granted in term {term}: {granted}"""

    term: int
    granted: bool


@message
class Heartbeat:
    """tells {to}: I lead term {term}"""

    term: int


@message
class WhoLeads:
    """asks {to} who leads"""


@message
class LeaderIs:
    """answers {to}: the leader is {leader}, term {term}"""

    term: int
    leader: str | None
