"""Promises about causes: what vector stamps say, which versions are siblings, and delivery in causal order.

    Fidge, "Timestamps in Message-Passing Systems That Preserve the Partial Ordering", 1988.
    Mattern, "Virtual Time and Global States of Distributed Systems", 1989.
    Birman, Schiper & Stephenson, "Lightweight Causal and Atomic Group Multicast", 1991.

A *stamp* is a mapping from names of machines to whole numbers; a name that is missing counts as 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from harness.errors import Broken
from harness.properties import Always
from harness.state import FrozenDict
from harness.trace import Record, Trace

BEFORE, AFTER, EQUAL, CONCURRENT = RELATIONS = ("before", "after", "equal", "concurrent")


SETTLE_MS = 10_000
"""By then every post of a chat has been shown: more than 10 times what a message takes at most."""


def stamp(counts: Mapping[str, int]) -> FrozenDict:
    """Return a stamp as messages hold it: a mapping that nobody can change."""
    return FrozenDict(counts)


def relation(a: Mapping[str, int], b: Mapping[str, int]) -> str:
    """Say how two stamps, any two, stand to each other: one of `RELATIONS`."""
    names = {*a, *b}
    less = any(a.get(name, 0) < b.get(name, 0) for name in names)
    more = any(a.get(name, 0) > b.get(name, 0) for name in names)
    if less and more:
        return CONCURRENT
    return BEFORE if less else AFTER if more else EQUAL


def join(a: Mapping[str, int], b: Mapping[str, int]) -> FrozenDict:
    """Return the least stamp that knows all that `a` and `b` know: the larger count for each name, zeros left out."""
    names = sorted({*a, *b})
    counts = {name: max(a.get(name, 0), b.get(name, 0)) for name in names}
    return FrozenDict({name: count for name, count in counts.items() if count})


def latest_of(versions: Iterable[tuple[Mapping[str, int], Any]]) -> frozenset[tuple[FrozenDict, Any]]:
    """Return those of some versions (stamp, value) whose stamp is before no other one's: the siblings. Zeros are left out.

    DeCandia et al., "Dynamo: Amazon's Highly Available Key-value Store", 2007 (section 4.4).
    """
    tidy = {(join(stamp, {}), value) for stamp, value in versions}
    return frozenset(one for one in tidy if not any(relation(one[0], other[0]) == BEFORE for other in tidy))


def is_stamp(value: Any) -> bool:
    """True for a mapping from names to whole numbers from 0 up."""
    return isinstance(value, Mapping) and all(type(name) is str and type(count) is int and count >= 0 for name, count in value.items())


def vector_condition(trace: Trace) -> None:
    """Judge the calls of vector clocks: a's stamp is before b's if and only if a happened before b. Results are the stamps.

    A call carries the message that its trace record names (see `Play.call`). A clock that is made anew under its old name goes
    on where the old one stopped: it is the same machine.

    Raises:
        Broken: two events whose stamps say something else than what happened, or a result that is no stamp.
    """
    calls: list[int] = []
    past: list[int] = []  # of each call, the calls before it, as bits
    causes: list[tuple[int, ...]] = []
    latest: dict[str, int] = {}
    sent: dict[int, int] = {}
    for index, record in trace.of("call"):
        _check_stamp(record, index)
        place = len(calls)
        direct = [latest[record.node]] if record.node in latest else []
        if record.number < 0 and -record.number in sent:
            direct.append(sent[-record.number])
        calls.append(index)
        causes.append(tuple(direct))
        past.append(0)
        for cause in direct:
            past[place] |= past[cause] | 1 << cause
        for earlier in range(place):
            right = BEFORE if past[place] >> earlier & 1 else CONCURRENT
            said = relation(trace[calls[earlier]].data[1], record.data[1])
            if said != right:
                chain = _chain(causes, earlier, place) if right == BEFORE else (earlier, place)
                raise _misjudged(trace, calls[earlier], index, right, said, tuple(calls[link] for link in chain))
        latest[record.node] = place
        if record.number > 0:
            sent[record.number] = place


def _check_stamp(record: Record, index: int) -> None:
    result = record.data[1]
    if not is_stamp(result):
        told = f"{record.node}.{record.other} returned {result!r:.60}; a stamp is a dict from names to whole numbers from 0 up"
        raise Broken(told, code="no_stamp", records=(index,))


def _chain(causes: list[tuple[int, ...]], first: int, last: int) -> tuple[int, ...]:
    """Return places from `first` to `last`, each a direct cause of the next: a shortest such chain."""
    ways: dict[int, tuple[int, ...]] = {last: (last,)}
    waiting = [last]
    for place in waiting:
        for cause in causes[place]:
            if cause not in ways:
                ways[cause] = (cause, *ways[place])
                waiting.append(cause)
    return ways[first]


def _misjudged(trace: Trace, earlier: int, later: int, right: str, said: str, chain: tuple[int, ...]) -> Broken:
    a, b = trace[earlier], trace[later]
    first, second = f"{a.node}.{a.other} → {a.data[1]!r}", f"{b.node}.{b.other} → {b.data[1]!r}"
    if right == BEFORE:
        told = f"{first} happened before {second}, but the stamps say {said}"
        code = f"{b.other}_{'repeats' if said == EQUAL else 'forgets'}"
    elif said == EQUAL:
        told = f"{first} and {second} are two events, but they have the same stamp"
        code = "same_stamp"
    else:
        knows, news = (b, a) if said == BEFORE else (a, b)
        told = f"{first} and {second}: no message told {knows.node} of {news.node}'s event, but the stamps say {said}"
        code = f"{knows.other}_knows_too_much"
    return Broken(told, code=code, records=chain)


class CausalOrder(Always):
    """Nobody is shown a post before all that its author had seen and said when it was said.

    Judged from two messages alone: `Say(text)` when it reaches a node, and `Show(author, text)` when a node sends it. No two
    posts have the same text.

    Memory: for each node, the texts it has said or shown; for each text, those that its author had said or shown before.
    """

    name = "causes before effects"
    initial: Any = ((), ())

    def watches(self, record: Record) -> bool:
        """Say, when it arrives; Show, when it is sent."""
        return (record.kind == "deliver" and record.name == "Say") or (record.kind == "send" and record.name == "Show")

    def step(self, memory: Any, record: Record, index: int) -> Any:
        """Return the memory after the record."""
        seen, needs = dict(memory[0]), dict(memory[1])
        known = seen.get(record.node, frozenset())
        text = record.data.text
        if record.name == "Say":
            needs.setdefault(text, known)
            seen[record.node] = known | {("said", text)}
        else:
            missing = {cause for _, cause in needs.get(text, ())} - {shown for how, shown in known if how == "shown"}
            if missing:
                raise Broken(self.told(record, min(missing)), code="effect_before_cause", records=(index,))
            seen[record.node] = known | {("shown", text)}
        return tuple(sorted(seen.items())), tuple(sorted(needs.items()))

    def told(self, record: Record, cause: str) -> str:
        """Say what is shown too early."""
        return f'{record.node} shows "{record.data.text}" without having shown "{cause}", which its author knew when saying it'

    def judge(self, trace: Trace) -> None:
        """Raise `Broken`, with what its author had seen and the saying as part of the proof."""
        try:
            super().judge(trace)
        except Broken as broken:
            last = broken.records[-1]
            text = trace[last].data.text
            saying = next(index for index, record in enumerate(trace) if _says(record, text))
            author, needs = trace[saying].node, self._needs(trace, saying)
            own = {record.data.text for record in trace[:last] if record.node == trace[last].node and _shows(record)}
            cause = next(index for index in needs if trace[index].data.text not in own)
            broken.text = self.told(trace[last], trace[cause].data.text)
            broken.records = (cause, saying, last) if author != trace[last].node else (cause, last)
            raise

    def _needs(self, trace: Trace, saying: int) -> list[int]:
        """Return the places where the author of a post was said, or showed, something before."""
        author = trace[saying].node
        return [index for index, record in enumerate(trace[:saying]) if record.node == author and self.watches(record)]


class ShownOnce(Always):
    """Every Show is of a post that was said, under its author's name, to the node's own user, and no more often than it was said.

    Memory: how often each (author, text) was said; how often each (node, text) was shown.

    Args:
        users: the name of each node's user.
    """

    name = "nothing invented, nothing twice"
    initial: Any = ((), ())

    def __init__(self, users: Mapping[str, str]) -> None:
        self.users = dict(users)

    def watches(self, record: Record) -> bool:
        """Say, when it arrives; Show, when it is sent."""
        return (record.kind == "deliver" and record.name == "Say") or (record.kind == "send" and record.name == "Show")

    def step(self, memory: Any, record: Record, index: int) -> Any:
        """Return the memory after the record."""
        said, shown = dict(memory[0]), dict(memory[1])
        text = record.data.text
        if record.name == "Say":
            said[record.node, text] = said.get((record.node, text), 0) + 1
        else:
            told = f'{record.node} shows "{text}"'
            times = shown.get((record.node, text), 0)
            if (record.data.author, text) not in said:
                raise Broken(f"{told} by {record.data.author}, who did not say that", code="invented", records=(index,))
            if record.other != self.users.get(record.node):
                raise Broken(f"{told} to {record.other}, who is not its user", code="wrong_user", records=(index,))
            if times == said[record.data.author, text]:
                raise Broken(f"{told} to its user a second time", code="shown_twice", records=(index,))
            shown[record.node, text] = times + 1
        return tuple(sorted(said.items())), tuple(sorted(shown.items()))

    def judge(self, trace: Trace) -> None:
        """Raise `Broken`; of what is shown twice, the first time is part of the proof."""
        try:
            super().judge(trace)
        except Broken as broken:
            if broken.code == "shown_twice":
                last = broken.records[-1]
                same = trace[last].node, trace[last].data.text
                first = next(index for index, record in enumerate(trace) if _shows(record) and (record.node, record.data.text) == same)
                broken.records = (first, last)
                broken.code = f"{_kind_of_post(trace, trace[last].data.text)}_shown_twice"
            raise


def all_shown(users: Mapping[str, str]) -> Any:
    """Return a judge of a run in which nothing is lost: what was said at one node was shown by every node.

    What was said less than `SETTLE_MS` before the sending of a message that has not arrived is not judged: it may still come.

    Args:
        users: the name of each node's user.
    """

    def judge(trace: Trace) -> None:
        arrived = {record.number for _, record in trace.of("deliver")}
        open_ms = [record.time_ms for _, record in trace.of("send") if record.number not in arrived]
        judged_ms = min(open_ms) - SETTLE_MS if open_ms else trace[-1].time_ms
        said = [(index, record.node, record.data.text) for index, record in trace.messages("deliver", "Say") if record.time_ms <= judged_ms]
        shown = {(record.node, record.data.text) for _, record in trace.messages("send", "Show")}
        missing = [(node, *saying) for saying in said for node in users if (node, saying[2]) not in shown]
        if missing:
            node, saying, author, text = missing[0]
            which = f"{_kind_of_post(trace, text)}_never_shown"
            code = "nothing_shown" if not shown else "own_not_shown" if node == author else which
            last = max((index for index, record in trace.of("deliver") if record.node == node), default=saying)
            told = f'{node} never shows "{text}", though everything sent to it has arrived'
            raise Broken(told, code=code, records=tuple(sorted({saying, last})))

    return judge


def _kind_of_post(trace: Trace, text: str) -> str:
    """Say what a post comes after: nothing, what its author said before, or what others said that its author was shown."""
    saying = next(index for index, record in enumerate(trace) if _says(record, text))
    author = trace[saying].node
    before = [record for record in trace[:saying] if record.node == author and (_shows(record) or record.name == "Say")]
    said = {record.data.text for record in before if record.kind == "deliver" and record.name == "Say"}
    shown = {record.data.text for record in before if _shows(record)} - said
    if shown:
        return "answer"
    return ("first_post", "second_post")[len(said)] if len(said) < 2 else "later_post"


def _says(record: Record, text: str) -> bool:
    return record.kind == "deliver" and record.name == "Say" and bool(record.data.text == text)


def _shows(record: Record) -> bool:
    return record.kind == "send" and record.name == "Show"
