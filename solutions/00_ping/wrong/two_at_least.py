"""P6b: two pings at least

Misconception: Nobody starts a client for one ping.
Why it breaks: Only `count` pings are wanted.
Hint: How many pings were you told to send?
Lesson: docs/lessons/00-ping.md#a-node-is-its-handlers
Fails: one_at_a_time
"""

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

    def ping(self, seq: int) -> None:
        self.send(self.server, Ping(seq))
        self.after(RETRY_MS, self.retry, seq)

    def on_pong(self, sender: str, pong: Pong) -> None:
        if pong.seq == self.waiting_for:
            self.waiting_for += 1
            if self.waiting_for <= max(2, self.count):
                self.ping(self.waiting_for)

    def retry(self, seq: int) -> None:
        if seq == self.waiting_for:
            self.ping(seq)
