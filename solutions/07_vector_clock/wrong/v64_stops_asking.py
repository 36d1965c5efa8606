"""V64: phones tell each other what they have, a hundred times, and no more

Misconception: After a minute everybody has everything.
Why it breaks: The user says something a minute later, and nobody ever hears of it.
Hint: Everybody is silent for a minute, and then somebody says something. What in your program still runs?
Lesson: docs/lessons/07-vector-clock.md#nothing-held-back
Fails: everything_once
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
class Have:
    """has {counts}"""

    counts: dict


@message
class Missed:
    """hands on what {author} said: {text}"""

    author: str
    number: int
    stamp: dict
    text: str


class CausalBroadcast(Node):
    """Never comes to rest."""

    def on_start(self):
        self.posts = {}  # (author, number): what was known when it was said, and the text
        self.counts = {}
        self.early = {}
        self.rounds = 0
        self.ask()

    def on_say(self, sender: str, say: Say):
        self.put(Missed(self.id, self.counts.get(self.id, 0) + 1, self.counts, say.text))

    def put(self, missed):
        self.counts[missed.author] = missed.number
        self.posts[missed.author, missed.number] = missed
        self.send(self.user, Show(missed.author, missed.text))

    def ask(self):
        self.broadcast(Have(self.counts))
        self.rounds += 1
        if self.rounds < 100:
            self.after(500, self.ask)

    def on_have(self, sender, have):
        for (author, number), missed in self.posts.items():
            if number > have.counts.get(author, 0):
                self.send(sender, missed)

    def on_missed(self, sender, missed):
        self.early[missed.author, missed.number] = missed
        while ready := [each for each in self.early.values() if self.is_next(each)]:
            self.put(ready[0])
        self.early = {key: each for key, each in self.early.items() if key not in self.posts}

    def is_next(self, missed):
        return missed.number == self.counts.get(missed.author, 0) + 1 and dominates(self.counts, missed.stamp)
