"""Writes the source of the site, its scripts included, and builds it with MkDocs.

python -m docs.publishing            # build/pages/, build/mkdocs.yml, build/site/
python -m docs.publishing --pages    # only the source, without scripts: quick, for looking at what a block becomes
python -m docs.publishing --serve    # then serve it on this machine
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from docs.publishing import assets
from docs.publishing.pages import Site
from harness import catalogue
from harness.errors import Problem


def main() -> int:
    """Do what the arguments say; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m docs.publishing", description="Build the course's website.")
    parser.add_argument("--pages", action="store_true", help="write only build/pages/ and build/mkdocs.yml")
    parser.add_argument("--serve", action="store_true", help="serve the site after building it")
    options = parser.parse_args()
    root = catalogue.find_root(Path(__file__).parent)
    try:
        Site(root, root / "build").write()
        if not options.pages:
            assets.build(root, root / "build")
    except (Problem, catalogue.CatalogueError) as error:
        print(error, file=sys.stderr)
        return 1
    if options.pages:
        return 0
    command = [sys.executable, "-m", "mkdocs", "serve" if options.serve else "build", "--strict", "-f", str(root / "build" / "mkdocs.yml")]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
