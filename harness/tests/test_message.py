"""Messages: built once, never changed, never shared."""

import copy
import pickle
from dataclasses import KW_ONLY, field, replace

import pytest

from harness import message
from harness.errors import MessageMistake, StateMistake
from harness.message import fields_of, handler_name, tell


@message
class Vote:
    """votes for {to} in term {term}"""

    term: int
    log: object = ()


@message
class Bare:
    n: int


def test_nothing_can_be_assigned_or_deleted():
    vote = Vote(1)
    with pytest.raises(MessageMistake, match=r"Vote\.term cannot change.*build a new Vote instead"):
        vote.term = 2
    with pytest.raises(MessageMistake, match="cannot change"):
        del vote.term
    with pytest.raises(MessageMistake, match="cannot change"):
        vote.other = 2


def test_a_list_changed_after_the_message_was_built_changes_nothing_in_it():
    log = [[1], {"a": [2]}]
    vote = Vote(1, log)
    log[0].append(9)
    log[1]["a"].append(9)
    assert vote.log == ((1,), {"a": (2,)})
    with pytest.raises(TypeError):
        vote.log[1]["a"] = 3


def test_messages_compare_by_value_and_are_hashable():
    assert Vote(1, [2]) == Vote(1, (2,))
    assert hash(Vote(1, {"a": [1]})) == hash(Vote(1, {"a": (1,)}))
    assert Vote(1) != Vote(2)
    assert repr(Bare(1)) == "Bare(n=1)"
    assert fields_of(Vote(1)) == {"term": 1, "log": ()}


def test_messages_inside_messages_are_kept():
    assert Vote(1, [Bare(2)]).log == (Bare(2),)


def test_what_is_not_plain_is_refused_when_the_message_is_built():
    with pytest.raises(StateMistake, match=r"Vote\.log\[0\] holds a function"):
        Vote(1, [print])


@pytest.mark.parametrize("name", ["__init__", "__post_init__"])
def test_a_constructor_by_hand_is_refused(name):
    with pytest.raises(MessageMistake, match=f"defines {name}; list its fields instead"):
        message(type("Vote", (), {"__annotations__": {"term": int}, name: lambda self: None}))


def test_a_message_whose_handler_would_be_on_start_is_refused():
    with pytest.raises(MessageMistake, match="choose another name"):
        message(type("Start", (), {}))


@pytest.mark.parametrize(
    ("kind", "handler"),
    [("Ping", "on_ping"), ("RequestVote", "on_request_vote"), ("HTTPReply", "on_http_reply"), ("Phase2Reply", "on_phase2_reply")],
)
def test_handlers_are_named_after_messages(kind, handler):
    assert handler_name(kind) == handler


def test_a_message_is_told_in_the_words_of_its_class():
    assert tell(Vote(3), "a", "b") == "votes for b in term 3"
    assert tell(Bare(3), "a", "b") == "Bare(n=3)"


def test_messages_survive_copy_and_pickle():
    assert copy.deepcopy(Vote(1, [2])) == Vote(1, [2])
    assert pickle.loads(pickle.dumps(Bare(1))) == Bare(1)


@message
class Later(Vote):
    why: str = ""


@message
class Filled:
    n: int
    log: object = field(default_factory=list)


@message
class Named:
    n: int
    _: KW_ONLY
    self: int


@message
class Words:
    harness_atoms: object
    set: object = ()

    def __repr__(self):
        return "words"


class Child(Bare):
    pass


@pytest.mark.parametrize(
    "made, shown",
    [
        (Later(1, [2], "x"), "Later(term=1, log=(2,), why='x')"),
        (Filled(1), "Filled(n=1, log=())"),
        (Named(1, self=2), "Named(n=1, self=2)"),
        (Words([1]), "words"),
        (replace(Vote(1), log=[3]), "Vote(term=1, log=(3,))"),
        (replace(Filled(1), log=[3]), "Filled(n=1, log=(3,))"),
        (Child(1), "Child(n=1)"),
    ],
)
def test_whatever_fields_a_message_has_it_is_immutable_and_equal_by_value(made, shown):
    again = pickle.loads(pickle.dumps(made))
    assert repr(made) == shown and again == made and hash(again) == hash(made) and made != 1
    assert hash(made) == hash(tuple(fields_of(made).values()))
    for name in fields_of(made):
        with pytest.raises(MessageMistake):
            setattr(made, name, 1)


def test_messages_of_two_classes_are_never_equal():
    assert Bare(1) != Child(1) and Vote(1) != Later(1)


def test_a_constructor_says_what_it_was_not_given():
    with pytest.raises(TypeError, match=r"Vote\.__init__\(\) missing 1 required positional argument: 'term'"):
        Vote()
    with pytest.raises(TypeError, match="non-default argument"):
        message(type("Order", (), {"__annotations__": {"a": int, "b": int}, "a": 1}))
