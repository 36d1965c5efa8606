"""What a node may do, what it is told when it does something else, and that a ledger leaks nothing."""

import pytest

from harness import Node, message
from harness.errors import LoadMistake, MessageMistake, MissingHandler, Misuse, StateMistake, TimerMistake, UnknownNode
from harness.node import Process, Spec
from harness.simulation import World, simulate


@message
class Acquire:
    who: str = ""


@message
class Release:
    pass


def booted(kind, peers=("s2",), **given):
    process = Process(Spec("s1", kind, given, peers), frozenset({"s1", "s2", "c1"}))
    process.boot()
    process.start()
    return process


def tick(self, *what):
    pass


def refused(mistake, act):
    """Boot a node whose `on_start` does `act` and return what it is told."""
    with pytest.raises(mistake) as refusal:
        booted(type("LockServer", (Node,), {"on_start": act, "tick": tick}))
    return str(refusal.value)


class TestMistakesAreAnsweredWithTheNextStep:
    def test_a_missing_handler(self):
        kind = type("LockServer", (Node,), {"on_aquire": lambda self, sender, acquire: None})
        with pytest.raises(MissingHandler) as refusal:
            booted(kind).deliver("c1", Acquire())
        assert str(refusal.value) == "LockServer has no on_acquire(self, sender, acquire); did you mean on_aquire?"

    def test_a_missing_handler_with_nothing_like_it(self):
        with pytest.raises(MissingHandler, match=r"has no on_release\(self, sender, release\); write that method"):
            booted(type("LockServer", (Node,), {})).deliver("c1", Release())

    def test_an_unknown_node(self):
        assert refused(UnknownNode, lambda self: self.send("s22", Release())) == (
            "node 's1' sends to 's22', which is nobody; did you mean 's2'?"
        )
        assert "the names here are 'c1', 's1', 's2'" in refused(UnknownNode, lambda self: self.send("leader", Release()))

    @pytest.mark.parametrize("to", [["s2"], ("s2",), None, 2])
    def test_a_name_that_is_none(self, to):
        assert "which is nobody" in refused(UnknownNode, lambda self: self.send(to, Release()))

    def test_arguments_of_send_the_wrong_way_round(self):
        assert "the name comes first, as in self.send('c1', message)" in refused(UnknownNode, lambda self: self.send(Release(), "s2"))

    def test_a_negative_delay(self):
        assert "use max(0, ...)" in refused(TimerMistake, lambda self: self.after(-1, self.tick))

    def test_a_float_delay(self):
        assert "write 2 or int(1.5)" in refused(TimerMistake, lambda self: self.after(1.5, self.tick))

    @pytest.mark.parametrize("delay", [True, "5", None, 10**10])
    def test_any_other_delay(self, delay):
        assert "whole number of milliseconds from 0 to" in refused(TimerMistake, lambda self: self.after(delay, self.tick))

    def test_a_timer_on_a_call_instead_of_a_method(self):
        assert "None (the method was called instead of passed?)" in refused(TimerMistake, lambda self: self.after(5, self.tick()))

    def test_a_timer_on_another_objects_method(self):
        other = type("Other", (Node,), {"tick": lambda self: None})()
        for method in (other.tick, [].append, len, lambda: None):
            assert "give it a method of this node without calling it" in refused(TimerMistake, lambda self, it=method: self.after(5, it))

    def test_a_timer_on_a_method_that_cannot_be_found_again(self):
        def hidden(self):
            return None

        assert "is no method of this node" in refused(TimerMistake, lambda self: self.after(5, hidden.__get__(self)))

    def test_a_timer_argument_that_is_not_plain(self):
        assert "a timer's argument holds a function" in refused(StateMistake, lambda self: self.after(5, self.tick, print))

    def test_cancelling_something_else(self):
        assert "give it what self.after(...) returned" in refused(TimerMistake, lambda self: self.cancel(3))

    def test_sending_something_that_is_no_message(self):
        assert "send an instance of a class marked @message" in refused(MessageMistake, lambda self: self.send("s2", {"a": 1}))

    def test_sending_a_message_class(self):
        assert "build one, as in Release(...)" in refused(MessageMistake, lambda self: self.send("s2", Release))

    def test_a_constructor_with_arguments(self):
        class Server(Node):
            def __init__(self, peers, quorum, *, size=1):
                self.size = size

        with pytest.raises(LoadMistake, match=r"__init__ wants peers, quorum.*set up memory in on_start"):
            booted(Server)

    def test_a_type_error_inside_a_constructor_is_the_students_own(self):
        class Server(Node):
            def __init__(self):
                self.size = len(3)

        with pytest.raises(TypeError, match="has no len"):
            booted(Server)

    def test_something_that_is_no_node(self):
        with pytest.raises(LoadMistake, match=r"write class Server\(Node\)"):
            booted(type("Server", (), {}))

    @pytest.mark.parametrize("name", ["disk", "send", "id", "random", "on_start", "_ledger"])
    def test_given_attributes_that_hide_a_nodes_own_names(self, name):
        with pytest.raises(Misuse, match=f"given attribute '{name}' would hide Node.{name}; choose another name"):
            World((Spec("s1", Node, {name: 1}),)).check()

    def test_given_attributes_that_are_not_plain(self):
        with pytest.raises(Misuse, match=r"node 's1': given attribute 'jobs'\[0\] holds a function"):
            World((Spec("s1", Node, {"jobs": [print]}),)).check()

    @pytest.mark.parametrize("name", ["disk", "clock", "peers", "id"])
    def test_replacing_what_belongs_to_the_machine(self, name):
        process = booted(type("Server", (Node,), {"on_start": lambda self: setattr(self, name, {})}))
        with pytest.raises(StateMistake, match=f"node 's1' replaced self.{name}"):
            process.check_memory()

    def test_an_attribute_that_hides_a_method(self):
        process = booted(type("Server", (Node,), {"on_start": lambda self: setattr(self, "send", 3)}))
        with pytest.raises(StateMistake, match=r"attribute 'send' hides Node\.send"):
            process.check_memory()

    @pytest.mark.parametrize(
        ("value", "word"),
        [(lambda: 0, "a function"), ((x for x in ()), "a generator"), (Node(), "a node"), (open(__file__), "an open file")],  # noqa: SIM115, PTH123
    )
    def test_memory_that_is_not_plain(self, value, word):
        process = booted(type("Server", (Node,), {"on_start": lambda self: setattr(self, "pending", {"c1": value})}))
        with pytest.raises(StateMistake, match=rf"node 's1': attribute 'pending'\['c1'\] holds {word}; keep plain data there"):
            process.check_memory()

    def test_a_random_stream_kept_for_later(self):
        process = booted(type("Server", (Node,), {"on_start": lambda self: setattr(self, "dice", self.random)}))
        with pytest.raises(StateMistake, match="attribute 'dice' holds a random number generator"):
            process.check_memory()


class TestMemoryMayBeKeptInSlots:
    class Server(Node):
        __slots__ = ("__votes", "log", "server", "unset")

        def on_start(self):
            self.log, self.later = [self.server], {"a"}
            self.__votes = [self.log]

        def votes(self):
            return self.__votes

    def test_it_is_in_the_picture_and_comes_back_from_it(self):
        process = booted(self.Server, server="s2")
        picture = process.picture({})
        assert {name for name, _ in picture} == {"log", "later", "server", "_Server__votes"}
        process.node.log.append("s3")
        assert process.picture({}) != picture
        process.restore(picture, {})
        node = process.node
        assert (node.server, node.log, node.later) == ("s2", ["s2"], {"a"}) and node.votes()[0] is node.log
        assert process.picture({}) == picture

    def test_each_life_begins_without_it(self):
        process = booted(self.Server, server="s2")
        process.boot()
        assert process.node.server == "s2" and not hasattr(process.node, "log")

    def test_it_has_to_be_plain_too(self):
        process = booted(type("Server", (Node,), {"__slots__": "pending", "on_start": lambda self: setattr(self, "pending", print)}))
        with pytest.raises(StateMistake, match="attribute 'pending' holds a function"):
            process.check_memory()


class TestTheLedger:
    def test_effects_are_collected_in_program_order(self):
        class Server(Node):
            def on_start(self):
                self.broadcast(Release())
                self.disk["a"] = 1
                timer = self.after(5, self.tick, [1])
                with self.disk.atomic():
                    self.disk["b"] = [2]
                    self.send("c1", Acquire("x"))
                    self.disk["a"] = 3
                self.cancel(timer)
                self.cancel(None)

            def tick(self, what):
                pass

        assert booted(Server).ledger == [
            ("send", "s2", Release()),
            ("write", "a", 1),
            ("set", 1, 5, "tick", ((1,),)),
            ("send", "c1", Acquire("x")),
            ("commit", (("b", (2,)), ("a", 3))),
            ("cancel", 1),
        ]

    def test_a_timer_argument_changed_later_changes_nothing(self):
        class Server(Node):
            def on_start(self):
                self.heard = []
                job = ["a"]
                self.after(5, self.tick, job)
                job.append("b")

            def tick(self, job):
                self.heard.append(job)

        process = booted(Server)
        process.fire("tick", process.ledger[0][4])
        assert process.node.heard == [("a",)]

    def test_a_private_method_can_be_a_timer(self):
        class Server(Node):
            def on_start(self):
                self.ticks = 0
                self.after(5, self.__tick)

            def __tick(self):
                self.ticks += 1

        process = booted(Server)
        process.fire(*process.ledger[0][3:])
        assert process.node.ticks == 1

    def test_each_life_has_its_own_memory_and_its_own_copy_of_what_is_given(self):
        class Server(Node):
            def on_start(self):
                assert not hasattr(self, "left_over")
                assert self.log == []
                self.left_over = 1
                self.log.append(1)

        given = []
        process = booted(Server, log=given)
        process.boot()
        process.start()
        assert given == []

    def test_peers_id_and_names(self):
        node = booted(Node, ("s2", "s3")).node
        assert (node.id, node.peers) == ("s1", ("s2", "s3"))


class TestRandom:
    class Dice(Node):
        def on_start(self):
            self.drawn = [self.random.random(), self.random.random()]

    def draws(self, seed):
        process = Process(Spec("s1", self.Dice), frozenset({"s1"}), seed)
        process.boot()
        process.start()
        return process.node.drawn

    def test_one_stream_per_event_and_seed(self):
        first, second = self.draws("1")
        assert first != second
        assert self.draws("1") == [first, second]
        assert self.draws("2") != [first, second]


def test_whatever_a_handler_raises_comes_out_unchanged():
    class Server(Node):
        def on_start(self):
            raise NotImplementedError("TODO 1")

    with pytest.raises(NotImplementedError, match="TODO 1"):
        simulate(World((Spec("s1", Server),)))


class Follower(Node):
    def on_start(self):
        self.timer = self.after(5, self.stand)

    def stand(self):
        self.__class__ = Leader
        self.after(5, self.lead)

    def on_acquire(self, sender, acquire):
        self.send(sender, Release())


class Leader(Follower):
    def lead(self):
        self.send("s2", Acquire(self.id))

    def on_acquire(self, sender, acquire):
        self.__class__ = Follower


class TestRolesAsClasses:
    """The State pattern (Gamma et al. 1994) the short way: a node assigns to its own __class__."""

    def test_the_class_of_the_moment_handles_an_event(self):
        process = booted(Follower)
        process.deliver("s2", Acquire())
        process.fire("stand", ())
        process.deliver("s2", Acquire())
        process.deliver("s2", Acquire())
        assert [effect for effect in process.ledger if effect[0] == "send"] == [("send", "s2", Release())] * 2

    def test_a_picture_tells_the_classes_apart_and_brings_them_back(self):
        process = booted(Follower)
        follows = process.picture({})
        process.fire("stand", ())
        leads = process.picture({})
        assert follows != leads
        process.restore(leads, {})
        assert type(process.node) is Leader and process.picture({}) == leads
        process.restore(follows, {})
        assert type(process.node) is Follower and process.picture({}) == follows

    def test_a_timer_of_the_former_class_is_a_mistake(self):
        process = booted(Follower)
        process.fire("stand", ())
        process.deliver("s2", Acquire())
        with pytest.raises(TimerMistake, match=r"timer `lead` goes off, but this node is a Follower by now"):
            process.fire("lead", ())

    def test_a_restart_begins_with_the_first_class(self):
        process = booted(Follower)
        process.fire("stand", ())
        process.boot()
        assert type(process.node) is Follower


def test_a_method_whose_decorator_gave_it_another_name_may_be_a_timers():
    def counted(method):
        def wrapper(self):
            method(self)

        return wrapper

    class Counts(Node):
        def on_start(self):
            self.after(5, self.tick)

        @counted
        def tick(self):
            self.send("s2", Acquire())

    process = booted(Counts)
    assert process.ledger == [("set", 1, 5, "tick", ())]
    process.fire("tick", ())
    assert process.ledger[1:] == [("send", "s2", Acquire())]


class Ballot:
    def __init__(self, node):
        self.node, self.disk, self.clock = node, node.disk, node.clock


class TestObjectsThatKnowTheirNode:
    class Elector(Node):
        def on_start(self):
            self.ballot = Ballot(self)
            self.again = [self.ballot, self]

    def test_what_is_built_again_knows_the_node_that_was_built_again(self):
        process = booted(self.Elector)
        before, picture = process.node, process.picture({})
        process.restore(picture, {"vote": 3})
        node = process.node
        assert node is not before and node.ballot.node is node and node.again[0] is node.ballot and node.again[1] is node
        assert node.ballot.disk is process.disk and node.ballot.disk["vote"] == 3 and node.ballot.clock is process.clock
        assert process.picture({}) == picture

    def test_another_node_is_refused(self):
        other = booted(self.Elector).node
        with pytest.raises(StateMistake, match=r"'ballot'\['node'\] holds a node"):
            booted(type("Elector", (Node,), {"on_start": lambda self: setattr(self, "ballot", Ballot(other))})).check_memory()
