"""Plays calls on the objects of an exercise without a network, and judges what they return."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TypeVar

from harness.errors import Broken
from harness.loading import Kept
from harness.properties import Always, Holds
from harness.shrink import smallest
from harness.state import immutable
from harness.testing.setting import PromiseBroken, setting, shape_of
from harness.trace import Trace

Step = TypeVar("Step")


class Play:
    """Objects of a plain-class exercise, and a trace of every call made to them.

    Args:
        submission: where their classes come from.
    """

    def __init__(self, submission: Any) -> None:
        self.submission = submission
        self.records: list[tuple[Any, ...]] = []
        self._objects: dict[str, Any] = {}
        submission.begin()

    def new(self, name: str, kind: str, *args: Any) -> None:
        """Create the object `name` of class `kind`, or, if there is one already, replace it (a restart)."""
        self._objects[name] = self.submission.create(kind, args)
        self.records.append((len(self.records), "start", name, 1, kind, _shown(args)))

    def call(self, name: str, method: str, *args: Any, carries: int = 0) -> Any:
        """Call a method and return its result as plain, immutable data.

        Args:
            carries: k > 0: the result travels as message k; -k: an argument is what message k brought.

        Raises:
            StateMistake: the result is not plain data.
        """
        return self.keep(name, method, *args, carries=carries).plain

    def keep(self, name: str, method: str, *args: Any, carries: int = 0) -> Kept:
        """Call a method and keep the very object it returned, to be handed to another call: nothing may be shared by it."""
        return self._recorded(name, method, args, self.submission.call(self._objects[name], method, args), carries)

    def apply(self, function: str, *args: Any) -> Any:
        """Call a function of the submission's file and return its result as plain data."""
        return self._recorded("", function, args, self.submission.apply(function, args), 0).plain

    def _recorded(self, name: str, method: str, args: tuple[Any, ...], result: Kept, carries: int) -> Kept:
        self.records.append((len(self.records), "call", name, carries, method, (_shown(args), result.plain)))
        return result

    def trace(self) -> Trace:
        """Return the calls so far."""
        return Trace(self.records, {"timed": False})

    def refuse(self, text: str, code: str, calls: int = 1) -> NoReturn:
        """Raise `Broken`; the last `calls` calls prove it."""
        raise Broken(text, code=code, records=tuple(range(len(self.records) - calls, len(self.records))))


def _shown(args: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple([arg.plain if isinstance(arg, Kept) else immutable(arg, "an argument") for arg in args])


def verify_calls(
    submission: Any,
    steps: Sequence[Step],
    script: Callable[[Play, Sequence[Step]], None],
    *properties: Always | Holds,
    name: str = "",
) -> Trace:
    """Play a script and judge its calls; if a promise breaks, leave out steps as long as it still breaks in the same way.

    Args:
        steps: what to do, e.g. ("send", "p", 1), drawn at random from a seed or written down.
        script: does the steps with a `Play`; may raise `Broken` itself (`play.refuse`). It must make sense for any sublist of
            its steps: skip the arrival of a message that was never sent.
        properties: judged on the trace of calls once the script is through.
        name: of the promise that the script itself judges.

    Returns:
        The calls, if every promise holds.

    Raises:
        PromiseBroken: with the calls of the shortest sublist found.
    """
    played: list[Trace] = []

    def attempt(kept: Sequence[Step]) -> tuple[Broken, Play, str] | None:
        play = Play(submission)
        judged = name
        try:
            script(play, kept)
            trace = play.trace()
            for item in properties:
                judged = item.name
                item.judge(trace)
        except Broken as broken:
            return broken, play, judged
        played.append(trace)
        return None

    found = attempt(steps)
    setting.get().saw(played[0] if found is None else found[1].trace())
    if found is None:
        return played[0]
    code = found[0].code

    def fails(kept: list[Step]) -> bool:
        try:
            again = attempt(kept)
        except Exception:  # another failure than the one to be told
            return False
        return again is not None and again[0].code == code

    best = smallest(steps, fails) if setting.get().shrinks else steps
    broken, play, judged = attempt(best) or found
    shape = shape_of(found[1].trace(), found[0]).partition(":")[0]  # its steps were drawn by lot, so only the proof counts
    raise PromiseBroken(broken, play.trace(), judged, shape)
