"""`course replay` and `course show`: a failing run once more, told or drawn. An ID like 03.tokens_increase.17 names the run."""

from __future__ import annotations

import re
import webbrowser
from pathlib import Path

import click

from harness import catalogue, report
from harness.catalogue import Exercise
from harness.cli import memory
from harness.cli.console import Refused, existing, say, story
from harness.report.words import happening, said
from harness.running import Result, replay
from harness.telling import tell
from harness.testing import PromiseBroken
from harness.trace import Record, Trace, load

submission_option = click.option(
    "--submission", type=click.Path(path_type=Path), callback=existing, help="File or folder to run instead of your own."
)


@click.command("replay")
@click.argument("id", required=False)
@submission_option
@click.option("--timeline", is_flag=True, help="Print every record of the run, not only the story.")
@click.option("--save", type=click.Path(path_type=Path), metavar="FILE", help="Save the run, to compare it later.")
@click.option(
    "--file", "saved", type=click.Path(path_type=Path), metavar="TRACE", help="Run a saved run again and compare it byte by byte."
)
def replay_command(id: str | None, submission: Path | None, timeline: bool, save: Path | None, saved: Path | None) -> int:
    """Run a failing run again. ID is what the failing check printed, like 03.tokens_increase.17."""
    if saved is not None:
        return _compare(saved, submission)
    if id is None:
        raise Refused("which run? Give the ID that a failing check printed, like 03.tokens_increase.17, or --file TRACE")
    exercise, result = _run(id, submission)
    if result.passed:
        say(f"{id}: the promise holds in this run now: {exercise.check(result.check).promise}", "good")
        return 0
    story(tell(exercise, result))
    if timeline and result.trace is not None:
        say()
        say("The whole run, record by record (the story above leaves out what did not matter):", "strong")
        for line in timeline_of(result.trace, result.error):
            say(line, "bad" if line.startswith("✗") else "")
    if save is not None:
        _save(id, result, save)
    return 1


@click.command("show")
@click.argument("id")
@submission_option
@click.option("--no-open", is_flag=True, help="Only write the page and print its path.")
@click.option("--shiviz", type=click.Path(path_type=Path), metavar="FILE", help="Write the run as a log for ShiViz instead.")
def show_command(id: str, submission: Path | None, no_open: bool, shiviz: Path | None) -> int:
    """Draw a failing run as a page that steps through it, and open it."""
    exercise, result = _run(id, submission)
    if result.passed:
        say(f"{id}: the promise holds in this run now; there is nothing to draw.", "good")
        return 0
    if not isinstance(result.error, PromiseBroken) or not len(result.error.trace):
        story(tell(exercise, result))
        say()
        say("There is no run to draw: this failure is no order of events.")
        return 1
    if shiviz is not None:
        shiviz.write_text(report.shiviz(result.error.trace), encoding="utf-8", newline="\n")
        say(f"Wrote {shiviz}; open it at https://bestchai.bitbucket.io/shiviz/")
        return 1
    check = exercise.check(result.check)
    page = memory.folder(exercise.root) / f"{re.sub(r'[^A-Za-z0-9._-]', '_', id)}.html"
    html = report.diagram(result.error.trace, result.error.broken, title=f"{exercise.title}: {check.id}", promise=check.promise)
    page.write_text(html, encoding="utf-8", newline="\n")
    say(f"Wrote {page}")
    if not no_open and not webbrowser.open(page.as_uri()):
        say("No browser could be opened here; open that file in one.")
    return 1


def timeline_of(trace: Trace, error: BaseException | None = None) -> list[str]:
    """Return every record of a run as a line: time, and what happened; those that break the promise are marked."""
    broken = error.broken.records if isinstance(error, PromiseBroken) else ()
    width = len(str(trace[-1].time_ms)) if len(trace) else 1
    return [f"{'✗' if index in broken else ' '} {record.time_ms:>{width}}  {_told(record)}" for index, record in enumerate(trace)]


def _told(record: Record) -> str:
    if record.kind == "send":
        return f"{record.node} sends to {record.other}: {said(record.data, record.node, record.other)}"
    if record.kind == "deliver":
        return f"{record.node} gets from {record.other}: {said(record.data, record.other, record.node)}"
    if record.kind == "lose":
        return f"lost ({record.other[1]}), from {record.other[0]} to {record.node}: {said(record.data, record.other[0], record.node)}"
    if record.kind == "set":
        return f"{record.node} sets a timer: {record.other} in {record.data} ms"
    if record.kind in ("cancel", "write", "commit"):
        return f"{record.node} {record.kind} {record.other if record.kind == 'write' else ''} {record.data or ''}".rstrip()
    return happening(record)


def _run(id: str, submission: Path | None) -> tuple[Exercise, Result]:
    root = catalogue.find_root()
    result = replay(id, submission.resolve() if submission else None, root)
    return catalogue.exercise(id.partition(".")[0], root), result


def _save(id: str, result: Result, path: Path) -> None:
    if result.trace is None:
        say("There is no run to save: this failure is no order of events.")
        return
    _with_id(result.trace, id).save(path)
    say(f"Saved {len(result.trace)} records to {path}; course replay --file {path} runs them again and compares.")


def _with_id(trace: Trace, id: str) -> Trace:
    return Trace(trace.records, {**trace.header, "replay": id}, trace.complete)


def _compare(saved: Path, submission: Path | None) -> int:
    name = load(saved).header.get("replay")
    if not isinstance(name, str):
        raise Refused("that trace does not say which run it is; save one with `course replay ID --save FILE`")
    _, result = _run(name, submission)
    if result.trace is None:
        say(f"{name}: the saved run does not happen any more; now: {result.verdict} {result.text}".rstrip(), "bad")
        return 1
    before, now = saved.read_text(encoding="utf-8").splitlines(), _with_id(result.trace, name).dumps().splitlines()
    for number, (old, new) in enumerate(zip(before, now, strict=False)):
        if old != new:
            what = f"record {number - 1}" if number else "the header"
            say(f"{name}: the run differs from the saved one; the first difference is {what}:", "bad")
            say(f"  saved  {old}")
            say(f"  now    {new}")
            return 1
    if len(before) != len(now):
        say(f"{name}: the runs are alike up to record {min(len(before), len(now)) - 2}, then one of them ends", "bad")
        return 1
    say(f"{name}: the same run, byte for byte: {len(now) - 1} records", "good")
    return 0
