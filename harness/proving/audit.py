"""Reads an exercise's folders without running anything, and says what is missing, stale or contradicts itself."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.catalogue import Exercise
from harness.diagnosis import read_wrong
from harness.errors import Misuse

SCORED = tuple(f"{number:02}" for number in range(1, 10))
TOTAL = 100


def audit(exercise: Exercise) -> Iterator[str]:
    """Yield what falls short in one exercise, one sentence each."""
    yield from _files(exercise)
    yield from _tests(exercise)
    yield from _checks(exercise)
    yield from _docstrings(exercise)
    yield from _readme(exercise)


def audit_all(exercises: Sequence[Exercise]) -> Iterator[str]:
    """Yield what falls short in all of them together."""
    numbers = [exercise.number for exercise in exercises]
    for number in sorted({number for number in numbers if numbers.count(number) > 1}):
        yield f"two exercises have the number {number}"
    scored = [exercise for exercise in exercises if exercise.number in SCORED]
    total = sum(exercise.points for exercise in scored)
    if {exercise.number for exercise in scored} == set(SCORED) and total != TOTAL:
        each = ", ".join(f"{exercise.slug} {exercise.points}" for exercise in scored)
        yield f"the points of 01 to 09 add up to {total}, not {TOTAL}: {each}"
    elif total > TOTAL:
        yield f"the points of {', '.join(exercise.number for exercise in scored)} alone add up to {total}, more than {TOTAL}"


def notes(exercise: Exercise) -> Iterator[str]:
    """Yield what is not there yet and is no failure."""
    if not (exercise.root / exercise.lesson_page).is_file():
        yield f"{exercise.slug}: its lesson {exercise.lesson_page} is not written yet, so links to it were not followed"


def _files(exercise: Exercise) -> Iterator[str]:
    needed = [exercise.stub, exercise.public_tests, exercise.folder / "README.md", exercise.solution / exercise.stub.name]
    needed += [exercise.folder / f"{name}.py" for name in exercise.given]
    for path in needed:
        if not path.is_file():
            yield f"{exercise.slug}: {path.relative_to(exercise.root).as_posix()} is missing"
    for kind in ("right", "wrong"):
        if not any((exercise.solution / kind).glob("*.py")):
            yield f"{exercise.slug}: solutions/{exercise.slug}/{kind}/ holds no program"


def _tests(exercise: Exercise) -> Iterator[str]:
    public = _functions(exercise.public_tests)
    hidden = [name for path in exercise.hidden_tests for name in _functions(path)]
    ids = {check.id: check for check in exercise.checks}
    for name in [*public, *hidden]:
        if name not in ids:
            yield f"{exercise.slug}: test_{name} has no entry in exercise.toml"
        if [*public, *hidden].count(name) > 1:
            yield f"{exercise.slug}: test_{name} is defined more than once"
    for check in exercise.checks:
        if check.public and check.id not in public:
            yield f"{exercise.slug}: {check.id} is public, but {exercise.public_tests.name} has no test_{check.id}"
        if not check.public and check.id not in hidden:
            where = "the public tests have it" if check.id in public else "no hidden test has it"
            yield f"{exercise.slug}: {check.id} is {check.visibility}, but {where}"


def _functions(path: Path) -> list[str]:
    if not path.is_file():
        return []
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [item.name[5:] for item in tree.body if isinstance(item, ast.FunctionDef) and item.name.startswith("test_")]


def _checks(exercise: Exercise) -> Iterator[str]:
    for check in exercise.checks:
        for field in ("promise", "hint", "anchor"):
            if not getattr(check, field).strip():
                yield f"{exercise.slug}: {check.id} has no {field}"
        if check.anchor and not check.anchor.startswith("#"):
            yield f"{exercise.slug}: {check.id}: an anchor looks like #timers, not {check.anchor!r}"
        yield from _link(exercise, exercise.root, exercise.lesson_page + check.anchor, f"{check.id}'s anchor")
        if len(set(check.topics)) < len(check.topics) or not all(topic.strip() for topic in check.topics):
            yield f"{exercise.slug}: {check.id} has an empty or doubled topic"
    if exercise.number in SCORED and not any(check.topics for check in exercise.checks):
        yield f"{exercise.slug}: no check names a topic of the outline"


def _docstrings(exercise: Exercise) -> Iterator[str]:
    ids = {check.id for check in exercise.checks}
    for path in sorted((exercise.solution / "wrong").glob("*.py")):
        try:
            wrong = read_wrong(path)
        except (Misuse, SyntaxError, ValueError) as error:
            yield f"{exercise.slug}/wrong/{path.name}: {error}"
            continue
        for name in (*wrong.fails, *wrong.may_fail):
            if name not in ids:
                yield f"{exercise.slug}/wrong/{path.name} names {name}, which is no check of this exercise"
        for name in set(wrong.fails) & set(wrong.may_fail):
            yield f"{exercise.slug}/wrong/{path.name} names {name} both in Fails and in May fail"
        yield from _link(exercise, exercise.root, wrong.lesson, f"wrong/{path.name}: Lesson")


def _readme(exercise: Exercise) -> Iterator[str]:
    readme, reference = exercise.folder / "README.md", exercise.solution / exercise.stub.name
    if not readme.is_file():
        return
    text = readme.read_text(encoding="utf-8")
    heading = f"# {exercise.number} · {exercise.title}"
    if not text.startswith(f"{heading}\n"):
        yield f"{exercise.slug}: README.md begins with {text.partition(chr(10))[0]!r}; it should be {heading!r}"
    for target in re.findall(r"(?<!!)\[[^\]]*\]\(([^)\s]+)[^)]*\)", _without_code(text)):
        yield from _link(exercise, readme.parent, target, "README.md")
    if reference.is_file():
        lines = lines_of_code(reference)
        claimed = re.findall(r"(\d+) lines", text)
        if str(lines) not in claimed:
            said = f"says {' and '.join(claimed)}" if claimed else "does not say how small our own solution is"
            yield f"{exercise.slug}: README.md {said}; the reference has {lines} lines of code: write `{lines} lines`"


def _link(exercise: Exercise, base: Path, target: str, where: str) -> Iterator[str]:
    """Yield a sentence if a link leads nowhere. A lesson that is not written yet is only a note; see `notes`."""
    if re.match(r"[a-z]+:", target):
        return
    name, _, anchor = target.partition("#")
    page = (base / name).resolve() if name else exercise.folder / "README.md"
    if not page.exists():
        if "docs/lessons/" not in page.as_posix():
            yield f"{exercise.slug}: {where} leads to {target}, which is not there"
    elif anchor and page.suffix == ".md" and anchor not in anchors(page.read_text(encoding="utf-8")):
        yield f"{exercise.slug}: {where} leads to {target}, but that page has no such heading"


def anchors(text: str) -> set[str]:
    """Return the anchors of a Markdown page's headings, as MkDocs and GitHub make them."""
    found: set[str] = set(re.findall(r'<a id="([^"]+)"', text))
    for heading in re.findall(r"^#+\s+(.*?)\s*#*$", _without_code(text), re.MULTILINE):
        given = re.search(r"\{[^}]*#([\w-]+)[^}]*\}\s*$", heading)
        plain = re.sub(r"\{[^}]*\}\s*$|[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\s-]", "", plain).strip().lower()
        found |= {given[1]} if given else {re.sub(r"[\s-]+", "-", slug), re.sub(r"\s", "-", slug)}
    return found


def _without_code(text: str) -> str:
    return re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)


def lines_of_code(path: Path) -> int:
    """Return how many lines of a Python file are neither blank nor comment nor docstring."""
    text = path.read_text(encoding="utf-8")
    silent = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER, tokenize.ENCODING)
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in silent:
            lines.update(range(token.start[0], token.end[0] + 1))
    for item in ast.walk(ast.parse(text)):
        if isinstance(item, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(item, clean=False) is not None:
            lines.difference_update(range(item.body[0].lineno, (item.body[0].end_lineno or 0) + 1))
    return len(lines)
