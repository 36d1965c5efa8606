"""A mapping that survives a crash.

Each assignment is one effect of the handler's ledger, in program order with its sends; `with self.disk.atomic():` makes the
writes inside it one effect, placed where the block ends. A crash may cut the ledger between any two effects.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any

from harness.errors import StateMistake
from harness.state import ATOMS, immutable

ABSENT = ("absent",)  # in a ledger: this key was deleted
Effect = tuple[Any, ...]


class Disk(MutableMapping[Any, Any]):
    """A node's disk: `disk["vote"] = "b"`, `disk.get("vote")`, `del disk["vote"]`, `with disk.atomic(): ...`.

    Keys and values are plain data and become immutable: a list read back is a tuple. Change a value by assigning a new one.
    """

    __slots__ = ("_batch", "_ledger", "_now", "_saved")

    def __init__(self, ledger: list[Effect], contents: Mapping[Any, Any] = {}) -> None:
        self._ledger = ledger
        self._saved = dict(contents)  # what a crash leaves
        self._now = dict(contents)  # what the running handler sees
        self._batch: list[tuple[Any, Any]] | None = None

    def __getitem__(self, key: Any) -> Any:
        return self._now[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._now)

    def __len__(self) -> int:
        return len(self._now)

    def __repr__(self) -> str:
        return f"Disk({self._now!r})"

    def __setitem__(self, key: Any, value: Any) -> None:
        if type(value) not in ATOMS:
            value = immutable(value, f"disk[{key!r}]")
        self._write(_checked_key(key), value)

    def __delitem__(self, key: Any) -> None:
        self._now[key]  # a KeyError for a key that is not there, as with a dict
        self._write(key, ABSENT)

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """Make the writes of a `with` block one effect: after a crash, all of them are there or none.

        If the block raises, none of them happens. Sends inside the block are effects of their own and are not undone.
        """
        if self._batch is not None:
            raise StateMistake("disk.atomic() inside disk.atomic(); one block is enough, it already makes all its writes one effect")
        before, self._batch = dict(self._now), []
        try:
            yield
        except BaseException:
            self._now, self._batch = before, None
            raise
        batch, self._batch = self._batch, None
        if batch:
            self._ledger.append(("commit", tuple(batch)))

    def _write(self, key: Any, value: Any) -> None:
        _put(self._now, key, value)
        if self._batch is None:
            self._ledger.append(("write", key, value))
        else:
            self._batch.append((key, value))

    def apply(self, effect: Effect) -> None:
        """Save one effect of the ledger for good (engine only)."""
        if effect[0] == "write":
            _put(self._saved, effect[1], effect[2])
        elif effect[0] == "commit":
            for key, value in effect[1]:
                _put(self._saved, key, value)

    def contents(self) -> dict[Any, Any]:
        """Return what a crash would leave: the effects saved so far (engine only)."""
        return dict(self._saved)


def _put(mapping: dict[Any, Any], key: Any, value: Any) -> None:
    if value is ABSENT:
        mapping.pop(key, None)
    else:
        mapping[key] = value


def _checked_key(key: Any) -> Any:
    if type(key) in ATOMS or type(key) is tuple:
        return immutable(key, "a disk key")
    raise StateMistake(f"disk key {key!r} is a {type(key).__name__}; use a string, a number or a tuple of them")
