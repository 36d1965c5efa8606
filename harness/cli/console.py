"""What is printed: plain text of 80 columns, coloured where a terminal can show it, in ASCII where it cannot show more."""

from __future__ import annotations

import os
import re
import sys
import textwrap
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.catalogue import CatalogueError
from harness.errors import Problem

if TYPE_CHECKING:
    from rich.console import Console

WIDTH = 80
STYLES = {"good": "green", "bad": "red", "dim": "dim", "strong": "bold", "warn": "yellow"}


def screen(error: bool = False) -> Console:
    """Return a rich console for stdout or stderr: no wrapping of its own, no markup, no surprises."""
    from rich.console import Console  # takes longer to import than most commands take to run

    width = min(WIDTH, Console().width) if sys.stdout.isatty() else WIDTH
    return Console(stderr=error, width=width, highlight=False, markup=False, emoji=False, soft_wrap=True)


def say(text: str = "", style: str = "") -> None:
    """Print to stdout. Whatever the console cannot show is printed in ASCII."""
    text = sayable(text, sys.stdout)
    if style and coloured(sys.stdout):
        screen().print(text, style=STYLES[style])
    else:
        print(text)


def filled(text: str, style: str = "", indent: int = 0) -> None:
    """Print one paragraph to stdout, broken into lines of 80 columns; after the first they are indented by two more."""
    first, then = " " * indent, " " * (indent + 2 if indent else 0)
    say(textwrap.fill(text, WIDTH, initial_indent=first, subsequent_indent=then, break_on_hyphens=False, break_long_words=False), style)


def remark(text: str) -> None:
    """Print a line to stderr at once: how far a long command has come, where nobody watches a bar."""
    print(sayable(text, sys.stderr), file=sys.stderr, flush=True)


def sayable(text: str, stream: Any) -> str:
    """Return `text` as a stream can show it."""
    from harness.telling import speakable

    return text if text.isascii() else speakable(text, getattr(stream, "encoding", None))


def coloured(stream: Any) -> bool:
    """True if colours are welcome there: a terminal, and NO_COLOR not set."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def story(text: str) -> None:
    """Print what `telling.tell` said: labels bold, the line that breaks the promise red."""
    for line in text.splitlines():
        label = re.match(r"[A-Z][a-z ]+:(?= |$)", line)
        if line.startswith("✗") or (label and label[0] == "Broken:"):
            say(line, "bad")
        elif label and coloured(sys.stdout):
            screen().print(_bold(sayable(line, sys.stdout), label.end()))
        else:
            say(line)


def _bold(line: str, until: int) -> Any:
    from rich.text import Text

    return Text.assemble((line[:until], "bold"), line[until:])


def complain(text: str, next_step: str = "") -> None:
    """Print a mistake of whoever ran the command to stderr."""
    filled = textwrap.fill(
        text, WIDTH, initial_indent="course: ", subsequent_indent=" " * 8, break_on_hyphens=False, break_long_words=False
    )
    print(sayable(filled + (f"\n        {next_step}" if next_step else ""), sys.stderr), file=sys.stderr)


def explain(error: Exception) -> int:
    """Print an error and return the exit status: one sentence for those the harness knows, else where the course has a bug."""
    if isinstance(error, Problem | CatalogueError):
        complain(str(error))
        return 2
    if isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError | NotADirectoryError) and error.filename:
        complain(f"{error.filename}: {error.strerror}")
        return 2
    where = traceback.extract_tb(error.__traceback__)[-1]
    complain(
        f"this is a bug of the course, not of your file: {type(error).__name__}: {error}",
        f"at {Path(where.filename).name}:{where.lineno} in {where.name}; COURSE_DEBUG=1 shows the whole traceback",
    )
    if os.environ.get("COURSE_DEBUG"):
        traceback.print_exception(error)
    return 3


def hush() -> None:
    """The reader of our output went away (`| head`): write the rest nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class Refused(click.ClickException):
    """The command was asked for something that makes no sense; exit status 2."""

    exit_code = 2


def existing(ctx: click.Context, option: click.Parameter, path: Path | None) -> Path | None:
    """Return what was given for an option, if it is there; a callback for click, whose own words name no next step."""
    if path is not None and not path.exists():
        raise Refused(f"{path} does not exist; give {option.opts[0]} the file, or the folder that it is in")
    return path
