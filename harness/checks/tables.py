"""Hashable mappings, for what a property remembers: a search over all orders keeps many of them, and compares them."""

from __future__ import annotations

from bisect import bisect_left
from typing import Any, TypeAlias, TypeVar

V = TypeVar("V")
Table: TypeAlias = tuple[tuple[Any, V], ...]
"""A hashable mapping: pairs in the order of how their keys are written."""


def looked_up(table: Table[V], key: Any, default: V) -> V:
    """Return the value of `key` in a table."""
    return next((value for known, value in table if known == key), default)


def with_entry(table: Table[V], key: Any, value: V) -> Table[V]:
    """Return the table with one entry set."""
    place = bisect_left(table, repr(key), key=_repr_of_key)
    there = place < len(table) and table[place][0] == key
    return (*table[:place], (key, value), *table[place + there :])


def _repr_of_key(pair: tuple[Any, Any]) -> str:
    return repr(pair[0])
