"""Whatever arrives on a pipe is either what `pack` makes, or a `ProtocolError`."""

from __future__ import annotations

import json
from enum import Enum, Flag, IntEnum, IntFlag, StrEnum
from typing import NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness import message
from harness.grading.codec import (
    HEADER,
    MAX_DEPTH,
    MAX_FRAME,
    MAX_REQUEST,
    ProtocolError,
    checked_name,
    decode,
    encode,
    pack,
    told_apart,
    unpack,
)
from harness.state import FrozenDict, freeze, immutable
from harness.trace import plain


@message
class Note:
    text: str
    more: object


KINDS = {"Note": Note}

atoms = (
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=20) | st.binary(max_size=20)
)
hashable = st.recursive(atoms, lambda inner: st.tuples(inner, inner), max_leaves=4)
values = st.recursive(
    atoms,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(hashable, inner, max_size=3) | st.builds(Note, st.text(max_size=5), inner),
    max_leaves=12,
)


def build(name, names, values):
    return KINDS[name](**dict(zip(names, values, strict=True)))


@given(values)
def test_what_is_packed_arrives_unchanged_through_a_frame(value):
    sent = immutable(value)
    frame = encode(pack(sent), 7)
    assert HEADER.unpack(frame[:8]) == (len(frame) - 8, 7)
    arrived = unpack(decode(frame[8:]), build)
    assert arrived == sent
    assert repr(arrived) == repr(sent)  # 1 is not True, and order is kept


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
@example(b"1" * 5000)
@example(b"[" * 200 + b"]" * 200)
@example(b'{"a":1}')
@example(b"{}")
@example(b"[1] ")
@example(b"[]]")
@example(b"NaN")
@example(b"1.5")
@example(b'"\xff"')
@example(b'"\\ud800"')
def test_hostile_bytes_are_refused_or_are_plain_json(body):
    try:
        value = decode(body)
    except ProtocolError:
        return
    assert json.loads(body) == value


hostile = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.builds(
        lambda tag, rest: [tag, *rest], st.sampled_from(["f", "b", "d", "s", "m", "t", "i", "e", "n", "x", 0]), st.lists(inner, max_size=4)
    ),
    max_leaves=10,
)


@given(hostile)
@example(["f", "1" * 400])
@example(["f", "nan"])
@example(["i", "0x" + "f" * 5000])
@example(["i", "nothing"])
@example(["i", 7])
@example(["e", "Role", "__class__", None])
@example(["e", "Role", "mro", None])
@example(["e", "Role", "A", ["t"]])
@example(["e", "Role", -5, None])
@example(["e", ["t"], "A", None])
@example(["n", "Entry", ["t", "a", "a"], 1, 2])
@example(["n", "Entry", ["t", "class"], 1])
@example(["n", "import os", ["t", "a"], 1])
@example(["n", "Entry", 7, 1])
@example(["n", "__import__", ["t"]])
@example(["n"])
@example(["m", "Note", "text", 1])
@example(["m", "__class__"])
@example(["m"])
@example([])
@example([[]])
@example(["d", ["d"], 1, 2])
@example(["s", ["d", 1, ["t"]]])
def test_hostile_values_are_refused_or_are_plain_data(value):
    try:
        immutable(unpack(value, build))
    except ProtocolError:
        pass


@pytest.mark.parametrize("value", [2**4096, object(), [lambda: 0], {"k": {1, (2, object())}}])
def test_what_is_not_plain_or_too_large_is_not_packed(value):
    with pytest.raises(ProtocolError):
        pack(value)


def test_a_frame_over_the_limit_is_neither_made_nor_read():
    with pytest.raises(ProtocolError, match="524,288"):
        encode("x" * MAX_FRAME)
    with pytest.raises(ProtocolError, match="too long"):
        decode(b'"' + b"x" * MAX_FRAME + b'"')


def test_nesting_is_allowed_up_to_the_limit_only():
    decode(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    with pytest.raises(ProtocolError, match="deep"):
        decode(b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1))
    assert decode(b'"' + b"[" * 100 + b'"') == "[" * 100


def test_a_mapping_stays_immutable_on_the_way():
    assert type(unpack(decode(encode(pack({"a": [1]}))[8:]), build)) is FrozenDict


class Role(Enum):
    LEADER = 1
    FOLLOWER = "two"


class Level(IntEnum):
    LOW = 3


class Word(StrEnum):
    YES = "yes"


class Rights(Flag):
    READ = 1
    WRITE = 2


class Numbers(IntFlag):
    ONE = 1
    TWO = 2


class Entry(NamedTuple):
    key: object
    value: object


OWN = (Role.LEADER, Role.FOLLOWER, Level.LOW, Word.YES, Rights.READ | Rights.WRITE, Numbers.TWO, Entry("k", Entry(1, Role.LEADER)))


@pytest.mark.parametrize("value", OWN)
def test_values_of_a_students_own_classes_go_to_the_judge_and_come_back_as_themselves(value):
    there = unpack(decode(encode(pack(value))[8:]), build)
    again = unpack(decode(encode(pack(value))[8:]), build)
    assert there == again and hash(there) == hash(again) and type(there).__name__ == type(value).__name__
    assert immutable(there) == there and freeze(there) == freeze(again) and pack(there) == pack(value)
    back = unpack(decode(encode(pack(there))[8:]), build, globals().get)
    assert back == value and type(back) is type(value)
    if isinstance(value, int | str | tuple) and not isinstance(value, Entry):
        assert there == value
    elif isinstance(value, Enum) and not isinstance(value, Flag):
        assert plain(there) == plain(value) and there is again


def test_members_of_different_classes_or_names_are_different_to_the_judge():
    there = [unpack(["e", name, which, None], build) for name, which in (("A", "X"), ("A", "Y"), ("B", "X"), ("C.A", "X"))]
    assert len(set(there)) == 4


def test_names_are_identifiers_of_any_language_but_none_of_pythons_own():
    assert checked_name("Stimme") and checked_name("Größe") and checked_name("票") and checked_name("__private")
    for name in ("", "a b", "__class__", "1x", "x" * 200, 7, None, "a\u202e"):
        with pytest.raises(ProtocolError):
            checked_name(name)


def test_the_judge_may_ask_more_at_once_than_a_worker_may_say():
    frame = encode("x" * MAX_FRAME, 1, MAX_REQUEST)
    assert decode(frame[8:], MAX_REQUEST) == "x" * MAX_FRAME
    with pytest.raises(ProtocolError):
        decode(frame[8:])


def told(value):
    packed = pack(value)
    return told_apart(json.dumps(packed, separators=(",", ":")).encode(), packed)


def test_equal_mappings_are_told_alike_in_whatever_order_their_entries_are():
    assert told(({"a": 1, "b": {"c": 2, "d": 3}}, "x")) == told(({"b": {"d": 3, "c": 2}, "a": 1}, "x"))
    assert told({"a": 1, "b": 2}) != told({"a": 2, "b": 1}) and told(("d", "b", "a")) != told(("d", "a", "b"))


def test_mappings_inside_each_other_take_no_more_room_than_they_do():
    nested = "x"
    for _ in range(MAX_DEPTH - 3):
        nested = {"a": nested, '"': 1}
    assert len(told(nested)) < 1_000
