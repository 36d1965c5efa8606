"""Correct: posts travel along a tree, a star around the phone whose name comes first, on links that keep their order."""

from vector_clock_protocol import Say, Show

from harness import Node, message


class VectorClock:
    """The own count jumps by a thousand past all that it knows."""

    def __init__(self, node, saved):
        self.me = node
        self.seen = {**saved}

    def tick(self):
        """Stamp an event."""
        self.seen = {**self.seen, self.me: max(self.seen.values(), default=0) + 1_000}
        return {**self.seen}

    send = tick

    def receive(self, stamp):
        """Stamp a receipt."""
        self.seen |= {name: count for name, count in stamp.items() if count > self.seen.get(name, 0)}
        return self.tick()


def compare(a, b):
    """Collect the signs of all differences."""
    signs = {(a.get(name, 0) > b.get(name, 0)) - (a.get(name, 0) < b.get(name, 0)) for name in a.keys() | b.keys()} - {0}
    return "concurrent" if len(signs) == 2 else {1: "after", -1: "before"}[signs.pop()] if signs else "equal"


def merge(a, b):
    """Return what both know."""
    return {**a, **{name: count for name, count in b.items() if count > a.get(name, 0)}}


def keep(versions, new):
    """Judge every version against all others."""
    pool = [(dict(stamp), value) for stamp, value in (*versions, new)]
    return [
        one
        for place, one in enumerate(pool)
        if not any(compare(one[0], other[0]) in ("before", "equal" if there < place else "before") for there, other in enumerate(pool))
    ]


@message
class Onward:
    """passes on what {author} said, the {number}. on this link: {text}"""

    author: str
    number: int
    text: str


class CausalBroadcast(Node):
    """Whoever is told something has been told before all that came before it on that way, and there is only one way."""

    def on_start(self):
        middle = min(self.id, *self.peers)
        self.links = self.peers if self.id == middle else (middle,)
        self.told = dict.fromkeys(self.links, 0)
        self.heard = dict.fromkeys(self.links, 0)
        self.early = {link: {} for link in self.links}

    def on_say(self, sender: str, say: Say):
        self.pass_on(self.id, say.text, "")

    def on_onward(self, sender, onward):
        early = self.early[sender]
        if onward.number > self.heard[sender]:
            early[onward.number] = onward
        while (number := self.heard[sender] + 1) in early:
            self.heard[sender] = number
            post = early.pop(number)
            self.pass_on(post.author, post.text, sender)

    def pass_on(self, author, text, came_from):
        self.send(self.user, Show(author, text))
        for link in self.links:
            if link != came_from:
                self.told[link] += 1
                self.send(link, Onward(author, self.told[link], text))
