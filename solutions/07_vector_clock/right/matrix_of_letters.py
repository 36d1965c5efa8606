"""Correct: a post is a letter to each phone, which carries who has written how many letters to whom (Raynal, Schiper and Toueg 1991)."""

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
class Letter:
    """letter: {text}"""

    sent: dict
    text: str


class CausalBroadcast(Node):
    """Shows a letter once all letters to this phone that its author knew of have been shown."""

    def on_start(self):
        self.sent = {}  # how many letters each has written to each, as far as this phone knows
        self.shown = {}
        self.waiting = {}

    def on_say(self, sender: str, say: Say):
        self.send(self.user, Show(self.id, say.text))
        self.broadcast(Letter(self.sent, say.text))
        self.count(self.id)

    def count(self, author):
        for peer in (self.id, *self.peers):
            if peer != author:
                self.sent[author, peer] = self.sent.get((author, peer), 0) + 1

    def on_letter(self, sender, letter):
        number = letter.sent.get((sender, self.id), 0)
        if number >= self.shown.get(sender, 0):
            self.waiting.setdefault((sender, number), letter)
        while ready := [entry for entry in self.waiting.items() if self.is_next(*entry)]:
            (author, number), letter = ready[0]
            del self.waiting[author, number]
            self.shown[author] = number + 1
            self.send(self.user, Show(author, letter.text))
            for pair, count in letter.sent.items():
                self.sent[pair] = max(self.sent.get(pair, 0), count)
            for peer in (self.id, *self.peers):
                if peer != author:
                    self.sent[author, peer] = max(self.sent.get((author, peer), 0), letter.sent.get((author, peer), 0) + 1)

    def is_next(self, key, letter):
        author, number = key
        causes = all(letter.sent.get((peer, self.id), 0) <= self.shown.get(peer, 0) for peer in self.peers)
        return causes and number == self.shown.get(author, 0)
