"""What the judge and a worker say to each other: length-prefixed strict JSON, and nothing else.

The judge believes nothing: a frame is at most 256 KiB, nests at most 32 deep, holds exact builtin types and 64-bit integers,
and is decoded afresh. Whatever does not fit is a `ProtocolError`, never another exception.

    value    None, True, 7, "text" as themselves      tuple  [..]           mapping  {"d": [[key, value], ..]}
    float    {"f": "0x1.8p+1"}   bytes {"b": "00ff"}   set    {"s": [..]}    message  {"m": ["Vote", [["term", 1], ..]]}
"""

from __future__ import annotations

import json
import os
import re
import struct
from collections.abc import Callable
from typing import Any

from harness.errors import Problem
from harness.message import fields_of
from harness.state import FrozenDict, is_message

MAX_FRAME = 256 * 1024
MAX_DEPTH = 32
MAX_INT = 2**63
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}\Z")
HEADER = struct.Struct(">I")
Build = Callable[[str, list[tuple[str, Any]]], Any]


class ProtocolError(Problem):
    """A worker's frame is not what a worker says; the submission tampered with it, and its verdict is `protocol`."""

    verdict = "protocol"


def pack(value: Any) -> Any:
    """Return a message, ledger entry or other plain value as JSON can hold it without loss.

    Raises:
        ProtocolError: an integer beyond 64 bits, or something that is not plain data.
    """
    kind = type(value)
    if value is None or kind is bool or kind is str:
        return value
    if kind is int:
        if not -MAX_INT <= value < MAX_INT:
            raise ProtocolError("an integer does not fit into 64 bits; keep numbers that you send or store below 2**63")
        return value
    if kind is tuple or kind is list:
        return [pack(item) for item in value]
    if kind is float:
        return {"f": value.hex()}
    if kind is bytes:
        return {"b": value.hex()}
    if kind is FrozenDict or kind is dict:
        return {"d": [[pack(key), pack(item)] for key, item in value.items()]}
    if kind is frozenset or kind is set:
        return {"s": sorted((pack(item) for item in value), key=lambda item: json.dumps(item))}
    if is_message(value):
        return {"m": [kind.__name__, [[name, pack(item)] for name, item in fields_of(value).items()]]}
    raise ProtocolError(f"a {kind.__name__} is not plain data")


def unpack(value: Any, build: Build) -> Any:
    """Return what `pack` packed; `build` makes a message from its class name and fields.

    Raises:
        ProtocolError: it is nothing that `pack` makes.
    """
    kind = type(value)
    if value is None or kind is bool or kind is str or kind is int:
        return value
    if kind is list:
        return tuple([unpack(item, build) for item in value])
    if kind is not dict or len(value) != 1:
        raise ProtocolError("a value is tagged wrongly")
    [(tag, inner)] = value.items()
    try:
        return _UNPACK[tag](inner, build)
    except ProtocolError:
        raise
    except Exception as error:
        raise ProtocolError(f"a value tagged {tag!r} is malformed") from error


def _unpack_float(inner: Any, build: Build) -> float:
    return float.fromhex(inner)


def _unpack_bytes(inner: Any, build: Build) -> bytes:
    return bytes.fromhex(inner)


def _unpack_mapping(inner: Any, build: Build) -> FrozenDict:
    return FrozenDict({unpack(key, build): unpack(item, build) for key, item in inner})


def _unpack_set(inner: Any, build: Build) -> frozenset[Any]:
    return frozenset([unpack(item, build) for item in inner])


def _unpack_message(inner: Any, build: Build) -> Any:
    name, fields = inner
    if not NAME.match(name) or len(fields) > 64:
        raise ProtocolError("a message has no proper name")
    return build(name, [(checked_name(field), unpack(item, build)) for field, item in fields])


_UNPACK: dict[str, Callable[[Any, Build], Any]] = {
    "f": _unpack_float,
    "b": _unpack_bytes,
    "d": _unpack_mapping,
    "s": _unpack_set,
    "m": _unpack_message,
}


def checked_name(name: Any) -> str:
    """Return an identifier or raise `ProtocolError`."""
    if type(name) is not str or not NAME.match(name):
        raise ProtocolError("a name is not an identifier")
    return name


def encode(value: Any) -> bytes:
    """Return a frame: four bytes of length, then JSON.

    Raises:
        ProtocolError: it would be longer than `MAX_FRAME`.
    """
    body = _ENCODER.encode(value).encode()
    if len(body) > MAX_FRAME:
        raise ProtocolError(f"{len(body):,} bytes in one step; the limit is {MAX_FRAME:,}")
    return HEADER.pack(len(body)) + body


def decode(body: bytes) -> Any:
    """Return the JSON value in a frame's body.

    Raises:
        ProtocolError: for anything else, whatever it is.
    """
    if len(body) > MAX_FRAME:
        raise ProtocolError("a frame is too long")
    try:
        text = body.decode("ascii")
        if text.count("[") + text.count("{") > MAX_DEPTH and _depth(text) > MAX_DEPTH:
            raise ProtocolError("a frame nests too deep")
        return _DECODER.decode(text)
    except ProtocolError:
        raise
    except (ValueError, RecursionError, MemoryError) as error:
        raise ProtocolError("a frame is not the JSON it should be") from error


def _depth(text: str) -> int:
    """Return how deep brackets nest, strings left out."""
    deepest = depth = 0
    for mark in re.sub(r'"(?:[^"\\]|\\.)*"', "", text):
        if mark in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif mark in "]}":
            depth -= 1
    return deepest


def _int(digits: str) -> int:
    value = int(digits) if len(digits) <= 20 else MAX_INT
    if not -MAX_INT <= value < MAX_INT:
        raise ProtocolError("an integer does not fit into 64 bits")
    return value


def _refuse(text: str) -> Any:
    raise ProtocolError("a frame holds a bare float or constant")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ProtocolError("a frame holds the same key twice")
    return made


_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
_DECODER = json.JSONDecoder(parse_int=_int, parse_float=_refuse, parse_constant=_refuse, object_pairs_hook=_object)


def read_exactly(pipe: int, count: int) -> bytes:
    """Return exactly `count` bytes from a file descriptor, or raise `EOFError` if the other side is gone."""
    parts = bytearray()
    while len(parts) < count:
        part = os.read(pipe, count - len(parts))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)


def write_all(pipe: int, data: bytes) -> None:
    """Write all of `data` to a file descriptor."""
    while data:
        data = data[os.write(pipe, data) :]
