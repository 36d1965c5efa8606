"""Loads a submission: a student's file, by path, into a module of its own. Nothing is imported by name from its folder."""

from __future__ import annotations

import difflib
import linecache
import sys
import traceback
import types
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import LoadMistake, Problem, StateMistake
from harness.state import immutable

MAX_BYTES = 200_000


class Submission:
    """The classes and functions of one student's file: `submission.LockServer`.

    Args:
        path: the file.
        module: what it is called in the exercise, e.g. `fenced_lock`.
        given: path of each module the exercise gives, by name.

    Raises:
        LoadMistake: on first use, if the file is missing, is not Python, or raises when it is run.
    """

    runs_here = True
    """In this process, where an endless loop must be ended; a sandboxed submission does not."""

    def __init__(self, path: Path, module: str, given: dict[str, Path] | None = None) -> None:
        self.path = path
        self.module = module
        self.given = given or {}
        self._loaded: types.ModuleType | None = None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        loaded = self.load()
        if not hasattr(loaded, name):
            raise LoadMistake(f"{self.path.name} defines no {name}; the exercise's README says what it should look like")
        return getattr(loaded, name)

    def load(self) -> types.ModuleType:
        """Run the file once and return its module."""
        if self._loaded is None:
            for name, path in self.given.items():
                load_given(name, path)
            source = read_source(self.path, tuple(self.given))
            try:
                self._loaded = _run(source, self.path, self.module)
            except (NotImplementedError, KeyboardInterrupt, Problem):
                raise
            except BaseException as error:
                raise LoadMistake(_ends_early(self.path, error)) from error
        return self._loaded

    # Objects of plain-class exercises. A sandboxed submission has the same methods.

    def begin(self) -> None:
        """Start anew: the objects created so far are not needed any more."""

    def create(self, kind: str, args: tuple[Any, ...]) -> Any:
        """Create an object of one of the file's classes."""
        return getattr(self, kind)(*raw(args))

    def call(self, target: Any, method: str, args: tuple[Any, ...]) -> Kept:
        """Call a method of an object.

        Raises:
            StateMistake: there is no such method, or what it returns is not plain data.
        """
        name = type(target).__name__
        if not hasattr(target, method):
            raise StateMistake(f"{name} has no method {method}; the exercise's README lists what it needs")
        return kept(getattr(target, method)(*raw(args)), f"what {name}.{method} returned")

    def apply(self, function: str, args: tuple[Any, ...]) -> Kept:
        """Call one of the file's functions; raises as `call`."""
        return kept(getattr(self, function)(*raw(args)), f"what {function} returned")


@dataclass(frozen=True)
class Kept:
    """What a call returned: the very object (or, for a sandboxed one, its number), and its value at that moment."""

    raw: Any
    plain: Any


def raised_by_call(error: BaseException) -> bool:
    """True if calling what a file defines raised at once, in no line of it: a cache, say, that cannot hold what it is given."""
    return traceback.extract_tb(error.__traceback__)[-1].filename == __file__


def kept(result: Any, where: str) -> Kept:
    """Return a result with its value as plain, immutable data; `where` names it if it is not."""
    return Kept(result, immutable(result, where))


def raw(args: tuple[Any, ...]) -> list[Any]:
    """Return arguments with each `Kept` replaced by the very object."""
    return [arg.raw if isinstance(arg, Kept) else arg for arg in args]


def _ends_early(path: Path, error: BaseException) -> str:
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    where = f"{path.name}:{lines[-1]}" if lines else path.name
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return f"{where}: {said}; that ends the file before its classes are there, so no check can run"


def read_source(path: Path, given: tuple[str, ...] = ()) -> str:
    """Return the text of a student's file.

    Args:
        given: modules beside it that are not the student's.

    Raises:
        LoadMistake: it is missing, too large, or not UTF-8.
    """
    if not path.is_file():
        raise LoadMistake(f"{path.name} is missing from {path.parent.name or path.parent}; {_instead(path, given)}")
    raw = path.read_bytes()
    if len(raw) > MAX_BYTES:
        raise LoadMistake(f"{path.name} has {len(raw):,} bytes; an exercise's file has at most {MAX_BYTES:,}")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LoadMistake(f"{path.name} is not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    if "\0" in text:
        raise LoadMistake(f"{path.name} holds a NUL byte; it is not a Python file")
    return text


def _instead(path: Path, given: tuple[str, ...]) -> str:
    """Say which file may be the one that was meant."""
    names = [other.name for other in sorted(path.parent.glob("*.py")) if not other.name.startswith("test_") and other.stem not in given]
    near = difflib.get_close_matches(path.name, names, 1, 0.5) or names[:1]
    if path.is_dir():
        return f"{path.name} is a folder; put your code into a file of that name"
    return f"rename {near[0]} to {path.name}" if near else f"put your code into {path.name} there"


def load_given(name: str, path: Path) -> types.ModuleType:
    """Return a module that the exercise gives, run once per file: everybody must mean the same classes by its messages."""
    source = path.read_text(encoding="utf-8")
    module = _given.get((path, source))
    if module is None:
        module = _given[path, source] = _run(source, path, name)
    sys.modules[name] = module
    return module


_given: dict[tuple[Path, str], types.ModuleType] = {}


def _run(source: str, path: Path, name: str) -> types.ModuleType:
    linecache.cache[str(path)] = (len(source), None, source.splitlines(keepends=True), str(path))
    module = types.ModuleType(name)
    module.__file__ = str(path)
    before = sys.modules.get(name)
    sys.modules[name] = module
    try:
        exec(compile(source, str(path), "exec", dont_inherit=True), module.__dict__)  # noqa: S102 - running it is the point
    except SyntaxError as error:
        _restore(name, before)
        raise LoadMistake(f"{path.name}:{error.lineno}: {error.msg}; Python cannot read the file, so mend that line first") from error
    except BaseException:
        _restore(name, before)
        raise
    return module


def _restore(name: str, before: types.ModuleType | None) -> None:
    if before is None:
        del sys.modules[name]
    else:
        sys.modules[name] = before
