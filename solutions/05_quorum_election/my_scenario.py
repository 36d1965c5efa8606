"""Reference: c asks for votes that two gave to a before they crashed; then the group is split, and votes come twice."""

from harness.scenario import crash, cut, lose, repeat


def scenario(a: str, b: str, c: str, d: str) -> list[tuple[object, ...]]:
    return [
        lose(a, c, "RequestVote", nth=1),
        crash(a, at_ms=155, down_ms=1_000),
        crash(b, at_ms=155, after_effects=3),
        crash(d, at_ms=165),
        cut((a, b), (c, d), at_ms=2_000, until_ms=3_000),
        repeat(b, a, "Vote", nth=1, after_ms=15),
        repeat(d, c, "Vote", nth=2, after_ms=15),
    ]
