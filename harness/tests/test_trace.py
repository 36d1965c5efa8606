"""A trace reads back as it was written, and looks the same to whoever asks."""

import json
from enum import IntEnum

import pytest

from harness import Node, message
from harness.errors import Misuse
from harness.faults import Call, Crash, Faults
from harness.node import Spec
from harness.simulation import World, simulate
from harness.trace import Record, Trace, load, plain


@message
class Ask:
    what: object


class Server(Node):
    def on_ask(self, sender, ask):
        with self.disk.atomic():
            self.disk["what"] = ask.what
        self.disk["n"] = 1
        del self.disk["n"]
        self.cancel(self.after(5, self.tick, [1]))
        self.send(sender, ask)

    def tick(self, what):
        pass


@pytest.fixture
def trace():
    calls = (Call("c", 10, "s", Ask({"b": [1, {2}], "a": b"x"})), Call("c", 50, "s", Ask(None)), Crash("s", 45, None))
    return simulate(World((Spec("s", Server),), 3, Faults(happenings=calls)))


def test_records_have_names_and_bare_tuples_do_not_need_them(trace):
    assert isinstance(trace[0], Record)
    assert trace[0] == trace.records[0] == (0, "start", "s", 1, None, None)
    assert list(trace) == [trace[index] for index in range(len(trace))]
    assert trace[-1].kind == "lose"
    assert isinstance(trace[1:3], Trace)
    assert [record.kind for record in trace[1:3]] == ["send", "deliver"]


def test_records_are_found_by_kind_and_by_message(trace):
    assert [(index, record.number) for index, record in trace.of("send")] == [(1, 1), (8, 2), (11, 3)]
    assert [record.name for _, record in trace.messages("deliver", "Ask")] == ["Ask", "Ask"]
    assert list(trace.messages("deliver", "Other")) == []


def test_a_saved_trace_reads_back(trace, tmp_path):
    trace.save(tmp_path / "t.jsonl")
    header, records = load(tmp_path / "t.jsonl")
    assert header == {"format": 1, "seed": "3", "timed": True, "complete": True}
    assert len(records) == len(trace)
    assert records[1] == [10, "send", "c", 1, "s", {"Ask": {"what": {"dict": [["b", [1, {"set": [2]}]], ["a", {"bytes": "78"}]]}}}]
    assert (tmp_path / "t.jsonl").read_bytes() == trace.dumps().encode()


class Level(IntEnum):
    LOW = 1


def test_the_text_says_every_item_as_its_plain_form_does():
    shared = Ask((1, 1.5, True, None, "ä\n", Level.LOW))
    items = [shared, (shared, [shared]), {"k": {shared}}, frozenset({("b", 1), ("a", 2)}), b"x", 7, False, Level.LOW, (), Ask(Ask({}))]
    records = [(place, "call", "s", Level.LOW, item, shared) for place, item in enumerate(items)]
    lines = Trace(records).dumps().splitlines()[1:]
    assert lines == [json.dumps(plain(record), separators=(",", ":")) for record in records]


@pytest.mark.parametrize("text", ["", "{}", '{"format": 99}', "nonsense", "[]", "1\n2"])
def test_what_is_no_trace_is_refused_with_the_next_step(tmp_path, text):
    (tmp_path / "t").write_text(text)
    with pytest.raises(Misuse, match=r"save one with `course replay|record the run again"):
        load(tmp_path / "t")
    with pytest.raises(Misuse, match="absent: no such file or directory; save a run with"):
        load(tmp_path / "absent")


def test_plain_forms_do_not_depend_on_the_order_of_sets():
    assert plain({"b", "a", "c"}) == {"set": ["a", "b", "c"]}
    assert json.dumps(plain(frozenset({("b", 1), ("a", 2)}))) == '{"set": [["a", 2], ["b", 1]]}'
