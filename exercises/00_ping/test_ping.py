"""Public checks. Reading them is part of the exercise: they say what must hold, and how it is tried."""

from ping_protocol import Ping, PingServer

from harness.testing import Broken, Eventually, Faults, Holds, Partition, Spec, World, names, scenarios, verify


def world(submission, seed=0, faults=Faults(), until_ms=10_000, count=3):
    """A client and a server, under names that change with the seed."""
    client, server = names(seed, 2)
    nodes = (Spec(client, submission.PingClient, {"server": server, "count": count}), Spec(server, PingServer))
    return World(nodes, seed, faults, until_ms, max_events=60_000)


def begins(trace):
    """The first thing that is sent is Ping(1)."""
    sent = next(trace.of("send"), None)
    if sent is None:
        raise Broken("the client starts and sends nothing", code="silent", by_ms=0)
    index, record = sent
    if record.data != Ping(1):
        code = "another" if record.name == "Ping" and type(record.data.seq) is int else "no_ping"
        raise Broken(f"the first message is {record.data}; it should be {Ping(1)}", code=code, records=(index,))


def pong_heard(seq):
    return Eventually(
        f"the client hears Pong({seq})", lambda r: r.kind == "deliver" and r.name == "Pong" and r.data.seq == seq, by_ms=150_000
    )


def test_first_ping(submission):
    verify(world(submission, until_ms=0), Holds("it begins with Ping(1)", begins))


@scenarios(4)
def test_answered(submission, seed):
    count = (2, 3, 5, 40)[seed % 4]
    verify(world(submission, seed, until_ms=100_000, count=count), *[pong_heard(seq) for seq in range(1, count + 1)])


@scenarios(50)
def test_lost_messages(submission, seed):
    lossy = Faults(loss_ratio=0.4)
    if seed % 5 == 4:  # for a minute nothing gets through
        client, server = names(seed, 2)
        lossy = lossy.plus(Partition(((client,), (server,)), 300, 60_000))
    verify(world(submission, seed, lossy, until_ms=150_000), *[pong_heard(seq) for seq in range(1, 4)])
