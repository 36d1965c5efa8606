"""One report, every channel: the bytes are pinned, the formats are valid, and a submission's words stay words."""

import base64
import csv
import io
import json
import os
import random
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

from harness.grading.channels import EMITTERS, classroom, classroom50, gradescope, junit, summary, table, text
from harness.grading.channels.classroom50 import Identity
from harness.grading.verdicts import BonusMark
from harness.tests.sample_report import HIDDEN, HOSTILE, mark, report, unfinished

GOLDEN = Path(__file__).parent / "golden"
IDENTITY = Identity("dsr-2026", "05-quorum-election", "individual", "ada", "submit/20261125-abc1234", "https://c", "https://r", "https://v")
WHEN = "2026-11-25T14:00:00Z"
EVERYTHING = {
    **{f"{name}.txt": emit for name, emit in EMITTERS.items() if name != "log"},
    "log.txt": lambda made: summary.log(made, "t0ken"),
    "classroom50.json": lambda made: classroom50.result_json(made, IDENTITY, WHEN),
    "classroom50-outputs.txt": classroom50.outputs,
}
MARKS = [name for name in EVERYTHING if name not in ("csv.txt", "json.txt", "junit.txt", "log.txt", "summary.txt")]


@pytest.mark.parametrize("name", EVERYTHING)
def test_what_a_channel_writes_is_pinned(name):
    path, written = GOLDEN / name, EVERYTHING[name](report())
    if os.environ.get("WRITE_GOLDEN"):  # then read the difference before committing it
        path.write_bytes(written.encode())
    assert written.encode() == path.read_bytes()


@pytest.mark.parametrize("name", [name for name in EVERYTHING if name != "json.txt"])
def test_nothing_but_verdict_title_and_diagnosis_is_told_of_a_hidden_check(name):
    written = EVERYTHING[name](report())
    if name == "classroom.txt":
        written = base64.b64decode(written.partition("=")[2]).decode()
    assert HIDDEN not in written and "seed 77" not in written
    assert name in ("csv.txt", "classroom50-outputs.txt") or "A majority is n // 2." in written


@pytest.mark.parametrize("name", MARKS)
def test_what_could_not_be_decided_is_no_mark(name):
    with pytest.raises(text.Unfinished, match="05_quorum_election, one_vote"):
        EVERYTHING[name](unfinished())
    with pytest.raises(text.Unfinished, match="05_quorum_election, the student's scenario"):
        EVERYTHING[name](report(bonus=(BonusMark("05_quorum_election", "infra", "", (), 0, 3),)))


def test_the_channels_that_can_say_so_say_that_the_grader_failed():
    assert "Run this again" in summary.markdown(unfinished()) and "points\n" not in summary.markdown(unfinished()).splitlines()[0]
    assert ElementTree.fromstring(junit.xml(unfinished()).encode()).find(".//error").get("type") == "infra"
    row = list(csv.DictReader(io.StringIO(table.csv_table(unfinished()))))[1]
    assert (row["verdict"], row["points"]) == ("infra", "")


def whole(value):
    return type(value) is int and value >= 0


def test_classroom_results_can_be_added_up_by_the_reporter():
    step = classroom.result(report())
    assert all(whole(test["score"]) and "\n" not in test["name"] and "\r" not in test["name"] for test in step["tests"])
    assert (step["version"], step["status"], step["max_score"]) == (1, "error", 10)
    line = classroom.output_line(report())
    assert re.fullmatch(r"result=[A-Za-z0-9+/]+=*\n", line)
    found = classroom.results_in(
        {"EX05_RESULTS": line.partition("=")[2].strip(), "EX00_RESULTS": classroom.encoded(report(mark("a", "pass", 4)))}
    )
    assert classroom.points(found) == "Points 6/14"


@pytest.mark.parametrize(
    "status, marks", [("pass", ["pass"]), ("fail", ["pass", "wrong"]), ("error", ["pass", "bad_file"]), ("error", ["not_handed_in"])]
)
def test_a_step_passes_fails_or_could_not_be_run(status, marks):
    assert classroom.result(report(*(mark(f"c{place}", verdict) for place, verdict in enumerate(marks))))["status"] == status


def test_a_step_that_left_nothing_is_no_step_with_zero_points():
    good = classroom.encoded(report())
    without_score = base64.b64encode(json.dumps({"version": 1, "max_score": 1, "tests": [{"name": "x"}]}).encode()).decode()
    for environment in ({}, {"EX05_RESULTS": ""}, {"EX05_RESULTS": good, "EX03_RESULTS": "%%"}, {"EX05_RESULTS": without_score}):
        with pytest.raises(classroom.NoResult):
            classroom.results_in(environment)


POINTS = {"type": "integer", "minimum": 0}
CLASSROOM50 = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "required": [
        *("schema", "classroom", "assignment", "assignment_type", "owner", "submission", "commit", "release", "review"),
        *("datetime", "score", "max-score", "tests"),
    ],
    "properties": {
        "schema": {"const": "classroom50/result/v1"},
        **{key: {"type": "string", "minLength": 1} for key in ("classroom", "assignment", "owner", "commit", "release", "review")},
        "assignment_type": {"enum": ["individual", "group"]},
        "submission": {"type": "string", "pattern": "^submit/"},
        "datetime": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$"},
        "score": POINTS,
        "max-score": POINTS,
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["test-name", "passed", "score", "max-score"],
                "properties": {
                    "test-name": {"type": "string", "minLength": 1},
                    "passed": {"type": "boolean"},
                    "score": POINTS,
                    "max-score": POINTS,
                },
            },
        },
    },
}


def test_classroom_50_gets_exactly_its_keys():
    written = json.loads(classroom50.result_json(report(), IDENTITY, WHEN))
    jsonschema.Draft202012Validator(CLASSROOM50).validate(written)
    assert written["score"] == sum(test["score"] for test in written["tests"]) <= written["max-score"]
    for key in CLASSROOM50["required"]:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({other: value for other, value in written.items() if other != key}, CLASSROOM50)


def test_classroom_50_says_who_its_runner_says_it_is():
    environment = {
        **{"CLASSROOM": "dsr-2026", "ASSIGNMENT": "05-quorum-election", "ASSIGNMENT_TYPE": "individual", "OWNER": "ada", "USERNAME": "ada"},
        **{"SUBMISSION_TAG": "submit/20261125-abc1234", "COMMIT_URL": "https://c", "RELEASE_URL": "https://r", "REVIEW_URL": "https://v"},
    }
    assert Identity.from_environment(environment) == IDENTITY
    with pytest.raises(KeyError):
        Identity.from_environment({})


def test_gradescope_adds_up_and_shows_plain_text():
    written = json.loads(gradescope.results(report()))
    assert written["score"] == sum(test["score"] for test in written["tests"]) == 2
    for test in written["tests"]:
        assert whole(test["score"]) and whole(test["max_score"]) and test["status"] in ("passed", "failed")
        assert test["output_format"] == "text" and test["visibility"] == "visible"


def test_junit_counts_what_it_holds():
    root = ElementTree.fromstring(junit.xml(report()).encode())
    cases = root.findall("testsuite/testcase")
    for element in (root, *root.findall("testsuite")):
        inside = element.findall(".//testcase")
        counted = Counter(kind for case in inside for kind in ("failure", "error") if case.find(kind) is not None)
        assert [int(element.get(key)) for key in ("tests", "failures", "errors", "skipped")] == [
            len(inside),
            counted["failure"],
            counted["error"],
            0,
        ]
    points = [int(case.find("properties/property[@name='points']").get("value")) for case in cases]
    assert sum(points) == report().score and len(cases) == len(report().marks)


def test_csv_has_a_row_per_check_and_no_formula():
    rows = list(csv.DictReader(io.StringIO(table.csv_table(report()))))
    assert sum(int(row["points"]) for row in rows) == report().score and len(rows) == len(report().marks)
    assert not [value for row in rows for value in row.values() if value[:1] in "=+-@" and value]


BONUS = (
    BonusMark("05_quorum_election", "judged", f"2 of 7 wrong programs, {HOSTILE}", ("a", "b"), 1, 3),
    BonusMark("09_idempotent_consumer", "infra", "", (), 0, 3),
)


def test_bonus_points_have_rows_of_their_own_and_are_told_apart():
    rows = list(csv.DictReader(io.StringIO(table.csv_table(report(bonus=BONUS)))))
    told = [(row["exercise"], row["check"], row["verdict"], row["points"]) for row in rows if row["visibility"] == "bonus"]
    assert told == [("05_quorum_election", "scenario", "judged", "1"), ("09_idempotent_consumer", "scenario", "infra", "")]
    kept = "\n".join(outside_fences(summary.markdown(report(bonus=BONUS))))
    tags = Tags()
    tags.feed(kept)
    assert set(tags.seen) == {"details", "summary"} and "1 of 3 points" in kept and "to be decided" in kept
    assert "scenarios of your own" not in summary.markdown(report())


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)


def outside_fences(markdown):
    """Return the lines of Markdown that are not in a code block, by CommonMark's rule for what ends one."""
    fence, kept = "", []
    for line in markdown.split("\n"):
        found = re.match(r" {0,3}(`{3,})([^`]*)$", line)
        if fence:
            if found and len(found[1]) >= len(fence) and not found[2].strip():
                fence = ""
        elif found:
            fence = found[1]
        else:
            kept.append(line)
    assert not fence, "a code block is never closed"
    return kept


def test_a_summary_shows_a_submissions_words_as_words():
    kept = "\n".join(outside_fences(summary.markdown(report())))
    tags = Tags()
    tags.feed(kept)
    assert set(tags.seen) == {"details", "summary"} and "alert(1)" in kept and "@everyone" not in kept and "**" not in kept
    assert all(line.count("|") == 5 for line in kept.split("\n") if line.startswith("|"))


MARKUP = (
    *(
        "`",
        "```",
        "````",
        "~~~",
        "|",
        "<",
        ">",
        "</details>",
        "<script>",
        "<!--",
        "-->",
        "](x)",
        "[",
        "![",
        "**",
        "@all",
        "#1",
        "&lt;",
        "\\",
    ),
    *("https://x", "www.x", "\n", "\n\n", "    ", "\t", "---\n", "# ", "* ", "x", "\x00", "\u202e"),
)


def test_no_markup_can_be_forged():
    draw = random.Random(1)
    for _ in range(2_000):
        said = "".join(draw.choices(MARKUP, k=draw.randrange(1, 14)))
        kept = "\n".join(
            outside_fences(summary.markdown(report(mark("a", "wrong", story=said), mark("b", "exception", text=said), notes=(said,))))
        )
        tags = Tags()
        tags.feed(kept)
        assert sorted(tags.seen) == ["details", "details", "summary", "summary"], said
        [note] = [line for line in kept.split("\n") if line.startswith("* ")] or ["* "]
        assert not re.search(r"[`<>\[\]|*@#\\]|://|www\.", re.sub(r"&#\d+;", "", note[2:])), said


PIECES = (
    *("::", "##[", "]", "\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", " ", "\t", "\ufeff", "\u00a0", "\x00"),
    *("error", "stop-commands", "set-output name=result", "add-mask", "group", "t0ken", "::t0ken::", "%0A", "`", "```", "|", "x", "\ud83d"),
)


def commands_in(log):
    """Return the workflow commands that a runner obeys, as its source describes: `::name …::` after blanks, `##[name …]` anywhere."""
    obeyed, stopped_by = [], None
    for line in re.split(r"\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", log):
        found = re.match(r"\s*::([\w-]+)[^:]*::(.*)", line.lstrip("\ufeff\x00")) or re.search(r"##\[([\w-]+)[^\]]*\](.*)", line)
        if found and stopped_by is not None:
            stopped_by = None if found[1] == stopped_by else stopped_by
        elif found:
            obeyed.append(found[1])
            stopped_by = found[2] if found[1] == "stop-commands" else None
    assert stopped_by is None, "commands stay switched off"
    return obeyed


def test_the_model_of_the_runner_sees_commands_where_they_are():
    assert commands_in("a\n  ::error file=x::b\nx ##[warning]y\n::stop-commands::k\n::error::\n::k::\n::group::") == [
        *("error", "warning", "stop-commands", "group"),
    ]


def test_no_workflow_command_can_be_forged():
    draw = random.Random(0)
    for _ in range(20_000):
        said = "".join(draw.choices(PIECES, k=draw.randrange(1, 12)))
        written = summary.guarded(said, "t0ken")
        assert commands_in(written) == ["stop-commands"], said
        inside = written.splitlines()[1:-1]
        assert commands_in("\n".join(inside)) == [], "and none is left without the guard either"


def test_a_log_ends_what_it_begins_with_a_token_nobody_knew():
    written = [EMITTERS["log"](report()) for _ in range(2)]
    assert [commands_in(each) for each in written] == [["stop-commands"]] * 2 and written[0].splitlines()[0] != written[1].splitlines()[0]


@pytest.mark.parametrize("said", [HOSTILE, "x" * 100_000, ""])
def test_untrusted_text_is_printable_and_bounded(said):
    found = "\n".join(text.lines(said))
    assert len(found) < text.MOST_CHARACTERS + 100 and found.encode().decode() == found
    assert all(line.isprintable() for line in text.lines(said))
