"""V63: a post names at most eight of the posts that its author saw last

Misconception: Nobody sees more than eight posts at once.
Why it breaks: Nine people speak at the same moment, and somebody answers them all. The answer is shown before some of the questions.
Hint: Five people have spoken, and a sixth answers. Whom does the answer wait for?
Lesson: docs/lessons/07-vector-clock.md#causal-delivery
Fails: causes_first
"""

from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain

from vector_clock_protocol import Say, Show

from harness import Node, message


class Relation(StrEnum):
    """How two stamps stand to each other."""

    BEFORE = "before"
    AFTER = "after"
    EQUAL = "equal"
    CONCURRENT = "concurrent"


@dataclass
class VectorClock:
    """Counts in a defaultdict."""

    node: str
    saved: dict
    counts: defaultdict = field(init=False)

    def __post_init__(self):
        self.counts = defaultdict(int, self.saved)

    def tick(self):
        """Stamp an event."""
        self.counts[self.node] += 1
        return dict(sorted(self.counts.items()))

    send = tick

    def receive(self, stamp):
        """Stamp a receipt."""
        for name, count in stamp.items():
            self.counts[name] = max(self.counts[name], count)
        return self.tick()


def dominates(a, b):
    """True if `a` knows all that `b` knows."""
    return all(a.get(name, 0) >= count for name, count in b.items())


def compare(a, b):
    """Ask which of the two dominates the other."""
    match dominates(a, b), dominates(b, a):
        case True, True:
            return Relation.EQUAL
        case True, False:
            return Relation.AFTER
        case False, True:
            return Relation.BEFORE
    return Relation.CONCURRENT


def merge(a, b):
    """Return what both know."""
    both = defaultdict(int)
    for name, count in chain(a.items(), b.items()):
        both[name] = max(both[name], count)
    return both


def keep(versions, new):
    """Go through what is kept once."""
    siblings = []
    for version in versions:
        relation = compare(version[0], new[0])
        if relation in (Relation.AFTER, Relation.EQUAL):
            return list(versions)
        if relation is Relation.CONCURRENT:
            siblings.append(version)
    return [*siblings, new]


@message
class Entry:
    """{name} after {parents}: {text}"""

    name: tuple
    parents: tuple
    text: str


class CausalBroadcast(Node):
    """Grows a graph of posts; its heads are those that no other post names yet."""

    def on_start(self):
        self.said = 0
        self.heads = set()
        self.done = set()
        self.waiting = {}  # the entry and what it misses, by name
        self.children = {}  # who waits for a name

    def on_say(self, sender: str, say: Say):
        self.said += 1
        entry = Entry((self.id, self.said), tuple(sorted(self.heads)[-8:]), say.text)
        self.accept(entry)
        self.broadcast(entry)

    def on_entry(self, sender, entry):
        if entry.name in self.done or entry.name in self.waiting:
            return
        missing = set(entry.parents) - self.done
        if not missing:
            self.accept(entry)
            return
        self.waiting[entry.name] = (entry, missing)
        for name in missing:
            self.children.setdefault(name, []).append(entry.name)

    def accept(self, entry):
        ready = [entry]
        while ready:
            one = ready.pop()
            self.done.add(one.name)
            self.heads = self.heads - set(one.parents) | {one.name}
            self.send(self.user, Show(one.name[0], one.text))
            for child in self.children.pop(one.name, []):
                waits, missing = self.waiting[child]
                missing.discard(one.name)
                if not missing:
                    ready.append(waits)
                    del self.waiting[child]
