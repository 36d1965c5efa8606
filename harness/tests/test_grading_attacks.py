"""Attacks on the judge: the mark is right whatever a submission does. All of them run with `course check --attacks`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from harness.proving.attacks import attacks, run

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is built from Linux system calls")
ROOT = Path(__file__).parents[2]
ALL = attacks()
FAST = [attack for attack in ALL if attack.fast]


@pytest.mark.parametrize("attack", FAST, ids=lambda attack: attack.id)
def test_an_attack_gets_the_mark_it_deserves_and_leaves_nothing_behind(attack, tmp_path):
    assert run(attack, ROOT, tmp_path).wrong == ()


def test_the_collection_is_large_and_every_attack_in_it_can_fail():
    assert len(ALL) >= 90 and len({attack.id for attack in ALL}) == len(ALL)
    assert 20 <= len(FAST) <= 40
    for attack in ALL:
        assert attack.title and attack.verdicts, attack.id
        assert "infra" not in attack.verdicts and ("pass" not in attack.verdicts or attack.base != "lazy"), attack.id


def test_the_canary_knows_what_to_look_for():
    [canary] = [attack for attack in ALL if attack.id == "C01"]
    assert "@HIDDEN@" in canary.code
    words = canary.program(ROOT).split('HIDDEN = "')[1].split('"')[0].split()
    assert len(words) >= 5
