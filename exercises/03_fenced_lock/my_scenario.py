"""Bonus: a scenario of your own, in which locks that are built wrongly break a promise. Right ones must keep theirs.

At grading it is tried on programs with mistakes that people really make. The more of them it catches, the more points, apart from
those of the checks. `course test 03` tries it on your own program, which should keep its promises in it.

The run: your lock server, your store, and two of your clients, whose leases last 1,000 ms; thirty seconds; every message takes 10 ms.
Nothing happens until somebody sends a client a Job. `scenario_trial.py` beside this file says what must hold.
"""

from fenced_lock_protocol import Job, Read

from harness.scenario import call, crash, cut, cut_one_way, delay, lose, pause, repeat, set_clock


def scenario(server: str, store: str, a: str, b: str) -> list[tuple[object, ...]]:
    """Say what happens to the lock server, the store and the clients a and b: at most 40 of the words imported above, times up to 20,000.

    For instance, this gives each client a job, lets a stand still for two seconds, and has somebody read (they send Job and Read only):

        return [call("boss of a", 100, a, Job(1, "report", "from a", 500)), pause(a, at_ms=300, for_ms=2_000),
                call("boss of b", 1_500, b, Job(2, "report", "from b", 100)), call("reader", 4_000, store, Read("report"))]

    `crash(server, at_ms=400, after_effects=1)` pulls the plug inside a handler, right after its first effect. harness/scenario.py explains
    every word. Think of one mistake first, and of the shortest story in which it shows.
    """
    raise NotImplementedError("bonus: say what happens to the lock server, the store and the clients")
