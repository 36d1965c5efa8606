"""A disk survives, holds nothing that can change behind its back, and commits all or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.disk import Disk
from harness.errors import StateMistake
from harness.exploration.ledger import applied

actions = st.lists(st.tuples(st.sampled_from(["put", "del", "begin", "end"]), st.sampled_from("abc"), st.integers(0, 2)), max_size=20)


def played(actions, ledger):
    """Do some actions on a disk; return it."""
    disk, block = Disk(ledger), None
    for what, key, value in actions:
        if what == "put":
            disk[key] = value
        elif what == "del" and key in disk:
            del disk[key]
        elif what == "begin" and block is None:
            block = disk.atomic()
            block.__enter__()
        elif what == "end" and block is not None:
            block.__exit__(None, None, None)
            block = None
    if block is not None:
        block.__exit__(None, None, None)
    return disk


@given(actions)
def test_the_whole_ledger_leaves_on_disk_what_the_handler_saw_in_the_same_order(actions):
    ledger, copy = [], {}
    disk = played(actions, ledger)
    assert disk.contents() == {}
    for effect in ledger:
        disk.apply(effect)
        applied(effect, copy)
    assert list(disk.contents().items()) == list(disk.items()) == list(copy.items())


@given(actions, st.integers(0, 20))
def test_a_prefix_of_the_ledger_leaves_what_was_written_so_far(actions, kept):
    ledger = []
    disk = played(actions, ledger)
    again = Disk([])
    for effect in ledger[:kept]:
        disk.apply(effect)
        again.apply(effect)
    assert Disk([], disk.contents()) == again.contents()


def test_a_value_changed_after_it_was_written_changes_nothing():
    disk, log = Disk([]), [[1], {"a": {2}}]
    disk["log"] = log
    log[0].append(9)
    log[1]["a"].add(9)
    assert disk["log"] == ((1,), {"a": frozenset({2})})


def test_the_contents_after_a_crash_share_nothing_with_the_running_disk():
    disk = Disk([], {"a": 1})
    left = disk.contents()
    disk["a"] = 2
    left["b"] = 3
    assert disk.contents() == {"a": 1}


def test_an_atomic_block_is_one_effect():
    ledger = []
    disk = Disk(ledger)
    with disk.atomic():
        disk["term"] = 1
        disk["vote"] = "a"
        assert disk["vote"] == "a"
        assert ledger == []
    assert ledger == [("commit", (("term", 1), ("vote", "a")))]


def test_an_atomic_block_that_raises_writes_nothing():
    ledger = []
    disk = Disk(ledger, {"term": 0})
    with pytest.raises(ZeroDivisionError), disk.atomic():
        disk["term"] = 1
        raise ZeroDivisionError
    assert (disk["term"], ledger) == (0, [])
    disk["term"] = 2  # and the disk still works
    assert ledger == [("write", "term", 2)]


def test_an_empty_atomic_block_is_no_effect():
    ledger = []
    with Disk(ledger).atomic():
        pass
    assert ledger == []


def test_blocks_do_not_nest():
    disk = Disk([])
    with pytest.raises(StateMistake, match="one block is enough"), disk.atomic(), disk.atomic():
        pass


def test_it_is_a_mapping():
    disk = Disk([], {"a": 1})
    disk.update(b=2)
    assert disk.setdefault("c", 3) == 3
    assert disk.pop("a") == 1
    assert dict(disk) == {"b": 2, "c": 3}
    assert disk.get("x") is None
    with pytest.raises(KeyError):
        del disk["x"]
    assert repr(disk) == "Disk({'b': 2, 'c': 3})"


@pytest.mark.parametrize("key", [["a"], {}, object(), print])
def test_keys_are_strings_numbers_or_tuples(key):
    with pytest.raises((StateMistake, TypeError), match="use a string, a number or a tuple of them"):
        Disk([])[key] = 1


def test_values_are_plain():
    with pytest.raises(StateMistake, match=r"disk\['log'\]\[0\] holds a function"):
        Disk([])["log"] = [print]
