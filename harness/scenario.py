"""The words of which a scenario is made: what goes wrong in a run, and who asks for what. Students write scenarios of their own.

    def scenario(a, b, c):
        return [crash(a, at_ms=400), cut((b,), (c,), at_ms=500, until_ms=900), lose(a, b, "Vote", nth=1)]

Every word is a function that returns plain data, so a scenario can be printed, compared, sent and counted. `faults_of` makes
a world's `Faults` of it. All times are whole milliseconds from the beginning of the run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from harness.errors import Mistake
from harness.faults import Call, ClockStep, Crash, Deliver, Drop, Faults, Happening, OneWayCut, Partition, Pause, Rule
from harness.state import is_message

MOST_WORDS = 40
LAST_MS = 20_000
LATENCY_MS = 10
"""Every message takes this long, unless the scenario says otherwise."""

Word = tuple[Any, ...]


class ScenarioMistake(Mistake):
    """A scenario is not made of these words, or breaks a rule of the exercise's."""


def crash(node: str, at_ms: int, down_ms: int | None = 50, after_effects: int | None = None) -> Word:
    """Switch a node off at `at_ms`, and on again `down_ms` later (None: never).

    With `after_effects=k` it goes off inside the first handler from `at_ms` on that asks for more than k effects (sends, writes,
    timers), right after the first k of them.
    """
    return "crash", node, at_ms, down_ms, after_effects


def pause(node: str, at_ms: int, for_ms: int) -> Word:
    """Let a node stand still: its messages and timers wait, and it notices nothing."""
    return "pause", node, at_ms, for_ms


def cut(one_side: str | Sequence[str], other_side: str | Sequence[str], at_ms: int, until_ms: int | None = None) -> Word:
    """Cut all links between two sides, both ways. A side is a name or several. What is on its way then is lost."""
    return "cut", _side(one_side), _side(other_side), at_ms, until_ms


def cut_one_way(senders: str | Sequence[str], receivers: str | Sequence[str], at_ms: int, until_ms: int | None = None) -> Word:
    """Cut the links from some nodes to others; the way back still works."""
    return "cut_one_way", _side(senders), _side(receivers), at_ms, until_ms


def set_clock(node: str, at_ms: int, by_ms: int) -> Word:
    """Set a node's wall clock forward by `by_ms`, or back if that is negative."""
    return "set_clock", node, at_ms, by_ms


def call(client: str, at_ms: int, to: str, message: Any) -> Word:
    """Let a client, any name that is no node, send a message to a node. The exercise says which messages clients may send."""
    return "call", client, at_ms, to, message


def lose(sender: str, to: str, kind: str, nth: int) -> Word:
    """Lose the n-th message of this kind (a class name, e.g. "Vote") from `sender` to `to`, counted from 1."""
    return "lose", sender, to, kind, nth


def delay(sender: str, to: str, kind: str, nth: int, by_ms: int) -> Word:
    """Deliver the n-th message of this kind from `sender` to `to` only `by_ms` after it was sent."""
    return "delay", sender, to, kind, nth, by_ms


def repeat(sender: str, to: str, kind: str, nth: int, after_ms: int) -> Word:
    """Deliver the n-th message of this kind from `sender` to `to` as usual, and once more `after_ms` after it was sent."""
    return "repeat", sender, to, kind, nth, after_ms


def _side(names: str | Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def faults_of(words: Any, nodes: Sequence[str], calls: Sequence[str] = ()) -> Faults:
    """Return the faults that a scenario describes. Nothing in `words` is believed: it may come from anywhere.

    Args:
        words: a list or tuple of what the functions above return.
        nodes: names of the world's nodes.
        calls: names of the messages that clients may send.

    Raises:
        ScenarioMistake: it is no such list, or too long, or one of its words makes no sense; the text says which.
    """
    if not isinstance(words, list | tuple):
        raise ScenarioMistake(f"a scenario is a list of words such as crash(...) and cut(...), not {_short(words)}")
    if len(words) > MOST_WORDS:
        raise ScenarioMistake(f"a scenario has at most {MOST_WORDS} words, and this one has {len(words)}")
    reader = Reader(tuple(nodes), tuple(calls))
    for number, word in enumerate(words, 1):
        try:
            reader.read(word)
        except ScenarioMistake as mistake:
            raise ScenarioMistake(f"word {number}, {_short(word)}: {mistake}") from None
    return Faults((LATENCY_MS, LATENCY_MS), happenings=tuple(reader.happenings), rules=tuple(reader.rules))


class Reader:
    """Reads the words of one scenario."""

    def __init__(self, nodes: tuple[str, ...], calls: tuple[str, ...]) -> None:
        self.nodes = nodes
        self.calls = calls
        self.happenings: list[Happening] = []
        self.rules: list[Rule] = []

    def read(self, word: Any) -> None:
        """Take one word in."""
        if not isinstance(word, list | tuple) or not word or type(word[0]) is not str or word[0] not in self.MEANINGS:
            raise ScenarioMistake(f"that is none of {', '.join(self.MEANINGS)}")
        meaning, length = self.MEANINGS[word[0]]
        if len(word) != length:
            raise ScenarioMistake(f"{word[0]} has {length - 1} values, not {len(word) - 1}")
        meaning(self, *word[1:])

    def crash(self, node: Any, at_ms: Any, down_ms: Any, after_effects: Any) -> None:
        """See the function of this name."""
        if after_effects is not None:
            _number(after_effects, "after_effects", 0, 1_000)
        down = None if down_ms is None else _number(down_ms, "down_ms", 1)
        self.happenings.append(Crash(self.node(node), _number(at_ms, "at_ms"), down, after_effects))

    def pause(self, node: Any, at_ms: Any, for_ms: Any) -> None:
        """See the function of this name."""
        self.happenings.append(Pause(self.node(node), _number(at_ms, "at_ms"), _number(for_ms, "for_ms", 1)))

    def cut(self, one_side: Any, other_side: Any, at_ms: Any, until_ms: Any) -> None:
        """See the function of this name."""
        self.happenings.append(Partition(self.sides(one_side, other_side), *_span(at_ms, until_ms)))

    def cut_one_way(self, senders: Any, receivers: Any, at_ms: Any, until_ms: Any) -> None:
        """See the function of this name."""
        self.happenings.append(OneWayCut(*self.sides(senders, receivers), *_span(at_ms, until_ms)))

    def set_clock(self, node: Any, at_ms: Any, by_ms: Any) -> None:
        """See the function of this name."""
        self.happenings.append(ClockStep(self.node(node), _number(at_ms, "at_ms"), _number(by_ms, "by_ms", -(10**9), 10**9)))

    def call(self, client: Any, at_ms: Any, to: Any, message: Any) -> None:
        """See the function of this name."""
        if type(client) is not str or not 0 < len(client) <= 40 or client in self.nodes:
            raise ScenarioMistake(f"a client has a name of its own, which is no node's; {_short(client)} is not")
        if not is_message(message) or type(message).__name__ not in self.calls:
            allowed = f"clients send {', '.join(self.calls)}" if self.calls else "there are no clients here"
            raise ScenarioMistake(f"{allowed}, and nothing else; whatever nodes say to each other they say themselves")
        self.happenings.append(Call(client, _number(at_ms, "at_ms"), self.node(to), message))

    def lose(self, sender: Any, to: Any, kind: Any, nth: Any) -> None:
        """See the function of this name."""
        self.rules.append(self.rule(Drop(), sender, to, kind, nth))

    def delay(self, sender: Any, to: Any, kind: Any, nth: Any, by_ms: Any) -> None:
        """See the function of this name."""
        self.rules.append(self.rule(Deliver(_number(by_ms, "by_ms")), sender, to, kind, nth))

    def repeat(self, sender: Any, to: Any, kind: Any, nth: Any, after_ms: Any) -> None:
        """See the function of this name."""
        self.rules.append(self.rule(Deliver(LATENCY_MS, (_number(after_ms, "after_ms"),)), sender, to, kind, nth))

    def rule(self, fate: Drop | Deliver, sender: Any, to: Any, kind: Any, nth: Any) -> Rule:
        """Return a rule about one message between nodes."""
        if type(kind) is not str or not kind.isidentifier():
            raise ScenarioMistake(f'a kind of message is the name of its class, as in "Vote", not {_short(kind)}')
        return Rule(fate, self.node(sender), self.node(to), kind, _number(nth, "nth", 1, 10_000))

    def node(self, name: Any) -> str:
        """Return a node's name."""
        if type(name) is not str or name not in self.nodes:
            raise ScenarioMistake(f"there is no node {_short(name)}; the names are what the function is given")
        return name

    def sides(self, one: Any, other: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return two groups of names that have nobody in common."""
        if not isinstance(one, list | tuple) or not isinstance(other, list | tuple) or not one or not other:
            raise ScenarioMistake("a side is a name or several names")
        first, second = tuple([self.node(name) for name in one]), tuple([self.node(name) for name in other])
        if set(first) & set(second):
            raise ScenarioMistake("nobody can be on both sides")
        return first, second

    MEANINGS: ClassVar[dict[str, tuple[Callable[..., None], int]]] = {
        "crash": (crash, 5),
        "pause": (pause, 4),
        "cut": (cut, 5),
        "cut_one_way": (cut_one_way, 5),
        "set_clock": (set_clock, 4),
        "call": (call, 5),
        "lose": (lose, 5),
        "delay": (delay, 6),
        "repeat": (repeat, 6),
    }


def _number(value: Any, name: str, least: int = 0, most: int = LAST_MS) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ScenarioMistake(f"{name} is a whole number from {least:,} to {most:,}, not {_short(value)}")
    return value


def _span(at_ms: Any, until_ms: Any) -> tuple[int, int | None]:
    begun = _number(at_ms, "at_ms")
    return begun, None if until_ms is None else _number(until_ms, "until_ms", begun)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
