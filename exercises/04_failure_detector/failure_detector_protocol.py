"""The messages of this exercise. Given; nothing to do here.

You may define messages of your own beside these, for what detectors say to each other.
"""

from harness import message


@message
class Heartbeat:
    """tells {to}: I am alive"""


@message
class Suspect:
    """tells {to}: I suspect {peer}"""

    peer: str


@message
class Trust:
    """tells {to}: I trust {peer} again"""

    peer: str
