"""What one machine would do that everybody asks one after the other: the models that histories are compared with.

A model says what a call does to a state. An answer is right if some order of all calls, which keeps them in the order in which
they did not overlap, takes the model from its initial state through states in which every answer is what the model says.

    Herlihy & Wing, "Linearizability: A Correctness Condition for Concurrent Objects", 1990.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol


class Sign:
    """A value that no answer can be."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


UNKNOWN: Final = Sign("unknown")
"""The outcome of an operation that may have happened, may still happen, or never will: no answer came, or none that says."""

FAILED: Final = Sign("failed")
"""The outcome of an operation that certainly did not happen, and never will."""

IMPOSSIBLE: Final = Sign("impossible")
"""What `Model.step` returns if the outcome is not what the call would give in this state."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that a client asked for.

    Args:
        client: who asked.
        call: what for: something that the model knows, e.g. `Write("x", 1)`.
        outcome: the answer, or `UNKNOWN`, or `FAILED`.
        begun: place of the question in the trace.
        ended: place of the answer; None if there was none.
    """

    client: str
    call: Any
    outcome: Any
    begun: int
    ended: int | None = None

    @property
    def places(self) -> tuple[int, ...]:
        """Where in the trace it is seen."""
        return (self.begun,) if self.ended is None else (self.begun, self.ended)


class Read(NamedTuple):
    """Read a register: the outcome is its value."""

    key: Hashable


class Write(NamedTuple):
    """Write a register: the outcome does not matter."""

    key: Hashable
    value: Any


class Swap(NamedTuple):
    """Compare and swap: if the register holds `old`, it holds `new` from now on and the outcome is True, else False."""

    key: Hashable
    old: Any
    new: Any


class Acquire(NamedTuple):
    """Take a lock: True if it was free, False if somebody has it, the caller included."""

    lock: Hashable
    holder: Hashable


class Release(NamedTuple):
    """Give a lock back: True if the caller had it, else False."""

    lock: Hashable
    holder: Hashable


class Transfer(NamedTuple):
    """Move an amount from one account to another: True, or False if the source has too little. To itself it changes nothing."""

    source: Hashable
    target: Hashable
    amount: int


class Balance(NamedTuple):
    """Ask for an account's balance."""

    account: Hashable


class Audit(NamedTuple):
    """Ask for all balances at one moment: the outcome is a mapping of accounts to balances, or just their sum."""


class Model(Protocol):
    """What linearizability needs to know of an object."""

    def part_of(self, call: Any) -> Hashable:
        """Name the part of the object that a call is about: parts do not influence each other, and are judged one by one."""

    def initial(self, part: Hashable) -> Hashable:
        """Return the state in which a part begins."""

    def step(self, state: Any, call: Any, outcome: Any) -> Any:
        """Return the state after a call with this outcome, or `IMPOSSIBLE`. With `UNKNOWN`, the state if it happens."""

    def only_looks(self, call: Any, outcome: Any) -> bool:
        """True for a call that, with this outcome, leaves every state in which it is possible as it is."""

    def tell(self, call: Any, outcome: Any) -> str:
        """Say a call and its outcome, as in `writes x = 1`."""


def exactly(value: Any) -> tuple[type, Any]:
    """Return a value so that it equals only its like: 1 is not True, and not 1.0."""
    return type(value), value


class Register:
    """Registers that are read, written, and compared and swapped; each key is one, and begins with the same value.

    Args:
        start: what a register holds before it is first written.
    """

    def __init__(self, start: Any = None) -> None:
        self.start = exactly(start)

    def part_of(self, call: Any) -> Hashable:
        """Return its key."""
        key: Hashable = call.key
        return key

    def initial(self, part: Hashable) -> Hashable:
        """Return what it holds before it is written."""
        return self.start

    def step(self, state: Any, call: Any, outcome: Any) -> Any:
        """Read, write, or compare and swap."""
        kind = type(call)
        if kind is Read:
            return state if outcome is UNKNOWN or (type(outcome), outcome) == state else IMPOSSIBLE
        if kind is Write:
            return type(call.value), call.value
        swaps = exactly(call.old) == state
        if outcome is not UNKNOWN and outcome is not swaps:
            return IMPOSSIBLE
        return exactly(call.new) if swaps else state

    def only_looks(self, call: Any, outcome: Any) -> bool:
        """Reads, and swaps that were refused."""
        return isinstance(call, Read) or (isinstance(call, Swap) and outcome is False)

    def tell(self, call: Any, outcome: Any) -> str:
        """Say it in words."""
        if isinstance(call, Read):
            return f"reads {call.key}: {outcome!r}"
        if isinstance(call, Write):
            return f"writes {call.key} = {call.value!r}" + (f" ({outcome})" if isinstance(outcome, Sign) else "")
        return f"swaps {call.key} from {call.old!r} to {call.new!r}: {outcome!r}"


class Lock:
    """Locks that one client at a time can have; each begins free."""

    def part_of(self, call: Any) -> Hashable:
        """Return the lock's name."""
        lock: Hashable = call.lock
        return lock

    def initial(self, part: Hashable) -> Hashable:
        """Free."""
        return ()

    def step(self, state: Any, call: Any, outcome: Any) -> Any:
        """Take or give back."""
        works = state == () if isinstance(call, Acquire) else state == (call.holder,)
        if outcome is not UNKNOWN and outcome is not works:
            return IMPOSSIBLE
        if not works:
            return state
        return (call.holder,) if isinstance(call, Acquire) else ()

    def only_looks(self, call: Any, outcome: Any) -> bool:
        """What was refused."""
        return outcome is False

    def tell(self, call: Any, outcome: Any) -> str:
        """Say it in words."""
        return f"{'takes' if isinstance(call, Acquire) else 'gives back'} lock {call.lock}: {outcome!r}"


class Bank:
    """Accounts between which money moves. One transfer is about two of them, so that they cannot be judged one by one.

    Args:
        balances: what each account has at the beginning, whole numbers from 0 up.
    """

    def __init__(self, balances: Mapping[Any, int]) -> None:
        self.accounts = tuple(balances)
        self.start = tuple(balances.values())
        self.place = {account: place for place, account in enumerate(balances)}

    def part_of(self, call: Any) -> Hashable:
        """The whole bank is one part."""
        return "bank"

    def initial(self, part: Hashable) -> Hashable:
        """Return the balances, in the order of the accounts."""
        return self.start

    def step(self, state: Any, call: Any, outcome: Any) -> Any:
        """Move money, or tell how much there is."""
        if isinstance(call, Transfer):
            return self._moved(state, call, outcome)
        if outcome is UNKNOWN:
            return state
        if isinstance(call, Balance):
            right = state[self.place[call.account]]
            return state if exactly(outcome) == exactly(right) else IMPOSSIBLE
        if isinstance(outcome, Mapping):
            right_now = all(exactly(outcome.get(account)) == exactly(state[place]) for account, place in self.place.items())
            return state if right_now and len(outcome) == len(state) else IMPOSSIBLE
        return state if exactly(outcome) == exactly(sum(state)) else IMPOSSIBLE

    def _moved(self, state: Any, call: Transfer, outcome: Any) -> Any:
        source, target = self.place[call.source], self.place[call.target]
        works = state[source] >= call.amount
        if outcome is not UNKNOWN and outcome is not works:
            return IMPOSSIBLE
        if not works or source == target:
            return state
        after = list(state)
        after[source] -= call.amount
        after[target] += call.amount
        return tuple(after)

    def only_looks(self, call: Any, outcome: Any) -> bool:
        """Everything but a transfer that was carried out."""
        return not isinstance(call, Transfer) or outcome is False

    def tell(self, call: Any, outcome: Any) -> str:
        """Say it in words."""
        if isinstance(call, Transfer):
            return f"moves {call.amount} from {call.source} to {call.target}: {outcome!r}"
        if isinstance(call, Balance):
            return f"asks for the balance of {call.account}: {outcome!r}"
        return f"audits the bank: {outcome!r}"
