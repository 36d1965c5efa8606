"""`course new`: writes a small exercise that works and proves itself, to be replaced piece by piece."""

from __future__ import annotations

import keyword
import re
import sys
from pathlib import Path

import click

from harness import catalogue
from harness.catalogue import Exercise
from harness.cli.console import Refused, say
from harness.cli.skeleton import FILES
from harness.proving import zoo
from harness.proving.crew import Crew
from harness.proving.zoo import Plan


@click.command("new")
@click.argument("slug", metavar="NN_slug")
def new_command(slug: str) -> int:
    """Write the skeleton of a new exercise, such as 11_gossip."""
    if not re.fullmatch(r"\d\d_[a-z][a-z0-9_]*", slug):
        raise Refused(f"an exercise is called like 11_gossip: two digits, then words in lower case joined by _; not {slug!r}")
    module = slug[3:]
    if keyword.iskeyword(module) or module in sys.stdlib_module_names or module == "harness":
        raise Refused(f"{module}.py would hide Python's own {module}; choose another name")
    root = catalogue.find_root()
    for other in catalogue.exercises(root):
        if other.number == slug[:2] or other.module == module:
            raise Refused(f"{other.slug} has that number or name already; choose another")
    written = _write(root, slug, module)
    say(f"Wrote {slug}:", "good")
    for path in written:
        say(f"  {path}")
    say(f"It works: course check {slug[:2]} proves it. Replace it piece by piece, and let that command say what is still missing.")
    return 0


def _write(root: Path, slug: str, module: str) -> list[str]:
    fields = {
        "slug": slug,
        "number": slug[:2],
        "module": module,
        "dashed": module.replace("_", "-"),
        "title": module.replace("_", " ").capitalize(),
        "Node": "".join(word.capitalize() for word in module.split("_")),
        "lines": _REFERENCE_LINES,
    }
    written = []
    for where, text in FILES.items():
        path = root / where.format(**fields)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(**fields), encoding="utf-8", newline="\n")
        written.append(path.relative_to(root).as_posix())
    return [*written, _write_misconceptions(catalogue.exercise(slug, root))]


def _write_misconceptions(exercise: Exercise) -> str:
    """Measure how the wrong program fails, as `course check --write` does."""
    wrong = [program for program in zoo.programs(exercise) if program.kind == "wrong"]
    runs = dict(Crew(exercise.root, size=1).run([task for program in wrong for task in Plan().tasks(program)]))
    path = exercise.folder / "misconceptions.json"
    path.write_text(zoo.misconceptions_text(exercise, runs), encoding="utf-8", newline="\n")
    return path.relative_to(exercise.root).as_posix()


_REFERENCE_LINES = 9  # a test counts them
