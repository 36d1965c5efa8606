"""Stories: true, short, and in the words of the exercise."""

from __future__ import annotations

import pytest

from harness import Node, message, report
from harness.errors import Broken
from harness.exploration import Bounds, explore
from harness.faults import Call, ClockStep, Crash, Deliver, Drop, Faults, OneWayCut, Partition, Pause, Rule, chaos
from harness.node import Spec
from harness.properties import Always
from harness.report.cause import FAULTS, cone_of, moments, past_of
from harness.report.story import StoryLine, _with_gap
from harness.simulation import World, simulate
from harness.testing import PromiseBroken, verify
from harness.trace import Trace


@message
class Ask:
    """asks for a vote in term {term}"""

    term: int


@message
class Vote:
    """votes for {to} in term {term}"""

    term: int


@message
class Lead:
    """leads term {term}"""

    term: int


class Voter(Node):
    """Votes for others, though it stood for election itself."""

    def on_start(self):
        self.votes = 1
        self.term = self.disk.get("term", 0)
        self.after(50 + 10 * len(self.peers) * (ord(self.id[0]) % 7), self.stand)

    def stand(self):
        self.term += 1
        self.votes = 1
        self.broadcast(Ask(self.term))

    def on_ask(self, sender, ask):
        if ask.term > self.disk.get("term", 0):
            self.send(sender, Vote(ask.term))
            self.disk["term"] = ask.term

    def on_vote(self, sender, vote):
        self.votes += 1
        if self.votes == 2:
            self.broadcast(Lead(vote.term))

    def on_lead(self, sender, lead):
        pass


class OneLeader(Always):
    name = "one leader per term"

    def watches(self, record):
        return record.kind == "send" and record.name == "Lead"

    def step(self, memory, record, index):
        for term, node, before in memory:
            if term == record.data.term and node != record.node:
                raise Broken(f"{node} and {record.node} both lead term {term}", records=(before, index) if index >= 0 else ())
        return (*memory, (record.data.term, record.node, index))


class Bystander(Voter):
    """Hears everything and does nothing."""

    def on_start(self):
        pass

    def on_ask(self, sender, ask):
        pass


VOTERS = tuple(Spec(name, Voter) for name in "abc")
TWO_AND_A_BYSTANDER = (*VOTERS[:2], Spec("c", Bystander))


def failures(count):
    """The first runs with random faults in which two nodes lead."""
    found = []
    for seed in range(3000):
        happenings = chaos(seed, "abc", 300, crashes=2, partitions=1, pauses=1, steps=1)
        trace = simulate(World(VOTERS, seed, Faults(latency_ms=(1, 60), loss_ratio=0.05, happenings=happenings), until_ms=500))
        try:
            OneLeader().judge(trace)
        except Broken as broken:
            found.append((trace, broken))
            if len(found) == count:
                return found
    raise AssertionError(f"only {len(found)} of {count} runs fail: these tests would prove nothing")


FAILURES = failures(12)


@pytest.fixture(params=range(len(FAILURES)))
def failure(request):
    return FAILURES[request.param]


def happened_before(trace):
    """Happened-before by the book: every pair of neighbours, closed transitively, as sets of predecessors."""
    before, last, sends = [], {}, {}
    for index, record in enumerate(trace):
        past = set()
        if record.kind not in ("lose", "cut", "heal"):
            if record.node in last:
                past |= before[last[record.node]] | {last[record.node]}
            if record.kind == "deliver":
                past |= before[sends[record.number]] | {sends[record.number]}
            last[record.node] = index
        if record.kind == "send":
            sends[record.number] = index
        before.append(past)
    return before


# --- golden stories ---


def test_a_schedule_found_by_exploration_is_told_without_times():
    found = explore(World(TWO_AND_A_BYSTANDER), [OneLeader()], Bounds(timers=2))
    told = report.story(found.trace, found.broken)
    assert told == (
        "  1. a's timer `stand` goes off\n"
        "  2. b's timer `stand` goes off\n"
        "  3. a → b  asks for a vote in term 1; b writes term = 1 to disk (sent in step\n"
        "     1)\n"
        "  4. b → a  asks for a vote in term 1; a writes term = 1 to disk (sent in step\n"
        "     2)\n"
        "  5. b → a  votes for a in term 1 (sent in step 3)\n"
        "✗ 6. a → b  leads term 1 (sent)\n"
        "  7. a → b  votes for b in term 1 (sent in step 4)\n"
        "✗ 8. b → a  leads term 1 (sent)"
    )


def test_the_length_of_an_explored_story_is_the_length_of_its_schedule():
    found = explore(World(TWO_AND_A_BYSTANDER), [OneLeader()], Bounds(timers=2))
    assert report.length(found.trace, found.broken) == found.steps == 6


@message
class Put:
    """puts {key}"""

    key: str


@message
class Stored:
    """has stored {key}"""

    key: str


class Store(Node):
    """Answers before it writes."""

    def on_put(self, sender, put):
        self.send(sender, Stored(put.key))
        self.disk[put.key] = True

    def on_stored(self, sender, stored):
        pass


def stored(*happenings, rules=(), until_ms=200, nodes=("s",)):
    faults = Faults(latency_ms=(5, 5), happenings=happenings, rules=rules)
    return simulate(World(tuple(Spec(name, Store) for name in nodes), 1, faults, until_ms))


def broken_at(trace, kind, name):
    return Broken("it broke", records=(next(index for index, _ in trace.messages(kind, name)),))


def test_a_crash_inside_a_ledger_says_what_was_done_before_it():
    trace = stored(Call("c", 10, "s", Put("x")), Crash("s", 12, down_ms=None, effects=1))
    assert report.story(trace, broken_at(trace, "deliver", "Stored")) == (
        "  1. 15 ms  c → s  puts x\n"
        "  2. 15 ms  s crashes after 1 of 2 effects: Stored to c was sent, x was not\n"
        "            written\n"
        "✗ 3. 20 ms  s → c  has stored x (sent at 15 ms)"
    )


def test_a_crash_before_the_first_effect_says_so():
    trace = stored(Call("c", 10, "s", Put("x")), Crash("s", 12, effects=0))
    lines = report.steps_of(trace, Broken("c never hears", records=(next(i for i, r in trace.of("start") if r.number == 2),)))
    assert [line.text for line in lines] == [
        "c → s  puts x",
        "s crashes before any of its 2 effects: Stored to c was not sent, x was not written",
        "s restarts with only its disk",
    ]


def test_every_fault_has_its_words():
    trace = stored(
        Partition((("s",), ("t", "u")), 1, 3),
        OneWayCut(("s",), ("t",), 4, 5),
        Pause("s", 6, 7),
        ClockStep("s", 20, -500),
        Crash("s", 30, 10),
        Call("c", 50, "s", Put("x")),
        nodes=("s", "t", "u"),
    )
    texts = [line.text for line in report.steps_of(trace, broken_at(trace, "deliver", "Stored"), most=20)]
    assert texts == [
        "cut: {s} | {t, u}",
        "healed: {s} | {t, u}",
        "cut: nothing from {s} to {t}",
        "healed: nothing from {s} to {t}",
        "s pauses for 7 ms",
        "s's wall clock jumps by -500 ms",
        "s crashes",
        "s restarts with only its disk",
        "c → s  puts x",  # what s writes after its answer is not in the answer's past
        "s → c  has stored x",
    ]


def test_a_second_copy_of_a_message_is_told_as_one():
    trace = stored(Call("c", 10, "s", Put("x")), rules=(Rule(Deliver(5, (9,)), kind="Put"),))
    second = [index for index, _ in trace.messages("deliver", "Put")][1]
    lines = report.steps_of(trace, Broken("stored twice", records=(second,)))
    assert [line.text for line in lines] == [
        "c → s  puts x; s writes x = True to disk",
        "c → s  puts x (again) (sent at 10 ms)",
    ]


class Shouter(Node):
    def on_start(self):
        self.after(10, self.shout, 3)

    def shout(self, count):
        self.broadcast(Put(f"k{count}"))

    def on_stored(self, sender, stored):
        pass


def test_losses_of_one_broadcast_are_one_line():
    nodes = tuple(Spec(name, Shouter if name == "a" else Store) for name in "abcd")
    faults = Faults(latency_ms=(5, 5), rules=(Rule(Drop(), to="b"), Rule(Drop(), to="c")))
    trace = simulate(World(nodes, 1, faults, 100))
    assert [line.text for line in report.steps_of(trace, Broken("b and c never stored it"))] == [
        "a's timer `shout(3)` goes off",
        "a → b, c  puts k3: lost",
        "a → d  puts k3; d writes k3 = True to disk",
        "d → a  has stored k3",
    ]


def test_what_did_not_happen_in_time_is_told_until_the_time_was_up():
    nodes = (Spec("a", Shouter), Spec("b", Store))
    trace = simulate(World(nodes, 1, Faults(latency_ms=(5, 5)), 100))
    lines = report.steps_of(trace, Broken("b never stored it", by_ms=16))
    assert [(line.time_ms, line.text, line.mark) for line in lines] == [
        (10, "a's timer `shout(3)` goes off", ""),
        (15, "a → b  puts k3; b writes k3 = True to disk", ""),
        (16, "time is up", "broken"),
    ]
    assert [line.text for line in report.steps_of(trace, Broken("nothing happened", by_ms=0))][-1] == "time is up"


def test_what_led_to_nothing_is_told_until_the_time_was_up_and_only_that_breaks_the_promise():
    nodes = (Spec("a", Shouter), Spec("b", Store))
    trace = simulate(World(nodes, 1, Faults(latency_ms=(5, 5), happenings=(Crash("b", 30, None), Crash("b", 60, None))), 100))
    asked = next(index for index, record in trace.of("send") if record.node == "a")
    lines = report.steps_of(trace, Broken("b did not crash because of it", records=(asked,), by_ms=50))
    assert [(line.time_ms, line.text, line.mark) for line in lines] == [
        (10, "a's timer `shout(3)` goes off", ""),
        (10, "a → b  puts k3 (sent)", ""),
        (50, "time is up", "broken"),
    ]
    heard = next(index for index, record in trace.of("deliver") if record.node == "b")
    lines = report.steps_of(trace, Broken("b did not live on", records=(heard,), by_ms=50))
    assert [line.text for line in lines][1:] == ["a → b  puts k3", "b crashes", "time is up"]


class Patient(Node):
    """Asks once, and then looks again and again whether there is an answer."""

    def on_start(self):
        self.broadcast(Put("k"))
        self.look()

    def look(self):
        self.after(10, self.look)

    def on_stored(self, sender, stored):
        pass


def test_who_looks_again_and_again_for_nothing_is_told_twice():
    nodes = (Spec("a", Patient), Spec("b", Store))
    trace = simulate(World(nodes, 1, Faults(latency_ms=(5, 5), rules=(Rule(Drop(), to="b"),)), 400))
    lines = report.steps_of(trace, Broken("a got no answer", by_ms=300))
    assert [(line.time_ms, line.text) for line in lines] == [
        (0, "a → b  puts k: lost"),
        (290, "(… 28 events in between)"),
        (290, "a's timer `look` goes off"),
        (300, "a's timer `look` goes off"),
        (300, "time is up"),
    ]
    few = report.steps_of(trace, Broken("a got no answer", by_ms=50))
    assert [line.time_ms for line in few] == [0, 10, 20, 30, 40, 50, 50]


class Echo(Node):
    """Sends back twice what it hears."""

    def on_start(self):
        if self.id == "a":
            self.broadcast(Put("k"))

    def on_put(self, sender, put):
        self.send(sender, put)
        self.send(sender, put)


def test_a_run_without_end_is_told_by_its_beginning():
    nodes = (Spec("a", Echo), Spec("b", Echo))
    with pytest.raises(PromiseBroken, match=r"never come to rest: 500 events in .*for the third time") as raised:
        verify(World(nodes, 1, Faults(), 10_000, max_events=500))
    assert len(raised.value.trace) < 40
    assert [line.mark for line in report.steps_of(raised.value.trace, raised.value.broken)][-1] == "broken"


class Crowd(Node):
    """Sets so many timers that none goes off among the first thousands of records."""

    def on_start(self):
        for number in range(2_500):
            self.after(number, self.more)

    def more(self):
        for _ in range(50):
            self.after(1, self.more)


def test_a_run_without_end_may_begin_with_thousands_of_timers():
    with pytest.raises(PromiseBroken, match=r"never come to rest: 4,000 events in [0-9]+ ms$") as raised:
        verify(World((Spec("a", Crowd),), 1, Faults(), 10_000, max_events=4_000))
    assert report.story(raised.value.trace, raised.value.broken)


def test_a_node_that_only_starts_is_not_said_to_restart():
    """A message to it was lost before it started: the order in which the machines of a group are switched on."""

    class Silent(Voter):
        def on_start(self):
            self.broadcast(Ask(1))
            self.after(50, self.wait)

        def wait(self):
            pass

    trace = simulate(World(tuple(Spec(name, Silent) for name in ("n", "s")), 0, Faults(rules=(Rule(Drop()),)), 60))
    fired = [index for index, _ in trace.of("fire")]
    lines = report.steps_of(trace, Broken("nobody is heard", records=tuple(fired)))
    assert "restarts" not in " ".join(line.text for line in lines)
    assert len(lines) > 2


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        ([2, 3, 4], "(… 2 earlier events)"),
        ([0, 2, 3, 4], "(… 1 event in between)"),
        ([0, 1, 2], "(… 2 later events)"),
        ([0, 2, 4], "(… 2 more events)"),
    ],
)
def test_where_something_is_left_out_is_told(kept, said):
    lines = [StoryLine(number, 0, "x") for number, _ in enumerate(kept, 1)]
    assert [line.text for line in _with_gap(lines, kept, 5) if not line.number] == [said]


def test_calls_of_plain_objects_are_told_as_calls():
    trace = Trace([(0, "call", "p", 0, "tick", ((), 1)), (1, "call", "p", 0, "receive", ((3,), 3))], {"timed": False})
    assert report.story(trace, Broken("not larger", records=(1,)), ascii=True) == "  1. p.tick() -> 1\nx 2. p.receive(3) -> 3"


# --- truth ---


def test_only_the_causal_past_and_its_faults_are_told(failure):
    trace, broken = failure
    before = happened_before(trace)
    past = set(broken.records).union(*(before[index] for index in broken.records))
    for line in report.steps_of(trace, broken, most=1000):
        for index in line.records:
            restart = trace[index].kind == "start"
            assert index in past or trace[index].kind in FAULTS or restart, line
            assert index <= max(broken.records)


def test_the_past_is_exactly_happened_before(failure):
    trace, broken = failure
    before = happened_before(trace)
    assert past_of(trace, broken.records) == set(broken.records).union(*(before[index] for index in broken.records))


def test_every_delivery_told_was_sent_in_the_story_or_in_the_same_cone(failure):
    trace, broken = failure
    cone = cone_of(trace, broken)
    sends = {record.number: index for index, record in trace.of("send")}
    told = [index for line in report.steps_of(trace, broken, most=1000) for index in line.records]
    deliveries = [index for index in told if trace[index].kind == "deliver"]
    assert deliveries
    for index in deliveries:
        assert sends[trace[index].number] in cone
        assert sends[trace[index].number] < index


def test_lines_are_in_the_order_of_the_trace_and_numbered_from_one(failure):
    lines = report.steps_of(*failure)
    numbered = [line for line in lines if line.number]
    assert [line.number for line in numbered] == list(range(1, len(numbered) + 1))
    assert [line.records[0] for line in numbered] == sorted(line.records[0] for line in numbered)
    assert [line.time_ms for line in numbered] == [failure[0][line.records[0]].time_ms for line in numbered]


def test_the_proof_is_always_told_and_marked(failure):
    trace, broken = failure
    marked = {index for line in report.steps_of(trace, broken, most=3) if line.mark == "broken" for index in line.records}
    assert set(broken.records) <= marked


def test_what_is_left_out_is_counted(failure):
    trace, broken = failure
    whole = report.steps_of(trace, broken, most=1000)
    short = report.steps_of(trace, broken, most=4)
    gaps = [line for line in short if not line.number]
    assert len(short) - len(gaps) == 4 and len(gaps) == 1
    assert f" {len(whole) - 4} " in gaps[0].text


def test_length_counts_every_event_that_a_full_story_tells_but_consequences(failure):
    trace, broken = failure
    counted = {"deliver", "fire", "crash", "pause", "step", "cut"}
    lines = report.steps_of(trace, broken, most=1000)
    assert report.length(trace, broken) == sum(trace[line.records[0]].kind in counted for line in lines)


def test_a_fault_of_a_bystander_is_not_told():
    trace = stored(Crash("t", 3), Call("c", 10, "s", Put("x")), nodes=("s", "t"))
    assert "t crashes" not in report.story(trace, broken_at(trace, "deliver", "Stored"))


def test_moments_hold_every_record_once(failure):
    trace, _ = failure
    assert sorted(index for moment in moments(trace) for index in (moment.index, *moment.effects)) == list(range(len(trace)))


# --- form ---


@pytest.mark.parametrize("width", [40, 50, 80])
def test_no_line_is_wider_than_asked(failure, width):
    assert max(map(len, report.story(*failure, width=width).splitlines())) <= width


def test_ascii_means_ascii(failure):
    assert report.story(*failure, ascii=True).isascii()


def test_the_same_run_is_told_in_the_same_bytes():
    (trace, broken), (again, broken_again) = failures(1)[0], failures(1)[0]
    assert report.story(trace, broken) == report.story(again, broken_again)


@message
class Odd:
    """a dict {like: this} and {0.__class__}"""

    text: str


def test_hostile_text_stays_on_its_line_and_sends_no_control_codes():
    for data in (Odd("x\n\x1b[31m\u202e" * 90), Stored("\n9. a lie\r\x1b]0;")):
        rows = [(0, "start", "s", 1, None, None), (1, "send", "s", 1, "c", data), (2, "deliver", "c", 1, "s", data)]
        told = report.story(Trace(rows), Broken("x", records=(2,)))
        assert all(sign.isprintable() or sign == "\n" for sign in told)
        assert len(report.steps_of(Trace(rows), Broken("x", records=(2,)))[0].text) < 200
        assert [line[:4].strip() for line in told.splitlines() if line[:4].strip()] == ["✗ 1."]
