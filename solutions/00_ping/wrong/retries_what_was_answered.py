"""P5: the timer sends again, answered or not

Misconception: A timer that was set means that there was no answer.
Why it breaks: A timer goes off whatever happened meanwhile, unless somebody cancels it: pings go out for ever.
Hint: What may have happened between setting a timer and its going off?
Lesson: docs/lessons/00-ping.md#timers
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
        if pong.seq == self.waiting_for:
            self.waiting_for += 1
            if self.waiting_for <= self.count:
                self.ping(self.waiting_for)

    def retry(self, seq: int) -> None:
        self.ping(seq)
