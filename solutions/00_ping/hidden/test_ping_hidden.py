"""Hidden checks of the warm-up."""

from ping_protocol import Ping, PingServer

from harness.testing import (
    Always,
    Bounds,
    Broken,
    Deliver,
    Faults,
    Rule,
    Sometimes,
    Spec,
    World,
    names,
    scenarios,
    verify,
    verify_every_order,
)


def world(submission, seed=0, faults=Faults(), count=3):
    """A client and a server, under names that change with the seed."""
    client, server = names(seed, 2)
    nodes = (Spec(client, submission.PingClient, {"server": server, "count": count}), Spec(server, PingServer))
    return World(nodes, seed, faults, until_ms=20_000, max_events=20_000)


class OneAtATime(Always):
    """Ping n + 1 is sent only after Pong n was delivered, none above the last, none that was answered. Memory: the last answered."""

    name = "one ping at a time"
    initial = 0

    def __init__(self, count):
        self.count = count

    def watches(self, record):
        return (record.kind, record.name) in (("deliver", "Pong"), ("send", "Ping"))

    def step(self, answered, record, index):
        seq, client = record.data.seq, record.node
        if record.name == "Pong":
            return max(answered, seq)
        if seq > self.count:
            raise Broken(f"{client} sends Ping({seq}), but only {self.count} pings were wanted", code="too_many", records=(index,))
        if seq > answered + 1:
            raise Broken(f"{client} sends Ping({seq}) before Ping({seq - 1}) was answered", code="ahead", records=(index,))
        if seq <= answered:
            raise Broken(f"{client} sends Ping({seq}) again, although it was answered", code="again", records=(index,))
        return answered


@scenarios(50)
def test_one_at_a_time(submission, seed):
    rough = Faults(latency_ms=(1, 900), loss_ratio=0.2, duplicate_ratio=0.3)
    count = 2 + seed % 4
    begun = Sometimes("a ping is sent", lambda r: (r.kind, r.name) == ("send", "Ping"))
    verify(world(submission, seed, rough, count), OneAtATime(count), begun)
    again = Faults(rules=(Rule(Deliver(20, (20 + 10 * (seed % 40),)), kind="Pong"),))  # every answer once more, when it is old
    verify(world(submission, seed, again, count + 9), OneAtATime(count + 9), begun)
    verify(world(submission, seed, rough, 1), OneAtATime(1), begun)


def test_every_order(submission):
    last = Sometimes("the last ping is sent", lambda r: r.kind == "send" and r.data == Ping(3))
    verify_every_order(world(submission), OneAtATime(3), last, bounds=Bounds(network="set"))
