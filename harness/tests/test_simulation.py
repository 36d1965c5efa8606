"""What a crash, a pause and a raising handler leave behind, and that timers keep their word."""

import gc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import Node, message
from harness.errors import StateMistake
from harness.faults import Call, ClockStep, Crash, Faults, OneWayCut, Partition, Pause, chaos
from harness.node import Process, Spec
from harness.simulation import Simulation, World, simulate


@message
class Go:
    n: int = 0


@message
class Done:
    n: int


class Server(Node):
    """Asks for one effect of every kind, in an order that is told apart afterwards."""

    def on_start(self):
        self.memory = []
        self.boots = self.disk.get("boots", 0)

    def on_go(self, sender, go):
        self.memory.append(go.n)
        self.send("peer", Done(0))
        self.disk["a"] = go.n
        self.after(5, self.tick)
        with self.disk.atomic():
            self.disk["b"] = 1
            self.disk["a"] = -1
        del self.disk["b"]
        self.send(sender, Done(1))
        self.disk["c"] = [1]
        self.broadcast(Done(2))

    def tick(self):
        self.memory.append("tick")

    def on_done(self, sender, done):
        pass


class Peer(Node):
    def on_done(self, sender, done):
        pass


def run(*happenings, until_ms=1_000, **knobs):
    world = World((Spec("s", Server), Spec("peer", Peer)), 0, Faults(happenings=happenings, **knobs), until_ms)
    simulation = Simulation(world, Process)
    return simulation.run(), simulation


EFFECTS = ["send", "write", "set", "commit", "write", "send", "write", "send"]
DISKS = [{}, {}, {"a": 0}, {"a": 0}, {"a": -1, "b": 1}, {"a": -1}, {"a": -1}, {"a": -1, "c": (1,)}]


class TestCrashes:
    @pytest.mark.parametrize("kept", range(len(EFFECTS)))
    def test_a_crash_after_k_effects_applies_exactly_the_first_k(self, kept):
        trace, simulation = run(Call("c", 10, "s", Go()), Crash("s", 5, None, effects=kept))
        handled = next(index for index, record in trace.of("deliver") if record.node == "s")
        crash = handled + kept + 1
        assert [record.kind for record in trace[handled + 1 : crash]] == EFFECTS[:kept]
        assert trace[crash][1:4] == ("crash", "s", kept)
        assert [effect[0] for effect in trace[crash].other] == EFFECTS[kept:]
        assert trace[crash].data == len(EFFECTS)
        assert simulation.machines["s"].process.disk.contents() == DISKS[kept]
        assert not any(record.kind == "fire" for record in trace)
        assert all(record.node != "s" for record in trace[crash + 1 :])

    def test_a_crash_waits_for_a_ledger_that_is_long_enough(self):
        trace, _ = run(Call("c", 10, "s", Go()), Crash("s", 5, None, effects=len(EFFECTS)))
        assert not any(trace.of("crash"))

    def test_two_crashes_inside_handlers_come_one_after_the_other(self):
        calls = [Call("c", 10 + 200 * n, "s", Go(n)) for n in range(3)]
        trace, _ = run(*calls, Crash("s", 5, 10, effects=3), Crash("s", 5, 10, effects=1))
        assert [record.number for _, record in trace.of("crash")] == [3, 1]

    def test_a_crash_inside_the_first_boot(self):
        class Fresh(Node):
            def on_start(self):
                self.disk["a"] = 1
                self.disk["b"] = 1

        trace = simulate(World((Spec("s", Fresh),), 0, Faults(happenings=(Crash("s", 0, 5, effects=1),))))
        assert [(r.kind, r.other) for r in trace] == [
            ("start", None),
            ("write", "a"),
            ("crash", (("write", "b", 1),)),
            ("start", None),
            ("write", "a"),
            ("write", "b"),
        ]

    def test_memory_and_timers_are_gone_and_the_disk_stays(self):
        trace, simulation = run(Call("c", 10, "s", Go(7)), Crash("s", 31, 50), latency_ms=(20, 20), until_ms=500)
        process = simulation.machines["s"].process
        assert process.node.memory == []
        assert dict(process.node.disk) == {"a": -1, "c": (1,)}
        assert not any(trace.of("fire"))
        assert [(r.time_ms, r.number) for _, r in trace.of("start") if r.node == "s"] == [(0, 1), (81, 2)]

    def test_messages_that_arrive_while_it_is_down_are_lost_and_later_ones_are_not(self):
        calls = [Call("c", at_ms, "s", Go(at_ms)) for at_ms in (10, 40, 90)]
        trace, _ = run(*calls, Crash("s", 30, 50), latency_ms=(5, 5))
        assert [record.data.n for _, record in trace.of("deliver") if record.node == "s"] == [10, 90]
        assert [(record.data.n, record.other) for _, record in trace.of("lose") if record.node == "s"] == [(40, ("c", "down"))]

    def test_a_node_that_is_down_is_not_crashed_again(self):
        trace, _ = run(Crash("s", 10, 50), Crash("s", 20, 500), Pause("s", 30, 100))
        assert [record.time_ms for _, record in trace.of("crash", "pause")] == [10]


class TestALedgerLeaksNothing:
    def test_when_the_handler_raises(self):
        class Raising(Server):
            def on_go(self, sender, go):
                super().on_go(sender, go)
                raise ZeroDivisionError

        world = World((Spec("s", Raising), Spec("peer", Peer)), 0, Faults(happenings=(Call("c", 10, "s", Go()),)))
        simulation = Simulation(world, Process)
        with pytest.raises(ZeroDivisionError):
            simulation.run()
        assert simulation.records[-1][1:3] == ("deliver", "s")
        assert simulation.machines["s"].process.disk.contents() == {}
        assert gc.isenabled()

    def test_memory_that_is_not_plain_is_refused_at_the_end(self):
        class Keeping(Server):
            def on_go(self, sender, go):
                self.pending = {"c1": lambda: 0}

        with pytest.raises(StateMistake, match=r"node 's': attribute 'pending'\['c1'\] holds a function"):
            simulate(World((Spec("s", Keeping),), 0, Faults(happenings=(Call("c", 10, "s", Go()),))))


class Sleeper(Node):
    """Sets a timer every 10 ms and notes when things happen by its own clock."""

    def on_start(self):
        self.notes = []
        self.tick(0)

    def tick(self, due):
        now = self.clock.monotonic_ms()
        self.notes.append(("tick", now))
        assert now >= due
        self.after(10, self.tick, now + 10)

    def on_go(self, sender, go):
        self.notes.append(("go", go.n, self.clock.monotonic_ms(), self.clock.wall_ms()))


def asleep(*happenings, **knobs):
    simulation = Simulation(World((Spec("s", Sleeper),), 0, Faults(latency_ms=(0, 0), happenings=happenings, **knobs), 300), Process)
    simulation.run()
    return simulation.machines["s"].process.node.notes


class TestPauses:
    def test_messages_and_timers_wait_and_keep_their_order(self):
        calls = [Call("c", 51 + 5 * n, "s", Go(n)) for n in range(6)]
        notes = asleep(*calls, Pause("s", 52, 30))
        assert [note[:2] if note[0] == "tick" else note[1:3] for note in notes[5:]][:9] == [
            ("tick", 50),
            (0, 51),
            (1, 82),
            ("tick", 82),
            (2, 82),
            (3, 82),
            (4, 82),
            (5, 82),
            ("tick", 92),
        ]

    @pytest.mark.parametrize("at_ms", [81, 82, 83])
    def test_what_comes_in_at_the_very_end_does_not_overtake(self, at_ms):
        notes = asleep(Call("c", 60, "s", Go(1)), Call("c", at_ms, "s", Go(2)), Pause("s", 52, 30))
        assert [note[1] for note in notes if note[0] == "go"] == [1, 2]

    def test_overlapping_pauses_end_with_the_last(self):
        notes = asleep(Pause("s", 52, 30), Pause("s", 60, 60), Pause("s", 70, 10), Call("c", 61, "s", Go(1)))
        assert [note[2] for note in notes if note[0] == "go"] == [120]

    def test_a_crash_during_a_pause_loses_what_waited(self):
        world = World(
            (Spec("s", Sleeper),), 0, Faults((0, 0), happenings=(Call("c", 61, "s", Go(1)), Pause("s", 52, 100), Crash("s", 70, 10))), 300
        )
        simulation = Simulation(world, Process)
        trace = simulation.run()
        assert [(r.time_ms, r.other) for _, r in trace.of("lose")] == [(70, ("c", "down"))]
        assert [r.time_ms for _, r in trace.of("resume")] == []
        assert simulation.machines["s"].process.node.notes[0] == ("tick", 0)
        assert simulation.machines["s"].process.node.notes[-1] == ("tick", 220)

    @pytest.mark.parametrize("down_ms", [10, 81, 82, 83, 200])
    def test_a_pause_does_not_wake_a_node_that_crashed_in_it(self, down_ms):
        calls = [Call("c", at_ms, "s", Go(at_ms)) for at_ms in range(60, 290, 10)]
        faults = Faults((0, 0), happenings=(*calls, Pause("s", 52, 100), Crash("s", 70, down_ms)))
        trace = simulate(World((Spec("s", Sleeper),), 0, faults, 300))
        heard = [record.data.n for _, record in trace.of("deliver")]
        assert heard == [at_ms for at_ms in range(60, 290, 10) if at_ms >= 70 + down_ms]

    def test_the_node_notices_nothing_but_the_time(self):
        assert asleep(Pause("s", 53, 4)) == asleep()


class TestClocks:
    @given(st.integers(-500_000, 2_000_000))
    def test_timers_run_on_the_drifting_monotonic_clock_and_are_never_early_by_it(self, drift_ppm):
        notes = asleep(drift_ppm=(("s", drift_ppm),))  # Sleeper asserts that none is early
        true_ms = 300 // len(notes)
        assert abs(true_ms - 10 / (1 + drift_ppm / 1_000_000)) <= 2

    def test_a_step_moves_the_wall_clock_and_no_timer(self):
        stepped = asleep(ClockStep("s", 55, -1_000), Call("c", 60, "s", Go(1)), skew_ms=(("s", 7),))
        assert ("go", 1, 60, 60 + 7 - 1_000) in stepped
        assert [note for note in stepped if note[0] == "tick"] == asleep()

    def test_the_monotonic_clock_restarts_at_zero_and_the_wall_clock_does_not(self):
        notes = asleep(Crash("s", 55, 10), Call("c", 70, "s", Go(1)))
        assert ("go", 1, 5, 70) in notes


class TestTimers:
    def test_a_cancelled_timer_does_not_fire_and_a_finished_one_can_be_cancelled(self):
        class Canceller(Node):
            def on_start(self):
                self.fired = []
                self.handles = [self.after(10, self.tick, n) for n in range(3)]
                self.cancel(self.handles[1])
                self.cancel(self.handles[1])
                self.after(20, self.later)

            def tick(self, n):
                self.fired.append(n)
                self.cancel(self.handles[n])

            def later(self):
                self.cancel(self.handles[0])

        simulation = Simulation(World((Spec("s", Canceller),)), Process)
        trace = simulation.run()
        assert simulation.machines["s"].process.node.fired == [0, 2]
        assert [record.number for _, record in trace.of("cancel")] == [2]

    def test_timers_of_one_moment_fire_in_the_order_set(self):
        class Many(Node):
            def on_start(self):
                self.fired = []
                for n in range(20):
                    self.after(20 - n if n % 2 else 7, self.tick, n)

            def tick(self, n):
                self.fired.append((self.clock.monotonic_ms(), n))

        simulation = Simulation(World((Spec("s", Many),)), Process)
        simulation.run()
        assert simulation.machines["s"].process.node.fired == sorted(simulation.machines["s"].process.node.fired)


class TestBudget:
    class Spinner(Node):
        def on_start(self):
            self.spin()

        def spin(self):
            self.after(0, self.spin)

    def test_a_run_that_spends_its_budget_is_not_complete(self):
        trace = simulate(World((Spec("s", self.Spinner),), max_events=100))
        assert not trace.complete
        assert trace[-1].time_ms == 0

    def test_a_run_that_ends_by_itself_is(self):
        assert run()[0].complete


def test_no_aliasing_between_nodes_messages_and_disk():
    class Careless(Node):
        def on_start(self):
            self.log = [[0]]
            if self.peers:
                self.disk["log"] = self.log
                self.send(self.peers[0], Go(self.log))
                self.after(50, self.compare, self.log)
                self.log[0].append("changed")

        def compare(self, log):
            self.seen = [self.disk["log"], log]

        def on_go(self, sender, go):
            self.seen = [go.n]

    simulation = Simulation(World((Spec("s", Careless, {}, ("t",)), Spec("t", Careless, {}, ()))), Process)
    simulation.run()
    assert simulation.machines["s"].process.node.seen == [((0,),), ((0,),)]
    assert simulation.machines["t"].process.node.seen == [((0,),)]


@given(st.integers())
def test_chaos_is_over_in_time_and_is_data(seed):
    happenings = chaos(seed, ["a", "b", "c"], 2_000, crashes=3, partitions=3, pauses=3, steps=2)
    assert happenings == chaos(seed, ["a", "b", "c"], 2_000, crashes=3, partitions=3, pauses=3, steps=2)
    assert len(happenings) == 11
    for item in happenings:
        match item:
            case Crash():
                assert item.at_ms + item.down_ms <= 2_000
            case Partition() | OneWayCut():
                assert item.at_ms < item.until_ms <= 2_000
            case Pause():
                assert item.at_ms + item.for_ms <= 2_000
            case _:
                assert item.at_ms <= 2_000
