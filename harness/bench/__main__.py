"""`python -m harness.bench [NAME ...] [--json FILE]`."""

from __future__ import annotations

import argparse
import json
import platform
from pathlib import Path

from harness.bench import ROWS, Figure, course, exploration, linearizability, sandbox, simulation

MODULES = (exploration, simulation, linearizability, course, sandbox)
"""Importing them registers their rows; add a module here."""


def main() -> None:
    """Run the rows asked for and print a table."""
    parser = argparse.ArgumentParser(prog="python -m harness.bench", description="Measure the harness beside its yardsticks.")
    parser.add_argument("names", nargs="*", help=f"parts of the names of rows to run; all without any. There are: {', '.join(ROWS)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to a file")
    options = parser.parse_args()
    chosen = [name for name in ROWS if not options.names or any(part in name for part in options.names)]
    if not chosen:
        parser.error(f"no row is named like {options.names}; there are {', '.join(ROWS)}")
    machine = f"{platform.python_implementation()} {platform.python_version()} on {platform.machine()}"
    print(machine)
    measured: dict[str, list[Figure]] = {}
    for name in chosen:
        print(f"\n{name}: {(ROWS[name].__doc__ or '').splitlines()[0]}")
        measured[name] = []
        for figure in ROWS[name]():
            measured[name].append(figure)
            print(f"  {figure.what:<58} {_number(figure.value):>12} {figure.unit:<16} {figure.to_reach}", flush=True)
    if options.json:
        figures = [{"row": name, "what": f.what, "value": f.value, "unit": f.unit} for name, row in measured.items() for f in row]
        options.json.write_text(json.dumps({"machine": machine, "figures": figures}, indent=1) + "\n", encoding="utf-8")


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1_000 else f"{value:.3g}"


if __name__ == "__main__":
    main()
