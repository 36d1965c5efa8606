"""Nodes have names that no program can guess, and nobody else in a check has one of them."""

import ast

import pytest

from harness import catalogue
from harness.testing import _NAMES, names

CHECKS = [path for exercise in catalogue.exercises() for path in (exercise.public_tests, *exercise.hidden_tests)]


def test_another_seed_gives_other_names():
    assert names("seed", 3) == names("seed", 3)
    assert len({names(seed, 3) for seed in range(20)}) > 15
    assert len(set(names("seed", len(_NAMES)))) == len(_NAMES)


@pytest.mark.parametrize("path", CHECKS, ids=lambda path: path.stem)
def test_a_name_written_in_a_check_is_never_a_nodes(path):
    # a clerk called as one seed in a hundred calls a node is answered as that node: a right program then fails
    written = {node.value for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Constant)}
    assert not written.intersection(_NAMES)
