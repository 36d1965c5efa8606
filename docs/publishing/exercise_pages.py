"""One page for each exercise, made from its README and its exercise.toml; and the list of all of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape

from docs.publishing.links import relinked
from harness.catalogue import Check, Exercise
from harness.proving.audit import lines_of_code


def page_path(exercise: Exercise) -> str:
    """Return where an exercise's page is, from the site's source folder."""
    return f"exercises/{exercise.slug}.md"


def page(exercise: Exercise) -> str:
    """Return an exercise's page as Markdown."""
    readme = (exercise.folder / "README.md").read_text(encoding="utf-8")
    heading, _, rest = readme.partition("\n")
    text, said = without_checks(relinked(rest, f"exercises/{exercise.slug}/README.md", page_path(exercise)))
    return "\n".join([heading, "", facts(exercise), text.strip(), "", checks(exercise), "", said, "", workbench(exercise), ""])


def without_checks(text: str) -> tuple[str, str]:
    """Return a README without its own list of the checks, since the page has a fuller one; and what it says below that list."""
    before, _, section = text.partition("\n## The checks\n")
    section, mark, after = section.partition("\n## ")
    said = "\n".join(line for line in section.split("\n") if not line.startswith("|"))
    return before + mark + after, said.strip()


def facts(exercise: Exercise) -> str:
    """Return the line under the title: lesson, time, points, size."""
    said = [time_of(exercise.minutes), points(exercise.points)]
    reference = exercise.solution / exercise.stub.name
    if reference.is_file():
        said.append(f"our own solution has {lines_of_code(reference)} lines")
    ways = [f"[Lesson](../lessons/{exercise.lesson}.md)"] if has_lesson(exercise) else []
    ways += ["[Write it here](#write-it-here)", f"[Download {exercise.stub.name}]({exercise.slug}/{exercise.stub.name})"]
    ways += [f"[As a notebook]({exercise.slug}/{exercise.module}.ipynb)"]
    return f"{' · '.join(said)}\n{{ .dsr-facts }}\n\n{' '.join(ways)}\n{{ .dsr-ways }}\n"


def has_lesson(exercise: Exercise) -> bool:
    """True if the exercise's lesson is written."""
    return (exercise.root / exercise.lesson_page).is_file()


def time_of(minutes: int) -> str:
    """Return a time as people say it: `10 minutes`, `about 1½ hours`."""
    if minutes < 60:
        return f"{minutes} minutes"
    hours, quarters = divmod(round(minutes / 15), 4)
    return f"about {hours}{('', '¼', '½', '¾')[quarters]} hour{'' if (hours, quarters) == (1, 0) else 's'}"


def points(count: int) -> str:
    """Return a number of points in words."""
    return "no points" if not count else "1 point" if count == 1 else f"{count} points"


def checks(exercise: Exercise) -> str:
    """Return the section that lists the checks."""
    rows = [_row(exercise, check) for check in exercise.checks]
    public = sum(check.public for check in exercise.checks)
    return "\n".join(
        [
            "## The checks",
            "",
            f"{public} of {len(exercise.checks)} are public: you have their tests and may run them as often as you like. "
            "The others are decided at grading.",
            "",
            "| check | what it promises | points | |",
            "|---|---|---|---|",
            *rows,
        ]
    )


def _row(exercise: Exercise, check: Check) -> str:
    name = f"`{check.id}`"
    if has_lesson(exercise):
        name = f"[{name}](../lessons/{exercise.lesson}.md{check.anchor})"
    promise = check.promise.replace("|", "\\|")
    when = "public" if check.public else '<span class="dsr-when">at grading</span>'
    return f"| {name} | {promise} | {check.points} | {when} |"


def workbench(exercise: Exercise) -> str:
    """Return the section that a script turns into an editor; without scripts it says what to do instead."""
    about = {
        "number": exercise.number,
        "slug": exercise.slug,
        "module": exercise.module,
        "file": exercise.stub.name,
        "stub": f"{exercise.slug}/{exercise.stub.name}",
        "checks": [{"id": check.id, "points": check.points} for check in exercise.checks if check.public],
        "total": exercise.points,
        "hidden": sum(not check.public for check in exercise.checks),
    }
    return "\n".join(
        [
            "## Write it here",
            "",
            "The same checks as on your own machine, in this page. Nothing is sent anywhere: Python runs in your browser, and what you "
            "write stays in it until you download it.",
            "",
            f"<div class=\"dsr-bench\" data-exercise='{escape(json.dumps(about), quote=True)}'>",
            "<p>This needs JavaScript. Without it, download the file above and run "
            f"<code>course test {exercise.number}</code> on your machine.</p>",
            "</div>",
        ]
    )


def listing(exercises: Sequence[Exercise], folder: str = "") -> str:
    """Return the list of all exercises, each with what it is about.

    Args:
        exercises: in order.
        folder: how to get from the page to the folder with the exercises' pages, e.g. `exercises/`.
    """
    items = []
    for exercise in exercises:
        lesson = f" · [lesson]({_up(folder)}lessons/{exercise.lesson}.md)" if has_lesson(exercise) else ""
        items.append(
            f'<div markdown="1" data-slug="{exercise.slug}">\n\n**[{exercise.number} {exercise.title}]({folder}{exercise.slug}.md)**\n\n'
            f"{exercise.summary}\n\n{time_of(exercise.minutes)} · {points(exercise.points)}{lesson}\n{{ .dsr-facts }}\n\n</div>\n"
        )
    return '<div class="dsr-list" markdown="1">\n\n' + "\n".join(items) + "\n</div>"


def _up(folder: str) -> str:
    return "" if folder else "../"


def index(exercises: Sequence[Exercise]) -> str:
    """Return the page that lists the exercises."""
    about = "Each is one file to fill in, in small steps. Do 00 first; after that, any order works."
    return f"# Exercises\n\n{about}\n\n{listing(exercises)}\n"
