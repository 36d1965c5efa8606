"""P3: compares the first digit of the number

Misconception: Nobody sends ten pings.
Why it breaks: An old answer to the first ping arrives when the client waits for the tenth. Both begin with 1.
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
        if str(pong.seq)[0] == str(self.waiting_for)[0]:
            self.waiting_for += 1
            if self.waiting_for <= self.count:
                self.ping(self.waiting_for)

    def retry(self, seq: int) -> None:
        if seq == self.waiting_for:
            self.ping(seq)
