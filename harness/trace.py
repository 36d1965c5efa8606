"""What happened in one run: a list of records, the same bytes for the same world wherever it runs.

While a run is hot a record is a bare tuple; `trace[i]` and iteration turn it into a `Record` when somebody looks.

    kind      node       number      other      data
    start     who        life        -          -            boots for the n-th time
    send      sender     message no. to         message
    deliver   receiver   message no. sender     message
    lose      receiver   message no. sender     message      data lost; `why` is in `other` of the pair (sender, why)
    set       who        timer no.   method     delay_ms
    fire      who        timer no.   method     args
    cancel    who        timer no.   -          -
    write     who        -           key        value        ("absent",) means deleted
    commit    who        -           -          ((key, value), ...)
    crash     who        kept        effects    of how many the running handler asked for; `other` are those that never
                                                happened (between handlers: -1, None, None)
    pause     who        for_ms      -          -            likewise resume
    step      who        by_ms       -          -            the wall clock is set
    cut       -          -           groups     -            likewise heal
    call      object     -           method     (args, result)   plain-class exercises
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from harness.errors import Misuse
from harness.message import fields_of
from harness.state import FrozenDict, is_message

FORMAT = 1


class Record(NamedTuple):
    """One thing that happened. `time_ms` is true time in a simulation and the number of the step in an exploration."""

    time_ms: int
    kind: str
    node: str
    number: int
    other: Any
    data: Any

    @property
    def name(self) -> str:
        """The class name of the message that this record is about, or an empty string."""
        return type(self.data).__name__ if is_message(self.data) else ""


_record = partial(tuple.__new__, Record)  # what `Record._make` does, without a look at the length: traces are read millions of times


class Trace(Sequence[Record]):
    """An immutable sequence of records with a header that says which world made it.

    Args:
        records: 6-tuples as in the module's table.
        header: plain data; `timed` is False for a schedule found by exploration.
        complete: False when the run stopped on its budget of events instead of at its end.
    """

    def __init__(self, records: list[tuple[Any, ...]], header: dict[str, Any] | None = None, complete: bool = True) -> None:
        self.records = records
        self.header = header or {}
        self.complete = complete

    def __len__(self) -> int:
        return len(self.records)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return Trace(self.records[index], self.header, self.complete)
        return _record(self.records[index])

    def __iter__(self) -> Iterator[Record]:
        return map(_record, self.records)

    def of(self, *kinds: str) -> Iterator[tuple[int, Record]]:
        """Yield (index, record) of every record of these kinds."""
        for index, record in enumerate(self.records):
            if record[1] in kinds:
                yield index, _record(record)

    def messages(self, kind: str, *names: str) -> Iterator[tuple[int, Record]]:
        """Yield (index, record) of every `send` or `deliver` of messages with these class names."""
        for index, record in enumerate(self.records):
            if record[1] == kind and type(record[5]).__name__ in names:
                yield index, _record(record)

    def dumps(self) -> str:
        """Return the trace as text: one JSON line for the header, then one per record."""
        head = {"format": FORMAT, **self.header, "complete": self.complete}
        lines = [json.dumps(head, sort_keys=True, default=plain)]
        text = _texts()
        lines += [f"[{','.join([text(item) for item in record])}]" for record in self.records]
        return "\n".join(lines) + "\n"

    def save(self, path: Path) -> None:
        """Write the trace to a file."""
        path.write_text(self.dumps(), encoding="utf-8", newline="\n")


class SavedTrace(NamedTuple):
    """A trace read from a file: messages are `{"Vote": {"term": 1}}`, not objects."""

    header: dict[str, Any]
    records: list[list[Any]]


def load(path: Path) -> SavedTrace:
    """Read a saved trace.

    Raises:
        Misuse: the file is not there, is not a trace, or of another format.
    """
    try:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        head, records = lines[0], lines[1:]
        if head["format"] != FORMAT:
            raise Misuse(f"{path.name} has trace format {head['format']}, this harness reads {FORMAT}; record the run again")
    except OSError as error:
        raise Misuse(f"{path}: {(error.strerror or 'cannot be read').lower()}; save a run with `course replay ID --save FILE`") from error
    except (ValueError, LookupError, TypeError) as error:
        raise Misuse(f"{path} is not a saved trace ({error}); save one with `course replay ID --save FILE`") from error
    return SavedTrace(head, records)


def _texts() -> Callable[[Any], str]:
    """Return what says the items of one trace's records in JSON, as `plain` has them: each object once, in however many it stands."""
    encode = json.JSONEncoder(separators=(",", ":")).encode
    known: dict[int, str] = {}  # by identity: the records keep them alive

    def text(item: Any) -> str:
        if type(item) is int:
            return repr(item)
        found = known.get(id(item))
        if found is None:
            found = known[id(item)] = new(item)
        return found

    def new(item: Any) -> str:
        if type(item) is tuple:
            return f"[{','.join([text(part) for part in item])}]"
        if is_message(item):
            values = [f"{encode(name)}:{text(value)}" for name, value in fields_of(item).items()]
            return f"{{{encode(type(item).__name__)}:{{{','.join(values)}}}}}"
        return encode(plain(item))

    return text


def plain(value: Any) -> Any:
    """Return `value` as JSON can hold it; messages and mappings keep their names, sets are sorted."""
    if is_message(value):
        return {type(value).__name__: {name: plain(item) for name, item in fields_of(value).items()}}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict | FrozenDict):
        return {"dict": [[plain(key), plain(item)] for key, item in value.items()]}
    if isinstance(value, set | frozenset):
        return {"set": sorted((plain(item) for item in value), key=repr)}
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, Enum):
        return {type(value).__name__: value.name}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return {type(value).__name__: getattr(value, "number", None) or str(value)}
