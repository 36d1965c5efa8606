"""P3b: compares the number as text, as far as it goes

Misconception: Numbers begin with different figures.
Why it breaks: 10 begins with a 1. An answer that arrives a second time, nine pings later, looks like the one that is waited for.
Hint: An answer can arrive twice, and an old one late. Which answer are you waiting for?
Lesson: docs/lessons/00-ping.md#late-and-doubled
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
        if str(self.waiting_for).startswith(str(pong.seq)):
            self.waiting_for += 1
            if self.waiting_for <= self.count:
                self.ping(self.waiting_for)

    def retry(self, seq: int) -> None:
        if seq == self.waiting_for:
            self.ping(seq)
