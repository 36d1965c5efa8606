"""Correct: passes every post on to everybody the first time it is shown."""

from vector_clock_protocol import Say, Show

from harness import Node, message


@message
class Relay:
    """passes on what {author} said: {text}"""

    author: str
    number: int
    stamp: dict
    text: str


class VectorClock:
    """Counts the events of every machine that this one has heard of."""

    def __init__(self, node, saved):
        self.node = node
        self.counts = dict(saved)

    def tick(self):
        """Stamp an event of this machine's own."""
        self.counts[self.node] = self.counts.get(self.node, 0) + 1
        return dict(self.counts)

    def send(self):
        """Stamp the sending of a message; the message carries the stamp."""
        return self.tick()

    def receive(self, stamp):
        """Stamp the receipt of a message that carries `stamp`."""
        self.counts = merge(self.counts, stamp)
        return self.tick()


def compare(a, b):
    """Say how two stamps stand to each other: "before", "after", "equal" or "concurrent"."""
    ahead = any(count > b.get(name, 0) for name, count in a.items())
    behind = any(count > a.get(name, 0) for name, count in b.items())
    if ahead and behind:
        return "concurrent"
    return "after" if ahead else "before" if behind else "equal"


def merge(a, b):
    """Return the stamp that knows all that `a` and `b` know, and nothing else."""
    return {name: max(a.get(name, 0), b.get(name, 0)) for name in (*a, *b)}


def keep(versions, new):
    """Return the versions to keep once `new` has arrived: those that no other one has replaced."""
    if any(compare(new[0], stamp) in ("before", "equal") for stamp, _ in versions):
        return versions
    return [old for old in versions if compare(old[0], new[0]) != "before"] + [new]


class CausalBroadcast(Node):
    """Passes on what its user says, and shows what the others say: never an answer before its question."""

    def on_start(self):
        self.shown = {}
        self.waiting = []

    def on_say(self, sender: str, say: Say):
        self.take(Relay(self.id, self.shown.get(self.id, 0) + 1, self.shown, say.text))

    def on_relay(self, sender, relay):
        self.waiting.append(relay)
        while ready := [relay for relay in self.waiting if self.is_next(relay)]:
            self.take(ready[0])
        self.waiting = [relay for relay in self.waiting if relay.number > self.shown.get(relay.author, 0)]

    def is_next(self, relay):
        return relay.number == self.shown.get(relay.author, 0) + 1 and compare(relay.stamp, self.shown) in ("before", "equal")

    def take(self, relay):
        self.shown[relay.author] = relay.number
        self.send(self.user, Show(relay.author, relay.text))
        self.broadcast(relay)
