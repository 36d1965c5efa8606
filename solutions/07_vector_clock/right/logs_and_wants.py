"""Correct: a log per author; phones ask for what they find missing, and show by a timer what is ready, in any order."""

import json

from vector_clock_protocol import Show

from harness import Node, message


@message
class Packet:
    """a packet: {json}"""

    json: str


@message
class Want:
    """wants {author}'s posts from {number} on"""

    author: str
    number: int


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
    """Keeps everybody's log, also what is not shown yet."""

    def on_start(self):
        self.logs = {name: [] for name in sorted((self.id, *self.peers))}
        self.shown = dict.fromkeys(self.logs, 0)
        self.timer = None

    def packet(self, author, place):
        return Packet(json.dumps([author, place, *self.logs[author][place]]))

    def on_say(self, sender, say):
        needs = {name: count for name, count in self.shown.items() if count}
        self.logs[self.id].append([needs, say.text])
        self.shown[self.id] += 1
        self.send(self.user, Show(self.id, say.text))
        self.broadcast(self.packet(self.id, len(self.logs[self.id]) - 1))

    def on_packet(self, sender, packet):
        author, place, needs, text = json.loads(packet.json)
        log = self.logs[author]
        while len(log) <= place:
            log.append(None)
        if log[place] is None:
            log[place] = [needs, text]
        for other, count in needs.items():
            for missing in range(count):
                if missing >= len(self.logs[other]) or self.logs[other][missing] is None:
                    self.send(sender, Want(other, missing))
                    break
        if self.timer is None:
            self.timer = self.after(3, self.look)

    def look(self):
        self.timer = None
        names = list(self.logs)
        self.random.shuffle(names)
        for name in names:
            log, place = self.logs[name], self.shown[name]
            if place < len(log) and log[place] is not None:
                needs, text = log[place]
                if all(self.shown[other] >= count for other, count in needs.items()):
                    self.shown[name] += 1
                    self.send(self.user, Show(name, text))
                    self.timer = self.timer or self.after(1, self.look)

    def on_want(self, sender, want):
        log = self.logs[want.author]
        if want.number < len(log) and log[want.number] is not None:
            self.send(sender, self.packet(want.author, want.number))
