"""What was measured is kept per exercise, in one file, with the programs that it was measured of."""

import json

from harness import catalogue
from harness.cli.mutating import Measured
from harness.proving import results, zoo
from harness.proving.crew import Finding
from harness.proving.zoo import Plan
from harness.tests.course_copy import ROOT, copy_of_the_course


def test_what_is_noted_is_kept_beside_the_rest_in_order(tmp_path):
    course = copy_of_the_course(tmp_path)
    ping = catalogue.exercise("00", course.root)
    (course.root / "docs").mkdir(exist_ok=True)
    (course.root / results.PLACE).write_text('{"06_clock": {"checks": {"wrong": 9}}}', encoding="utf-8")
    results.note(ping, "mutants", results.of_mutants(Measured(ping.slug, 4, 3, {"0 -> 1": "why not"}, [], [])))
    results.note(ping, "checks", {"wrong": 3})
    results.note(ping, "checks", {"wrong": 4})
    whole = json.loads((course.root / results.PLACE).read_text(encoding="utf-8"))
    assert list(whole) == [ping.slug, "06_clock"] and whole["06_clock"] == {"checks": {"wrong": 9}}
    assert list(whole[ping.slug]) == ["checks", "mutants"] and whole[ping.slug]["checks"]["wrong"] == 4
    assert whole[ping.slug]["mutants"]["equivalent"] == {"0 -> 1": "why not"}
    assert whole[ping.slug]["mutants"]["of"] == results.digest_of(ping)


def test_a_changed_program_has_another_digest(tmp_path):
    exercise = catalogue.exercise("00", copy_of_the_course(tmp_path).root)
    before = results.digest_of(exercise)
    assert before == results.digest_of(catalogue.exercise("00", ROOT))
    exercise.stub.write_text(exercise.stub.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    assert results.digest_of(exercise) != before


def test_of_each_kind_those_are_counted_that_do_what_is_expected():
    exercise, plan = catalogue.exercise("00", ROOT), Plan()

    def outcome(program, task):
        ways = {check.id: "wrong:x" if check.id in program.named else "pass" for check in exercise.checks}
        return [Finding(check, way.partition(":")[0], 0, 1, way, None, "", "") for check, way in ways.items() if task.count_for(check) != 0]

    programs = zoo.programs(exercise)
    runs = {task: outcome(program, task) for program in programs for task in plan.tasks(program)}
    wrong = [program for program in programs if program.kind == "wrong"]
    found = results.of_checks(exercise, plan, runs, ["here"], ["survives: one"])
    assert (found["wrong"], found["killed"]) == (len(wrong), len(wrong))
    right = len([path for path in (exercise.solution / "right").iterdir() if path.suffix == ".py"]) + 1  # and our own solution
    assert (found["right"], found["passed"], found["scenarios"]) == (right, right, None)
    first = plan.tasks(wrong[0])[0]
    runs[first] = [Finding(item.check, "pass", 1, 1, "pass", None, "", "") for item in runs[first]]
    assert results.of_checks(exercise, plan, runs, ["here"], [])["killed"] == len(wrong) - 1
