"""The messages of this exercise, and the server that answers. Given; nothing to do here."""

from harness import Node, message


@message
class Ping:
    """asks {to}: ping {seq}"""

    seq: int


@message
class Pong:
    """answers {to}: pong {seq}"""

    seq: int


class PingServer(Node):
    """Answers every ping. It remembers nothing."""

    def on_ping(self, sender: str, ping: Ping) -> None:
        self.send(sender, Pong(ping.seq))
