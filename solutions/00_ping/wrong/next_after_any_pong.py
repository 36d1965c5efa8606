"""P4: every pong asks for the ping after it

Misconception: After pong n comes ping n + 1.
Why it breaks: A doubled pong n sends ping n + 1 once more, though it was answered long ago.
Hint: An answer can arrive twice. What does your client do the second time?
Lesson: docs/lessons/00-ping.md#late-and-doubled
Fails: one_at_a_time, every_order
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
        self.waiting_for = max(self.waiting_for, pong.seq + 1)
        if pong.seq < self.count:
            self.ping(pong.seq + 1)

    def retry(self, seq: int) -> None:
        if seq == self.waiting_for:
            self.ping(seq)
