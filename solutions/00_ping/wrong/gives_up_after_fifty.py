"""P2: fifty repetitions, and no more

Misconception: Fifty messages in a row do not get lost.
Why it breaks: For a minute nothing gets through. Then it would, but nobody asks any more.
Hint: What if the second one is lost, too?
Lesson: docs/lessons/00-ping.md#timers
Fails: lost_messages
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
        self.repeated = 0
        self.ping(1)

    def ping(self, seq: int) -> None:
        self.send(self.server, Ping(seq))
        self.after(RETRY_MS, self.retry, seq)

    def on_pong(self, sender: str, pong: Pong) -> None:
        if pong.seq == self.waiting_for:
            self.waiting_for += 1
            if self.waiting_for <= self.count:
                self.ping(self.waiting_for)

    def retry(self, seq: int) -> None:
        self.repeated += 1
        if seq == self.waiting_for and self.repeated <= 50:
            self.ping(seq)
