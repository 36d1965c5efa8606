"""P8: all pings at the start

Misconception: The server answers each of them anyway.
Why it breaks: One after the other was asked for: ping 2 goes out before ping 1 is answered.
Hint: When may ping 2 be sent?
Lesson: docs/lessons/00-ping.md#a-node-is-its-handlers
Fails: lost_messages, one_at_a_time, every_order
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
        for seq in range(1, self.count + 1):
            self.ping(seq)

    def ping(self, seq: int) -> None:
        self.send(self.server, Ping(seq))
        self.after(RETRY_MS, self.retry, seq)

    def on_pong(self, sender: str, pong: Pong) -> None:
        self.waiting_for = max(self.waiting_for, pong.seq + 1)

    def retry(self, seq: int) -> None:
        if seq >= self.waiting_for:
            self.ping(seq)
