"""The messages of part 3, and the person who uses the darkroom. Given; nothing to do here."""

from harness import Node, message


@message
class Want:
    """wants to be let into the darkroom"""


@message
class Enter:
    """lets {to} in, request {stamp}"""

    stamp: int


@message
class Leave:
    """has left the darkroom"""


@message
class Request:
    """requests the darkroom, stamp {stamp}"""

    stamp: int


@message
class Ack:
    """has heard {to}, stamp {stamp}"""

    stamp: int


@message
class Release:
    """gives the darkroom back, stamp {stamp}"""

    stamp: int


class Person(Node):
    """Asks one node to be let in, works a while, leaves, and perhaps asks again.

    Set before on_start runs:
        self.node      the node to ask
        self.asks_ms   when to ask, in ms after the start: two entries are two asks, even if the first is not served yet
        self.again     how often to ask once more, each time right after leaving
        self.work_ms   how long to stay inside
    """

    node: str
    asks_ms: tuple[int, ...]
    again: int
    work_ms: int

    def on_start(self) -> None:
        for delay_ms in self.asks_ms:
            if delay_ms:
                self.after(delay_ms, self.ask)
            else:
                self.ask()

    def ask(self) -> None:
        self.send(self.node, Want())

    def on_enter(self, sender: str, enter: Enter) -> None:
        if self.work_ms:
            self.after(self.work_ms, self.leave, sender)
        else:
            self.leave(sender)

    def leave(self, sender: str) -> None:
        self.send(sender, Leave())
        if self.again:
            self.again -= 1
            self.ask()
