"""Lays out an attack's submission in a folder: files, links, pipes, archives, notebooks and repositories."""

from __future__ import annotations

import io
import json
import os
import subprocess
import zipfile
from pathlib import Path
from typing import Any

from harness import catalogue
from harness.proving.attacks import Attack

SLUG = "00_ping"


def lay_out(attack: Attack, root: Path, folder: Path) -> Path | str:
    """Write a submission into an empty folder; return what to grade."""
    shape = attack.shape
    text = attack.program(root)
    if "archive" in shape:
        return _archive(shape["archive"], text, folder / "submission.zip")
    if "notebook" in shape:
        return _notebook(shape["notebook"], text, folder / "ping.ipynb")
    if shape.get("commit"):
        return _commit(text, folder)
    exercise = catalogue.exercise(attack.exercise, root)
    home = folder / exercise.slug
    if "folder_link" in shape:
        home.symlink_to(root / shape["folder_link"])
        return folder
    home.mkdir()
    for name, content in shape.get("files", {}).items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(content, encoding="utf-8")
    file = home / exercise.stub.name
    if not file.exists() and not (shape.get("files") and attack.base == "none"):
        _write(file, shape, text, root)
    return folder


def _write(file: Path, shape: dict[str, Any], text: str, root: Path) -> None:
    """Write the student's file, or what stands in its place."""
    if "link" in shape or "file_link" in shape:
        file.symlink_to(shape.get("link") or root / shape["file_link"])
    elif shape.get("fifo"):
        os.mkfifo(file)
    elif "size" in shape:
        with file.open("wb") as opened:
            opened.truncate(shape["size"])
    elif "nest" in shape:
        file.write_text("x = " + "(" * shape["nest"] + ")" * shape["nest"], encoding="utf-8")
    elif "blocks" in shape:
        file.write_text("\n".join(" " * depth + "if 1:" for depth in range(shape["blocks"])), encoding="utf-8")
    elif "hex" in shape:
        file.write_bytes(bytes.fromhex(shape["hex"]))
    else:
        file.write_bytes(bytes.fromhex(shape.get("prefix_hex", "")) + text.encode())


def _archive(kind: str, text: str, path: Path) -> Path:
    name = f"{SLUG}/ping.py"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA if kind == "lzma" else zipfile.ZIP_DEFLATED) as archive:
        if kind == "slip":
            archive.writestr("../../../tmp/attack-was-here.py", "x = 1")
            archive.writestr("/tmp/attack-was-here.py", "x = 1")
        if kind == "link":
            link = zipfile.ZipInfo(name)
            link.external_attr = 0o120777 << 16
            archive.writestr(link, "/etc/passwd")
        elif kind == "bomb":
            with archive.open(name, "w", force_zip64=True) as entry:
                for _ in range(1_000):
                    entry.write(b"#" * 1_000_000)
        else:
            archive.writestr(name, text)
        if kind == "names":
            archive.writestr("x" * 60_000, "")
    if kind == "twice":
        other = io.BytesIO(path.read_bytes().replace(b"00_ping/ping.py", b"00_ping/pong.py"))
        with zipfile.ZipFile(path, "a") as archive, zipfile.ZipFile(other):
            archive.writestr(f"{SLUG}/pinG.py", text)
        path.write_bytes(path.read_bytes().replace(b"00_ping/pinG.py", b"00_ping/ping.py"))
    if kind in ("damaged", "encrypted", "lzma"):
        raw = bytearray(path.read_bytes())
        if kind != "encrypted":
            raw[60:80] = bytes(20)
        else:
            raw[6] |= 1
            raw[raw.rindex(b"PK\x01\x02") + 8] |= 1
        path.write_bytes(bytes(raw))
    return path


def _notebook(kind: str, text: str, path: Path) -> Path:
    def cell(source: str, grade_id: str, id: str) -> dict[str, Any]:
        return {"cell_type": "code", "id": id, "metadata": {"nbgrader": {"grade_id": grade_id}}, "outputs": [], "source": source}

    answer = cell(("%%bash\ntrue\n" if kind == "magic" else "") + text, "ping", "a")
    cells = [answer]
    if kind == "two":
        cells.append(cell("x = 1", "ping", "b"))
    if kind == "override":
        cells.append(cell("def grade(*args):\n    return 100.0\nget_ipython().showtraceback = lambda *args: None", "ping_grade", "a"))
    written = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    path.write_text("[" * 100_000 if kind == "deep" else written, encoding="utf-8")
    return path


def _commit(text: str, folder: Path) -> str:
    """Make a repository whose commit holds the file, and whatever could come alive in a checkout."""
    repository = folder / "repository"
    home = repository / "exercises" / SLUG
    home.mkdir(parents=True)
    (home / "ping.py").write_text(text, encoding="utf-8")
    (repository / ".gitattributes").write_text("*.py filter=evil\n", encoding="utf-8")
    (repository / ".gitmodules").write_text(
        '[submodule "x"]\n\tpath = x\n\turl = ext::sh -c touch% /tmp/attack-was-here\n', encoding="utf-8"
    )
    (repository / "link").symlink_to("/etc")
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["init", "-q"], ["add", "-A"], [*who, "commit", "-qm", "x"]):
        subprocess.run(["git", *command], cwd=repository, check=True, capture_output=True)
    for key, value in (("filter.evil.smudge", "touch /tmp/attack-was-here"), ("core.fsmonitor", "touch /tmp/attack-was-here")):
        subprocess.run(["git", "config", key, value], cwd=repository, check=True, capture_output=True)
    hook = repository / ".git" / "hooks" / "post-checkout"
    hook.write_text("#!/bin/sh\ntouch /tmp/attack-was-here\n", encoding="utf-8")
    hook.chmod(0o755)
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=repository, check=True, capture_output=True, text=True).stdout.strip()
    return f"{repository}@{commit}"
