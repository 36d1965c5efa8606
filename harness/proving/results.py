"""What was measured of each exercise's programs, kept in docs/zoo.json: the site's page of results is made of it.

    {"03_fenced_lock": {"checks": {...}, "mutants": {...}}, ...}

Each part says of which programs it was measured (`of`, a digest of their files), so that an old measurement is known as one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

from harness.catalogue import Exercise
from harness.proving import zoo
from harness.proving.lengths import length_ratios
from harness.proving.zoo import Plan, Runs

PLACE = "docs/zoo.json"


def known(root: Path) -> dict[str, dict[str, Any]]:
    """Return slug -> part -> what was measured; nothing if there is no file."""
    path = root / PLACE
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def note(exercise: Exercise, part: str, measured: Mapping[str, object]) -> None:
    """Put what was measured in place of what was known of this part of the exercise."""
    whole = known(exercise.root)
    whole.setdefault(exercise.slug, {})[part] = {"of": digest_of(exercise), **measured}
    ordered = {slug: dict(sorted(parts.items())) for slug, parts in sorted(whole.items())}
    text = json.dumps(ordered, indent=1, ensure_ascii=False) + "\n"
    path = exercise.root / PLACE
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def digest_of(exercise: Exercise) -> str:
    """Return a SHA-256 over the Python files of an exercise and of its solutions: programs and checks."""
    whole = sha256()
    for path in sorted([*exercise.folder.rglob("*.py"), *exercise.solution.rglob("*.py")]):
        whole.update(f"{path.relative_to(exercise.root).as_posix()}\n".encode() + path.read_bytes().replace(b"\r\n", b"\n") + b"\n")
    return whole.hexdigest()


def of_checks(exercise: Exercise, plan: Plan, runs: Runs, surroundings: Sequence[str], short: Sequence[str]) -> dict[str, object]:
    """Return what `course check` measured of one exercise, as plain data without times.

    Args:
        surroundings: where it ran, and where the same results were compared.
        short: what fell short.
    """
    programs = zoo.programs(exercise)
    kinds = {kind: [program for program in programs if program.kind in names] for kind, names in KINDS.items()}
    fine = {kind: sum(zoo.holds(program, plan, runs) for program in there) for kind, there in kinds.items()}
    return {
        "wrong": len(kinds["wrong"]),
        "killed": fine["wrong"],
        "right": len(kinds["right"]),
        "passed": fine["right"],
        "seed_families": plan.families,
        "scenarios": plan.scenarios,
        "surroundings": list(surroundings),
        "digest": zoo.digest({task: runs[task] for program in programs for task in plan.tasks(program) if task in runs}),
        "shortcomings": list(short),
        "allowed": dict(_allowed(exercise)),
        "diagnosis": _diagnosis(exercise, plan, runs),
        "stories": dict(length_ratios(exercise)),
    }


KINDS = {"wrong": ("wrong",), "right": ("reference", "right")}


def of_mutants(measured: Any) -> dict[str, object]:
    """Return what `course mutants` measured of one exercise, as plain data."""
    return {name: value for name, value in asdict(measured).items() if name != "exercise"}


def _allowed(exercise: Exercise) -> list[tuple[str, str]]:
    """Return the suspicious-looking programs that keep every promise: right ones whose docstring begins with a row, such as `E06:`."""
    found = []
    for path in sorted((exercise.solution / "right").glob("*.py")):
        title = re.match(r'"""([A-Z]\d+: .+?)(?:"""|\n\n)', path.read_text(encoding="utf-8"), re.DOTALL)
        if title:
            found.append((path.stem, " ".join(title[1].split())))
    return found


def _diagnosis(exercise: Exercise, plan: Plan, runs: Runs) -> dict[str, int]:
    found = zoo.confusion(exercise, runs, plan)
    alone = sum(item.right and len(item.named) == 1 for item in found)
    both = sum(item.right for item in found) - alone
    silent = sum(not item.named for item in found)
    return {"runs": len(found), "named": alone, "one_of_two": both, "silent": silent, "misnamed": len(found) - alone - both - silent}
