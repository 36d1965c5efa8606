"""P9: nothing is sent at the start

Misconception: The first message comes from somebody else.
Why it breaks: The server only answers; if the client waits as well, nothing ever happens.
Hint: on_start runs when the client boots. What has to be sent there?
Lesson: docs/lessons/00-ping.md#a-node-is-its-handlers
Fails: first_ping, answered, lost_messages, one_at_a_time, every_order
"""

from ping_protocol import Ping, Pong

from harness import Node

RETRY_MS = 300


class PingClient(Node):
    """Gets ready, and waits."""

    server: str
    count: int

    def on_start(self) -> None:
        self.waiting_for = 1

    def ping(self) -> None:
        self.send(self.server, Ping(self.waiting_for))
        self.timer = self.after(RETRY_MS, self.ping)

    def on_pong(self, sender: str, pong: Pong) -> None:
        if pong.seq == self.waiting_for:
            self.timer.cancel()
            self.waiting_for += 1
            if self.waiting_for <= self.count:
                self.ping()
