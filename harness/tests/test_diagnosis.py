"""The misconception behind a set of failures is named if one is like it, by how the checks fail and not only by which."""

import json
from dataclasses import dataclass, replace

import pytest

from harness import catalogue
from harness.diagnosis import Misconception, candidates, diagnose, explaining, likeness, misconceptions, read_wrong, write_misconceptions
from harness.errors import Misuse
from harness.tests.course_copy import ROOT


@dataclass
class Outcome:
    check: str
    way: str = "pass"

    @property
    def passed(self):
        return self.way == "pass"


def known(name, **signature):
    return Misconception(name, name, f"believes {name}", "", f"hint {name}", "lesson", tuple(signature), signature=tuple(signature.items()))


ZOO = [
    known("a", one="wrong:two:Vote", two="wrong:late"),
    known("b", one="wrong:two:Vote"),
    known("c", one="wrong:two:Beat", two="wrong:late"),
    known("d", one="wrong:none", three="timeout"),
]


@pytest.mark.parametrize("wanted", ZOO, ids=lambda item: item.name)
def test_every_program_is_told_its_own_misconception(wanted):
    failed = dict(wanted.signature)
    outcomes = [Outcome(check, failed.get(check, "pass")) for check in ("one", "two", "three")]
    assert candidates(ZOO, outcomes) == [wanted]
    assert [diagnose(ZOO, outcomes, check) for check in failed] == [wanted] * len(failed)


def test_of_two_mistakes_each_check_is_told_its_own():
    zoo = [known("x", one="wrong:two", three="wrong:late"), known("y", two="wrong:none")]
    outcomes = [Outcome("one", "wrong:two"), Outcome("two", "wrong:none"), Outcome("three", "wrong:late"), Outcome("four")]
    assert [diagnose(zoo, outcomes, check).name for check in ("one", "two", "three")] == ["x", "y", "x"]
    assert explaining(zoo, outcomes, "four") == []


def test_a_check_alone_is_not_explained_by_what_should_have_failed_others_as_well():
    zoo = [known("x", one="wrong:two", two="wrong:late", three="wrong:late", four="wrong:late")]
    held = [Outcome(check) for check in ("two", "three", "four")]
    assert explaining(zoo, [Outcome("one", "wrong:two"), *held], "one") == []
    assert explaining(zoo, [Outcome("one", "wrong:two")], "one") == zoo
    maybe = [replace(zoo[0], fails=("one",), may_fail=("two", "three", "four"))]
    assert explaining(maybe, [Outcome("one", "wrong:two"), *held], "one") == maybe


@pytest.mark.parametrize("way", ["wrong:no_number:Deposit", "exception:KeyError", "wrong:no_number"])
def test_a_check_that_breaks_in_another_way_is_not_explained(way):
    zoo = [known("x", one="wrong:two:Vote", two="wrong:late")]
    assert explaining(zoo, [Outcome("one", way), Outcome("two", "wrong:late")], "one") == []
    assert explaining(zoo, [Outcome("one", "wrong:two:Beat"), Outcome("two", "wrong:late")], "one") == zoo


def test_of_two_that_are_equally_like_the_whole_both_are_told_though_one_breaks_this_check_otherwise():
    twins = [known("x", one="wrong:two", two="wrong:none"), known("y", one="wrong:none", two="wrong:two")]
    assert explaining(twins, [Outcome("one", "wrong:two"), Outcome("two", "wrong:two")], "one") == twins


@pytest.mark.parametrize(
    "number, about, named, failed",
    [
        ("03", "own_lease", "x71_neither_renews_nor_looks", {"own_lease": "wrong:lease_over:long_work:Granted+Write"}),
        (
            "08",
            "messages",
            "t11_measures_from_l_alone",
            {
                "messages": "wrong:refused_behind:call_receive",
                "too_far_ahead": "wrong:refused_behind:call_receive",
                "last_writer": "wrong:not_taken:call_read",
            },
        ),
    ],
)
def test_what_people_write_first_is_named(number, about, named, failed):
    """A client that neither renews nor looks at its lease; a bound that is measured from l."""
    exercise = catalogue.exercise(number, ROOT)
    ran = [check.id for check in exercise.checks if number == "03" or check.public]
    outcomes = [Outcome(check, failed.get(check, "pass")) for check in ran]
    assert [item.name for item in explaining(misconceptions(exercise), outcomes, about)] == [named]


PUBLIC_09 = ("first_deposit", "same_answer", "key_reused", "charge_decided")


@pytest.mark.parametrize("check", PUBLIC_09)
def test_a_balance_that_is_no_whole_number_is_no_misconception_about_receipts(check):
    consumer = catalogue.exercise("09", ROOT)
    outcomes = [Outcome("same_key"), *(Outcome(failing, "wrong:no_number:Done") for failing in PUBLIC_09)]
    assert explaining(misconceptions(consumer), outcomes, check) == []


def test_only_checks_that_ran_are_compared():
    assert [item.name for item in candidates(ZOO, [Outcome("one", "wrong:two:Beat")])] == ["c"]


@pytest.mark.parametrize("outcomes", [[], [Outcome("one")], [Outcome("one", "exception:KeyError")], [Outcome("four", "wrong:else")]])
def test_what_is_like_nothing_is_not_named(outcomes):
    assert candidates(ZOO, outcomes) == []


def test_of_two_that_are_equally_like_it_both_are_told_and_of_more_none():
    twins = [known(name, one="wrong:two:Vote") for name in "xyz"]
    failed = [Outcome("one", "wrong:two:Vote")]
    assert [item.name for item in candidates(twins[:2], failed)] == ["x", "y"] and diagnose(twins[:2], failed, "one") is None
    assert candidates(twins, failed) == []


def test_those_with_the_same_hint_are_one():
    twins = [known("x", one="wrong:two"), replace(known("y", one="wrong:two"), hint="hint x")]
    assert diagnose(twins, [Outcome("one", "wrong:two")], "one").name == "x"


def test_likeness_is_1_for_the_same_and_0_for_nothing_in_common():
    assert likeness({"one": "wrong:two"}, {"one": "wrong:two"}) == 1.0
    assert likeness({"one": "wrong:two"}, {"two": "wrong:two"}) == 0.0
    assert likeness({}, {}) == 0.0
    assert 0.5 < likeness({"one": "wrong:two:Vote"}, {"one": "wrong:two:Beat"}) < 1.0


def test_a_check_that_fails_by_chance_counts_little_where_it_passes():
    failed, signature = {"one": "wrong:two"}, {"one": "wrong:two", "two": "wrong:late"}
    assert likeness(failed, signature) == 0.5
    assert likeness(failed, signature, may_fail=["two"]) == likeness(signature, failed, may_fail=["two"]) == 0.8
    assert likeness(failed, failed, may_fail=["one"]) == 1.0


DOC = '''"""E01: half is enough

Misconception: Half of them
    is a majority.
Why it breaks: Two halves.
Hint: Count.
Lesson: docs/lessons/05.md#a
Fails: one, two
May fail: three
Steps: 4
"""
'''


def test_a_docstring_is_read(tmp_path):
    path = tmp_path / "e01_half.py"
    path.write_text(DOC, encoding="utf-8")
    found = read_wrong(path)
    assert (found.title, found.misconception) == ("E01: half is enough", "Half of them is a majority.")
    assert (found.fails, found.may_fail, found.steps) == (("one", "two"), ("three",), 4)


@pytest.mark.parametrize("field", ["Misconception", "Why it breaks", "Hint", "Lesson", "Fails"])
def test_a_missing_field_is_named(tmp_path, field):
    path = tmp_path / "e01_half.py"
    path.write_text(DOC.replace(f"\n{field}:", "\nOther:"), encoding="utf-8")
    with pytest.raises(Misuse, match=f"lacks {field}"):
        read_wrong(path)


def test_what_is_written_is_sorted_reads_back_and_holds_no_reason(tmp_path):
    text = write_misconceptions(None, ZOO[::-1])
    assert [entry["name"] for entry in json.loads(text)] == ["a", "b", "c", "d"]
    assert "Why" not in text

    class Exercise:
        folder = tmp_path

    assert misconceptions(Exercise()) == ()
    (tmp_path / "misconceptions.json").write_text(text, encoding="utf-8")
    assert [item.signature for item in misconceptions(Exercise())] == [item.signature for item in ZOO]
