"""Correct: one phone numbers all posts, and the others show them in that order, their own ones excepted."""

from vector_clock_protocol import Post, Say, Show

from harness import Node


class VectorClock:
    """Own events count in hundreds, so that gaps are everywhere."""

    def __init__(self, node, saved):
        self.node, self.known = node, {**saved}

    def tick(self):
        """Stamp an event."""
        self.known = {**self.known, self.node: self.known.get(self.node, 0) + 100}
        return {**self.known}

    send = tick

    def receive(self, stamp):
        """Stamp a receipt."""
        for name, count in stamp.items():
            if count > self.known.get(name, 0):
                self.known[name] = count
        return self.tick()


def compare(a, b):
    """Look up the answer by the two signs that occur among the differences."""
    differences = [a.get(name, 0) - b.get(name, 0) for name in set(a) | set(b)] or [0]
    return {
        (False, False): "equal",
        (False, True): "after",
        (True, False): "before",
        (True, True): "concurrent",
    }[min(differences) < 0, max(differences) > 0]


def merge(a, b):
    """Return what both know, without zeros, in alphabetical order."""
    pairs = sorted([*a.items(), *b.items()], key=lambda pair: pair[1])
    return {name: count for name, count in sorted(dict(pairs).items()) if count}


def keep(versions, new):
    """Put all versions together, the new one first, and leave out what another one covers."""
    left = []
    for version in [new, *reversed(versions)]:
        if all(compare(version[0], other[0]) in ("after", "concurrent") for other in left):
            left = [*left, version]
        elif not any(compare(version[0], other[0]) in ("before", "equal") for other in left):
            left = [version]
    return [one for one in left if not any(compare(one[0], other[0]) == "before" for other in left)]


class CausalBroadcast(Node):
    """Sends its posts, numbered, to the phone whose name comes first; that one numbers those of all."""

    def on_start(self):
        self.head = min((self.id, *self.peers))
        self.said = 0
        self.early = {}
        self.next = {}

    def on_say(self, sender: str, say: Say):
        self.said += 1
        self.send(self.user, Show(self.id, say.text))
        if self.id == self.head:
            self.give_out(self.id, say.text)
        else:
            self.send(self.head, Post({self.id: self.said}, say.text))

    def give_out(self, author, text):
        self.next["all"] = self.next.get("all", 0) + 1
        self.broadcast(Post({"of all": self.next["all"], author: 0}, text))

    def on_post(self, sender: str, post: Post):
        line = sender if self.id == self.head else "all"
        number = max(post.stamp.values())
        author = next(name for name in post.stamp if name != "of all")
        if number > self.next.get(line, 0):
            self.early[line, number] = (author, post.text)
        while (line, self.next.get(line, 0) + 1) in self.early:
            self.next[line] = self.next.get(line, 0) + 1
            author, text = self.early.pop((line, self.next[line]))
            if author != self.id:
                self.send(self.user, Show(author, text))
            if self.id == self.head:
                self.give_out(author, text)
