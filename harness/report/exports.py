"""A run for other tools: a log that ShiViz draws, and JSON.

Beschastnikh et al., "Visualizing Distributed System Executions", 2020 (ShiViz, https://bestchai.bitbucket.io/shiviz/).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from harness.errors import Broken
from harness.report.cause import NOBODY
from harness.report.story import StoryLine
from harness.report.words import clean, happening, lost, said, write_of
from harness.trace import Record, Trace, plain

SHIVIZ_REGEX = r"(?<host>\S*) (?<clock>{.*})\n(?<event>.*)"
"""What to paste into ShiViz's field for the log's format (it is the default there)."""


def shiviz(trace: Trace) -> str:
    """Return a log with one event for every record: `host {"vector": clock}`, and on the next line what happened.

    A node's entry grows by one with each of its records; a delivery takes over what its sending knew. What happens to the
    network (a cut, a heal, a loss) stands on a host of its own, `network`, which no node hears of.
    """
    lines = [f"{host} {json.dumps(clock, sort_keys=True)}\n{text}" for host, clock, text in _stamped(trace)]
    return "".join(f"{line}\n" for line in lines)


def vector_clocks(trace: Trace) -> list[dict[str, int]]:
    """Return the vector clock of every record, by host name as in `shiviz`."""
    return [clock for _, clock, _ in _stamped(trace)]


def _stamped(trace: Trace) -> Iterator[tuple[str, dict[str, int], str]]:
    hosts = _hosts(trace)
    knows: dict[str, dict[str, int]] = {}
    sent: dict[int, dict[str, int]] = {}
    for record in trace:
        host = hosts["" if record.kind in NOBODY else record.node]
        clock = dict(knows.get(host, {}))
        if record.kind in ("deliver", "lose"):
            for name, count in sent.get(record.number, {}).items():
                clock[name] = max(clock.get(name, 0), count)
        clock[host] = clock.get(host, 0) + 1
        knows[host] = clock
        if record.kind == "send":
            sent[record.number] = clock
        yield host, clock, _event(record)


def _hosts(trace: Trace) -> dict[str, str]:
    """Return a host name without spaces, and unlike every other, for each node, and for the network under the empty name."""
    hosts: dict[str, str] = {}
    names = dict.fromkeys(record.node for record in trace if record.kind not in NOBODY)
    for name in (*names, ""):
        wanted = re.sub(r"[\s{}]", "_", clean(name, 40)) or "network"
        while wanted in hosts.values():
            wanted += "_"
        hosts[name] = wanted
    return hosts


def _event(record: Record) -> str:
    node = record.node
    if record.kind == "send":
        return clean(f"send to {record.other}: {said(record.data, node, record.other)}")
    if record.kind == "deliver":
        return clean(f"hear from {record.other}: {said(record.data, record.other, node)}")
    if record.kind == "lose":
        return clean(f"{record.other[0]} to {node}: {said(record.data, record.other[0], node)}: {lost(record)}")
    if record.kind in ("write", "commit"):
        return write_of(record)
    if record.kind == "set":
        return clean(f"set timer {record.other} for {record.data} ms")
    if record.kind == "cancel":
        return "cancel a timer"
    return happening(record)


def as_json(trace: Trace, broken: Broken | None = None, lines: Sequence[StoryLine] = ()) -> str:
    """Return a run for machines: header, records (as `Trace.dumps` writes them), what broke, and the story."""
    found = {
        "header": {**trace.header, "complete": trace.complete},
        "records": [[plain(item) for item in record] for record in trace.records],
        "broken": None if broken is None else {"text": broken.text, "code": broken.code, "records": list(broken.records)},
        "story": [
            {"number": line.number, "time_ms": line.time_ms, "text": line.text, "mark": line.mark, "records": list(line.records)}
            for line in lines
        ],
    }
    return json.dumps(found, sort_keys=True, default=plain) + "\n"
