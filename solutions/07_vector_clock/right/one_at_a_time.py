"""Correct: tells the next of its posts only when everybody has shown the one before; a post carries the latest of everybody it has seen."""

from dataclasses import dataclass
from functools import reduce

from vector_clock_protocol import Post, Say, Show

from harness import Node, message


@message
class Seen:
    """has shown post {number}"""

    number: int


class VectorClock:
    """Every event is a merge with a stamp of one entry."""

    def __init__(self, node, saved):
        self.node, self.past = node, (dict(saved),)

    def stamped(self, *stamps):
        """Put all that is known together, and one more event."""
        known = reduce(merge, [*self.past, *stamps], {})
        self.past = (merge(known, {self.node: known.get(self.node, 0) + 1}),)
        return dict(self.past[0])

    def tick(self):
        """Stamp an event."""
        return self.stamped()

    def send(self):
        """Stamp a sending."""
        return self.stamped()

    def receive(self, stamp):
        """Stamp a receipt."""
        return self.stamped(stamp)


def compare(a, b):
    """Compare by what merging changes."""
    tidy_a, tidy_b, both = merge(a, {}), merge({}, b), merge(a, b)
    if tidy_a == tidy_b:
        return "equal"
    return "after" if both == tidy_a else "before" if both == tidy_b else "concurrent"


def merge(a, b):
    """Return what both know, without zeros."""
    first, second = dict(a), dict(b)
    return {name: top for name in first.keys() | second.keys() if (top := max(first.get(name, 0), second.get(name, 0)))}


def keep(versions, new):
    """File versions under what their stamps say, and leave out what is before another."""
    filed = {frozenset(merge(stamp, {}).items()): (merge(stamp, {}), value) for stamp, value in (*versions, new)}
    return [one for one in filed.values() if not any(compare(one[0], other[0]) == "before" for other in filed.values())]


@dataclass
class Line:
    """What this phone has not told yet, and who has not confirmed the post that is told."""

    posts: list
    open: list


class CausalBroadcast(Node):
    """Keeps what its user says in a line."""

    def on_start(self):
        self.shown = {self.id: 0} | dict.fromkeys(self.peers, 0)
        self.line = Line([], [])
        self.told = 0
        self.waiting = {}

    def on_say(self, sender: str, say: Say):
        self.send(self.user, Show(self.id, say.text))
        self.shown[self.id] += 1
        self.line.posts.append((dict(self.shown), say.text))
        self.tell()

    def tell(self):
        if self.line.posts and not self.line.open:
            stamp, text = self.line.posts.pop(0)
            self.told = stamp[self.id]
            self.line.open = list(self.peers)
            self.broadcast(Post(stamp, text))

    def on_seen(self, sender: str, seen: Seen):
        if seen.number == self.told and sender in self.line.open:
            self.line.open.remove(sender)
            self.tell()

    def on_post(self, sender: str, post: Post):
        self.waiting[sender, post.stamp[sender]] = post
        again = True
        while again:
            again = False
            for (author, number), post in sorted(self.waiting.items(), key=lambda entry: entry[0]):
                if number <= self.shown[author]:
                    del self.waiting[author, number]
                elif all(count <= self.shown[name] for name, count in post.stamp.items() if name != author):
                    self.shown[author] = number
                    self.send(self.user, Show(author, post.text))
                    self.send(author, Seen(number))
                    again = True
