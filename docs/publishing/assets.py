"""Builds what the site's pages load: scripts and style, the Python interpreter for browsers, and the course that it runs.

All of it is served by the site itself; no page asks another server for anything.
"""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from harness.errors import Misuse

PYODIDE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")
NOT_IN_A_BROWSER = {"tests", "bench", "cli", "grading", "proving", "__pycache__"}
EPOCH = (2020, 1, 1, 0, 0, 0)


def build(root: Path, build: Path) -> None:
    """Write `build/pages/assets/`: scripts, style, interpreter, course.

    Raises:
        Misuse: npm or a script is missing or fails; the text is what it said.
    """
    assets = build / "pages" / "assets"
    work = modules(root, build)
    pyodide = work / "node_modules" / "pyodide"
    (assets / "pyodide").mkdir(parents=True, exist_ok=True)
    for name in PYODIDE:
        shutil.copyfile(pyodide / name, assets / "pyodide" / name)
    bundle(root, work, assets / "course")
    archive(root, assets / "course" / "course.zip")


def modules(root: Path, build: Path) -> Path:
    """Install the packages that package-lock.json names into a folder of the build, unless they are there; return the folder."""
    source, work = root / "docs" / "assets-src", build / "scripts"
    work.mkdir(parents=True, exist_ok=True)
    for path in source.iterdir():
        shutil.copyfile(path, work / path.name)
    wanted = sha256((source / "package-lock.json").read_bytes()).hexdigest()
    mark = work / "node_modules" / ".installed"
    if not mark.is_file() or mark.read_text() != wanted:
        _run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], work)
        mark.write_text(wanted)
    return work


def bundle(root: Path, work: Path, to: Path) -> None:
    """Bundle the scripts, each part in a file of its own that is loaded when it is needed, and the style."""
    for name in ("player.js", "player.css"):
        shutil.copyfile(root / "harness" / "report" / name, work / name)
    shutil.rmtree(to, ignore_errors=True)
    esbuild = [str(work / "node_modules" / ".bin" / "esbuild"), "--bundle", "--minify", f"--outdir={to}", "--log-level=warning"]
    player = [f"--alias:player.js={work / 'player.js'}"]
    scripts = ["site.js", "worker.js", "--splitting", "--format=esm", "--target=es2022", "--chunk-names=part-[hash]"]
    _run([*esbuild, *scripts, *player], work)
    _run([*esbuild, "site.css", f"--alias:player.css={work / 'player.css'}"], work)


def archive(root: Path, path: Path) -> None:
    """Write the course as students have it into a zip file, always with the same bytes for the same files."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as whole:
        for file in sorted(archived(root)):
            entry = zipfile.ZipInfo(file.relative_to(root).as_posix(), EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            whole.writestr(entry, file.read_bytes())


def archived(root: Path) -> Iterator[Path]:
    """Yield the files that a browser needs."""
    yield root / "pyproject.toml"
    for path in (root / "harness").rglob("*"):
        if path.suffix in (".py", ".js", ".css") and not NOT_IN_A_BROWSER & set(path.relative_to(root / "harness").parts):
            yield path
    for path in (root / "exercises").rglob("*"):
        if path.suffix in (".py", ".toml", ".json"):
            yield path
    yield from (root / "docs" / "publishing" / name for name in ("recording.py", "browser.py"))


def _run(command: list[str], folder: Path) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise Misuse(f"{command[0]} is missing; the site's scripts need Node.js 20 or later, with npm") from error
    if done.returncode or "[WARNING]" in done.stderr:
        raise Misuse(f"{Path(command[0]).name} {' '.join(command[1:3])} … failed:\n{done.stdout}{done.stderr}")
