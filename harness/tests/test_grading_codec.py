"""Whatever arrives on a pipe is either what `pack` makes, or a `ProtocolError`."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness import message
from harness.grading.codec import HEADER, MAX_DEPTH, MAX_FRAME, ProtocolError, decode, encode, pack, unpack
from harness.state import FrozenDict, immutable


@message
class Note:
    text: str
    more: object


KINDS = {"Note": Note}

atoms = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.binary(max_size=20)
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
        lambda tag, rest: [tag, *rest], st.sampled_from(["f", "b", "d", "s", "m", "t", "x", 0]), st.lists(inner, max_size=4)
    ),
    max_leaves=10,
)


@given(hostile)
@example(["f", "1" * 400])
@example(["f", "nan"])
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


@pytest.mark.parametrize("value", [2**63, object(), [lambda: 0], {"k": {1, (2, object())}}])
def test_what_is_not_plain_or_too_large_is_not_packed(value):
    with pytest.raises(ProtocolError):
        pack(value)


def test_a_frame_over_the_limit_is_neither_made_nor_read():
    with pytest.raises(ProtocolError, match="262,144"):
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
