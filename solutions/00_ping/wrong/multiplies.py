"""P10: every timer sends again, and every pong asks for the next ping

Misconception: A timer that was set means that there was no answer, and a pong that arrives was waited for.
Why it breaks: Each repeated ping is answered once more, each answer starts the next ping once more with a timer more.
Hint: Before it sends, what must a timer ask itself? And a pong: was it waited for?
Lesson: docs/lessons/00-ping.md#late-and-doubled
Fails: answered, lost_messages, one_at_a_time, every_order
"""

from ping_protocol import Ping, Pong

from harness import Node

RETRY_MS = 300


class PingClient(Node):
    """Sends Ping(1), waits for Pong(1), and so on up to Ping(self.count)."""

    server: str
    count: int

    def on_start(self) -> None:
        self.ping(1)

    def ping(self, seq: int) -> None:
        self.send(self.server, Ping(seq))
        self.after(RETRY_MS, self.retry, seq)

    def on_pong(self, sender: str, pong: Pong) -> None:
        if pong.seq < self.count:
            self.ping(pong.seq + 1)

    def retry(self, seq: int) -> None:
        self.ping(seq)
