"""`course collect`: the marks that count, for a whole class, made on a machine that no student can write to."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from harness import catalogue
from harness.cli.console import Refused, filled, remark, say, screen
from harness.grading import bundle, cohort
from harness.grading.class_table import class_csv, class_html, standing
from harness.grading.collect import Course, Grader, Verdict, collect, here
from harness.grading.verdicts import printable

AGAIN = 3
"""Exit status when at least one submission has no mark yet: run it again."""


@click.command("collect")
@click.argument("submissions", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path, file_okay=False))
@click.argument("exercises", nargs=-1, metavar="[NN]...")
@click.option(
    "--overlay", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Private hidden checks, shaped like solutions/."
)
@click.option("--local", is_flag=True, help="A CSV list may name repositories on this machine.")
@click.option("--jobs", type=click.IntRange(1), help="How many examiners work at a time; by default one for each processor.")
@click.option("--scheduler", metavar="tcp://HOST:PORT", help="Grade on the workers of a Dask scheduler (extra `dask`).")
def collect_command(
    submissions: Path,
    out: Path,
    exercises: tuple[str, ...],
    overlay: Path | None,
    local: bool,
    jobs: int | None,
    scheduler: str | None,
) -> int:
    """Grade a class of submissions.

    SUBMISSIONS is a folder with a folder, archive or file per student, or a CSV list with name, repository, commit. OUT gets a verdict
    file per submission, class.csv and class.html. Interrupted, run it again: it goes on where it was. COURSE_SEED is the private seed
    of the hidden checks.
    """
    _refuse_to_mix(submissions, out)
    root = catalogue.find_root()
    chosen = [catalogue.exercise(name, root) for name in exercises] or list(catalogue.exercises(root))
    files = bundle.course_files(chosen, "secret", overlay.absolute() if overlay else None)
    course = Course(files, tuple(exercise.slug for exercise in chosen), os.environ.get("COURSE_SEED", ""))
    found = cohort.entries(submissions, local)
    stray = cohort.left_out(submissions)
    if stray:
        names = printable(", ".join(stray))
        filled(f"Left out, as it is no folder, {', '.join(cohort.SUFFIXES[:-1])} or {cohort.SUFFIXES[-1]}: {names}.", "warn")
    with _progress(len(found)) as done:
        verdicts = collect(course, found, out, _grader(scheduler, jobs), done)
    with course.laid_out() as described:
        (out / "class.csv").write_text(class_csv(verdicts, described), encoding="utf-8")
        (out / "class.html").write_text(class_html(verdicts, described), encoding="utf-8")
    _tell(verdicts, out)
    return AGAIN if any(verdict.unfinished for verdict in verdicts) else 0


def _refuse_to_mix(submissions: Path, out: Path) -> None:
    """Refuse an OUT whose files would be taken for submissions the next time, or would replace the list of them."""
    if out.resolve().is_relative_to(submissions.resolve()):
        raise Refused(f"results in {out} would be taken for submissions the next time; choose a folder outside of {submissions} for them")
    if (out / "class.csv").resolve() == submissions.resolve():
        raise Refused(f"{submissions} would be overwritten by the class.csv of the results; choose another folder for them")


def _grader(scheduler: str | None, jobs: int | None) -> Grader:
    if scheduler is None:
        return here(jobs)
    from harness.grading.scattering import Cluster

    return Cluster(scheduler)


@contextmanager
def _progress(total: int) -> Iterator[Callable[[Verdict], None]]:
    """Show a bar while somebody watches, else a line for each submission."""
    if not sys.stderr.isatty():
        yield lambda verdict: remark(f"{printable(verdict.name)}: {_points(verdict)}")
        return
    from rich.progress import MofNCompleteColumn, Progress

    with Progress(*Progress.get_default_columns(), MofNCompleteColumn(), console=screen(error=True), transient=True) as bar:
        task = bar.add_task("submissions", total=total)
        yield lambda verdict: bar.update(task, advance=1, description=f"{verdict.name[:24]:<24}")


def _points(verdict: Verdict) -> str:
    if verdict.report is None or verdict.unfinished:
        return "no mark yet"
    return f"{verdict.report.score} of {verdict.report.max_score} points" + (", from before" if verdict.kept else "")


def _tell(verdicts: list[Verdict], out: Path) -> None:
    again = [verdict for verdict in verdicts if verdict.unfinished]
    kept = sum(verdict.kept for verdict in verdicts)
    say(f"{len(verdicts) - len(again)} of {len(verdicts)} submissions have their marks, {kept} of them from before.", "strong")
    for verdict in verdicts:
        told = standing(verdict)
        if told:
            filled(f"{printable(verdict.name)}: {told}", "warn", indent=2)
    filled(f"Wrote {out / 'class.csv'}, {out / 'class.html'} and {out / 'verdicts'}.")
    if again:
        say("Run it again for those that have no mark yet; none of them is a zero.", "bad")
