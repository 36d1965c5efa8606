"""A report with every kind of verdict in it, and with words that a hostile submission would choose."""

from harness.grading.verdicts import Mark, Report

HOSTILE = (
    "ValueError: ::error::you lost\n  ::set-output name=result::e30=\r::add-mask::1\x0b##[error]x\u2028::stop-commands::x\n"
    "</summary></details><script>alert(1)</script> | `| ```\n]]> & \x00\x1b[31m \ud800 \u202e =cmd|' /C calc'!A0 @everyone #7 **b**"
)
HIDDEN = "a hidden scenario with seed 77"


def mark(check, verdict, points=2, *, exercise="05_quorum_election", public=True, **more):
    return Mark(exercise, check, f"promise of {check}", verdict, points if verdict == "pass" else 0, points, public, **more)


def report(*marks, **more):
    """Return a report; by default one in which almost everything went wrong."""
    marks = marks or (
        mark("stands", "pass", 1, exercise="03_fenced_lock"),
        mark("one_vote", "wrong", 1, story=f"Promised: one vote\n{HOSTILE}", text="two votes", replay_id="05.one_vote.3"),
        mark("leader_elected", "exception", 3, text=HOSTILE),
        mark("majority", "wrong", 2, public=False, text=HIDDEN, story=HIDDEN, misconception="A majority is n // 2.", hint="Count to four."),
        mark("one_leader", "load_error", 2, public=False, text=HIDDEN),
        mark("old_news", "pass", 1, public=False),
    )
    given = {"digest": (), "level": 3, "missing": (), "harness": "abc", "seed": "def", "notes": (f"note {HOSTILE}",), **more}
    return Report("=sum(A1)", marks=marks, **given)


def unfinished():
    return report(mark("stands", "pass"), mark("one_vote", "infra", public=False, text=HIDDEN))
