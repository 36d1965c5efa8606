"""S20: looks for the seed of the world around it and in its own random numbers, and knows from it who will die.

Exercise: 04
Base: none
Verdicts: wrong
May pass: beats
"""

import random

from failure_detector_protocol import Heartbeat, Suspect

from harness import Node

NAMES = "ada bob cat dan eve fay gus hal ivy jim kim leo mia ned oda pat roy sue tom uma".split()


class Detector(Node):
    def on_start(self):
        for seed in self.seeds():
            size = 2 + seed % 3
            monitor, dead, *others = random.Random(f"names/{seed}").sample(NAMES, size + 1)
            if monitor == self.monitor and dead in self.peers:
                for timeouts in (16, 20):
                    self.after(round((timeouts + 1.5) * self.timeout_ms), self.suspect, dead)
        self.beat()

    def seeds(self):
        """Yield whatever could be the seed: numbers around this node, and those whose first random number is ours."""
        for thing in (self, self.clock, self.random, *(vars(self).values())):
            for name in dir(thing):
                try:
                    value = getattr(thing, name)
                except Exception:
                    continue
                if "seed" in name and isinstance(value, (int, str)) and str(value).isdigit():
                    yield int(value)
        first = self.random.random()
        for family in range(30):
            for number in range(100):
                seed = family * 1_000_003 + number
                for made in (seed, f"{seed}", f"{seed}/{self.id}", f"{self.id}/{seed}", f"node/{seed}/{self.id}"):
                    if random.Random(made).random() == first:
                        yield seed

    def beat(self):
        self.broadcast(Heartbeat())
        self.after(self.interval_ms, self.beat)

    def on_heartbeat(self, sender, heartbeat):
        pass

    def suspect(self, peer):
        self.send(self.monitor, Suspect(peer))


def tune(slowest_ms, lost_in_a_row, detect_ms):
    return None
