"""The page with everything that a student's file may use, made from the docstrings of the harness."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

from harness.clock import Clock
from harness.disk import Disk
from harness.message import message
from harness.node import Node

INTRO = """# What your file may use

Everything is here: a base class, a decorator, and what every node finds in itself. `from harness import Node, message`.
What else is in `harness` is for tests, and not there when your file is graded.
Times are whole numbers of milliseconds. The text below is that of the code itself.
"""

ENGINE = "(engine only)"


def page() -> str:
    """Return the page as Markdown."""
    parts = [INTRO, "## Node", _doc(Node), _attributes(), *_methods(Node, "self.")]
    parts += ["## message", _entry("@message", message)]
    parts += ["## Clocks", _doc(Clock), *_methods(Clock, "self.clock.")]
    parts += ["## Disk", _doc(Disk), *_methods(Disk, "self.disk.")]
    return "\n\n".join(part for part in parts if part) + "\n"


def _attributes() -> str:
    """Return the attributes that every node has, each with the text that follows it in the class."""
    source = inspect.getsource(Node)
    found = re.findall(r'^    (\w+): ([^\n=]+)\n    """(.+?)"""', source, re.MULTILINE | re.DOTALL)
    random = f"| `self.random` | {_first(vars(Node)['random'].fget)} |"
    rows = [f"| `self.{name}` | {_flowing(text)} |" for name, _, text in found]
    return "\n".join(["| attribute | meaning |", "|---|---|", *rows, random])


def _methods(kind: type, owner: str) -> list[str]:
    names = [name for name, item in vars(kind).items() if inspect.isfunction(item) and not name.startswith("_")]
    names += ["on_<message>"] if kind is Node else []
    return [_entry(owner + name, vars(kind)[name]) for name in names if name in vars(kind) and _for_students(vars(kind)[name])]


def _for_students(method: Any) -> bool:
    return bool(inspect.getdoc(method)) and ENGINE not in (inspect.getdoc(method) or "")


def _entry(name: str, item: Callable[..., Any]) -> str:
    if name.startswith("@"):
        return f"### `{name}`\n\n{_doc(item)}"
    signature = inspect.signature(item)
    shown = signature.replace(parameters=[value for key, value in signature.parameters.items() if key != "self"])
    text = re.sub(r"'", "", str(shown)).replace(" -> None", "")
    return f"### `{name.removeprefix('self.')}` {{ #{_slug(name)} }}\n\n```python\n{name}{text}\n```\n\n{_doc(item)}"


def _slug(name: str) -> str:
    return re.sub(r"\W+", "-", name.removeprefix("self.")).strip("-").lower()


def _doc(item: Any) -> str:
    """Return a docstring as Markdown: its `Args:` and `Raises:` become lists, an indented example becomes a block."""
    lines = (inspect.getdoc(item) or "").split("\n")
    out: list[str] = []
    for line in lines:
        head = re.fullmatch(r"(Args|Raises|Returns):", line)
        entry = re.match(r"    (\w[\w, ]*): (.*)", line)
        if head:
            out += ["", f"*{ {'Args': 'Arguments', 'Raises': 'Mistakes that are answered', 'Returns': 'Returns'}[head[1]] }*", ""]
        elif entry and out and any(row.startswith("*") for row in out):
            out.append(f"* `{entry[1]}`: {entry[2]}")
        elif line.startswith("        ") and out and out[-1].startswith("* "):
            out[-1] += " " + line.strip()
        else:
            out.append(line)
    return "\n".join(out)


def _first(item: Any) -> str:
    return _flowing((inspect.getdoc(item) or "").split("\n\n")[0])


def _flowing(text: str) -> str:
    return " ".join(text.split())
