"""One bank on one machine: what a replicated bank must look like to its customers, whatever happens behind the counter.

Herlihy & Wing, "Linearizability: A Correctness Condition for Concurrent Objects", 1990.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from harness.checks.bank import ANSWERS, FINAL, READS, REQUESTS, REUSED, describe, effects_of, word_of
from harness.checks.linearizability import linearizable
from harness.checks.models import IMPOSSIBLE, UNKNOWN, Operation
from harness.properties import Holds
from harness.trace import Record, Trace

State = tuple[tuple[str, int], ...]  # accounts with more than 0, sorted by name


class OneBank:
    """Deposits, transfers, balances and audits, one after the other. A call is the request's message; every account begins at 0.

    The outcome of a deposit or transfer is "Done" or the reason why it is refused, of a balance the amount, of an audit a dict.
    """

    def part_of(self, call: Any) -> Hashable:
        """The whole bank is one part: a transfer is about two accounts."""
        return "bank"

    def initial(self, part: Hashable) -> Hashable:
        """Nobody has anything."""
        return ()

    def step(self, state: Any, call: Any, outcome: Any) -> Any:
        """Carry a request out, if its answer is the right one in this state."""
        kind, balances = type(call).__name__, dict(state)
        if kind in READS:
            right = balances.get(call.account, 0) if kind == "BalanceOf" else balances
            return state if outcome is UNKNOWN or _books(outcome) == right else IMPOSSIBLE
        word = "Done"
        if call.amount <= 0:
            word = "amount"
        elif kind == "Transfer" and balances.get(call.source, 0) < call.amount:
            word = "funds"
        if outcome is not UNKNOWN and outcome != word:
            return IMPOSSIBLE
        if word != "Done":
            return state
        for account, amount in effects_of(call).items():
            balances[account] = balances.get(account, 0) + amount
        return tuple(sorted((account, amount) for account, amount in balances.items() if amount))

    def only_looks(self, call: Any, outcome: Any) -> bool:
        """Questions, and requests that were refused."""
        return type(call).__name__ in READS or outcome in FINAL

    def tell(self, call: Any, outcome: Any) -> str:
        """Say it in words."""
        if isinstance(outcome, Mapping):
            outcome = {account: amount for account, amount in sorted(outcome.items()) if amount}
        told = f"is refused, {outcome}" if outcome in FINAL else outcome if isinstance(outcome, str) else repr(outcome)
        return f"asks for {describe(call)}: {told}"


def _books(outcome: Any) -> Any:
    """Return books without the accounts that have nothing."""
    return {account: amount for account, amount in outcome.items() if amount} if isinstance(outcome, Mapping) else outcome


def operations(trace: Trace, bank: tuple[str, ...]) -> list[Operation]:
    """Return what customers asked for: from the first time a key was sent until its first answer arrived.

    A key under which two different things were asked is left out: its answers do not say which of them they answer.
    """
    asked: dict[tuple[str, str], Operation] = {}
    odd = set()
    for index, record in trace.of("send", "deliver"):
        name = record.node, getattr(record.data, "key", "")
        if record.node in bank:
            continue
        if record.kind == "send" and record.name in REQUESTS:
            if asked.setdefault(name, Operation(record.node, record.data, UNKNOWN, index)).call != record.data:
                odd.add(name)
        elif record.kind == "deliver" and record.name in ANSWERS and name in asked and asked[name].ended is None:
            asked[name] = _ended(asked[name], record, index)
    return [operation for name, operation in asked.items() if name not in odd]


def _ended(operation: Operation, record: Record, index: int) -> Operation:
    answer = record.data
    outcome: Any = answer.amount if record.name == "Balance" else answer.balances if record.name == "Books" else word_of(answer)
    if outcome == REUSED:
        return operation
    return Operation(operation.client, operation.call, outcome, operation.begun, index)


def like_one_machine(bank: tuple[str, ...]) -> Holds:
    """All answers are those that one machine could have given, asked one thing at a time."""

    def judge(trace: Trace) -> None:
        linearizable(operations(trace, bank), OneBank())

    return Holds("the bank answers as one machine would", judge)
