"""`course check --attacks`: every attack of the collection against the judge, and against plain pytest for comparison."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from harness.cli.console import say, screen
from harness.proving.attacks import Attack, Outcome, attacks, naive, run


def attack(root: Path, wanted: Sequence[str], compare: bool) -> int:
    """Run the attacks whose ids begin with one of `wanted`, by default all; return the exit status.

    Args:
        compare: also try what plain pytest says, and print a table in Markdown.
    """
    chosen = [item for item in attacks() if not wanted or item.id.startswith(tuple(wanted))]
    outcomes: list[tuple[Outcome, str]] = []
    for item in _watched(chosen):
        with tempfile.TemporaryDirectory(prefix="course-attack-") as folder, tempfile.TemporaryDirectory(prefix="course-naive-") as other:
            outcome = run(item, root, Path(folder))
            outcomes.append((outcome, naive(item, root, Path(other)) if compare else ""))
        for line in outcome.wrong:
            say(f"{item.id} {item.title}: {line}", "bad")
    if compare:
        _table(outcomes)
    bad = sum(bool(outcome.wrong) for outcome, _ in outcomes)
    slowest = max((outcome.seconds for outcome, _ in outcomes), default=0.0)
    infra = sum("infra" in outcome.verdicts.values() for outcome, _ in outcomes)
    say(f"{len(outcomes)} attacks, {bad} with a wrong mark or a trace left, {infra} without a mark, the longest {slowest:.0f} s.")
    return 1 if bad else 0


def _watched(chosen: Sequence[Attack]) -> Sequence[Attack]:
    """Show a bar while somebody watches."""
    if not sys.stderr.isatty():
        return chosen
    from rich.progress import track

    return list(chosen) if not chosen else track(chosen, "attacks", console=screen(error=True), transient=True)  # type: ignore[return-value]


def _table(outcomes: Sequence[tuple[Outcome, str]]) -> None:
    say("| id | attack | plain pytest | the judge |")
    say("|---|---|---|---|")
    fooled = 0
    for outcome, said in outcomes:
        tried = outcome.attack
        earned = "pass" in tried.verdicts
        fooled += said == "full marks" and not earned
        word = f"**{said}**" if said in ("full marks", "hangs") and not earned else said
        ours = ", ".join(sorted({verdict for check, verdict in outcome.verdicts.items() if check not in tried.may_pass} or {"pass"}))
        say(f"| {tried.id} | {tried.title} | {word} | {ours} |")
    say()
    hanging = sum(said == "hangs" for _, said in outcomes)
    say(f"Plain pytest: {fooled} full marks that were not earned, {hanging} runs without an end.")
