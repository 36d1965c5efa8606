"""Compares what becomes of programs in process and in the sandbox: `python -m harness.proving.transports FILE [NN] ...`.

Each reference, right and wrong program is judged both ways and gets a line in FILE. Stop it whenever you like; started again it goes on
with the programs that FILE does not know as they are now. Then it says what differs, and which programs need most time.

The sandbox may be stricter: what shares memory between machines, or asks a real clock, can look right in process. That is told apart,
and for a program that is right it is a difference like any other.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from harness import catalogue
from harness.catalogue import Exercise
from harness.grading.judge import examined, fingerprint, job_of, marks_of
from harness.grading.panel import Panel
from harness.grading.submissions import handed_in
from harness.proving.zoo import Program, programs

STRICTER = ("nondeterministic", "wrong:shared")
KINDS = ("reference", "right", "wrong")


@dataclass(frozen=True)
class Compared:
    """What became of one program, by check: in process, and in the sandbox.

    Args:
        program: its name.
        digest: of the program, its exercise's tests and how many scenarios there were.
        harness: digest of the harness that judged.
        here, there: verdict and way of breaking, by check.
        seconds: processor time that its workers used, by check.
    """

    program: str
    digest: str
    harness: str
    here: dict[str, str]
    there: dict[str, str]
    seconds: dict[str, float] = field(default_factory=dict)

    def differences(self) -> dict[str, str]:
        """Return how each check on which they differ ended in process and in the sandbox; no check is an infra either way."""
        checks = {check: (self.here.get(check, ""), self.there.get(check, "")) for check in {**self.here, **self.there}}
        return {check: f"{here} / {there}" for check, (here, there) in checks.items() if here != there or "infra" in (here, there)}

    def explained(self, program: Program) -> bool:
        """True if nothing differs but that the sandbox is stricter with a wrong program, or that no two of its runs need be the same."""
        stricter = all(self.there.get(check, "").startswith(STRICTER) for check in self.differences())
        return stricter if program.kind != "wrong" else stricter or program.varies


def compared(program: Program, scenarios: int | None) -> Compared:
    """Judge a program both ways."""
    there, seconds = _judged(program, True, scenarios)
    here, _ = _judged(program, False, scenarios)
    return Compared(program.name, digest_of(program, scenarios), fingerprint(), here, there, seconds)


def _judged(program: Program, isolated: bool, scenarios: int | None) -> tuple[dict[str, str], dict[str, float]]:
    exercise = program.exercise
    handed = handed_in(program.path, [exercise])
    job = job_of(exercise, handed, "transports", isolated, tells=False)
    answers = examined(Panel(1), [replace(job, count=scenarios)] if job else []).get(exercise.slug, [])
    seconds: dict[str, float] = {}
    for check, used in (item for answer in answers for item in answer.get("used", {}).items()):
        seconds[check] = round(max(used, seconds.get(check, 0.0)), 2)
    return {mark.check: mark.way or mark.verdict for mark in marks_of(exercise, handed.sources.get(exercise.slug), answers, False)}, seconds


def digest_of(program: Program, scenarios: int | None) -> str:
    """Return the digest of everything that a comparison is about, except the harness."""
    exercise = program.exercise
    paths = [program.path, exercise.public_tests, *exercise.hidden_tests, *(exercise.folder / f"{name}.py" for name in exercise.given)]
    digest = hashlib.sha256(f"{scenarios}/".encode())
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def known_in(path: Path) -> dict[tuple[str, str], Compared]:
    """Return the comparisons in a file, by program and digest; a line that was cut short is none."""
    found: dict[tuple[str, str], Compared] = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        try:
            item = Compared(**json.loads(line))
        except (ValueError, TypeError):
            continue
        found[item.program, item.digest] = item
    return found


def said_of(program: Program, item: Compared) -> Iterator[str]:
    """Yield what is to be said of a comparison, a line each."""
    differences = item.differences()
    if differences and (program.kind != "wrong" or not item.explained(program)):
        yield f"differs: {program.name}: " + ", ".join(f"{check}: {ways}" for check, ways in sorted(differences.items()))
    if program.kind != "wrong":
        lost = sorted(check for check, way in item.there.items() if way != "pass")
        if lost:
            yield f"false failure: {program.name}: {', '.join(lost)}"


def summary(programs: Sequence[tuple[Program, Compared]]) -> Iterator[str]:
    """Yield how many were compared, and the right programs that need most processor time."""
    old = sum(item.harness != fingerprint() for _, item in programs)
    stricter = sum(bool(item.differences()) and item.explained(program) for program, item in programs if program.kind == "wrong")
    checks = sum(len(item.there) for _, item in programs)
    yield f"{len(programs)} programs, {checks} verdicts compared; the sandbox is stricter with {stricter} wrong programs"
    if old:
        yield f"{old} of them under another state of the harness"
    right = [(program, item) for program, item in programs if program.kind != "wrong" and item.seconds]
    if right:
        used, name = max((sum(item.seconds.values()), program.name) for program, item in right)
        yield f"the dearest right program: {used:.1f} s of processor time, {name}"
        used, name = max((used, f"{program.name} in {check}") for program, item in right for check, used in item.seconds.items())
        yield f"the dearest check of one: {used:.1f} s, {name}"


def wanted(exercises: Sequence[Exercise], kinds: Sequence[str], name: str) -> list[Program]:
    """Return the programs to compare."""
    return [program for exercise in exercises for program in programs(exercise) if program.kind in kinds and name in program.name]


def main() -> None:
    """Compare, and end with status 1 if anything differs that should not."""
    parser = argparse.ArgumentParser(
        prog="python -m harness.proving.transports", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("file", type=Path, help="where the comparisons are kept, a JSON line each")
    parser.add_argument("exercises", nargs="*", metavar="NN", help="numbers; all of them if none is given")
    parser.add_argument("--scenarios", type=int, help="at most so many per check, for a quick look")
    parser.add_argument("--kinds", default=",".join(KINDS), help="of programs, separated by commas")
    parser.add_argument("--program", default="", help="only those with this in their names")
    parser.add_argument("--again", action="store_true", help="also those that are known, but under another state of the harness")
    options = parser.parse_args()
    root = catalogue.find_root()
    exercises = [catalogue.exercise(name, root) for name in options.exercises] or list(catalogue.exercises(root))
    options.file.parent.mkdir(parents=True, exist_ok=True)
    known, done, bad = known_in(options.file), [], 0
    for program in wanted(exercises, options.kinds.split(","), options.program):
        item = known.get((program.name, digest_of(program, options.scenarios)))
        if item is None or (options.again and item.harness != fingerprint()):
            item = compared(program, options.scenarios)
            with options.file.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(item)) + "\n")
        done.append((program, item))
        for line in said_of(program, item):
            bad += 1
            print(line, flush=True)
    print("\n".join(summary(done)))
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
