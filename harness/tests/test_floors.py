"""The house stands on its floors: a module imports only from lower ones, and nothing from a student's folder."""

import ast
import re
import sys
from functools import cache
from pathlib import Path

import pytest

HARNESS = Path(__file__).parents[1]
ROOT = HARNESS.parent

FLOORS = {
    int(line[1]): line[2].replace("/", "").split()
    for line in re.finditer(r"^    (\d)  (.+)$", (HARNESS / "__init__.py").read_text(encoding="utf-8"), re.MULTILINE)
}
FLOOR = {name: floor for floor, names in FLOORS.items() for name in names}
STANDARD_LIBRARY_ONLY = 5
LONGEST = 300

MODULES = sorted(
    path
    for path in HARNESS.rglob("*.py")
    if not {"tests", "bench"} & set(path.relative_to(HARNESS).parts) and path != HARNESS / "__init__.py"
)


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def unit_of(path):
    """The module or package directly below harness/ that a file belongs to."""
    return path.relative_to(HARNESS).parts[0].removesuffix(".py")


def imports_of(path):
    """Yield (line, module) of everything a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}:{node.lineno} imports relatively; write harness.…"
            if node.module == "harness":
                yield from ((node.lineno, f"harness.{alias.name}") for alias in node.names)
            else:
                yield node.lineno, node.module


@pytest.mark.parametrize("path", [path for path in MODULES if unit_of(path) in FLOOR], ids=name_of)
def test_a_module_imports_only_from_lower_floors(path):
    own = unit_of(path)
    for line, module in imports_of(path):
        if module.startswith("harness."):
            other = module.split(".")[1]
            other = {"Node": "node"}.get(other, other)  # `from harness import Node`
            there = FLOOR.get(other, 99)
            assert there < FLOOR[own] or other == own or (there == FLOOR[own] and not circular(other, own)), (
                f"{name_of(path)}:{line} is on floor {FLOOR[own]} and imports {module} from floor {there}"
            )


@cache
def below(path):
    """Return the modules of the harness that a module imports."""
    return frozenset(module.split(".")[1] for _, module in imports_of(path) if module.startswith("harness."))


def circular(start, goal, seen=frozenset()):
    """True if module `start` leads back to `goal`."""
    path = HARNESS / f"{start}.py"
    if start == goal:
        return True
    if start in seen or not path.exists():
        return False
    return any(circular(name, goal, seen | {start}) for name in below(path))


@pytest.mark.parametrize("path", [path for path in MODULES if FLOOR.get(unit_of(path), 99) <= STANDARD_LIBRARY_ONLY], ids=name_of)
def test_the_lower_floors_use_the_standard_library_only(path):
    for line, module in imports_of(path):
        top = module.split(".")[0]
        assert top in sys.stdlib_module_names or top == "harness", f"{name_of(path)}:{line} imports {module}; this must run in a browser"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_the_harness_never_imports_exercises_or_solutions(path):
    for line, module in imports_of(path):
        assert module.split(".")[0] not in ("exercises", "solutions"), f"{name_of(path)}:{line}: code under test arrives by path"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_public_name_is_documented(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), f"{name_of(path)} does not say what it is for"
    scopes = [tree, *[node for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]]
    for scope in scopes:
        for node in scope.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                overload = any(isinstance(mark, ast.Name) and mark.id == "overload" for mark in node.decorator_list)
                assert overload or ast.get_docstring(node), f"{name_of(path)}:{node.lineno} {node.name} has no docstring"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_modules_can_be_read_in_one_sitting(path):
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST, f"{name_of(path)} has {lines} lines; split it"


def test_every_module_stands_on_a_floor_and_every_floor_has_its_modules():
    there = {unit_of(path) for path in MODULES}
    assert there <= set(FLOOR), f"say in harness/__init__.py on which floor {sorted(there - set(FLOOR))} stand"
    assert list(FLOORS) == list(range(9))
