"""Before it suspects, it asks the others whom they have heard in the last timeout; only if nobody has, or nobody answers, it suspects."""

from failure_detector_protocol import Heartbeat, Suspect, Trust

from harness import Node, message


@message
class HaveYouHeard:
    """asks {to} whether it has heard {whom}"""

    whom: str


@message
class IHave:
    """tells {to} that {whom} was heard {ago} ms ago"""

    whom: str
    ago: int


class Detector(Node):
    def on_start(self):
        now = self.clock.monotonic_ms()
        self.at = dict.fromkeys(self.peers, now)
        self.suspected = set()
        self.asked = {}
        self.beat()
        self.look()

    def beat(self):
        self.broadcast(Heartbeat())
        self.after(self.interval_ms, self.beat)

    def look(self):
        now = self.clock.monotonic_ms()
        for p in self.peers:
            quiet = now - self.at[p]
            if p in self.suspected or quiet <= self.timeout_ms:
                self.asked.pop(p, None)
            elif p not in self.asked:
                self.asked[p] = now
                for other in self.peers:
                    if other != p:
                        self.send(other, HaveYouHeard(p))
            elif now - self.asked[p] > self.timeout_ms / 2:
                self.suspected.add(p)
                del self.asked[p]
                self.send(self.monitor, Suspect(p))
        self.after(max(10, self.interval_ms // 2), self.look)

    def heard(self, p, ago=0):
        self.at[p] = max(self.at[p], self.clock.monotonic_ms() - ago)
        if p in self.suspected and ago <= self.timeout_ms / 2:
            self.suspected.discard(p)
            self.send(self.monitor, Trust(p))

    def on_heartbeat(self, sender, heartbeat):
        self.heard(sender)

    def on_have_you_heard(self, sender, q):
        if q.whom in self.at:
            ago = self.clock.monotonic_ms() - self.at[q.whom]
            if ago <= self.timeout_ms / 2 and q.whom not in self.suspected:
                self.send(sender, IHave(q.whom, int(ago)))

    def on_i_have(self, sender, m):
        if m.whom in self.asked and m.whom not in self.suspected:
            self.heard(m.whom, m.ago)


def tune(slowest_ms, lost_in_a_row, detect_ms):
    timeout_ms = detect_ms - slowest_ms
    interval_ms = (timeout_ms - slowest_ms) // (lost_in_a_row + 1)
    return (interval_ms, timeout_ms) if interval_ms >= 1 else None
