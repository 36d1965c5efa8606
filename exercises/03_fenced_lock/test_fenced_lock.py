"""Public checks. Reading them is part of the exercise: they say what must hold, and how it is tried."""

from fenced_lock_protocol import Delete, Job, Read, Write
from fenced_lock_stand_ins import Customer, ScriptedServer, ScriptedStore

from harness.checks.fencing import answers_by_token
from harness.checks.lock import (
    OneHolder,
    OneWriterPerToken,
    OwnToken,
    StoreNeverGoesBack,
    TokensIncrease,
    answered_in_time,
    granted_in_time,
)
from harness.testing import Broken, Call, Deliver, Eventually, Faults, Holds, Partition, Rule, Spec, World, names, scenarios, verify

TTL_MS = 1000
CALM = Faults()


# --- your lock server alone, with two scripted customers ---


def lock_world(submission, seed, plans, faults=CALM, until_ms=60_000):
    """One lock server and one customer per plan, under names that change with the seed. Returns (world, server, customers)."""
    server, *customers = names(seed, 1 + len(plans))
    asking = [Spec(name, Customer, {"server": server, "plan": plan}) for name, plan in zip(customers, plans, strict=True)]
    nodes = [Spec(server, submission.LockServer), *asking]
    return World(tuple(nodes[seed % 2 :] + nodes[: seed % 2]), seed, faults, until_ms), server, customers


@scenarios(3)
def test_first_grant(submission, seed):
    first = ((0, "acquire", "report", TTL_MS),)
    second = ((200, "acquire", "report", TTL_MS), (300, "poll", "photos", TTL_MS))
    world, server, (a, b) = lock_world(submission, seed, (first, second), until_ms=800)
    verify(
        world,
        TokensIncrease(),
        OneHolder(server),
        granted_in_time(a, 800),
        granted_in_time(b, 800, lock="photos"),
        Holds("as asked", as_asked),
    )


def as_asked(trace):
    """Every grant carries back the lock, the ttl_ms and the asked_ms of a request of this client."""
    requests = {
        (record.node, record.data.lock, record.data.ttl_ms, record.data.asked_ms)
        for _, record in trace.messages("send", "Acquire", "Renew")
    }
    for index, record in trace.messages("send", "Granted"):
        if (record.other, record.data.lock, record.data.ttl_ms, record.data.asked_ms) not in requests:
            text = f"{record.node} sends {record.data}, but {record.other} never asked with this lock, ttl_ms and asked_ms"
            raise Broken(text, code="not_as_asked", records=(index,))


@scenarios(12)
def test_one_holder(submission, seed):
    ttl_ms = 1000 + 100 * (seed % 5)
    play = (given_back, given_back_too_late, given_back_slowly, renewed_too_late)[seed % 4]
    plans, rules = play(ttl_ms)
    world, server, customers = lock_world(submission, seed, plans, Faults(rules=rules))
    heard = [granted_in_time(customer, 50 * ttl_ms) for customer in customers]
    verify(world, OneHolder(server), TokensIncrease(), *heard)


def at(ttl_ms, *plan):
    """A customer's plan, its times given in lengths of a lease: at(1000, (0.5, "renew")) renews after 500 ms."""
    return tuple((int(lengths * ttl_ms), verb, "report", *(() if verb == "release" else (ttl_ms,))) for lengths, verb in plan)


def given_back(ttl_ms):
    """The first renews and gives back; the second waits for it and keeps the lock for a while; the third waits for that."""
    first = at(ttl_ms, (0, "acquire"), (0.4, "renew"), (0.7, "release"))
    second = at(ttl_ms, (0.2, "poll"), *((1 + step / 2, "renew") for step in range(8)))
    return (first, second, at(ttl_ms, (1.3, "poll"))), ()


def given_back_too_late(ttl_ms):
    """The first renews and gives back a lease that the second has long followed."""
    first = at(ttl_ms, (0, "acquire"), (0.8, "renew"), (4.3, "release"), (4.5, "renew"))
    second = at(ttl_ms, (0.2, "poll"), *((2.5 + step / 2, "renew") for step in range(8)))
    return (first, second, at(ttl_ms, (4.4, "poll"))), ()


def given_back_slowly(ttl_ms):
    """The first gives back a lease, but the message takes long: when it arrives the first has the lock a second time."""
    first = at(ttl_ms, (0, "acquire"), (0.5, "release"), (1.4, "acquire"), (2, "renew"), (2.5, "renew"))
    return (first, at(ttl_ms, (2.7, "poll"))), (Rule(Deliver(2 * ttl_ms), kind="Release", nth=1),)


def renewed_too_late(ttl_ms):
    """The first renews a lease that has run out, though nobody has followed it. Then it must be refused, or get a new token."""
    return (at(ttl_ms, (0, "acquire"), (0.5, "renew"), (3, "renew")), at(ttl_ms, (5, "poll"))), ()


# --- your store alone ---


@scenarios(5)
def test_store_checks(submission, seed):
    """One message after the other; `answers_by_token` says what each must be answered."""
    low = 9 + seed % 5 * 7
    messages = [
        Read("x"),
        Write("x", "a", low),
        Read("x"),
        Write("x", "b", low),  # the same token again: accepted
        Read("x"),
        Write("x", "c", low + 1 + seed % 3),
        Write("x", "d", low),  # too old by now: rejected
        Read("x"),
        Write("x", "e", low),
        Delete("x", low),
        Read("x"),
        Write("y", "f", 1),  # another key, other tokens
        Delete("x", low + 5),
        Read("x"),
        Write("x", "g", low + 4),  # older than the delete: rejected
        Write("x", "h", low + 40),
        Read("x"),
        Read("y"),
    ]
    store, client = names(seed, 2)
    calls = tuple(Call(client, 100 * place, store, message) for place, message in enumerate(messages))
    verify(World((Spec(store, submission.Store),), seed, Faults(happenings=calls), 100 * len(messages)), answers_by_token(store))


# --- your client alone, with a scripted server and a scripted store ---


def client_world(submission, seed, job, at_ms=50, refusals=0, rejects=(), faults=CALM, until_ms=25_000):
    """One client with one job. Returns (world, client, server, store, boss)."""
    client, server, store, boss = names(seed, 4)
    first = 7 + seed % 10
    nodes = (
        Spec(client, submission.LockClient, {"server": server, "store": store, "ttl_ms": TTL_MS}),
        Spec(server, ScriptedServer, {"first_token": first, "refusals": refusals}),
        Spec(store, ScriptedStore, {"rejects": rejects}),
    )
    return World(nodes, seed, faults.plus(Call(boss, at_ms, client, job)), until_ms), client, server, store, boss


@scenarios(4)
def test_job_done(submission, seed):
    job = Job(number=1 + seed % 100, key="report", value="v1", work_ms=300)
    world, client, *_, boss = client_world(submission, seed, job, refusals=seed % 2)
    verify(world, OwnToken(), Holds("in order", in_order(client, job)), answered_in_time(boss, client, 25_000), released(client))


def released(client):
    return Eventually(f"{client} gives the lock back", lambda r: (r.kind, r.name, r.node) == ("send", "Release", client), 25_000)


def in_order(client, job):
    """Judge that what is written is the job's value, after the work, and that Done is said after the store accepted it."""

    def judge(trace):
        granted_ms, accepted = None, False
        for index, record in enumerate(trace):
            if (record.kind, record.name, record.node) == ("deliver", "Granted", client) and granted_ms is None:
                granted_ms = record.time_ms
            elif (record.kind, record.name) == ("send", "Write"):
                if (record.data.key, record.data.value) != (job.key, job.value):
                    raise Broken(f"{client} sends {record.data}; the job is {job}", code="other_value", records=(index,))
                if granted_ms is None or record.time_ms < granted_ms + 0.9 * job.work_ms:
                    text = f"{client} writes before it has worked for {job.work_ms} ms with the lock in hand"
                    raise Broken(text, code="no_work", records=(index,))
            elif (record.kind, record.name, record.node) == ("deliver", "Accepted", client):
                accepted = True
            elif (record.kind, record.name) == ("send", "Release") and not accepted:
                text = f"{client} gives the lock back before the store has accepted its write"
                raise Broken(text, code="early_release", records=(index,))
            elif (record.kind, record.name) == ("send", "Done") and not accepted:
                raise Broken(f"{client} says Done before the store has accepted its write", code="early_done", records=(index,))

    return judge


# --- all three together ---


@scenarios(10)
def test_late_write(submission, seed):
    """The first holder's writes are long on their way, and it cannot reach the lock server: its lease runs out meanwhile."""
    server, store, a, b, boss_a, boss_b, reader = names(seed, 7)
    given = {"server": server, "store": store, "ttl_ms": TTL_MS}
    nodes = [
        Spec(server, submission.LockServer),
        Spec(store, submission.Store),
        Spec(a, submission.LockClient, given),
        Spec(b, submission.LockClient, given),
    ]
    faults = Faults(
        happenings=(
            Call(boss_a, 50, a, Job(1, "report", "from the first", 300)),
            Partition(((a,), (server,)), 200, 12_000),
            Call(boss_b, 1500, b, Job(2, "report", "from the second", 100)),
            *(Call(reader, at_ms, store, Read("report")) for at_ms in range(500, 60_000, 500)),
        ),
        rules=(Rule(Deliver(8000 + 100 * (seed % 9)), sender=a, kind="Write", until_ms=5000),),
    )
    world = World(tuple(nodes[seed % 4 :] + nodes[: seed % 4]), seed, faults, 60_000)
    shown = Eventually(
        "the value from the second can be read",
        lambda r: (r.kind, r.name) == ("deliver", "Value") and r.data.value == "from the second",
        by_ms=30_000,
    )
    verify(world, StoreNeverGoesBack(), OneWriterPerToken(), OwnToken(), TokensIncrease(), answered_in_time(boss_b, b, 60_000), shown)
