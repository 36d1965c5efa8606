"""What the judge and a worker say to each other: frames of strict JSON, and nothing else.

The judge believes nothing: a frame is at most 512 KiB, nests at most 32 deep, holds exact builtin types and 64-bit integers,
is decoded afresh, and repeats the number of the request that it answers. Whatever does not fit is a `ProtocolError`, never
another exception. A value is an atom (None, True, 7, "text") or a list with a tag in front:

    tuple ["t", 1, 2]   mapping ["d", key, value, ...]   set ["s", ...]   float ["f", "0x1.8p+1"]   bytes ["b", "00ff"]
    message ["m", "Vote", "term", 1, "granted", true]   large integer ["i", "-0x8000..."]
    member of an Enum ["e", "Role", "LEADER", null]   named tuple ["n", "Entry", ["t", "key", "value"], "x", 1]
"""

from __future__ import annotations

import json
import math
import os
import re
import struct
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from harness.errors import Problem
from harness.grading import foreign
from harness.state import FrozenDict, is_message

MAX_FRAME = 512 * 1024
"""Five times what the right program says at once that says most: a bank that sends its whole log."""
MAX_DEPTH = 32
MAX_REQUEST = 2 * 1024 * 1024
"""What the judge may ask at once: a whole file, a whole disk."""
MAX_INT = 2**63
MAX_BITS = 4_096
MAX_NAME = 128
SORTED_UP_TO = 32 * 1024
"""Bytes of a reply whose mappings are sorted."""
HEADER = struct.Struct(">II")
"""Length of the body in bytes, number of the request."""
CHUNK = 64 * 1024
"""Bytes to read at once: room for more than 128 KiB would be mapped afresh by the system, which takes longer than reading them."""
Build = Callable[[str, tuple[str, ...], list[Any]], Any]
"""Makes a message of its class's name, its fields' names and their values."""


class ProtocolError(Problem):
    """A worker's frame is not what a worker says; the submission tampered with it, and its verdict is `protocol`."""

    verdict = "protocol"


def pack(value: Any) -> Any:
    """Return a message, ledger entry or other plain value as a frame can hold it without loss.

    Raises:
        ProtocolError: an integer beyond 4,096 bits, or something that is not plain data.
    """
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return value
    if kind is int:
        if not -MAX_INT <= value < MAX_INT:
            return _pack_large(value)
        return value
    if is_message(value):
        packed: list[Any] = ["m", kind.__name__]
        for name in kind.__match_args__:
            packed += (name, pack(getattr(value, name)))
        return packed
    packer = _PACKERS.get(kind)
    if packer is not None:
        return packer(value)
    described = foreign.described(value)
    if described is None:
        raise ProtocolError(f"a {kind.__name__} is not plain data")
    return [described[0], *map(pack, described[1])]


def _pack_large(value: int) -> list[Any]:
    if value.bit_length() > MAX_BITS:
        raise ProtocolError(f"an integer does not fit into {MAX_BITS:,} bits; keep numbers that you send or store below 2**{MAX_BITS}")
    return ["i", hex(value)]


def _pack_mapping(value: Any) -> list[Any]:
    packed: list[Any] = ["d"]
    for key, item in value.items():
        packed += (pack(key), pack(item))
    return packed


def _pack_set(value: Any) -> list[Any]:
    return ["s", *sorted(map(pack, value), key=json.dumps)]


def _pack_tuple(value: Any) -> list[Any]:
    return ["t", *map(pack, value)]


_PACKERS: dict[type, Callable[[Any], list[Any]]] = {
    tuple: _pack_tuple,
    list: _pack_tuple,
    FrozenDict: _pack_mapping,
    dict: _pack_mapping,
    frozenset: _pack_set,
    set: _pack_set,
    float: lambda value: ["f", value.hex()],
    bytes: lambda value: ["b", value.hex()],
}


def told_apart(body: bytes, packed: Any) -> bytes:
    """Return what tells one reply from another: the body, with the entries of mappings sorted, for they may be in the order of a set."""
    return json.dumps(_sorted_mappings(packed)).encode() if b'["d"' in body and len(body) <= SORTED_UP_TO else body


def _sorted_mappings(value: Any) -> Any:
    if type(value) is not list:
        return value
    items = [_sorted_mappings(item) for item in value]
    if items[:1] == ["d"]:
        entries = sorted(zip(items[1::2], items[2::2], strict=False), key=json.dumps)
        items[1:] = [part for entry in entries for part in entry]
    return items


def unpack(value: Any, build: Build, find: foreign.Find = foreign.nobody) -> Any:
    """Return what `pack` packed.

    Args:
        build: makes messages.
        find: finds the classes of members and named tuples.

    Raises:
        ProtocolError: it is nothing that `pack` makes.
    """
    if type(value) is not list:
        return value
    try:
        return _UNPACKERS[value[0]](value, build, find)
    except ProtocolError:
        raise
    except Exception as error:
        raise ProtocolError("a value is malformed") from error


def _unpack_tuple(value: list[Any], build: Build, find: foreign.Find) -> tuple[Any, ...]:
    return tuple([item if type(item) is not list else unpack(item, build, find) for item in value[1:]])


def _unpack_mapping(value: list[Any], build: Build, find: foreign.Find) -> FrozenDict:
    items = _unpack_tuple(value, build, find)
    return FrozenDict(dict(zip(items[::2], items[1::2], strict=True)))


def _unpack_set(value: list[Any], build: Build, find: foreign.Find) -> frozenset[Any]:
    return frozenset(_unpack_tuple(value, build, find))


def _unpack_member(value: list[Any], build: Build, find: foreign.Find) -> Any:
    _, name, which, base = (unpack(item, build) for item in value)
    return foreign.member(find, name, which, base)


def _unpack_named(value: list[Any], build: Build, find: foreign.Find) -> Any:
    _, name, fields, *values = _unpack_tuple(["t", *value], build, find)
    return foreign.named(find, name, fields, values)


def _unpack_large(value: list[Any], build: Build, find: foreign.Find) -> int:
    _, digits = value
    if len(digits) > MAX_BITS // 4 + 3:
        raise ProtocolError(f"an integer does not fit into {MAX_BITS:,} bits")
    return int(digits, 16)


def _unpack_float(value: list[Any], build: Build, find: foreign.Find) -> float:
    _, digits = value
    found = float.fromhex(digits)
    if math.isnan(found):
        raise ProtocolError("a value is not a number")
    return found


def _unpack_bytes(value: list[Any], build: Build, find: foreign.Find) -> bytes:
    _, digits = value
    return bytes.fromhex(digits)


def _unpack_message(value: list[Any], build: Build, find: foreign.Find) -> Any:
    name, names = value[1], tuple(value[2::2])
    if len(value) % 2 or len(value) > 130:
        raise ProtocolError("a message is malformed")
    return build(name, names, [item if type(item) is not list else unpack(item, build, find) for item in value[3::2]])


_UNPACKERS: dict[str, Callable[[list[Any], Build, foreign.Find], Any]] = {
    "i": _unpack_large,
    "e": _unpack_member,
    "n": _unpack_named,
    "t": _unpack_tuple,
    "d": _unpack_mapping,
    "s": _unpack_set,
    "f": _unpack_float,
    "b": _unpack_bytes,
    "m": _unpack_message,
}


def checked_name(name: Any) -> str:
    """Return an identifier that is not one of Python's own, or raise `ProtocolError`."""
    if type(name) is not str or len(name) > MAX_NAME or not name.isidentifier() or (name[:2] == "__" == name[-2:]):
        raise ProtocolError("a name is not an identifier")
    return name


def encode(value: Any, number: int = 0, most: int = MAX_FRAME) -> bytes:
    """Return a frame: length and number, then JSON.

    Raises:
        ProtocolError: it would be longer than `most` bytes.
    """
    body = _encode(value).encode("ascii")
    if len(body) > most:
        raise ProtocolError(f"{len(body):,} bytes in one step; the limit is {most:,}")
    return HEADER.pack(len(body), number) + body


def decode(body: bytes, most: int = MAX_FRAME) -> Any:
    """Return the JSON value in a frame's body of at most so many bytes.

    Raises:
        ProtocolError: for anything else, whatever it is.
    """
    if len(body) > most:
        raise ProtocolError("a frame is too long")
    try:
        text = body.decode("ascii")
        value, end = _scan(text)
        if end != len(text):
            raise ProtocolError("a frame holds more than one value")
        if text.count("[") > MAX_DEPTH and _nests_deeper(value, MAX_DEPTH):
            raise ProtocolError("a frame nests too deep")
        if _SUSPICIOUS.search(text):
            _check_atoms(value)
        return value
    except ProtocolError:
        raise
    except (ValueError, RecursionError, MemoryError, StopIteration) as error:
        raise ProtocolError("a frame is not the JSON it should be") from error


def _nests_deeper(value: Any, depth: int) -> bool:
    level: Sequence[Any] = [value]
    for _ in range(depth):
        level = [item for inner in level if type(inner) is list for item in inner]
        if not level:
            return False
    return any(type(item) is list for item in level)


def _check_atoms(value: Any) -> None:
    """Refuse integers beyond 64 bits and halves of surrogate pairs."""
    todo = [value]
    while todo:
        item = todo.pop()
        if type(item) is list:
            todo += item
        elif type(item) is int and not -MAX_INT <= item < MAX_INT:
            raise ProtocolError("an integer does not fit into 64 bits")
        elif type(item) is str:
            item.encode()


def _refuse(_: object) -> Any:
    raise ProtocolError("a frame holds an object, a bare float or a constant")


_SUSPICIOUS = re.compile(r"[0-9]{19}|\\u[dD]")  # what may be too large an integer, or half of a surrogate pair
_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
_scan = json.JSONDecoder(parse_float=_refuse, parse_constant=_refuse, object_hook=_refuse).raw_decode


def frames(pipe: int) -> Iterator[tuple[int, bytes]]:
    """Yield the number and the body of each frame that comes from a file descriptor, until the other side is gone."""
    data = b""
    while part := os.read(pipe, CHUNK):
        data += part
        while len(data) >= HEADER.size:
            length, number = HEADER.unpack_from(data)
            end = HEADER.size + length
            if len(data) < end:
                break
            yield number, data[HEADER.size : end]
            data = data[end:]


def write_all(pipe: int, data: bytes) -> None:
    """Write all of `data` to a file descriptor."""
    while data:
        data = data[os.write(pipe, data) :]
