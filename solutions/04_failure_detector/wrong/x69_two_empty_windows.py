"""X69: looks at the last two windows of an interval

Misconception: One heartbeat may be lost, so one window may be empty, but not two.
Why it breaks: Heartbeats arrive near the end of a window. One is lost, the next one is slow and falls into the window after its own.
Hint: One heartbeat is lost and the next one is slow. How long is the gap, in intervals?
Lesson: docs/lessons/04-failure-detector.md#slow-or-dead
Fails: rough_weather
May fail: every_death, clocks, back_again, one_notice
"""

from failure_detector_protocol import Heartbeat, Suspect, Trust

from harness import Node


class Detector(Node):
    def on_start(self):
        self.recent = [set(self.peers)]
        self.now_heard = set(self.peers)
        self.blamed = frozenset()
        self.step()

    def step(self):
        self.broadcast(Heartbeat())
        keep = 2
        self.recent = [*self.recent, self.now_heard][-keep:]
        self.now_heard = set()
        if len(self.recent) == keep:
            alive = set().union(*self.recent)
            for peer in self.peers:
                if peer not in alive and peer not in self.blamed:
                    self.blamed = self.blamed | {peer}
                    self.send(self.monitor, Suspect(peer))
        self.after(self.interval_ms, self.step)

    def on_heartbeat(self, sender, heartbeat):
        self.now_heard.add(sender)
        if sender in self.blamed:
            self.blamed = self.blamed - {sender}
            self.send(self.monitor, Trust(sender))


def tune(slowest_ms, lost_in_a_row, detect_ms):
    timeout_ms = detect_ms - slowest_ms
    interval_ms = (timeout_ms - slowest_ms) // (lost_in_a_row + 1)
    return (interval_ms, timeout_ms) if interval_ms >= 1 else None
