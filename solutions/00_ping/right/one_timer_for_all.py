"""Correct: one timer that looks every time whether something is missing."""

from ping_protocol import Ping, Pong

from harness import Node

RETRY_MS = 300


class PingClient(Node):
    """Sends Ping(1), waits for Pong(1), and so on up to Ping(self.count)."""

    server: str
    count: int

    def on_start(self) -> None:
        self.waiting_for = 1
        self.ping(1)
        self.after(RETRY_MS, self.look)

    def ping(self, seq: int) -> None:
        self.send(self.server, Ping(seq))

    def on_pong(self, sender: str, pong: Pong) -> None:
        if pong.seq == self.waiting_for:
            self.waiting_for += 1
            if self.waiting_for <= self.count:
                self.ping(self.waiting_for)

    def look(self) -> None:
        if self.waiting_for <= self.count:
            self.ping(self.waiting_for)
            self.after(RETRY_MS, self.look)
