"""Mutants differ from the program in one place each, and every one that lives has to be judged."""

import ast
from pathlib import Path

import pytest

from harness.catalogue import Check, Exercise
from harness.cli.mutating import Measured
from harness.errors import Misuse
from harness.proving.mutants import excused, mutants, write_all

PROGRAM = '''"""Doc."""

LIMIT = 3


class Server:
    """Serves."""

    def on_ask(self, sender, ask):
        """Answer."""
        if ask.n < LIMIT and not self.busy:
            self.disk["n"] = ask.n + 1
            self.send(sender, "it is done")
        self.top = max(self.top, ask.n)
'''


def names(source=PROGRAM):
    return {mutant.name for mutant in mutants(source)}


@pytest.mark.parametrize(
    "name",
    [
        "ask.n < LIMIT -> ask.n <= LIMIT",
        "ask.n < LIMIT -> ask.n >= LIMIT",
        "ask.n < LIMIT and (not self.busy) -> ask.n < LIMIT or not self.busy",
        "ask.n < LIMIT and (not self.busy) -> not self.busy",
        "not self.busy -> self.busy",
        "if ask.n < LIMIT and (not self.busy): -> if True:",
        "if ask.n < LIMIT and (not self.busy): -> if False:",
        "ask.n + 1 -> ask.n - 1",
        "1 -> 2",
        "max -> min",
        "self.disk['n'] = ask.n + 1 -> pass",
        "self.send(sender, 'it is done') -> pass",
        "self.disk['n'] = ask.n + 1; self.send(sender, 'it is done') -> self.send(sender, 'it is done'); self.disk['n'] = ask.n + 1",
    ],
)
def test_there_is_a_mutant_for(name):
    assert name in names()


def test_every_mutant_is_a_program_and_another_one():
    sources = [mutant.source for mutant in mutants(PROGRAM)]
    assert len(set(sources)) == len(sources)
    assert ast.unparse(ast.parse(PROGRAM)) not in sources
    for source in sources:
        ast.parse(source)


def test_what_stands_outside_of_functions_and_what_only_explains_stays():
    for mutant in mutants(PROGRAM):
        assert "LIMIT = 3" in mutant.source and '"""Answer."""' in mutant.source


def test_equal_changes_are_counted():
    program = "def f(a, b):\n    a.x = 1\n    b.x = 1\n"
    assert {"1 -> 2", "1 -> 2 (2)"} <= names(program)


@pytest.fixture
def exercise(tmp_path):
    solution = tmp_path / "solutions/03_lock"
    solution.mkdir(parents=True)
    (solution / "lock.py").write_text(PROGRAM, encoding="utf-8")
    return Exercise("03_lock", "", "lock", (), "", "", 1, (Check("a", "a", 1),), tmp_path / "exercises/03_lock", tmp_path)


def test_each_is_written_under_the_name_of_the_students_file(exercise, tmp_path):
    written = write_all(exercise, tmp_path / "there")
    assert len(written) == len(mutants(PROGRAM))
    assert all(path.name == "lock.py" and path.read_text(encoding="utf-8").strip() == mutant.source for path, mutant in written.items())


def test_those_that_may_live_are_named_with_the_reason(exercise):
    assert excused(exercise) == {}
    path = Path(exercise.solution / "mutants.toml")
    path.write_text('[[equivalent]]\nmutant = "1 -> 2"\nreason = "gaps are legal"\n', encoding="utf-8")
    assert excused(exercise) == {"1 -> 2": "gaps are legal"}
    path.write_text('[[equivalent]]\nmutant = "1 -> 2"\n', encoding="utf-8")
    with pytest.raises(Misuse, match=r"mutants\.toml of 03_lock is malformed"):
        excused(exercise)


def test_a_survivor_must_be_judged_and_a_judgement_must_be_true():
    assert Measured("03_lock", 20, 19, {"1 -> 2": "gaps are legal"}, [], []).fine
    assert not Measured("03_lock", 20, 19, {}, ["line 3: 1 -> 2"], []).fine
    assert not Measured("03_lock", 20, 20, {}, [], ["1 -> 2"]).fine
