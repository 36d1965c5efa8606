"""Correct: looks at its watch every 10 ms, and never stops looking."""

from ping_protocol import Ping

from harness import Node


class PingClient(Node):
    def on_start(self):
        self.seq, self.last = 1, -10_000
        self.look()

    def look(self):
        now = self.clock.monotonic_ms()
        if self.seq <= self.count and now - self.last >= 250:
            self.send(self.server, Ping(self.seq))
            self.last = now
        self.after(10, self.look)

    def on_pong(self, sender, pong):
        if pong.seq == self.seq:
            self.seq += 1
            self.last = -10_000
