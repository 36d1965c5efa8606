"""The tables of what was measured of every exercise's programs, made of docs/zoo.json."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping
from typing import Any

from harness.catalogue import Exercise
from harness.proving.results import digest_of, known

HEAD = """| exercise | wrong programs killed | right programs that pass | mutants killed | diagnosed | story |
|---|---|---|---|---|---|"""
UNKNOWN = "not measured yet"
OLD = "measured before the last change of its programs or checks"
Parts = Mapping[str, Any]


def tables(exercises: tuple[Exercise, ...]) -> str:
    """Return the table of all exercises, and then what there is to say of each."""
    there = known(exercises[0].root) if exercises else {}
    pairs = [(exercise, there.get(exercise.slug, {})) for exercise in exercises]
    return "\n\n".join(["\n".join([HEAD, *(_row(*pair) for pair in pairs)]), *(_section(*pair) for pair in pairs)])


def _row(exercise: Exercise, parts: Parts) -> str:
    checks, mutants = parts.get("checks"), parts.get("mutants")
    name = f"[{exercise.number} {exercise.title}](#{exercise.slug})"
    if checks is None:
        return f"| {name} | {UNKNOWN} | {UNKNOWN} | {_mutants(mutants)} | | |"
    killed, passed = (f"{checks[some]} of {checks[all_]}" for some, all_ in (("killed", "wrong"), ("passed", "right")))
    return f"| {name} | {killed} | {passed} | {_mutants(mutants)} | {_diagnosed(checks['diagnosis'])} | {_stories(checks['stories'])} |"


def _mutants(found: Parts | None) -> str:
    if found is None:
        return UNKNOWN
    return f"{found['killed']} of {found['mutants'] - len(found['equivalent'])}"


def _diagnosed(found: Parts) -> str:
    return f"{(found['named'] + found['one_of_two']) / found['runs']:.0%}" if found["runs"] else ""


def _stories(found: Parts) -> str:
    return f"{statistics.median(found.values()):.2g}" if found else ""


def _section(exercise: Exercise, parts: Parts) -> str:
    heading = f"### {exercise.number} {exercise.title} {{ #{exercise.slug} }}"
    return "\n\n".join([heading, "\n".join(f"* {line}" for line in _lines(exercise, parts)) or UNKNOWN.capitalize() + "."])


def _lines(exercise: Exercise, parts: Parts) -> Iterator[str]:
    for part in ("checks", "mutants"):
        if part in parts and parts[part]["of"] != digest_of(exercise):
            yield f"The {part} were {OLD}."
    if "checks" in parts:
        yield from _of_checks(parts["checks"])
    if "mutants" in parts:
        yield from _of_mutants(parts["mutants"])


def _of_checks(found: Parts) -> Iterator[str]:
    each = f"{found['scenarios']:,} scenarios" if found["scenarios"] else "its own number of scenarios"
    yield f"Each wrong program on {found['seed_families']} families of seeds; each right one on {each} for every check."
    if len(found["surroundings"]) > 1:
        yield f"The same verdicts, codes, seeds and traces on {'; '.join(found['surroundings'])}."
    yield from (f"Falls short: {line}" for line in found["shortcomings"])
    yield from (f"Looks wrong and is not: `{name}`. {title}" for name, title in found["allowed"].items())
    named = found["diagnosis"]
    yield (
        f"Of {named['runs']} runs of wrong programs {named['named']} were named rightly, {named['one_of_two']} as one of two, "
        f"{named['misnamed']} wrongly; {named['silent']} were left to the check's own hint."
    )
    if found["stories"]:
        worst = max(found["stories"], key=lambda name: found["stories"][name])
        yield (
            f"Stories of {len(found['stories'])} programs with a known shortest schedule: at the median "
            f"{statistics.median(found['stories'].values()):.2g} times as many events, at worst {found['stories'][worst]:.2g} (`{worst}`)."
        )


def _of_mutants(found: Parts) -> Iterator[str]:
    yield from (f"Mutant that lives, not judged yet: `{name}`" for name in found["unjudged"])
    yield from (f"Mutant that lives and may: `{name}`, because {reason}." for name, reason in found["equivalent"].items())
