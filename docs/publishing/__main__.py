"""Writes the source of the site, its scripts included, and builds it with MkDocs, and once more with Zensical.

python -m docs.publishing            # build/pages/, build/mkdocs.yml, build/site/, and build/zensical/: the same pages by another builder
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
    parser.add_argument("--pages", action="store_true", help="write only build/pages/ and the configuration")
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
    if options.serve:
        return builder("mkdocs", "serve", "--strict", "-f", str(root / "build" / "mkdocs.yml"))
    return builder("mkdocs", "build", "--strict", "-f", str(root / "build" / "mkdocs.yml")) or builder(
        "zensical", "build", "--strict", "--clean", "-f", str(root / "build" / "zensical.yml")
    )


def builder(name: str, *arguments: str) -> int:
    """Run a site builder; return its exit status."""
    return subprocess.run([sys.executable, "-m", name, *arguments], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
