"""Plain data: pictures are exact, and what is not plain is refused by the path that leads to it."""

import enum
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import StateMistake
from harness.message import message
from harness.node import Node, Timer
from harness.state import FrozenDict, freeze, immutable, thaw


class Colour(enum.Enum):
    RED = 1
    CRIMSON = 1
    BLUE = "b"


class Rank(enum.IntEnum):
    LOW = 1


class Right(enum.Flag):
    READ = 1
    WRITE = 2


@message
class Vote:
    term: int
    by: object = None


@dataclass
class Entry:
    term: int
    command: list = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Key:
    name: str


class Plain:
    def __init__(self):
        self.log = []


class Slotted(Plain):
    __slots__ = ("extra",)


class Private:
    __slots__ = ("__term",)

    def __init__(self):
        self.__term = 7


Pair = namedtuple("Pair", "left right")

atoms = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5) | st.binary(max_size=5)
keys = st.recursive(
    atoms | st.sampled_from([Colour.RED, Rank.LOW, Right.READ | Right.WRITE]) | st.builds(Vote, st.integers()) | st.builds(Key, st.text()),
    lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3) | st.builds(Pair, inner, inner),
    max_leaves=4,
)
values = st.recursive(
    keys,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(keys, inner, max_size=3)
        | st.dictionaries(keys, inner, max_size=3).map(OrderedDict)
        | st.dictionaries(keys, inner, max_size=3).map(lambda items: defaultdict(list, items))
        | st.sets(keys, max_size=3)
        | st.lists(inner, max_size=3).map(lambda items: deque(items, maxlen=4))
        | st.lists(keys, max_size=3).map(Counter)
        | st.builds(Entry, st.integers(), st.lists(inner, max_size=2))
        | st.tuples(inner, inner)
    ),
    max_leaves=8,
)


def same(left, right):
    """Equal in every way that a program could notice."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        default = getattr(left, "default_factory", None) is getattr(right, "default_factory", None)
        return default and same(list(left.items()), list(right.items()))
    if isinstance(left, list | tuple | deque):
        long = len(left) == len(right) and getattr(left, "maxlen", None) == getattr(right, "maxlen", None)
        return long and all(map(same, left, right))
    if isinstance(left, set | frozenset):
        return left == right and all(any(same(item, other) for other in right) for item in left)
    if isinstance(left, Vote):
        return same(left.term, right.term) and same(left.by, right.by)
    if isinstance(left, Entry):
        return same(left.term, right.term) and same(left.command, right.command)
    return left == right and repr(left) == repr(right)


@given(values)
def test_thaw_builds_what_freeze_pictured(value):
    picture = freeze(value)
    hash(picture)
    assert same(thaw(picture), value)
    assert freeze(thaw(picture)) == picture


@given(values, values)
def test_equal_pictures_only_for_values_that_no_program_can_tell_apart(left, right):
    if freeze(left) == freeze(right):
        assert same(left, right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (1, True),
        (0, False),
        (1, 1.0),
        (0.0, -0.0),
        ("1", 1),
        (b"a", "a"),
        ((1, 2), [1, 2]),
        ({1, 2}, frozenset({1, 2})),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({1: "x"}, {True: "x"}),
        ({}, OrderedDict()),
        ({}, Counter()),
        (defaultdict(int), defaultdict(list)),
        (deque([1]), deque([1], maxlen=1)),
        (Rank.LOW, 1),
        (("bool", 1), True),
        (("list", 1), [1]),
        (Vote(1), Vote(True)),
        (Pair(1, 2), (1, 2)),
    ],
)
def test_things_that_merely_compare_equal_have_different_pictures(left, right):
    assert freeze(left) != freeze(right)


@pytest.mark.parametrize("value", [Colour.CRIMSON, Rank.LOW, Right.READ | Right.WRITE, float("inf"), Pair([1], 2), Key("a")])
def test_enums_flags_and_named_tuples_survive(value):
    assert thaw(freeze(value)) == value
    assert type(thaw(freeze(value))) is type(value)


def test_nan_survives():
    assert repr(thaw(freeze(float("nan")))) == "nan"


def test_sharing_survives():
    shared = [1]
    again = thaw(freeze({"a": shared, "b": shared, "c": [1]}))
    assert again["a"] is again["b"]
    assert again["a"] is not again["c"]
    assert freeze([shared, shared]) != freeze([[1], [1]])


def test_cycles_survive():
    loop = []
    loop.append(loop)
    again = thaw(freeze(loop))
    assert again[0] is again
    held = Plain()
    held.log.append(held)
    assert thaw(freeze(held)).log[0].log is not held.log


def test_sharing_survives_through_a_cycle_of_immutable_tuples():
    inner = []
    pair = Pair(inner, 1)
    inner.append(pair)
    again = thaw(freeze(pair))
    assert type(again.left[0]) is Pair
    assert freeze(again) == freeze(pair)


def test_an_object_in_a_set_is_still_the_same_object_elsewhere():
    objects = [Plain() for _ in range(8)]
    for index, item in enumerate(objects):
        item.log.append(index)
    for chosen in objects:
        mine, found = thaw(freeze([set(objects), chosen]))
        assert found in mine
        assert found.log == chosen.log


def test_own_objects_dataclasses_and_slots_survive():
    slotted = Slotted()
    slotted.extra = {"a"}
    slotted.log.append(Entry(3, ["x"]))
    again = thaw(freeze(slotted))
    assert (again.extra, again.log) == ({"a"}, [Entry(3, ["x"])])
    assert again.log is not slotted.log
    assert thaw(freeze(Private()))._Private__term == 7


def test_a_thawed_value_shares_nothing_with_the_original():
    value = {"log": [[1]], "seen": {1}}
    again = thaw(freeze(value))
    again["log"][0].append(2)
    again["seen"].add(2)
    assert value == {"log": [[1]], "seen": {1}}


class Log(list):
    pass


class Count(int):
    pass


class Callable_:
    def __call__(self):
        pass


def a_generator():
    yield 1


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (lambda: 0, "a function"),
        (len, "a function"),
        ([].append, "a function"),
        (a_generator(), "a generator"),
        (iter([]), "list_iterator"),
        (Node(), "a node"),
        (Log([1]), "a Log"),
        (Count(1), "a Count"),
        (Callable_(), "a Callable_"),
        (Plain, "a type"),
        (object(), "an object"),
        (Path(), "Path"),
        (bytearray(b"x"), "a bytearray"),
        (1j, "a complex"),
        (range(3), "a range"),
        ({}.keys(), "a dict_keys"),
        (defaultdict(lambda: 0), "a function"),
    ],
)
def test_what_is_not_plain_is_refused_by_path(value, word):
    with pytest.raises(StateMistake) as refusal:
        freeze({"c1": [0, value]}, "node 's1': attribute 'pending'")
    assert str(refusal.value).startswith("node 's1': attribute 'pending'['c1'][1] holds ")
    assert word in str(refusal.value)


def test_an_open_file_is_refused(tmp_path):
    with (tmp_path / "f").open("w") as file, pytest.raises(StateMistake, match="'log' holds an open file; keep plain data there"):
        freeze(file, "node 's1': attribute 'log'")


def test_paths_go_through_objects_keys_and_elements():
    held = Plain()
    held.log.append({"a": lambda: 0})
    with pytest.raises(StateMistake, match=r"it\['log'\]\[0\]\['a'\] holds a function"):
        freeze(held, "it")
    with pytest.raises(StateMistake, match="a key of it holds a function"):
        freeze({len: 1}, "it")
    with pytest.raises(StateMistake, match="an element of it holds a function"):
        freeze({len}, "it")


def test_a_default_that_is_a_function_is_answered_with_what_to_write():
    with pytest.raises(StateMistake, match=r"write defaultdict\(int\)"):
        freeze(defaultdict(lambda: 0))


def test_a_timer_handle_is_pictured_by_its_place():
    assert thaw(freeze([Timer(3)])) == [Timer(3)]


@given(values)
def test_immutable_makes_everything_hashable_and_changes_no_content(value):
    try:
        made = immutable(value)
    except StateMistake as refusal:
        assert "Entry" in str(refusal) or "Key" in str(refusal)
        return
    hash(made)
    assert same(immutable(made), made)


def test_immutable_keeps_a_tuple_in_which_nothing_can_change_and_builds_any_other_anew():
    settled = (1, ("a", FrozenDict({"b": 2})), ((),))
    assert immutable(settled) is settled
    for loose in ((1, ([2],)), (1, ({"b": 2},)), ((1, ({2},)),)):
        made = immutable(loose)
        assert made is not loose and hash(made) is not None


def test_immutable_cuts_all_ties():
    inner = [1]
    value = {"a": inner, "b": {2}, "c": deque([3])}
    made = immutable(value)
    inner.append(9)
    value["d"] = 1
    assert made == {"a": (1,), "b": frozenset({2}), "c": (3,)}
    assert type(made) is FrozenDict
    with pytest.raises(TypeError):
        made["a"] = 1


def test_immutable_names_the_path_and_does_not_offer_objects():
    with pytest.raises(StateMistake) as refusal:
        immutable({"a": [Entry(1)]}, "disk['log']")
    assert "disk['log']['a'][0] holds an Entry" in str(refusal.value)
    assert "of your own" not in str(refusal.value)
