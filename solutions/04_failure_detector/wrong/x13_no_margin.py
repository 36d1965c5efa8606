"""X13: the timeout is twice the mean gap

Misconception: Knowing the mean gap, one can wait much shorter than the timeout and notice deaths sooner.
Why it breaks: One heartbeat is lost, and the gap is two and a half intervals.
Hint: One heartbeat is lost and the next one is slow. How long is the gap, in intervals?
Lesson: docs/lessons/04-failure-detector.md#slow-or-dead
Fails: rough_weather
"""

from failure_detector_protocol import Heartbeat, Suspect, Trust

from harness import Node


class Detector(Node):
    def on_start(self):
        self.heard_ms = {}
        self.mean8 = dict.fromkeys(self.peers, 8 * self.interval_ms)
        self.dev4 = dict.fromkeys(self.peers, 2 * self.interval_ms)
        self.down = set()
        self.timer = {peer: self.after(2 * self.timeout_ms, self.give_up, peer) for peer in self.peers}
        self.beat()

    def beat(self):
        self.broadcast(Heartbeat())
        self.after(self.interval_ms, self.beat)

    def give_up(self, peer):
        self.down.add(peer)
        self.send(self.monitor, Suspect(peer))

    def on_heartbeat(self, sender, heartbeat):
        now = self.clock.monotonic_ms()
        if sender in self.heard_ms:
            error = now - self.heard_ms[sender] - self.mean8[sender] // 8
            self.mean8[sender] += error
            self.dev4[sender] += abs(error) - self.dev4[sender] // 4
        self.heard_ms[sender] = now
        if sender in self.down:
            self.down.discard(sender)
            self.send(self.monitor, Trust(sender))
        wait = self.mean8[sender] // 4
        self.cancel(self.timer[sender])
        self.timer[sender] = self.after(max(1, min(wait, self.timeout_ms)), self.give_up, sender)


def tune(slowest_ms, lost_in_a_row, detect_ms):
    # strictly inside of every bound, with a little air
    room = detect_ms - 2 * slowest_ms - 1
    if room < lost_in_a_row + 1:
        return None
    interval = max(1, room // (lost_in_a_row + 1) * 19 // 20)
    return interval, slowest_ms + interval * (lost_in_a_row + 1) + 1
