"""X21: the gossip counter starts again at 0

Misconception: The counter goes up while the machine runs; where it starts does not matter.
Why it breaks: After a restart the others know a higher counter, and wait until it is reached again.
Hint: The others have heard 900 from you. You restart and say 1. What do they think?
Lesson: docs/lessons/04-failure-detector.md#old-news
Fails: every_death, rough_weather
May fail: clocks
"""

from failure_detector_protocol import Suspect, Trust

from harness import Node, message


@message
class Table:
    """tells {to} its table {counts}"""

    counts: dict[str, tuple[int, int]]


class Detector(Node):
    def on_start(self):
        life = 1
        self.counts = {self.id: (life, 0)}
        self.age = dict.fromkeys(self.peers, 0)
        self.suspects = set()
        self.round()

    def round(self):
        life, count = self.counts[self.id]
        self.counts[self.id] = (life, count + 1)
        self.broadcast(Table(self.counts))
        for peer in self.peers:
            self.age[peer] += 1
            if self.age[peer] * self.interval_ms > 1.5 * self.timeout_ms and peer not in self.suspects:
                self.suspects.add(peer)
                self.send(self.monitor, Suspect(peer))
        self.after(self.interval_ms, self.round)

    def on_table(self, sender, table):
        for name, count in table.counts.items():
            if name != self.id and tuple(count) > self.counts.get(name, (0, 0)):
                self.counts[name] = tuple(count)
                self.age[name] = 0
                if name in self.suspects:
                    self.suspects.discard(name)
                    self.send(self.monitor, Trust(name))


def tune(slowest_ms, lost_in_a_row, detect_ms):
    timeout_ms = detect_ms - slowest_ms
    interval_ms = (timeout_ms - slowest_ms) // (lost_in_a_row + 1)
    return (interval_ms, timeout_ms) if interval_ms >= 1 else None
