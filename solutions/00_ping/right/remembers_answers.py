"""Correct: remembers which pings were answered, and waits longer each time."""

from ping_protocol import Ping, Pong

from harness import Node


class PingClient(Node):
    server: str
    count: int

    def on_start(self) -> None:
        self.answered = []
        self.ping(1, 100)

    def ping(self, seq: int, wait_ms: int) -> None:
        if seq in self.answered or seq > self.count:
            return
        self.send(self.server, Ping(seq))
        self.after(wait_ms, self.ping, seq, min(2 * wait_ms, 2_000))

    def on_pong(self, sender: str, pong: Pong) -> None:
        if pong.seq not in self.answered:
            self.answered.append(pong.seq)
            self.ping(pong.seq + 1, 100)
