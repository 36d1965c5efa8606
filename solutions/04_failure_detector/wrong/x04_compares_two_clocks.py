"""X04: compares the sender's clock with its own

Misconception: A heartbeat that says when it was sent is the most exact sign of life.
Why it breaks: The sender's clock is not mine: it is ahead or behind, by hours.
Hint: Your clock says 12:00, the heartbeat says 11:00. How old is it?
Lesson: docs/lessons/04-failure-detector.md#durations-and-clocks
Fails: clocks, rough_weather
May fail: one_notice
"""

from failure_detector_protocol import Suspect, Trust

from harness import Node, message


@message
class SentAt:
    """tells {to}: I was alive at {wall_ms}"""

    wall_ms: int


class Detector(Node):
    def on_start(self):
        now = self.clock.wall_ms()
        self.heard = dict.fromkeys(self.peers, now)
        self.dead = set()
        self.beat()
        self.look()

    def beat(self):
        self.broadcast(SentAt(self.clock.wall_ms()))
        self.after(self.interval_ms, self.beat)

    def look(self):
        now = self.clock.wall_ms()
        for peer in self.peers:
            if peer not in self.dead and now - self.heard[peer] > self.timeout_ms:
                self.dead.add(peer)
                self.send(self.monitor, Suspect(peer))
        self.after(max(1, self.interval_ms // 4), self.look)

    def on_sent_at(self, sender, sent):
        self.heard[sender] = max(self.heard[sender], sent.wall_ms)
        if sender in self.dead:
            self.dead.remove(sender)
            self.send(self.monitor, Trust(sender))


def tune(slowest_ms, lost_in_a_row, detect_ms):
    # strictly inside of every bound, with a little air
    room = detect_ms - 2 * slowest_ms - 1
    if room < lost_in_a_row + 1:
        return None
    interval = max(1, room // (lost_in_a_row + 1) * 19 // 20)
    return interval, slowest_ms + interval * (lost_in_a_row + 1) + 1
