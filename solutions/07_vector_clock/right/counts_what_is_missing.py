"""Correct: stamps are a dict with an order; what was said is known by its text; what waits counts what it still misses."""

from vector_clock_protocol import Show

from harness import Node, message


@message
class Told:
    """{author} said: {text}"""

    author: str
    number: int
    after: tuple
    text: str


class Stamp(dict):
    """A dict that misses nothing, with an order."""

    def __missing__(self, name):
        return 0

    def __le__(self, other):
        return all(count <= other.get(name, 0) for name, count in self.items())

    def __or__(self, other):
        both = Stamp(self)
        for name, count in other.items():
            both[name] = max(both[name], count)
        return both


class VectorClock:
    """Holds a stamp that is never changed, only replaced."""

    def __init__(self, node, saved):
        self.node, self.now = node, Stamp(saved)

    def tick(self):
        """Stamp an event."""
        self.now = self.now | {self.node: self.now[self.node] + 1}
        return Stamp(self.now)

    send = tick

    def receive(self, stamp):
        """Stamp a receipt."""
        self.now = self.now | stamp
        return self.tick()


def compare(a, b):
    """Ask both ways."""
    match Stamp(a) <= Stamp(b), Stamp(b) <= Stamp(a):
        case (True, True):
            return "equal"
        case (True, _):
            return "before"
        case (_, True):
            return "after"
        case _:
            return "concurrent"


def merge(a, b):
    """Return what both know."""
    return Stamp(a) | b


def keep(versions, new):
    """Write all down, and leave out what another one covers."""
    every = [*versions, new]
    kept = []
    for place, (stamp, value) in enumerate(every):
        covered = [
            Stamp(stamp) <= Stamp(other) and (nth < place or not Stamp(other) <= Stamp(stamp))
            for nth, (other, _) in enumerate(every)
            if nth != place
        ]
        if not any(covered):
            kept.append((stamp, value))
    return kept


class CausalBroadcast(Node):
    """Each post names the last post of everybody; a count per waiting post says how many are missing."""

    def on_start(self):
        self.last = dict.fromkeys(sorted((self.id, *self.peers)), 0)
        self.texts = set()
        self.waits = {}
        self.missing = {}

    def on_say(self, sender, say):
        told = Told(self.id, self.last[self.id] + 1, tuple(sorted(self.last.items())), say.text)
        self.texts.add(say.text)
        self.put(told)
        for peer in self.peers:
            self.send(peer, told)

    def put(self, told):
        ready = [told]
        for told in ready:
            self.last[told.author] = told.number
            self.send(self.user, Show(told.author, told.text))
            for other in self.waits.pop((told.author, told.number), ()):
                self.missing[other.text] -= 1
                if not self.missing[other.text]:
                    ready.append(other)

    def on_told(self, sender, told):
        if told.text in self.texts:
            return
        self.texts.add(told.text)
        misses = [(name, count) for name, count in told.after if count > self.last[name]]
        self.missing[told.text] = len(misses)
        for miss in misses:
            self.waits.setdefault(miss, []).append(told)
        if not misses:
            self.put(told)
