"""Exploration in a worker: what it answers must be a function of memory and event, so that is what is tested.

One worker answers for all nodes of a search. It keeps pictures of memory and the judge knows them by number. It could remember more than
its pictures, in a module's globals, or answer a search differently from a simulation. So when a search is over, walks through its
answers are drawn, first where none has led so far, and fresh workers live through them: booted, and handed one event after the other,
as in any simulation. A node that does something else then is nondeterministic.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from harness.errors import Nondeterministic
from harness.grading.codec import ProtocolError

if TYPE_CHECKING:
    from harness.grading.hosting import RemoteProcess, SandboxedSubmission
    from harness.grading.sandbox import Worker

LIVES = 3
"""Walks of each node in each of the two workers that host all of them."""
MOST_LIVES, STALE = 20, 3
"""Walks of each node in workers of their own, at most; they end earlier after so many that brought nothing new."""
LONGEST, FAR = 16, 1_000_000
MOST_AT_ONCE = 64
"""Questions sent before the first is answered."""


class Answer(NamedTuple):
    """One step of a search as it was asked and answered, all as in frames.

    Args:
        seed: of the random streams.
        disk: contents before it.
        fired: place of the timer that went off, from 1; 0 if none did.
        event: events and timers so far, clocks, kind, who, data.
        ledger: what the node asked for.
        drew: whether it drew a random number.
        memory: number of the picture of memory afterwards.
    """

    seed: str
    disk: Any
    fired: int
    event: tuple[Any, ...]
    ledger: Any
    drew: bool
    memory: int


class Interview:
    """What the nodes of a search were asked, and the walks that test their answers.

    Args:
        submission: whose nodes they are.
    """

    def __init__(self, submission: SandboxedSubmission) -> None:
        self.submission = submission
        self.worker: Any = None
        self.nodes: dict[str, RemoteProcess] = {}
        self.hosted: set[str] = set()
        """Names of the nodes that the worker hosts."""
        self.answers: defaultdict[tuple[str, int], list[Answer]] = defaultdict(list)
        """By node and the number of its memory before."""
        self.lived: set[int] = set()
        """Identities of the answers that were part of a walk, or are for the other examination to go to."""
        self.ahead: dict[str, list[Any]] = {}
        """Questions that will be asked, by their keys."""
        self.due: deque[str] = deque()
        """Keys of the questions on their way, in turn."""
        self.replies: dict[str, Any] = {}
        """Replies nobody asked for yet, errors among them."""
        self.picture = -1
        self.alike = True

    def foresee(self, node: RemoteProcess, memory: int, disk: Any, event: tuple[Any, ...]) -> None:
        """Note a step that a node will be asked to do: it is sent along with others."""
        question = self._question(node, memory, disk, event)
        self.ahead[repr(question)] = question

    def step(self, node: RemoteProcess, memory: int, disk: Any, event: tuple[Any, ...]) -> list[Any]:
        """Ask a node to do a step, twice; note the number of the picture of its memory, and whether it did it alike."""
        question = self._question(node, memory, disk, event)
        reply = self._reply(repr(question), question)
        if len(reply) != 6 or reply[0] != "step" or type(reply[4]) is not int:
            raise ProtocolError("a reply should be a step")
        self.picture, self.alike = reply[4], reply[5] is True
        answer = Answer(node.seed, disk, question[5], event, reply[1], reply[2] is True, reply[4])
        self.answers[node.spec.id, memory].append(answer)
        return reply

    def _question(self, node: RemoteProcess, memory: int, disk: Any, event: tuple[Any, ...]) -> list[Any]:
        self.nodes[node.spec.id] = node
        return ["step", node.spec.id, node.seed, memory, disk, 0 if node.fired is None else node.fired + 1, *event]

    def _reply(self, key: str, question: list[Any]) -> list[Any]:
        if key not in self.replies and key not in self.due:
            self._read(len(self.due))
            self._post({key: question, **self.ahead})
        if key not in self.replies:
            self._read(self.due.index(key) + 1)
        reply = self.replies.pop(key)
        if isinstance(reply, Exception):
            raise reply
        return reply  # type: ignore[no-any-return]

    def _post(self, questions: dict[str, list[Any]]) -> None:
        """Send as many of these questions as find room."""
        self.worker = self.worker or self._fresh()
        sent = self.worker.post([self._frame(question) for question in islice(questions.values(), MOST_AT_ONCE)])
        for key in islice(questions, sent):
            self.due.append(key)
            self.hosted.add(questions[key][1])
            self.ahead.pop(key, None)

    def _frame(self, question: list[Any]) -> list[list[Any]]:
        node = self.nodes[question[1]]
        return [question] if question[1] in self.hosted else [node.hosting(node.seed), question]

    def _read(self, count: int) -> None:
        """Read so many replies, in turn."""
        for _ in range(count):
            key = self.due.popleft()
            try:
                self.replies[key] = self.worker.reply()
            except Exception as error:
                if not self.worker.alive:
                    raise
                self.replies[key] = error

    def _fresh(self, noted: bool = True) -> Worker:
        worker = self.submission.worker()
        worker.ask([self.submission.loading()], noted)
        return worker

    def check(self) -> None:
        """Have walks lived through: each by a worker of its own, and some by workers that host all nodes, the first one first or last.

        Who knows how often its process has lived knows nothing then, and who shares something with another node is found. The two
        examinations of a submission share the answers, every other one each, so what is said in walks is not noted to be compared.

        Raises:
            Nondeterministic: a fresh worker does not do what was answered.
        """
        nodes = list(self.nodes.values())
        draw = random.Random("/".join(["walks", *(node.seed for node in nodes), str(sum(map(len, self.answers.values())))]))
        whole = [answer for answers in self.answers.values() for answer in answers]
        self.lived.update(map(id, whole[self.submission.apart :: 2]))
        for node in nodes:
            for walk in self._walks(node.spec.id, draw):
                self._live([(node, walk)])
        for order in (nodes, nodes[::-1]) if nodes else ():
            self._live([(node, self._walk(node.spec.id, draw)) for node in order for _ in range(LIVES)])
        self._end()

    def _live(self, lives: Sequence[tuple[RemoteProcess, list[Answer]]]) -> None:
        """Have a fresh worker live through walks, one after the other."""
        worker = self._fresh(noted=False)
        for node, walk in lives:
            if not _lives(worker, node, walk):
                raise Nondeterministic(DIFFERENT.format(node.spec.id, node.spec.program.name))
        self.submission.dismiss(worker)

    def leave(self, node: RemoteProcess) -> None:
        """End the search if this is one of its nodes."""
        if self.nodes.get(node.spec.id) is node:
            self._end()

    def _end(self) -> None:
        if self.worker is not None:
            self.submission.dismiss(self.worker)
        self.worker = None
        for kept in (self.nodes, self.hosted, self.answers, self.lived, self.ahead, self.due, self.replies):
            kept.clear()

    def _walks(self, name: str, draw: random.Random) -> Iterator[list[Answer]]:
        """Yield ways through a node's answers, more of them for as long as they bring something new."""
        stale = 0
        for _ in range(MOST_LIVES):
            before = len(self.lived)
            walk = self._walk(name, draw)
            stale = 0 if len(self.lived) > before else stale + 1
            if stale == STALE:
                return
            yield walk

    def _walk(self, name: str, draw: random.Random) -> list[Answer]:
        """Return a way through a node's answers, from boot on: each is about the memory, disk and timers that the one before left.

        Where there are several, one goes on that was not lived through before, or else one that soon leads to such.
        """
        near = self._nearness(name)
        walk: list[Answer] = []
        possible = [answer for answer in self.answers[name, -1] if answer.event[4] == "start"]
        pending: list[int] = []
        while possible and len(walk) < LONGEST:
            far = [near.get(answer.memory, FAR) if id(answer) in self.lived else -1 for answer in possible]
            answer = draw.choice([answer for answer, steps in zip(possible, far, strict=True) if steps == min(far)])
            self.lived.add(id(answer))
            walk.append(answer)
            disk = disk_after(answer.disk, answer.ledger)
            left = pending_after(pending, answer.fired, answer.ledger)
            pending = list(range(1, len(left) + 1))  # in a search timers are known by their places
            possible = [
                other
                for other in self.answers.get((name, answer.memory), ())
                if other.disk == disk and other.event[1] == len(pending) and (other.seed == walk[0].seed or not other.drew)
            ]
        return walk

    def _nearness(self, name: str) -> dict[int, int]:
        """Return for each memory of a node how many steps from it an answer is that was not lived through; none is not there."""
        before: defaultdict[int, set[int]] = defaultdict(set)
        near: dict[int, int] = {}
        for (who, memory), answers in self.answers.items():
            for answer in answers if who == name else ():
                before[answer.memory].add(memory)
                if id(answer) not in self.lived:
                    near[memory] = 0
        todo = deque(near)
        while todo:
            memory = todo.popleft()
            for earlier in before[memory] - near.keys():
                near[earlier] = near[memory] + 1
                todo.append(earlier)
        return near


def _lives(worker: Worker, node: RemoteProcess, walk: list[Answer]) -> bool:
    """Return whether a worker, booted and handed one event after the other, does what the answers of a walk say."""
    pending: list[int] = []
    timers = 0
    requests: list[list[list[Any]]] = []
    for events, answer in enumerate(walk):
        word = "start" if answer.event[4] == "start" else "handle"
        requests.append([[word, 0 if answer.drew else events, timers, *answer.event[2:]]])
        timers += sum(effect[0] == "set" for effect in answer.ledger)
    requests[0][:0] = [node.hosting(walk[0].seed), ["boot", walk[0].disk]]
    for answer, reply in zip(walk, worker.ask_in_turn(requests, noted=False), strict=True):
        if len(reply) != 4 or reply[0] != "ledger" or _numbered(reply[1], pending) != answer.ledger:
            return False
        fired = pending[answer.fired - 1] if answer.fired else 0
        pending = pending_after(pending, fired, reply[1])
    return True


def _numbered(ledger: Any, pending: list[int]) -> Any:
    """Return a ledger with timers numbered as in a search: those pending by their places from 1 on, then those set in it; 0 is over."""
    places = {handle: place for place, handle in enumerate(pending, 1)}
    numbered = []
    try:
        for effect in ledger:
            if effect[0] == "set":
                places[effect[1]] = 1 + len(places)
            numbered.append([effect[0], places.get(effect[1], 0), *effect[2:]] if effect[0] in ("set", "cancel") else effect)
    except (TypeError, LookupError):
        return None
    return numbered


def pending_after(pending: list[int], fired: int, ledger: Any) -> list[int]:
    """Return the handles of the timers that are pending after a step, in the order set."""
    handles = dict.fromkeys(handle for handle in pending if handle != fired)
    for effect in ledger:
        if effect[0] == "set":
            handles[effect[1]] = None
        elif effect[0] == "cancel":
            handles.pop(effect[1], None)
    return list(handles)


def disk_after(disk: Any, ledger: Any) -> Any:
    """Return a disk, as in a frame, after a ledger as in a frame."""
    contents = {json.dumps(key): [key, value] for key, value in zip(disk[1::2], disk[2::2], strict=True)}
    for effect in ledger:
        items = [effect[1:]] if effect[0] == "write" else effect[1] if effect[0] == "commit" else []
        for key, *value in items:
            if value:
                contents[json.dumps(key)] = [key, *value]
            else:
                contents.pop(json.dumps(key), None)
    return ["d", *(part for item in contents.values() for part in item)]


DIFFERENT = (
    "node {!r} ({}), asked about the same events in the same state, but by another process, did something else; "
    "keep everything it remembers in self"
)
