"""X53: numbers its lives 0 and 1, in turn

Misconception: All that matters is that the next life has another number than the last one.
Why it breaks: It restarts twice while a peer does not hear it. The peer knows this life, and takes its first numbers for old ones.
Hint: A peer does not hear you for a while. How often may you restart meanwhile, and which life does it hear of next?
Lesson: docs/lessons/04-failure-detector.md#old-news
Fails: every_death
May fail: one_notice, rough_weather
"""

from failure_detector_protocol import Suspect, Trust

from harness import Node, message


@message
class Beat:
    """heartbeat {life}.{number} to {to}"""

    life: int
    number: int


class Detector(Node):
    def on_start(self):
        self.life = 1 - self.disk.get("life", 0)
        self.disk["life"] = self.life
        self.number = 0
        self.suspected = set()
        self.newest = {}
        self.alarms = {}
        for peer in self.peers:
            self.wait_for(peer)
        self.beat()

    def beat(self):
        self.number += 1
        self.broadcast(Beat(self.life, self.number))
        self.after(self.interval_ms, self.beat)

    def wait_for(self, peer):
        self.cancel(self.alarms.get(peer))
        self.alarms[peer] = self.after(self.timeout_ms, self.suspect, peer)

    def on_beat(self, sender, beat):
        life, number = self.newest.get(sender, (0, 0))
        if beat.life == life and beat.number <= number:
            return
        self.newest[sender] = beat.life, beat.number
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
