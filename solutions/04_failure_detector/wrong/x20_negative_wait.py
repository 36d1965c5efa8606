"""X20: a timer for a moment that is over

Misconception: The next alarm is always in the future.
Why it breaks: After a pause of the machine itself it lies in the past, and no timer takes a negative delay.
Hint: Your machine stood still for a second. What is the difference between the next alarm and now?
Lesson: docs/lessons/04-failure-detector.md#slow-or-dead
Fails: one_notice, rough_weather
May fail: every_death
"""

from failure_detector_protocol import Heartbeat, Suspect, Trust

from harness import Node


class Detector(Node):
    def on_start(self):
        now = self.clock.monotonic_ms()
        self.due = dict.fromkeys(self.peers, now + self.timeout_ms)
        self.alarm = None
        self.arm()
        self.broadcast(Heartbeat())
        self.after(self.interval_ms, self.beat)

    def beat(self):
        self.broadcast(Heartbeat())
        self.after(self.interval_ms, self.beat)

    def arm(self):
        self.cancel(self.alarm)
        self.alarm = None
        if self.due:
            self.alarm = self.after(min(self.due.values()) - self.clock.monotonic_ms() + 1, self.ring)

    def ring(self):
        now = self.clock.monotonic_ms()
        for peer in sorted(self.due, key=self.due.get):
            if self.due[peer] <= now:
                del self.due[peer]
                self.send(self.monitor, Suspect(peer))
        self.arm()

    def on_heartbeat(self, sender, heartbeat):
        if sender not in self.due:
            self.send(self.monitor, Trust(sender))
        self.due[sender] = self.clock.monotonic_ms() + self.timeout_ms
        self.arm()


def tune(slowest_ms, lost_in_a_row, detect_ms):
    timeout_ms = detect_ms - slowest_ms
    interval_ms = (timeout_ms - slowest_ms) // (lost_in_a_row + 1)
    return (interval_ms, timeout_ms) if interval_ms >= 1 else None
