"""Bonus: a scenario of your own, in which elections that are built wrongly break a promise. Right ones must keep theirs.

At grading it is tried on programs with mistakes that people really make. The more of them it catches, the more points, apart from
those of the checks. `course test 05` tries it on your own program, which should keep its promises in it.

The run: four electors, six seconds. They are patient for 150, 250, 400 and 600 ms, in the order of their names below, exactly; a
leader sends a heartbeat every 50 ms; every message takes 10 ms. `scenario_trial.py` beside this file says what must hold.
"""

from quorum_election_protocol import WhoLeads

from harness.scenario import call, crash, cut, cut_one_way, delay, lose, pause, repeat, set_clock


def scenario(a: str, b: str, c: str, d: str) -> list[tuple[object, ...]]:
    """Say what happens to the electors a, b, c and d: a list of at most 40 of the words imported above, with times in ms up to 20,000.

    For instance, this loses the first Vote from b to a, lets c crash and come back, and has a client ask d (clients send WhoLeads only):

        return [lose(b, a, "Vote", nth=1), crash(c, at_ms=400, down_ms=100), call("me", 900, d, WhoLeads())]

    `crash(c, at_ms=400, after_effects=1)` pulls the plug inside a handler, right after its first effect. harness/scenario.py explains
    every word. Think of one mistake first, and of the shortest story in which it shows.
    """
    raise NotImplementedError("bonus: say what happens to a, b, c and d")
