"""V59: compare keeps its results in a cache

Misconception: A stamp can be looked up like a number.
Why it breaks: A cache looks up what it is given by its hash, and a dict has none: the program ends with an error.
Hint: A stamp that you are given may be a dict. What can a cache not do with it?
Lesson: docs/lessons/07-vector-clock.md#four-outcomes
Fails: any_history
"""

import functools

from vector_clock_protocol import Post, Say, Show

from harness import Node


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


@functools.lru_cache(None)
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
        self.shown = {}  # of each author, how many posts were shown here
        self.waiting = []  # (author, post): came too early

    def on_say(self, sender: str, say: Say):
        self.show(self.id, say.text)
        self.broadcast(Post(self.shown, say.text))

    def on_post(self, sender: str, post: Post):
        self.waiting.append((sender, post))
        while ready := [entry for entry in self.waiting if self.is_next(*entry)]:
            author, post = ready[0]
            self.show(author, post.text)
            self.waiting = [entry for entry in self.waiting if not self.is_old(*entry)]

    def is_next(self, author, post):
        """True if this post itself is all that is missing here of what its stamp names."""
        missing = [name for name, count in post.stamp.items() if count > self.shown.get(name, 0)]
        return missing == [author] and post.stamp[author] == self.shown.get(author, 0) + 1

    def is_old(self, author, post):
        """True if this post was shown here before: it has arrived twice."""
        return post.stamp[author] <= self.shown.get(author, 0)

    def show(self, author, text):
        self.shown[author] = self.shown.get(author, 0) + 1
        self.send(self.user, Show(author, text))
