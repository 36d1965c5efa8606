"""V58: a post carries the thirty before it

Misconception: More than thirty posts are never on their way at once.
Why it breaks: The fortieth post arrives first, with ten missing before those that it carries.
Hint: Fifty posts arrive the other way round. Which of them does the first to arrive bring with it?
Lesson: docs/lessons/07-vector-clock.md#causal-delivery
Fails: causes_first
"""

from vector_clock_protocol import Say, Show

from harness import Node, message


@message
class Past:
    """passes on {posts}"""

    posts: list


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
        self.posts = []  # (author, text) of all that was shown here, in order

    def on_say(self, sender: str, say: Say):
        self.show(self.id, say.text)
        self.broadcast(Past(self.posts[-30:]))

    def on_past(self, sender, past):
        for author, text in past.posts:
            if (author, text) not in self.posts:
                self.show(author, text)

    def show(self, author, text):
        self.posts.append((author, text))
        self.send(self.user, Show(author, text))
