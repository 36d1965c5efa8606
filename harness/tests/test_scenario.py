"""A scenario's words: plain data, read as if an enemy had written them."""

import pytest

from harness import message
from harness.faults import Call, ClockStep, Crash, Deliver, Drop, OneWayCut, Partition, Pause, Rule
from harness.grading.codec import pack, unpack
from harness.scenario import (
    MOST_WORDS,
    ScenarioMistake,
    call,
    crash,
    cut,
    cut_one_way,
    delay,
    faults_of,
    lose,
    pause,
    repeat,
    set_clock,
)


@message
class WhoLeads:
    pass


@message
class Vote:
    term: int


EVERY_WORD = [
    crash("a", 10),
    crash("b", at_ms=20, down_ms=None, after_effects=0),
    pause("a", 30, for_ms=40),
    cut("a", ("b", "c"), 50, 60),
    cut_one_way(["a"], "b", 70),
    set_clock("a", 80, by_ms=-90),
    call("me", 100, "a", WhoLeads()),
    lose("a", "b", "Vote", 1),
    delay("b", "a", "Vote", 2, by_ms=110),
    repeat("c", "a", "Vote", nth=3, after_ms=120),
]


def test_every_word_means_one_fault():
    faults = faults_of(EVERY_WORD, ("a", "b", "c"), ("WhoLeads",))
    assert faults.happenings == (
        Crash("a", 10),
        Crash("b", 20, None, 0),
        Pause("a", 30, 40),
        Partition((("a",), ("b", "c")), 50, 60),
        OneWayCut(("a",), ("b",), 70),
        ClockStep("a", 80, -90),
        Call("me", 100, "a", WhoLeads()),
    )
    assert faults.rules == (
        Rule(Drop(), "a", "b", "Vote", 1),
        Rule(Deliver(110), "b", "a", "Vote", 2),
        Rule(Deliver(10, (120,)), "c", "a", "Vote", 3),
    )


def test_words_travel_as_plain_data():
    arrived = unpack(pack(EVERY_WORD), lambda *sent: WhoLeads())
    assert faults_of(arrived, ("a", "b", "c"), ("WhoLeads",)) == faults_of(EVERY_WORD, ("a", "b", "c"), ("WhoLeads",))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (None, "a scenario is a list"),
        ({"crash": "a"}, "a scenario is a list"),
        ("crash", "a scenario is a list"),
        ([crash("a", 1)] * (MOST_WORDS + 1), "at most 40 words, and this one has 41"),
        ([crash("a", 1), 7], "word 2, 7: that is none of crash, pause"),
        ([()], "none of"),
        ([("explode", "a")], "none of"),
        ([(["crash"], "a", 1, 2, None)], "none of"),
        ([("crash", "a", 1)], "crash has 4 values, not 2"),
        ([crash("zoe", 1)], "there is no node 'zoe'"),
        ([crash(7, 1)], "there is no node 7"),
        ([crash("a", -1)], "at_ms is a whole number from 0"),
        ([crash("a", 1.0)], "at_ms is a whole number"),
        ([crash("a", True)], "at_ms is a whole number"),
        ([crash("a", 20_001)], "at_ms is a whole number from 0 to 20,000"),
        ([crash("a", 1, down_ms=0)], "down_ms is a whole number from 1"),
        ([crash("a", 1, after_effects=-1)], "after_effects"),
        ([pause("a", 1, 2**70)], "for_ms"),
        ([cut("a", "a", 1)], "nobody can be on both sides"),
        ([cut((), "a", 1)], "a side is a name or several names"),
        ([("cut", "ab", "c", 1, None)], "a side is a name or several names"),
        ([cut("a", "b", 9, 3)], "until_ms is a whole number from 9"),
        ([set_clock("a", 1, 2**40)], "by_ms"),
        ([call("b", 1, "a", WhoLeads())], "a client has a name of its own"),
        ([call("", 1, "a", WhoLeads())], "a client has a name of its own"),
        ([call("me", 1, "a", Vote(1))], "clients send WhoLeads, and nothing else"),
        ([call("me", 1, "a", "WhoLeads")], "clients send WhoLeads, and nothing else"),
        ([lose("a", "b", WhoLeads, 1)], "a kind of message is the name of its class"),
        ([lose("a", "b", "Vote", 0)], "nth is a whole number from 1"),
        ([lose("me", "b", "Vote", 1)], "there is no node 'me'"),
        ([delay("a", "b", "Vote", 1, None)], "by_ms"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(words, told):
    with pytest.raises(ScenarioMistake, match=r"^[^\n]{1,300}$") as refused:
        faults_of(words, ("a", "b", "c"), ("WhoLeads",))
    assert told in str(refused.value)


def test_where_there_are_no_clients_nobody_calls():
    with pytest.raises(ScenarioMistake, match="there are no clients here"):
        faults_of([call("me", 1, "a", WhoLeads())], ("a",))
