"""X52: saves the number of its heartbeats every ten, and goes on from there after a restart

Misconception: Ten heartbeats more or less do not matter, and writing to disk for each is slow.
Why it breaks: After a restart it says up to nine numbers again. The others take them for old ones, and suspect it that much longer.
Hint: You have said 29, and 20 is on disk. You restart. Which numbers come next, and what do the others make of them?
Lesson: docs/lessons/04-failure-detector.md#old-news
Fails: rough_weather
May fail: every_death, one_notice, clocks
"""

from failure_detector_protocol import Suspect, Trust

from harness import Node, message


@message
class Beat:
    """heartbeat {number} to {to}"""

    number: int


class Detector(Node):
    def on_start(self):
        self.number = self.disk.get("number", 0)
        self.suspected = set()
        self.newest = {}
        self.alarms = {}
        for peer in self.peers:
            self.wait_for(peer)
        self.beat()

    def beat(self):
        self.number += 1
        if self.number % 10 == 0:
            self.disk["number"] = self.number
        self.broadcast(Beat(self.number))
        self.after(self.interval_ms, self.beat)

    def wait_for(self, peer):
        self.cancel(self.alarms.get(peer))
        self.alarms[peer] = self.after(self.timeout_ms, self.suspect, peer)

    def on_beat(self, sender, beat):
        if beat.number <= self.newest.get(sender, 0):
            return
        self.newest[sender] = beat.number
        self.wait_for(sender)
        if sender in self.suspected:
            self.suspected.discard(sender)
            self.send(self.monitor, Trust(sender))

    def suspect(self, peer):
        self.suspected.add(peer)
        self.send(self.monitor, Suspect(peer))


def tune(slowest_ms: int, lost_in_a_row: int, detect_ms: int) -> tuple[int, int] | None:
    timeout_ms = detect_ms - slowest_ms  # the last heartbeat may leave right before the death, and arrive late
    longest_gap_ms = timeout_ms - slowest_ms  # one may arrive at once, and the next that is not lost as late as can be
    interval_ms = longest_gap_ms // (lost_in_a_row + 1)
    return (interval_ms, timeout_ms) if interval_ms >= 1 else None
