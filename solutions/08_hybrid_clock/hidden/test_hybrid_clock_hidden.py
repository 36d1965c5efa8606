"""Hidden checks of the hybrid clock and the register."""

import random

from harness.checks.hybrid import close_to_physical, is_stamp, order_condition, timed_history
from harness.testing import Holds, names, scenarios, verify_calls

ORDER = Holds("what happened before has the smaller stamp", order_condition)
CLOSE = Holds("l is the largest physical time known", close_to_physical)
FAMILY = 1_000_003  # seeds of one family begin at a multiple of this
DRIFT_MS = 100
EPOCH_MS = 1_700_000_000_000


def play(game, steps, drift_ms=10**9):
    """Do the steps of a history; a message brings the very stamp that was returned."""
    for machine in dict.fromkeys(who for _, who, *_ in steps):
        game.new(machine, "HybridClock", drift_ms, (0, 0))
    stamps, latest = {}, {}
    for what, who, number, physical_ms in steps:
        if what == "tick":
            latest[who] = game.call(who, "tick", physical_ms)
        elif what == "send":
            stamps[number] = game.keep(who, "send", physical_ms, carries=number)
            latest[who] = stamps[number].plain
        elif what == "restart":
            game.new(who, "HybridClock", drift_ms, latest[who] if is_stamp(latest.get(who)) else (0, 0))
        elif number in stamps:
            latest[who] = game.call(who, "receive", stamps[number], physical_ms, carries=-number)


def frozen(machine, count):
    """Many events while the physical clock stands still."""
    return [("tick", machine, 0, EPOCH_MS)] * count


@scenarios(40)
def test_any_clocks(submission, seed):
    machines = names(seed, 3)
    verify_calls(submission, timed_history(seed, machines, 40, skew_ms=5_000, hurry_ms=40, steps=0.15), play, ORDER)
    verify_calls(submission, timed_history(seed, machines[:2], 40, skew_ms=2, hurry_ms=1, steps=0.1), play, ORDER)
    verify_calls(submission, list(range(3, 32)), lambda game, bits: large_counters(game, bits, machines[0]), ORDER)
    if seed % FAMILY == 0:
        verify_calls(submission, frozen(machines[0], 1_100), play, ORDER)


def large_counters(game, bits, machine):
    """Receive stamps whose counters are at the edge of so many bits: the next one must be larger."""
    game.new(machine, "HybridClock", DRIFT_MS, (0, 0))
    for place, each in enumerate(bits):
        now_ms = EPOCH_MS + 50 * place
        stamp = (now_ms + 7, 2**each - 2)
        for _ in range(2):
            answer = game.call(machine, "receive", stamp, now_ms)
            if not is_stamp(answer) or answer <= stamp:
                game.refuse(
                    f"the message was sent with {stamp}, but receive returned {answer}, which is not larger", "receipt_not_after_sending"
                )
            stamp = (answer[0], answer[1])


def two_times(busy, calm):
    """A machine with an old l and a large c exchanges messages with one that has a newer l and a small c."""
    newer = [("send", calm, 1, EPOCH_MS + 60), ("tick", busy, 0, EPOCH_MS), ("send", busy, 2, EPOCH_MS)]
    return [*[("tick", busy, 0, EPOCH_MS)] * 30, *newer, ("receive", calm, 2, EPOCH_MS + 50), ("receive", busy, 1, EPOCH_MS + 1)]


@scenarios(40)
def test_near_the_wall(submission, seed):
    machines = names(seed, 3)
    verify_calls(submission, two_times(*machines[:2]), play, CLOSE)
    verify_calls(submission, timed_history(seed, machines, 40, skew_ms=40, hurry_ms=20, steps=0.1), play, CLOSE)
    verify_calls(submission, timed_history(seed, machines, 40, skew_ms=3, hurry_ms=2), play, CLOSE)


@scenarios(30)
def test_no_trace(submission, seed):
    """Two clocks get the same calls, but one of them also gets stamps that are too far ahead."""
    draw = random.Random(f"trace/{seed}")
    one, other = names(seed, 2)
    now_ms = draw.choice((1_000, EPOCH_MS))
    steps = []
    for _ in range(14):
        now_ms += draw.choice((0, 1, 30, -20))
        what = draw.choice(("tick", "send", "receive", "mad", "mad"))
        ahead_ms = draw.randrange(-200, 80) if what == "receive" else draw.choice((draw.randrange(125, 300), 10**6))
        steps.append((what, now_ms, (now_ms + ahead_ms, draw.randrange(4))))

    def twins(game, steps):
        for machine in (one, other):
            game.new(machine, "HybridClock", DRIFT_MS, (0, 0))
        for what, physical_ms, stamp in steps:
            if what == "mad":
                answer = game.call(one, "receive", stamp, physical_ms)
                if answer is not None:
                    ahead_ms = stamp[0] - physical_ms
                    game.refuse(
                        f"the stamp is {ahead_ms} ms ahead, and {DRIFT_MS} are allowed, but receive returns {answer}", "not_refused"
                    )
                continue
            args = (stamp, physical_ms) if what == "receive" else (physical_ms,)
            answers = [game.call(machine, what, *args) for machine in (one, other)]
            if answers[0] != answers[1]:
                told = f"{one} and {other} had the same events, yet {one}.{what} returned {answers[0]} and {other}.{what} {answers[1]}"
                game.refuse(f"{told}: the stamp that {one} refused has left a trace", "left_a_trace")

    verify_calls(submission, steps, twins, name="a refused stamp leaves no trace")


@scenarios(30)
def test_after_a_restart(submission, seed):
    draw = random.Random(f"restart/{seed}")
    machines = names(seed, 2)
    steps = timed_history(seed, machines, 24, skew_ms=300, hurry_ms=4, steps=0.2)
    for _ in range(4):
        steps.insert(draw.randrange(3, len(steps)), ("restart", draw.choice(machines), 0, 0))
    verify_calls(submission, steps, play, ORDER)
    one = machines[0]
    set_back = [("tick", one, 0, 9_000), ("tick", one, 0, 9_000), ("restart", one, 0, 0), ("tick", one, 0, 3_000), ("send", one, 1, 3_000)]
    verify_calls(submission, set_back, play, ORDER)


@scenarios(40)
def test_replicas_agree(submission, seed):
    draw = random.Random(f"agree/{seed}")
    replicas = names(seed, 3)
    now_ms = draw.choice((1_000, EPOCH_MS))
    skew = {replica: draw.choice((0, draw.randrange(60))) for replica in replicas}
    steps, writes = [], 0
    for _ in range(16):
        now_ms += draw.choice((0, 0, 1, 9))
        who = draw.choice(replicas)
        if not writes or draw.random() < 0.35:
            writes += 1
            steps.append(("write", who, writes, now_ms + skew[who]))
        elif draw.random() < 0.15:
            steps.append(("mad", who, draw.randrange(150, 9_000), now_ms + skew[who]))
        else:
            steps.append(("arrive", who, draw.randrange(max(1, writes - 3), writes + 1), now_ms + skew[who]))
    together = [("write", replicas[0], 1, now_ms), ("write", replicas[1], 2, now_ms), ("write", replicas[2], 3, now_ms)]
    verify_calls(submission, together, lambda game, steps: spread(game, steps, replicas, draw.random()), name="replicas agree")
    verify_calls(submission, steps, lambda game, steps: spread(game, steps, replicas, seed), name="replicas agree")


def spread(game, steps, replicas, shuffle):
    """Do the steps, each replica reading what it must; then let every write arrive everywhere, and compare."""
    for replica in replicas:
        game.new(replica, "Register", replica, DRIFT_MS)
    written, here = {}, {replica: {} for replica in replicas}
    latest_ms = dict.fromkeys(replicas, 0)
    for what, who, number, physical_ms in steps:
        latest_ms[who] = max(latest_ms[who], physical_ms)
        if what == "mad":
            refuse_mad(game, who, number, physical_ms)
        elif what == "write":
            version = game.call(who, "write", value_of(number), physical_ms)
            check_version(game, who, version, here[who])
            written[number] = version
            here[who][version] = value_of(number)
        elif number in written:
            arrive(game, who, written[number], number, physical_ms, here)
        check_read(game, who, here[who])
    end_ms = max(latest_ms.values(), default=0) + 10
    for replica in replicas:
        order = list(written)
        random.Random(f"{shuffle}/{replica}").shuffle(order)
        for number in order:
            arrive(game, replica, written[number], number, end_ms, here)
            check_read(game, replica, here[replica])


def value_of(number):
    return "" if number == 2 else f"v{number}"


def refuse_mad(game, who, ahead_ms, physical_ms):
    """Let a write arrive that is too far ahead; what is read must not change, as the check of the next read says."""
    answer = game.call(who, "arrive", (physical_ms + ahead_ms, 0, "zoe"), "mad", physical_ms)
    if answer is not False:
        game.refuse(f"the write is {ahead_ms} ms ahead, and {DRIFT_MS} are allowed, but {who}.arrive answers {answer}", "not_refused")


def check_version(game, who, version, here):
    """A version is (l, c, node), larger than all that its writer has here."""
    if not (isinstance(version, tuple) and len(version) == 3 and is_stamp(version[:2]) and version[2] == who):
        game.refuse(f"{who}.write returned {version!r:.60}; a version is (l, c, {who!r})", "no_version")
    if here and version <= max(here):
        game.refuse(f"{who} had seen version {max(here)}, but its own new write has {version}, which is not larger", "newer_lost")


def arrive(game, who, version, number, physical_ms, here):
    """Let a write arrive at a replica."""
    if game.call(who, "arrive", version, value_of(number), physical_ms) is not True:
        game.refuse(f"the write is not too far ahead, but {who}.arrive does not return True", "refused")
    here[who][version] = value_of(number)


def check_read(game, who, here):
    """A replica reads the value of the largest version that is here."""
    right = here[max(here)] if here else None
    read = game.call(who, "read")
    if read != right:
        largest = f"the largest version at {who} is {max(here)} with {right!r}" if here else f"nothing was written at {who} so far"
        game.refuse(f"{largest}, but it reads {read!r}", "other_value")
