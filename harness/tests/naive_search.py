"""An exploration written twice: random programs as tables, and the plainest breadth-first search over what the tables say.

It knows nothing of nodes, pictures, numbers, memos or sleep sets: a state is nested tuples, and every step is worked out anew
from the table. `test_exploration` compares the real search with it, state by state.
"""

from __future__ import annotations

import random
from hashlib import sha256
from typing import ClassVar, NamedTuple

from harness import Node, message
from harness.errors import Broken
from harness.exploration import Bounds
from harness.properties import Always
from harness.state import thaw

PLACES = 3  # values of a robot's `at`
SEED = "7"
LOTS = sha256(f"lots/{SEED}".encode()).hexdigest()[:32]


@message
class Note:
    kind: int


class Robot(Node):
    """Does what a table says: (symbol of the event, place) → actions."""

    table: ClassVar[dict] = {}

    def on_start(self):
        self.at = sum(self.disk.values()) % PLACES
        self.handle = None
        self.act("start")

    def on_note(self, sender, note):
        self.act(("note", note.kind))

    def tick(self, kind):
        self.act(("timer", kind))

    def act(self, symbol):
        for what, *args in self.table.get((symbol, self.at), ()):
            if what == "goto":
                self.at = args[0]
            elif what == "send":
                self.send(args[0], Note(args[1]))
            elif what == "set":
                self.handle = self.after(args[0], self.tick, args[1])
            elif what == "cancel":
                self.cancel(self.handle)
            elif what == "write":
                self.disk[args[0]] = args[1]
            elif what == "delete":
                self.disk.pop(args[0], None)
            elif what == "commit":
                with self.disk.atomic():
                    for key, value in args[0]:
                        self.disk[key] = value
            elif what == "draw":
                self.at = (self.at + self.random.randrange(PLACES)) % PLACES
            elif what == "monotonic":
                self.at = (self.at + self.clock.monotonic_ms()) % PLACES
            else:
                self.at = (self.at + self.clock.wall_ms()) % PLACES


class Order(Always):
    """Steps a little automaton at every watched record, so that the order of what it watches matters."""

    name = "order"
    initial = 0

    def __init__(self, symbols, bad):
        self.symbols, self.bad = symbols, bad

    def watches(self, record):
        return (record.kind, record.node) in self.symbols

    def step(self, memory, record, index):
        return self.after(memory, (record.kind, record.node))

    def after(self, memory, symbol):
        memory = (2 * memory + self.symbols.index(symbol) + 1) % 7
        if memory == self.bad:
            raise Broken("bad order")
        return memory


class Local(NamedTuple):
    """A robot's state: `handle` is None, 0 (its timer is over) or the place of a pending timer from 1."""

    at: int
    handle: int | None
    disk: tuple
    timers: tuple
    since: int


class Happened(NamedTuple):
    local: Local
    sends: tuple
    symbols: tuple
    crashes: int


class Naive:
    def __init__(self, names: list[str], tables: dict, calls: list, bounds: Bounds, order: Order | None):
        self.names, self.tables, self.calls, self.bounds, self.order = names, tables, calls, bounds, order

    # --- one node ---

    def act(self, name, at, disk, timers, fired, handle, symbol, choice):
        """Return (place, handle, ledger, drew, read) of one handler; timers have labels from 1, new ones count on."""
        stream, monotonic, wall = choice
        dice = random.Random(f"{LOTS}/{stream}/{name}/1")
        disk, ledger, drew, read, label = dict(disk), [], False, False, len(timers)
        for what, *args in self.tables[name].get((symbol, at), ()):
            if what == "goto":
                at = args[0]
            elif what == "send":
                ledger.append(("send", *args))
            elif what == "set":
                label += 1
                handle = label
                ledger.append(("set", label, *args))
            elif what == "cancel":
                if handle is not None:
                    ledger.append(("cancel", handle))
            elif what == "write":
                disk[args[0]] = args[1]
                ledger.append(("write", (tuple(args),)))
            elif what == "delete":
                if disk.pop(args[0], None) is not None:
                    ledger.append(("write", ((args[0], None),)))
            elif what == "commit":
                if args[0]:
                    disk.update(args[0])
                    ledger.append(("commit", args[0]))
            elif what == "draw":
                drew = True
                at = (at + dice.randrange(PLACES)) % PLACES
            elif what == "monotonic":
                read = True
                at = (at + self.bounds.monotonic_ms[monotonic]) % PLACES
            else:
                read = True
                at = (at + self.bounds.wall_ms[wall]) % PLACES
        return at, handle, ledger, drew, read

    def answers(self, name, local, fired, symbol):
        """Yield (place, handle, ledger, since) for every reading that the handler may come to see."""
        if symbol == "start":
            at, handle = sum(value for _, value in local.disk) % PLACES, None
        else:
            at, handle = local.at, local.handle
        drew = read = False
        done = {}
        while True:
            choices = [
                (stream, monotonic, wall)
                for stream in range(self.bounds.streams if drew else 1)
                for monotonic in range(local.since, len(self.bounds.monotonic_ms) if read else local.since + 1)
                for wall in range(len(self.bounds.wall_ms) if read else 1)
            ]
            if all(choice in done for choice in choices):
                return [(*done[choice][:3], choice[1]) for choice in done]
            for choice in choices:
                done[choice] = self.act(name, at, local.disk, local.timers, fired, handle, symbol, choice)
                drew, read = drew or done[choice][3], read or done[choice][4]

    def happen(self, name, local, fired, symbol, first, spare, lowest=1):
        """Return everything one event can lead to at a node, crashes at every prefix and in the restarts after them included."""
        found = []
        for at, handle, ledger, since in self.answers(name, local, fired, symbol):
            for kept in [*range(lowest if spare else len(ledger), len(ledger)), len(ledger)]:
                timers = {label: timer for label, timer in enumerate(local.timers, 1) if label - 1 != fired}
                disk, sends, symbols = dict(local.disk), [], [first]
                for what, *args in ledger[:kept]:
                    if what == "send":
                        sends.append((name, *args))
                    elif what == "set":
                        timers[args[0]] = tuple(args[1:])
                    elif what == "cancel":
                        if timers.pop(args[0], None) is None:
                            continue
                    else:
                        for key, value in args[0]:
                            if value is None:
                                disk.pop(key, None)
                            else:
                                disk[key] = value
                    symbols.append((what, name))
                if kept == len(ledger):
                    places = {label: place for place, label in enumerate(timers, 1)}
                    after = Local(at, None if handle is None else places.get(handle, 0), tuple(disk.items()), tuple(timers.values()), since)
                    found.append(Happened(after, tuple(sends), tuple(symbols), 0))
                else:
                    for boot in self.boot(name, tuple(disk.items()), spare - 1):
                        crashed = (*symbols, ("crash", name), *boot.symbols)
                        found.append(Happened(boot.local, (*sends, *boot.sends), crashed, boot.crashes + 1))
        return found

    def boot(self, name, disk, spare):
        return self.happen(name, Local(0, None, disk, (), 0), None, "start", ("start", name), spare)

    # --- all nodes ---

    def put(self, flying, sends):
        sends = [send for send in sends if send[1] in self.names]
        if self.bounds.network == "set":
            return frozenset({*flying, *sends})
        if self.bounds.network == "bag":
            return tuple(sorted((*flying, *sends)))
        queues = dict(flying)
        for send in sends:
            queues[send[:2]] = (*queues.get(send[:2], ()), send)
        return tuple(sorted(queues.items()))

    def taken(self, flying, send):
        if self.bounds.network == "set":
            return flying
        if self.bounds.network == "bag":
            left = list(flying)
            left.remove(send)
            return tuple(left)
        queues = dict(flying)
        queues[send[:2]] = queues[send[:2]][1:]
        return tuple(sorted((link, queue) for link, queue in queues.items() if queue))

    def arriving(self, flying):
        return {queue[0] for _, queue in flying} if self.bounds.network == "fifo" else set(flying)

    def remembered(self, memory, symbols):
        for symbol in symbols:
            if self.order and symbol in self.order.symbols:
                memory = self.order.after(memory, symbol)
        return memory

    def starts(self):
        states = {((), self.put(frozenset() if self.bounds.network == "set" else (), self.calls), 0, (0, 0, 0))}
        for name in self.names:
            states = {
                ((*nodes, boot.local), self.put(flying, boot.sends), self.remembered(memory, boot.symbols), (spent[0] + boot.crashes, 0, 0))
                for nodes, flying, memory, spent in states
                for boot in self.boot(name, (), self.bounds.crashes)
                if spent[0] + boot.crashes <= self.bounds.crashes
            }
        return states

    def steps(self, state):
        """Yield every next state; raise `Broken` where one breaks the property."""
        nodes, flying, memory, (crashes, twice, firings) = state
        spare = self.bounds.crashes - crashes

        def after(name, happened, left, twice=twice, firings=firings):
            there = tuple([happened.local if other == name else local for other, local in zip(self.names, nodes, strict=True)])
            spent = (crashes + happened.crashes, twice, firings)
            return there, self.put(left, happened.sends), self.remembered(memory, happened.symbols), spent

        for name, local in zip(self.names, nodes, strict=True):
            for place, (delay_ms, kind) in enumerate(local.timers):
                if any(earlier <= delay_ms for earlier, _ in local.timers[:place]):
                    continue
                if self.bounds.timers is None or firings < self.bounds.timers:
                    counted = firings if self.bounds.timers is None else firings + 1
                    for happened in self.happen(name, local, place, ("timer", kind), ("fire", name), spare):
                        yield after(name, happened, flying, firings=counted)
            if spare:
                for boot in self.boot(name, local.disk, spare - 1):
                    symbols = (("crash", name), *boot.symbols)
                    yield after(name, boot._replace(symbols=symbols, crashes=boot.crashes + 1), flying)
        for send in self.arriving(flying):
            name = send[1]
            lowest = 0 if self.bounds.network == "fifo" else 1
            local = nodes[self.names.index(name)]
            for happened in self.happen(name, local, None, ("note", send[2]), ("deliver", name), spare, lowest):
                yield after(name, happened, self.taken(flying, send))
                if twice < self.bounds.duplicates:
                    yield after(name, happened, flying, twice=twice + 1)

    def search(self, most):
        """Return (verdict, states by depth, steps to the violation), or None if there are more than `most` states."""
        try:
            frontier = self.starts()
        except Broken:
            return "violated", [], 0
        seen, levels = set(frontier), []
        while frontier:
            levels.append(frontier)
            if len(levels) > self.bounds.depth:
                return "ran out", levels, None
            fresh = set()
            for state in frontier:
                if len(seen) + len(fresh) > most:
                    return None
                try:
                    fresh.update(self.steps(state))
                except Broken:
                    return "violated", levels, len(levels)
            frontier = fresh - seen
            seen |= frontier
        return "exhausted", levels, None


def decoded(search, state):
    """Return what a state's integer means, in the naive search's words."""
    layout, asked = search.layout, search.asked
    nodes = []
    for shift in layout.nodes:
        local = asked.locals.all[state >> shift & 0xFFFFF]
        memory = dict(local.memory)
        handle = thaw(memory["handle"])
        timers = tuple([(delay_ms, *thaw(args)) for delay_ms, _, args in local.timers])
        handle = None if handle is None else handle.number
        nodes.append(Local(memory["at"], handle, tuple([thaw(item) for item in local.disk]), timers, local.since))
    sends = [(envelope.sender, envelope.to, envelope.message.kind) for envelope in asked.messages.all]
    bits = state >> layout.flying
    if layout.network == "fifo":
        queues = [(link, layout.queues.all[state >> shift & 0xFFFFF]) for link, shift in layout.links.items()]
        flying = tuple(sorted((link, tuple([sends[number] for number in queue])) for link, queue in queues if queue))
    elif layout.network == "set":
        flying = frozenset({send for number, send in enumerate(sends) if bits >> number & 1})
    else:
        flying = tuple(sorted(send for number, send in enumerate(sends) for _ in range(bits >> 8 * number & 255)))
    memory = search.memory[0].all[state >> layout.memories[0] & 0xFFFFF] if search.always else 0
    spent = state >> layout.spent & 0xFFFFF
    return tuple(nodes), flying, memory, (spent & 63, spent >> 6 & 63, spent >> 12)
