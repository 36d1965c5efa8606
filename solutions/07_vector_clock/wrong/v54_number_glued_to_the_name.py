"""V54: knows a post by its author's name with its number behind it

Misconception: Name and number together are different for every post.
Why it breaks: Post 11 of ada and post 1 of ada1 are then one and the same; the later one is taken for a copy.
Hint: Which post is ada11: the eleventh of ada, or the first of ada1?
Lesson: docs/lessons/07-vector-clock.md#nothing-held-back
Fails: everything_once
"""

from collections import defaultdict, deque

from vector_clock_protocol import Post, Say, Show

from harness import Node


class VectorClock:
    """Keeps the own count apart from what it has heard of the others."""

    def __init__(self, node, saved):
        self.me = node
        self.mine = saved.get(node, 0)
        self.heard = {name: count for name, count in saved.items() if name != node}

    def tick(self):
        """Stamp an event."""
        self.mine += 1
        return {**self.heard, self.me: self.mine}

    def send(self):
        """Stamp a sending, after an event that nobody is told of."""
        self.tick()
        return self.tick()

    def receive(self, stamp):
        """Stamp a receipt."""
        self.heard = merge(self.heard, {name: count for name, count in stamp.items() if name != self.me})
        return self.tick()


def covers(a, b):
    """True if a knows all that b knows."""
    return not [name for name in b if b[name] > a.get(name, 0)]


def compare(a, b):
    """Ask both ways."""
    return (("concurrent", "after"), ("before", "equal"))[covers(b, a)][covers(a, b)]


def merge(a, b):
    """Return what both know."""
    both = defaultdict(int)
    for stamp in (a, b):
        for name in stamp:
            both[name] = max(both[name], stamp[name])
    return dict(both)


def keep(versions, new):
    """Change the list that was given."""
    if not [1 for stamp, _ in versions if covers(stamp, new[0])]:
        versions[:] = [old for old in versions if not covers(new[0], old[0])]
        versions.insert(0, new)
    return versions


class CausalBroadcast(Node):
    """Every post names its own number and what was shown here since the last one."""

    def on_start(self):
        self.count = defaultdict(int)
        self.news = {}
        self.filed = {}  # (author, number): what waits for that post
        self.met = set()

    def on_say(self, sender: str, say: Say):
        self.show(self.id, say.text)
        stamp, self.news = {**self.news, self.id: self.count[self.id]}, {}
        for peer in reversed(self.peers):
            self.send(peer, Post(stamp, say.text))

    def on_post(self, sender: str, post: Post):
        if f"{sender}{post.stamp[sender]}" in self.met:
            return
        self.met.add(f"{sender}{post.stamp[sender]}")
        todo = deque([(sender, post)])
        while todo:
            author, post = todo.popleft()
            needs = [(name, count - (name == author)) for name, count in sorted(post.stamp.items())]
            missing = [need for need in needs if need[1] > self.count[need[0]]]
            if missing:
                self.filed.setdefault(missing[0], []).append((author, post))
                continue
            self.show(author, post.text)
            self.news[author] = self.count[author]
            todo.extend(self.filed.pop((author, self.count[author]), []))

    def show(self, author, text):
        self.count[author] += 1
        self.send(self.user, Show(author, text))
