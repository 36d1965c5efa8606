"""What is expected of each kind of program, judged on made-up runs: nothing here runs a simulation."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.catalogue import Check, Exercise
from harness.proving import zoo
from harness.proving.audit import anchors, audit_all, lines_of_code
from harness.proving.crew import Finding, Task, Trouble
from harness.proving.zoo import Plan, Program

DOC = '''"""W: a title

Misconception: {name} believes it.
Why it breaks: it does.
Hint: {hint}
Lesson: https://example.org
Fails: one
May fail: two
"""
'''


@pytest.fixture
def exercise(tmp_path):
    folder = tmp_path / "solutions/03_lock/wrong"
    folder.mkdir(parents=True)
    for name, hint in (("a", "first"), ("b", "second"), ("c", "second")):
        (folder / f"{name}.py").write_text(DOC.format(name=name, hint=hint), encoding="utf-8")
    checks = tuple(
        Check(name, f"{name} holds", 1, visibility) for name, visibility in (("one", "public"), ("two", "sealed"), ("three", "sealed"))
    )
    return Exercise("03_lock", "A lock", "lock", (), "03-lock", "", 30, checks, tmp_path / "exercises/03_lock", tmp_path)


def program(exercise, kind="wrong", name="a"):
    return Program(exercise, kind, exercise.solution / "wrong" / f"{name}.py")


def findings(**ways):
    ways = {"one": "pass", "two": "pass", "three": "pass", **ways}
    return [Finding(check, way.split(":")[0], 0, 1, way, 7, "said" if way != "pass" else "", "") for check, way in ways.items()]


def said(found, outcome):
    plan = Plan(whole=True)
    return list(zoo.shortcomings(found, plan, dict.fromkeys(plan.tasks(found), outcome)))


def test_a_stub_must_stop_at_not_implemented_everywhere(exercise):
    stub = program(exercise, "stub")
    assert said(stub, findings(one="not_attempted", two="not_attempted", three="not_attempted")) == []
    assert len(said(stub, findings(one="not_attempted", two="exception:TypeError", three="pass"))) == 2


def test_a_right_program_must_pass_everything(exercise):
    assert said(program(exercise, "right"), findings()) == []
    for way in ("wrong:two", "inconclusive", "infra:KeyError", "timeout"):
        (line,) = said(program(exercise, "right"), findings(three=way))
        assert line.startswith("fails: 03_lock/right/a should pass three (seed 7)")


def test_a_wrong_program_must_fail_what_it_names_and_nothing_else(exercise):
    wrong = program(exercise)
    assert said(wrong, findings(one="wrong:two")) == []
    assert said(wrong, findings(one="timeout", two="wrong:two")) == []
    assert "survives: 03_lock/wrong/a should fail one on seed family 1 (verdict pass)" in said(wrong, findings())
    assert len(said(wrong, findings(one="inconclusive"))) == 2
    assert all("unnamed" in line and "three" in line for line in said(wrong, findings(one="wrong:two", three="wrong:late")))


def test_a_check_that_did_not_run_and_a_dead_worker_are_trouble(exercise):
    assert "was not tried by three" in said(program(exercise, "right"), findings()[:2])[0]
    assert said(program(exercise, "right"), Trouble("its process ended"))[0].startswith(
        "trouble: 03_lock/right/a on seed family 0: its process"
    )


def test_a_deep_plan_runs_more_of_the_right_kind(exercise):
    deep = Plan(deep=True)
    assert [task.base for task in deep.tasks(program(exercise))] == list(range(20))
    assert [(task.base, task.count) for task in deep.tasks(program(exercise, "right"))] == [(0, 1000)]
    assert [task.count for task in Plan(seeds=5).tasks(program(exercise, "reference"))] == [5]
    assert [task.base for task in Plan(whole=True).tasks(program(exercise))] == [0, 1]


def test_a_wrong_program_is_tried_on_more_if_somebody_looks_closely(exercise):
    def counts(plan):
        return [tuple(task.count_for(check) for check in ("one", "two", "three")) for task in plan.tasks(program(exercise))]

    assert counts(Plan()) == [(None, None, 0)]
    assert counts(Plan(whole=True)) == [(None, None, zoo.BRIEFLY), (None, None, 0)]
    assert counts(Plan(deep=True)) == [(None, None, None), (None, None, 0)] + [(None, 0, 0)] * 18


def test_who_looks_at_everything_leaves_out_what_may_kill_a_program_and_did_not(exercise):
    measured = replace(program(exercise), killers=("one",))
    assert [task.named for task in Plan().tasks(measured)] == [("one",)]
    assert [task.named for task in Plan(whole=True).tasks(measured)] == [("one", "two")] * 2
    assert Plan().tasks(replace(measured, killers=("two",)))[0].named == ("one", "two")  # what must kill it is always tried


def test_a_diagnosis_is_right_if_it_names_the_program_or_one_with_the_same_hint(exercise):
    ways = {"a": "wrong:x", "b": "wrong:y", "c": "wrong:y"}
    plan = Plan(whole=True)
    runs = {task: findings(one=ways[name]) for name in ways for task in plan.tasks(program(exercise, name=name))}
    found = zoo.confusion(exercise, runs, plan)
    assert [(item.program, item.named, item.right) for item in found] == [("a", ("a",), True), ("b", ("b",), True), ("c", ("b",), True)]


def test_a_program_that_varies_is_signed_only_by_what_must_kill_it(exercise):
    wrong = program(exercise)
    wrong.path.write_text(
        DOC.format(name="a", hint="first").replace("May fail: two", "May fail: two\nVaries: reads the clock"), encoding="utf-8"
    )
    runs = dict.fromkeys(Plan().tasks(wrong), findings(one="wrong:late:a", two="wrong:late:b"))
    assert wrong.varies and zoo.signed(wrong, runs).signature == (("one", "wrong"),)


def test_the_digest_changes_with_every_result_and_not_with_the_order():
    runs = {Task("03", "x/a.py", base): findings(one="wrong:two") for base in range(3)}
    assert zoo.digest(runs) == zoo.digest(dict(reversed(runs.items())))
    assert zoo.digest(runs) != zoo.digest({**runs, Task("03", "x/a.py", 1): findings()})


def exercises(points):
    for number, worth in points.items():
        yield Exercise(f"{number}_x", "", "x", (), "", "", 1, (Check("a", "a", worth),), Path(), Path())


def test_points_add_up_over_01_to_09_once_all_are_there():
    full = {f"{n:02}": 11 for n in range(1, 9)}
    assert list(audit_all(list(exercises({**full, "09": 12, "10": 20, "00": 0})))) == []
    assert "add up to 99, not 100" in str(list(audit_all(list(exercises({**full, "09": 11})))))
    assert list(audit_all(list(exercises({"01": 13, "05": 10})))) == []
    assert "more than 100" in str(list(audit_all(list(exercises({"01": 130})))))


def test_anchors_are_those_of_the_headings():
    page = "# A title\n\n## What's `late`, and doubled\n\n```\n# not this\n```\n### Given {#own-name}\n## A [link](x.md) here\n"
    found = anchors(page)
    assert {"a-title", "whats-late-and-doubled", "own-name", "a-link-here"} <= found and "not-this" not in found


def test_lines_of_code_leave_out_what_is_not_code(tmp_path):
    path = tmp_path / "x.py"
    path.write_text(
        '"""Doc.\n\nMore.\n"""\n\n# comment\nx = [\n    1,  # one\n]\n\n\ndef f():\n    """Doc."""\n    return """a\nb"""\n',
        encoding="utf-8",
    )
    assert lines_of_code(path) == 6
