"""Public checks. Reading them is part of the exercise: they say what must hold, and how it is tried."""

from harness.checks.detection import accurate, complete, thrifty
from harness.testing import Broken, Crash, Drop, Faults, Holds, Partition, Rule, Spec, World, names, scenarios, verify, verify_calls

TIMES_MS = ((100, 500), (40, 400), (600, 3_000), (60, 300), (250, 2_000), (20, 150), (150, 900))


class Group:
    """Detectors that watch each other, their monitor, and the times they are given; another seed gives others."""

    def __init__(self, submission, seed, size):
        self.monitor, *ids = names(seed, size + 1)
        self.ids = tuple(ids)
        self.interval_ms, self.timeout_ms = TIMES_MS[seed % len(TIMES_MS)]
        self.seed = seed
        given = {"interval_ms": self.interval_ms, "timeout_ms": self.timeout_ms, "monitor": self.monitor}
        self.nodes = tuple(Spec(name, submission.Detector, given) for name in ids)
        self.punctual = Faults(latency_ms=(1, self.interval_ms // 2))

    def world(self, faults, timeouts):
        """A run that ends after so many timeouts."""
        return World(self.nodes, self.seed, faults, round(timeouts * self.timeout_ms), (self.monitor,), max_events=160_000)

    def complete(self, timeouts):
        return complete(self.monitor, self.timeout_ms, timeouts * self.timeout_ms)

    def accurate(self, timeouts, settle_ms=None):
        settle_ms = round(3.3 * self.timeout_ms) if settle_ms is None else settle_ms
        return accurate(self.monitor, self.interval_ms, round(timeouts * self.timeout_ms), settle_ms)


@scenarios(4)
def test_beats(submission, seed):
    group = Group(submission, seed, 2 + seed % 4)
    unheard = Faults(rules=(Rule(Drop()),))  # so that this works before on_heartbeat is written
    verify(group.world(unheard, 4.5), beats_on(group))


def beats_on(group):
    """Every peer gets a message in every two timeouts: at least ten times as long as an interval."""
    stretch_ms = 2 * group.timeout_ms

    def judge(trace):
        sent = {(node, peer): set() for node in group.ids for peer in group.ids if node != peer}
        for _, record in trace.of("send"):
            sent.get((record.node, record.other), set()).add(record.time_ms // stretch_ms)
        for (node, peer), stretches in sent.items():
            for stretch in {0, 1} - stretches:
                told = f"{node} sends nothing to {peer} between {stretch * stretch_ms} and {(stretch + 1) * stretch_ms} ms"
                raise Broken(f"{told}; the interval is {group.interval_ms} ms", code="no_sign_of_life")

    return Holds("every peer gets signs of life", judge)


@scenarios(7)
def test_the_dead(submission, seed):
    for size in (3 + seed % 3, 2):
        group = Group(submission, seed, size)
        crash = Crash(group.ids[0], (60 + 4 * (seed % 7)) * group.timeout_ms // 10, None)
        verify(group.world(group.punctual.plus(crash), 12), group.complete(12))


@scenarios(7)
def test_the_living(submission, seed):
    group = Group(submission, seed, 1 + (seed + 2) % 5)
    faults = Faults(latency_ms=(5, 5)) if seed % 3 == 0 else group.punctual  # now and then as regular as can be
    crash = Crash(group.ids[-1], 20 * group.timeout_ms, None)
    cheap = thrifty(group.ids, group.interval_ms, until_ms=20 * group.timeout_ms)
    verify(group.world(faults.plus(crash), 26), group.accurate(26), group.complete(26), cheap)


@scenarios(6)
def test_back_again(submission, seed):
    # two who hear each other, do not, do for two and a half intervals, and then never again
    group = Group(submission, seed, 2)
    back_ms = 5 * group.timeout_ms + group.interval_ms // 2
    gone_ms = back_ms + 5 * group.interval_ms // 2
    cuts = [Partition((group.ids[:1], group.ids[1:]), *times) for times in ((0, back_ms), (gone_ms, None))]
    faults = Faults(latency_ms=(1, 1 + group.interval_ms // 20), happenings=tuple(cuts))
    verify(group.world(faults, 20), group.accurate(20, 9 * group.interval_ms // 4), group.complete(20))
    # one of more dies, and comes back
    group = Group(submission, seed, 3 + seed % 2)
    crash = Crash(group.ids[1], 3 * group.timeout_ms, 6 * group.timeout_ms)
    verify(group.world(group.punctual.plus(crash), 20), group.complete(20), group.accurate(20))


QUESTIONS = (
    *((10, 0, 100), (50, 1, 1_000), (0, 0, 50), (0, 2, 900), (200, 3, 10_000), (1, 9, 1_002), (30, 2, 3_000), (25, 4, 500)),
    *((100, 0, 150), (40, 1, 80), (0, 0, 0), (500, 5, 400), (3_000, 0, 60_000), (10, 3, 40), (1, 20, 5_000)),
    *((10, 2, 100), (10, 0, 700), (300, 1, 1_000), (1, 300, 50_000), (2_000, 1, 10_000_000)),
)


@scenarios(5)
def test_tuned(submission, seed):
    more = seed % 5
    asked = [(slowest + 10 * more, lost, detect + 37 * more) for slowest, lost, detect in QUESTIONS]
    verify_calls(submission, asked, tuning, name="interval and timeout fit")


def tuning(game, questions):
    """Ask for an interval and a timeout, and work out the worst case with both."""
    for slowest_ms, lost, detect_ms in questions:
        answer = game.apply("tune", slowest_ms, lost, detect_ms)
        longest_ms = (detect_ms - 2 * slowest_ms) // (lost + 1)  # a heartbeat arrives at once, `lost` get lost, one is slow
        if answer is None and longest_ms < 5:
            continue  # with so little room, None will do
        if longest_ms < 1:
            game.refuse(f"nothing can be promised with these numbers, but tune answers {answer}", "impossible")
        if not (isinstance(answer, tuple | list) and len(answer) == 2 and all(type(part) is int and part >= 1 for part in answer)):
            game.refuse(f"tune answers {answer}; an interval and a timeout in whole ms are possible", "no_pair")
        interval_ms, timeout_ms = answer
        silence_ms = (lost + 1) * interval_ms + slowest_ms
        if silence_ms > timeout_ms:
            game.refuse(f"a peer that lives may be silent for {silence_ms} ms, longer than the timeout of {timeout_ms} ms", "false_alarm")
        if slowest_ms + timeout_ms > detect_ms:
            game.refuse(f"a death may be noticed after {slowest_ms + timeout_ms} ms only, not after {detect_ms} ms", "too_slow")
        if interval_ms < 0.8 * longest_ms - 1:
            game.refuse(f"an interval of {interval_ms} ms is more traffic than needed; {longest_ms} ms would do", "too_much_traffic")
