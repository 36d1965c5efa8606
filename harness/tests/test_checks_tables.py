"""A table is a mapping with one way to be written, however it was filled."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.checks.tables import looked_up, with_entry

keys = st.one_of(st.text(max_size=2), st.integers(-3, 20), st.tuples(st.text(max_size=1), st.integers(0, 12)))


@given(st.lists(st.tuples(keys, st.integers(0, 3))), st.randoms())
def test_a_table_is_a_mapping_with_one_way_to_be_written(entries, draw):
    table, known = (), {}
    for key, value in entries:
        table, known[key] = with_entry(table, key, value), value
    assert dict(table) == known and len(table) == len(known)
    assert all(looked_up(table, key, None) == value for key, value in known.items())
    again, shuffled = (), list(known.items())
    draw.shuffle(shuffled)
    for key, value in shuffled:
        again = with_entry(again, key, value)
    assert again == table


def test_what_is_not_there_is_the_default():
    assert looked_up((), "x", 7) == 7
    assert looked_up(with_entry((), "y", 1), "x", 7) == 7
