"""Mutants: our own solutions with one small thing changed, by machine. A check that no mutant fails is perhaps no check.

The zoo holds the mistakes that people make; mutants hold those that nobody thought of. One that survives is either a missing check
or means the same to everybody who watches: `solutions/<slug>/mutants.toml` names those, each with the reason.

    DeMillo, Lipton, Sayward, "Hints on Test Data Selection: Help for the Practicing Programmer", 1978.
"""

from __future__ import annotations

import ast
import copy
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from harness.catalogue import Exercise
from harness.errors import Misuse

COMPARE: dict[type, tuple[type, ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
ARITHMETIC: dict[type, type] = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult}
NAMES = {"max": "min", "min": "max", "any": "all", "all": "any"}
SIMPLE = (ast.Expr, ast.Assign, ast.AugAssign, ast.Delete)


@dataclass(frozen=True)
class Mutant:
    """Our own solution with one small change.

    Args:
        line: where, in the solution.
        before, after: the changed piece of code, as one line each.
        source: the whole file.
        nth: counts mutants with the same line and texts.
    """

    line: int
    before: str
    after: str
    source: str
    nth: int = 1

    @property
    def name(self) -> str:
        """What `mutants.toml` calls it: its change, without the line's number, which moves with every edit above it."""
        return f"{self.before} -> {self.after}" + (f" ({self.nth})" if self.nth > 1 else "")


def mutants(source: str) -> list[Mutant]:
    """Return every mutant of a program, in the order of its lines; none that is the program itself."""
    tree = ast.parse(source)
    found: list[Mutant] = []
    for line, before, after, mutant in sorted([*_changed(tree), *_swapped(tree)], key=lambda item: item[0]):
        if mutant != ast.unparse(tree):
            alike = sum((other.before, other.after) == (before, after) for other in found)
            found.append(Mutant(line, before, after, mutant, 1 + alike))
    return found


def _changed(tree: ast.AST) -> Iterator[tuple[int, str, str, str]]:
    """Yield (line, before, after, program) for every place and every way to change it."""
    for number, place in enumerate(_places(tree)):
        for change in (_operators, _constants, _names, _conditions, _statements):
            for node in change(place):
                yield place.lineno, _line(place), _line(node), _with(tree, number, node)


def _swapped(tree: ast.AST) -> Iterator[tuple[int, str, str, str]]:
    """Yield the same for a write to disk and its neighbour, in the other order: what a crash between them tells apart."""
    bodies = [body for body in _bodies(tree) if isinstance(body[0], ast.stmt)]
    for number, body in enumerate(bodies):
        for place, (one, other) in enumerate(pairwise(body)):
            if isinstance(one, SIMPLE) and isinstance(other, SIMPLE) and (_writes(one) or _writes(other)):
                changed = copy.deepcopy(tree)
                again = [body for body in _bodies(changed) if isinstance(body[0], ast.stmt)][number]
                again[place], again[place + 1] = again[place + 1], again[place]
                yield one.lineno, f"{_line(one)}; {_line(other)}", f"{_line(other)}; {_line(one)}", ast.unparse(changed)


def _writes(statement: ast.stmt) -> bool:
    targets = statement.targets if isinstance(statement, ast.Assign | ast.Delete) else []
    return any("self.disk" in _line(target) for target in targets)


def _bodies(tree: ast.AST) -> list[list[ast.stmt]]:
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    inside = [node for function in functions for node in ast.walk(function)]
    return [value for node in inside for _, value in ast.iter_fields(node) if isinstance(value, list) and value]


class _Place(ast.NodeVisitor):
    """Collects the statements and expressions of functions: what is outside of them are names and types."""

    def __init__(self) -> None:
        self.found: list[ast.expr | ast.stmt] = []

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for statement in node.body:
            self.collect(statement)

    def collect(self, node: ast.AST) -> None:
        if isinstance(node, ast.expr | ast.stmt):
            self.found.append(node)
        for child in ast.iter_child_nodes(node):
            self.collect(child)


def _places(tree: ast.AST) -> list[ast.expr | ast.stmt]:
    collector = _Place()
    collector.visit(tree)
    return [place for place in collector.found if not _is_documentation(place)]


def _is_documentation(node: ast.AST) -> bool:
    """True for docstrings and for texts that only people read."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value)


def _with(tree: ast.AST, number: int, node: ast.AST) -> str:
    """Return the program in which the `number`-th place is another node."""
    changed = copy.deepcopy(tree)
    place = _places(changed)[number]
    for parent in ast.walk(changed):
        for name, value in ast.iter_fields(parent):
            if value is place:
                setattr(parent, name, node)
            elif isinstance(value, list) and any(item is place for item in value):
                setattr(parent, name, [node if item is place else item for item in value])
    return ast.unparse(ast.fix_missing_locations(changed))


def _line(node: ast.AST) -> str:
    return ast.unparse(node).split("\n")[0].strip()


# --- the changes ---


def _operators(node: ast.AST) -> Iterator[ast.AST]:
    """`<` becomes `<=` or `>=`, `+` becomes `-`, `and` becomes `or`."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        for other in COMPARE.get(type(node.ops[0]), ()):
            yield ast.Compare(node.left, [other()], node.comparators)
    if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC and not isinstance(node.left, ast.JoinedStr):
        yield ast.BinOp(node.left, ARITHMETIC[type(node.op)](), node.right)
    if isinstance(node, ast.AugAssign) and type(node.op) in ARITHMETIC:
        yield ast.AugAssign(node.target, ARITHMETIC[type(node.op)](), node.value)
    if isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)


def _constants(node: ast.AST) -> Iterator[ast.AST]:
    """Numbers move by one, `True` becomes `False`, `None` becomes 0."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield ast.Constant(not node.value)
        elif isinstance(node.value, int):
            yield ast.Constant(node.value + 1)


def _names(node: ast.AST) -> Iterator[ast.AST]:
    """`max` becomes `min`, and the other way round."""
    if isinstance(node, ast.Name) and node.id in NAMES:
        yield ast.Name(NAMES[node.id], node.ctx)


def _conditions(node: ast.AST) -> Iterator[ast.AST]:
    """A condition is always true, or never; one part of it is left out."""
    if isinstance(node, ast.If):
        yield ast.If(ast.Constant(True), node.body, node.orelse)
        yield ast.If(ast.Constant(False), node.body, node.orelse)
    if isinstance(node, ast.BoolOp):
        for left_out in range(len(node.values)):
            rest = [value for place, value in enumerate(node.values) if place != left_out]
            yield rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node.operand


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """A statement is left out."""
    if isinstance(node, SIMPLE) or (isinstance(node, ast.Return) and node.value is None):
        yield ast.Pass()


# --- those that may live ---


def excused(exercise: Exercise) -> dict[str, str]:
    """Return the mutants of an exercise that are known to be equivalent, by name, with the reason.

    Raises:
        Misuse: mutants.toml is malformed.
    """
    path = exercise.solution / "mutants.toml"
    if not path.is_file():
        return {}
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"))["equivalent"]
        return {entry["mutant"]: entry["reason"] for entry in entries}
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise Misuse(
            f"{path.name} of {exercise.slug} is malformed ({error}); it holds [[equivalent]] tables with mutant and reason"
        ) from error


def write_all(exercise: Exercise, folder: Path) -> dict[Path, Mutant]:
    """Write every mutant of an exercise's solution into files of a folder; return which is which."""
    source = (exercise.solution / exercise.stub.name).read_text(encoding="utf-8")
    found = {}
    for number, mutant in enumerate(mutants(source)):
        path = folder / f"{exercise.slug}_{number:04}" / exercise.stub.name
        path.parent.mkdir(parents=True)
        path.write_text(mutant.source + "\n", encoding="utf-8")
        found[path] = mutant
    return found
