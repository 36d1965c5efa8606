"""The `course` command: where you stand, what fails and why, and what an exercise's author needs.

Each command is one module; it is imported when it is asked for, so that `course` itself answers at once.
"""

from __future__ import annotations

import difflib
import importlib
import sys
from typing import Any

import click

SECTIONS = {
    "For students": {
        "test": "trying",
        "watch": "watching",
        "hint": "hinting",
        "replay": "replaying",
        "show": "replaying",
        "list": "listing",
    },
    "For teachers": {
        "grade": "marking",
        "collect": "collecting",
        "emit": "emitting",
        "points": "emitting",
        "release": "releasing",
    },
    "For authors of exercises": {
        "new": "making",
        "check": "proving",
        "topics": "topics",
        "mutants": "mutating",
    },
}
"""Which module of this package holds a command, in the order of the help text."""
COMMANDS = {name: module for section in SECTIONS.values() for name, module in section.items()}


class Course(click.Group):
    """A group of commands that are imported late, and that names the nearest one when there is none of that name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"harness.cli.{COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a line for each command, those for the same people together."""
        for people, names in SECTIONS.items():
            commands = [command for name in names if (command := self.get_command(ctx, name)) is not None]
            with formatter.section(people):
                formatter.write_dl([(str(command.name), command.get_short_help_str(66)) for command in commands])

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Find the command, or say what was probably meant."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.UsageError(_no_command(args[0]), ctx)
        return super().resolve_command(ctx, args)


def _no_command(name: str) -> str:
    near = difflib.get_close_matches(name, COMMANDS, 1, 0.5)
    if name[:1].isdigit():
        return f"no command {name!r}; to check an exercise run `course test {name}`"
    return f"no command {name!r}; " + (f"did you mean `course {near[0]}`?" if near else f"there are {', '.join(COMMANDS)}")


@click.group(cls=Course, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
@click.pass_context
def course(ctx: click.Context) -> None:
    """Distributed System Realities: without a command, say where you stand."""
    if ctx.invoked_subcommand is None:
        from harness.cli.standing import overview

        overview()


def main(args: list[str] | None = None) -> None:
    """Run the command and end with 0 (fine), 1 (something does not hold) or 2 (it was asked for in a way that makes no sense)."""
    from harness.cli import console

    status = 2
    try:
        status = course.main(args=args, prog_name="course", standalone_mode=False) or 0
    except click.exceptions.Exit as wanted:
        status = wanted.exit_code
    except (click.Abort, KeyboardInterrupt):
        console.complain("stopped")
        status = 130
    except click.UsageError as error:
        console.complain(error.format_message(), "course --help lists the commands")
    except click.ClickException as error:
        console.complain(error.format_message())
    except BrokenPipeError:
        console.hush()
        status = 0
    except Exception as error:
        status = console.explain(error)
    sys.exit(status)
