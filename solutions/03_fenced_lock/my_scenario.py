"""Reference: a write that arrives late, a client that stands still, and crashes of the server and the store in between and inside."""

from fenced_lock_protocol import Job, Read

from harness.scenario import call, crash, delay, pause


def scenario(server: str, store: str, a: str, b: str) -> list[tuple[object, ...]]:
    return [
        call("boss of a", 100, a, Job(1, "report", "one", 500)),
        delay(a, store, "Write", nth=1, by_ms=4_000),
        crash(a, at_ms=700, down_ms=200),
        call("boss of b", 2_000, b, Job(2, "report", "two", 100)),
        crash(server, at_ms=3_000),
        crash(store, at_ms=3_500),
        call("reader", 6_000, store, Read("report")),
        call("boss of a", 7_000, a, Job(3, "report", "three", 500)),
        pause(a, at_ms=7_300, for_ms=3_000),
        call("boss of b", 8_500, b, Job(4, "report", "four", 100)),
        call("reader", 12_000, store, Read("report")),
        crash(server, at_ms=13_000, after_effects=1),
        call("boss of b", 13_500, b, Job(5, "report", "five", 100)),
        call("boss of a", 14_000, a, Job(6, "report", "six", 100)),
        crash(store, at_ms=16_000, after_effects=1),
        call("boss of b", 17_000, b, Job(7, "report", "seven", 100)),
        call("reader", 19_500, store, Read("report")),
    ]
