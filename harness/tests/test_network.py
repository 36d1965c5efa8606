"""What the network promises: order where it says so, nothing across a cut, ratios kept, and one rule moves one message."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import Node, message
from harness.errors import Misuse
from harness.faults import Call, Crash, Deliver, Drop, Faults, OneWayCut, Partition, Pass, Pause, Rule
from harness.node import Spec
from harness.simulation import World, simulate


@message
class Note:
    n: int


@message
class Other:
    n: int


class Talker(Node):
    """Sends numbered notes to everybody, one each millisecond."""

    notes = 40

    def on_start(self):
        self.heard = []
        self.talk(0)

    def talk(self, n):
        self.broadcast(Note(n))
        if n % 2:
            self.broadcast(Other(n))
        if n < self.notes:
            self.after(1, self.talk, n + 1)

    def on_note(self, sender, note):
        self.heard.append((sender, note.n))

    def on_other(self, sender, other):
        pass


def run(faults=Faults(), seed=0, names="abc", kind=Talker, until_ms=5_000):
    return simulate(World(tuple(Spec(name, kind) for name in names), seed, faults, until_ms))


def heard(trace):
    """What each link delivered, in order."""
    links = {}
    for _, record in trace.of("deliver"):
        links.setdefault((record.other, record.node), []).append(record.number)
    return links


def sent_at(trace):
    return {record.number: record.time_ms for _, record in trace.of("send")}


def fates(trace):
    """When each message arrived, or that it was lost; by link and content, because numbers depend on everything."""
    content = {r.number: (r.node, r.other, r.data, r.time_ms) for _, r in trace.of("send")}
    found = {}
    for _, record in trace.of("deliver", "lose"):
        found.setdefault(content[record.number], []).append(record.time_ms if record.kind == "deliver" else "lost")
    return found


class TestOrder:
    @pytest.mark.parametrize("faults", [Faults(), Faults(duplicate_ratio=0.3), Faults(reorder_ratio=0.5), Faults(loss_ratio=0.3)])
    def test_fifo_links_keep_the_order_and_others_do_not(self, faults):
        plain = heard(run(faults))
        assert any(numbers != sorted(numbers) for numbers in plain.values())
        mixed = heard(run(Faults(**{**kept(faults), "fifo_links": (("a", "b"),)})))
        assert mixed["a", "b"] == sorted(mixed["a", "b"])
        assert mixed["b", "a"] != sorted(mixed["b", "a"])
        for numbers in heard(run(Faults(**{**kept(faults), "fifo": True}))).values():
            assert numbers == sorted(numbers)

    def test_fifo_holds_through_a_pause_of_the_receiver(self):
        for at_ms in range(5, 30):
            for numbers in heard(run(Faults(fifo=True, happenings=(Pause("b", at_ms, 13), Pause("b", at_ms + 4, 20))))).values():
                assert numbers == sorted(numbers)

    def test_fifo_holds_with_rules_and_extra_delay(self):
        rules = (Rule(Deliver(200), nth=3), Rule(Deliver(1, (50, 2)), nth=7))
        for numbers in heard(run(Faults(fifo=True, reorder_ratio=0.5, rules=rules))).values():
            assert numbers == sorted(numbers)

    def test_latencies_fill_their_range(self):
        trace = run(Faults(latency_ms=(3, 6), link_latency_ms=(("a", "b", 40, 40),)))
        sent = sent_at(trace)
        delays = Counter((r.other == "a" and r.node == "b", r.time_ms - sent[r.number]) for _, r in trace.of("deliver"))
        assert set(delays) == {(True, 40), (False, 3), (False, 4), (False, 5), (False, 6)}
        assert min(delays.values()) > 50

    def test_a_note_to_itself_takes_no_time_and_is_never_lost(self):
        class Loner(Node):
            def on_start(self):
                self.send(self.id, Note(1))

            def on_note(self, sender, note):
                pass

        trace = run(Faults(loss_ratio=1.0, rules=(Rule(Drop()),), happenings=(Partition((("a",), ("b",)), 0),)), kind=Loner, names="ab")
        assert [(r.time_ms, r.node, r.other) for _, r in trace.of("deliver")] == [(0, "a", "a"), (0, "b", "b")]


def kept(faults):
    return {name: getattr(faults, name) for name in ("loss_ratio", "duplicate_ratio", "reorder_ratio")}


class TestCuts:
    @given(st.integers(0, 40), st.integers(1, 30), st.booleans())
    def test_nothing_crosses_a_cut_in_either_direction(self, at_ms, length_ms, fifo):
        trace = run(Faults(fifo=fifo, happenings=(Partition((("a",), ("b", "c")), at_ms, at_ms + length_ms),)))
        inside = [r for _, r in trace.of("deliver") if at_ms <= r.time_ms < at_ms + length_ms]
        assert all("a" not in (r.node, r.other) for r in inside)
        sent = sent_at(trace)
        assert all(not at_ms <= sent[r.number] < at_ms + length_ms for _, r in trace.of("deliver") if "a" in (r.node, r.other))

    def test_messages_on_their_way_when_a_cut_begins_are_lost(self):
        trace = run(Faults(latency_ms=(10, 10), happenings=(Partition((("a",), ("b",)), 15, 500),)))
        sent = sent_at(trace)
        on_their_way = [r for _, r in trace.of("lose") if sent[r.number] < 15]
        assert on_their_way
        assert all(r.other[1] == "partition" for r in on_their_way)

    def test_a_one_way_cut_lets_the_other_direction_through(self):
        trace = run(Faults(happenings=(OneWayCut(("a",), ("b",), 0),)))
        links = heard(trace)
        assert ("a", "b") not in links
        assert len(links["b", "a"]) == len(links["a", "c"]) == 61

    def test_overlapping_cuts_end_with_the_last(self):
        cuts = (Partition((("a",), ("b",)), 5, 30), OneWayCut(("a",), ("b",), 10, 20))
        sent = sent_at(run(Faults(latency_ms=(0, 0), happenings=cuts)))
        trace = run(Faults(latency_ms=(0, 0), happenings=cuts))
        lost = sorted({sent[r.number] for _, r in trace.of("lose") if r.node == "b" and r.other[0] == "a"})
        assert lost == list(range(5, 30))

    def test_a_cut_from_the_start_holds_before_the_first_boot(self):
        assert ("a", "b") not in heard(run(Faults(latency_ms=(0, 0), happenings=(Partition((("a",), ("b",)), 0),))))

    def test_names_in_no_group_keep_their_links_and_a_name_in_two_groups_is_not_cut_from_itself(self):
        links = heard(run(Faults(happenings=(Partition((("a", "b"), ("b",)), 0),))))
        assert len(links["a", "c"]) == len(links["c", "b"]) == 61

    def test_mail_that_has_arrived_is_not_lost_to_a_later_cut(self):
        faults = Faults(latency_ms=(5, 5), happenings=(Pause("b", 10, 100), Partition((("a",), ("b",)), 50)))
        trace = run(faults)
        sent = sent_at(trace)
        assert {sent[r.number] for _, r in trace.of("lose") if r.node == "b"}.isdisjoint(range(44))


class TestRatios:
    class Many(Talker):
        notes = 3_000

    def trace(self, **knobs):
        return run(Faults(**knobs), names="ab", kind=self.Many)

    def test_loss(self):
        trace = self.trace(loss_ratio=0.2)
        lost, sent = sum(1 for _ in trace.of("lose")), sum(1 for _ in trace.of("send"))
        assert 0.18 < lost / sent < 0.22
        assert lost + sum(1 for _ in trace.of("deliver")) == sent

    def test_duplicates(self):
        trace = self.trace(duplicate_ratio=0.2)
        copies = Counter(record.number for _, record in trace.of("deliver"))
        assert set(copies.values()) == {1, 2}
        assert 0.18 < sum(count == 2 for count in copies.values()) / len(copies) < 0.22

    def test_holding_back(self):
        trace = self.trace(latency_ms=(1, 1), reorder_ratio=0.2, reorder_ms=100)
        sent = sent_at(trace)
        delays = [record.time_ms - sent[record.number] for _, record in trace.of("deliver")]
        assert 0.18 < sum(delay > 1 for delay in delays) / len(delays) < 0.22
        assert (min(delays), max(delays)) == (1, 101)

    @pytest.mark.parametrize(("loss", "delivered"), [(0.0, 91), (1.0, 0)])
    def test_never_and_always(self, loss, delivered):
        links = heard(run(Faults(loss_ratio=loss, duplicate_ratio=0.0)))
        assert sum(map(len, links.values())) == (6 * 61 if delivered else 0)

    def test_links_do_not_disturb_each_other(self):
        few = fates(run(Faults(loss_ratio=0.2), names="abc"))
        many = fates(run(Faults(loss_ratio=0.2), names="abcd"))
        assert {key: many[key] for key in few} == few

    def test_knobs_move_no_latency(self):
        calm = fates(run())
        lossy = fates(run(Faults(loss_ratio=0.3)))
        assert all(times in (["lost"], calm[key]) for key, times in lossy.items())


class TestRules:
    def test_the_first_rule_with_an_opinion_wins(self):
        rules = (Rule(Pass(), sender="a"), Rule(Drop(), sender="a", to="b"), Rule(Deliver(7), sender="a"), Rule(Drop()))
        links = heard(run(Faults(rules=rules)))
        assert set(links) == {("a", "c")}
        trace = run(Faults(rules=rules))
        sent = sent_at(trace)
        assert {record.time_ms - sent[record.number] for _, record in trace.of("deliver")} == {7}

    @given(
        st.sampled_from("abc"),
        st.sampled_from("abc"),
        st.sampled_from(["Note", "Other", None]),
        st.integers(1, 30),
        st.booleans(),
        st.booleans(),
    )
    def test_one_rule_moves_no_other_messages_fate(self, sender, to, kind, nth, drop, lossy):
        faults = Faults(loss_ratio=0.2, duplicate_ratio=0.2, reorder_ratio=0.2) if lossy else Faults()
        rule = Rule(Drop() if drop else Deliver(33, (44,)), sender, to, kind, nth)
        before, after = fates(run(faults)), fates(run(faults.plus(rules=(rule,))))
        changed = {key for key in before if before[key] != after[key]}
        assert before.keys() == after.keys()
        assert len(changed) <= 1
        for key in changed:
            assert key[:2] == (sender, to)
            assert after[key] == (["lost"] if drop else [key[3] + 33, key[3] + 44])

    def test_nth_counts_per_link_and_per_kind_if_a_kind_is_given(self):
        any_kind = fates(run(Faults(rules=(Rule(Drop(), "a", "b", nth=3),))))
        assert [key[2] for key, times in any_kind.items() if times == ["lost"]] == [Other(1)]
        one_kind = fates(run(Faults(rules=(Rule(Drop(), "a", "b", "Note", nth=3),))))
        assert [key[2] for key, times in one_kind.items() if times == ["lost"]] == [Note(2)]

    def test_times_are_half_open(self):
        lost = [
            key[3]
            for key, times in fates(run(Faults(rules=(Rule(Drop(), "a", "b", "Note", from_ms=5, until_ms=8),)))).items()
            if times == ["lost"]
        ]
        assert lost == [5, 6, 7]

    def test_rules_do_not_cross_a_cut(self):
        rule = Rule(Deliver(1), "a", "b")
        assert ("a", "b") not in heard(run(Faults(rules=(rule,), happenings=(Partition((("a",), ("b",)), 0),))))


class TestMisuse:
    @pytest.mark.parametrize("range_ms", [(5, 1), (-1, 5), (1.0, 2), (True, 2)])
    def test_latencies(self, range_ms):
        with pytest.raises(Misuse, match=r"low <= high, as in \(1, 20\)"):
            Faults(latency_ms=range_ms)
        with pytest.raises(Misuse, match="low <= high"):
            Faults(link_latency_ms=(("a", "b", *range_ms),))

    @pytest.mark.parametrize("name", ["loss_ratio", "duplicate_ratio", "reorder_ratio"])
    def test_ratios(self, name):
        with pytest.raises(Misuse, match=f"Faults.{name} is a share from 0.0 to 1.0, not 20"):
            Faults(**{name: 20})

    @pytest.mark.parametrize(
        "faults",
        [
            Faults(happenings=(Crash("x", 1),)),
            Faults(happenings=(Partition((("a",), ("x",)), 1),)),
            Faults(happenings=(OneWayCut(("a",), ("x",), 1),)),
            Faults(happenings=(Call("c", 1, "x", Note(1)),)),
            Faults(rules=(Rule(Drop(), to="x"),)),
            Faults(skew_ms=(("x", 1),)),
            Faults(fifo_links=(("a", "x"),)),
            Faults(link_latency_ms=(("x", "a", 1, 2),)),
        ],
    )
    def test_faults_that_name_nobody(self, faults):
        with pytest.raises(Misuse, match=r"the faults mention \['x'\], which this world does not have; its names are"):
            run(faults)

    @pytest.mark.parametrize("item", [Crash("a", -1), Crash("a", 1, -5), Pause("a", 1, -1), Partition((("a",), ("b",)), -3)])
    def test_times_before_the_start(self, item):
        with pytest.raises(Misuse, match="times are whole ms from 0 up"):
            Faults(happenings=(item,))

    def test_the_same_name_twice(self):
        with pytest.raises(Misuse, match="two nodes have the same name"):
            run(names="aba")
