"""Logs for other tools: what they parse is what happened."""

from __future__ import annotations

import json
import re
from itertools import pairwise

import pytest

from harness import Node, message, report
from harness.errors import Broken
from harness.faults import Call, Faults, chaos
from harness.node import Spec
from harness.report.exports import SHIVIZ_REGEX, vector_clocks
from harness.simulation import World, simulate
from harness.trace import Trace


@message
class Gossip:
    number: int


class Gossiper(Node):
    def on_start(self):
        self.heard = set()
        self.after(40, self.tell)

    def tell(self):
        self.broadcast(Gossip(len(self.heard)))

    def on_gossip(self, sender, gossip):
        if gossip.number not in self.heard:
            self.heard.add(gossip.number)
            self.disk["heard"] = self.heard
            self.broadcast(gossip)


def run(seed=0, names="abc"):
    happenings = (*chaos(seed, names, 200, 1, 1, 1, 1), Call("client", 10, names[0], Gossip(7)))
    return simulate(World(tuple(Spec(name, Gossiper) for name in names), seed, Faults(loss_ratio=0.1, happenings=happenings), 300))


def parsed(log):
    """Parse a log as ShiViz does."""
    regex = SHIVIZ_REGEX.replace("(?<", "(?P<")
    matches = list(re.finditer(regex, log))
    assert "".join(match[0] + "\n" for match in matches) == log
    return [(match["host"], json.loads(match["clock"]), match["event"]) for match in matches]


@pytest.fixture(params=range(5))
def trace(request):
    return run(request.param)


def test_shiviz_can_parse_every_record(trace):
    assert len(parsed(report.shiviz(trace))) == len(trace)


def test_each_host_counts_its_own_events_one_by_one(trace):
    rows = parsed(report.shiviz(trace))
    for host in {host for host, _, _ in rows}:
        assert [clock[host] for name, clock, _ in rows if name == host] == list(range(1, sum(name == host for name, _, _ in rows) + 1))


def test_vector_order_is_happened_before(trace):
    clocks, records = vector_clocks(trace), list(trace)
    before = [set() for _ in records]
    last, sends = {}, {}
    for index, record in enumerate(records):
        line = "network!" if record.kind in ("lose", "cut", "heal") else record.node
        causes = [last[line]] if line in last else []
        causes += [sends[record.number]] if record.kind in ("deliver", "lose") else []
        before[index] = set(causes).union(*(before[cause] for cause in causes))
        last[line] = index
        if record.kind == "send":
            sends[record.number] = index
    for late in range(len(records)):
        for early in range(late):
            smaller = all(clocks[late].get(host, 0) >= count for host, count in clocks[early].items())
            assert smaller == (early in before[late]), (early, late)


def test_names_that_shiviz_cannot_parse_are_made_parsable_and_stay_apart():
    rows = [(0, "start", name, 1, None, None) for name in ("a b", "a_b", "{x}", "network")]
    rows.append((1, "cut", "", 0, (("a b",), ("a_b",)), None))
    hosts = [host for host, _, _ in parsed(report.shiviz(Trace(rows)))]
    assert len(set(hosts)) == 5


def test_a_message_cannot_forge_events():
    class_text = 'x\nevil {"evil": 1}\nfake'
    rows = [(0, "start", "a", 1, None, None), (0, "write", "a", 0, class_text, class_text)]
    assert {host for host, _, _ in parsed(report.shiviz(Trace(rows)))} == {"a"}


def test_json_holds_the_records_the_promise_and_the_story(trace):
    broken = Broken("too much gossip", code="chatty", records=(len(trace) - 1,))
    lines = report.steps_of(trace, broken)
    found = json.loads(report.as_json(trace, broken, lines))
    assert found["records"] == [json.loads(line) for line in trace.dumps().splitlines()[1:]]
    assert found["broken"] == {"text": "too much gossip", "code": "chatty", "records": [len(trace) - 1]}
    assert [line["text"] for line in found["story"]] == [line.text for line in lines]
    assert found["header"]["complete"] is True
    assert json.loads(report.as_json(trace))["broken"] is None


def test_two_runs_of_one_world_give_the_same_bytes_and_another_seed_others():
    one, again, other = run(3), run(3), run(4)
    assert report.shiviz(one) == report.shiviz(again) != report.shiviz(other)
    assert report.as_json(one) == report.as_json(again) != report.as_json(other)
    assert all(a.time_ms <= b.time_ms for a, b in pairwise(one))
