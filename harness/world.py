"""A world: everything that one run depends on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from harness.errors import Misuse, StateMistake
from harness.faults import Call, Faults
from harness.node import Node, Spec
from harness.state import freeze

MAX_EVENTS = 200_000


@dataclass(frozen=True)
class World:
    """Everything a run depends on.

    Args:
        nodes: who runs which program.
        seed: any text or number; another seed gives another run.
        faults: what happens to them.
        until_ms: virtual time at which the run ends.
        clients: names that only ask and hear; those of `Call`s are added by themselves.
        max_events: budget of handled events; a run that spends it comes back with `complete=False`.
    """

    nodes: tuple[Spec, ...]
    seed: str | int = 0
    faults: Faults = Faults()
    until_ms: int = 10_000
    clients: tuple[str, ...] = ()
    max_events: int = MAX_EVENTS

    @property
    def everybody(self) -> tuple[str, ...]:
        """Names of nodes and clients, in order."""
        asking = [item.client for item in self.faults.happenings if isinstance(item, Call)]
        return tuple(dict.fromkeys([spec.id for spec in self.nodes] + list(self.clients) + asking))

    @property
    def lots(self) -> str:
        """What nodes draw their lots from. It does not tell a program the world's own seed, which says whom faults will hit."""
        return sha256(f"lots/{self.seed}".encode()).hexdigest()[:32]

    def header(self) -> dict[str, Any]:
        """Return what a trace says of its world: the seed, and whose clock is wrong from the start, as (skew_ms, drift_ppm)."""
        skew, drift = dict(self.faults.skew_ms), dict(self.faults.drift_ppm)
        wrong = [spec.id for spec in self.nodes if skew.get(spec.id) or drift.get(spec.id)]
        clocks = {name: (skew.get(name, 0), drift.get(name, 0)) for name in wrong}
        return {"seed": str(self.seed), "timed": True, **({"clocks": clocks} if clocks else {})}

    def check(self) -> None:
        """Refuse a world that names nobody, or the same node twice.

        Raises:
            Misuse: what is wrong and what to write instead.
        """
        ids = [spec.id for spec in self.nodes]
        if len(set(ids)) < len(ids):
            raise Misuse(f"two nodes have the same name in {ids}; names are unique")
        unknown = self.faults.names() - set(self.everybody)
        if unknown:
            raise Misuse(f"the faults mention {sorted(unknown)}, which this world does not have; its names are {sorted(self.everybody)}")
        for spec in self.nodes:
            check_spec(spec)


Transport = Callable[[Spec, frozenset[str], str], Any]
"""Makes the process that hosts a node: `Process` here, a sandboxed worker when marks count."""


def check_spec(spec: Spec) -> None:
    """Refuse a spec whose `given` attributes are not plain data or would hide part of `Node`.

    Raises:
        Misuse: which attribute, and why.
    """
    for name, value in spec.given.items():
        if hasattr(Node, name):
            raise Misuse(f"node {spec.id!r}: given attribute {name!r} would hide Node.{name}; choose another name")
        try:
            freeze(value, f"given attribute {name!r}")
        except StateMistake as error:
            raise Misuse(f"node {spec.id!r}: {error}") from error
