"""What was handed in is read, never followed, unpacked, checked out or run."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from harness import catalogue
from harness.errors import Misuse
from harness.grading.submissions import handed_in

ROOT = Path(__file__).parents[2]
PING = catalogue.exercise("00", ROOT)
LOCK = catalogue.exercise("03", ROOT)
TEXT = "x = 1\n"
posix = pytest.mark.skipif(sys.platform == "win32", reason="needs links and pipes")


def put(root, name, content=TEXT):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def only(where, exercises=(PING, LOCK)):
    [source] = handed_in(where, exercises).sources.values()
    return source


@pytest.mark.parametrize("name", ["exercises/00_ping/ping.py", "00_ping/ping.py", "ping.py"])
def test_a_folder_may_be_the_course_its_exercises_or_one_of_them(tmp_path, name):
    put(tmp_path, name)
    assert only(tmp_path).text == TEXT


def test_a_file_is_known_by_its_name_or_by_what_was_asked_for(tmp_path):
    assert only(put(tmp_path, "ping.py")).text == TEXT
    other = put(tmp_path, "mine.py")
    assert only(other, [PING]).text == TEXT
    with pytest.raises(Misuse, match="name it like one"):
        handed_in(other, [PING, LOCK])


def test_what_is_not_there_and_what_holds_nothing_is_said(tmp_path):
    with pytest.raises(Misuse, match="does not exist"):
        handed_in(tmp_path / "nothing", [PING])
    with pytest.raises(Misuse, match=r"00_ping/ping\.py"):
        handed_in(tmp_path, [PING])


def other_course(tmp_path, kind):
    """Hand in another exercise than those that are asked for."""
    name = "exercises/09_idempotent_consumer/idempotent_consumer.py"
    if kind == "archive":
        return archive(tmp_path / "a.zip", (name, TEXT))
    put(tmp_path / "repository", name)
    if kind == "folder":
        return tmp_path / "repository"
    git(tmp_path / "repository", "init", "-q")
    git(tmp_path / "repository", "add", "-A")
    git(tmp_path / "repository", "commit", "-qm", "one")
    return f"{tmp_path / 'repository'}@{git(tmp_path / 'repository', 'rev-parse', 'HEAD')}"


@pytest.mark.parametrize("kind", ["folder", "archive", "commit"])
def test_other_exercises_than_those_asked_for_are_named(tmp_path, kind):
    where = other_course(tmp_path, kind)
    with pytest.raises(Misuse, match="holds 09_idempotent_consumer, but neither 00 nor 03; it should"):
        handed_in(where, [PING, LOCK])
    with pytest.raises(Misuse, match="holds 09_idempotent_consumer, but not 00; it should"):
        handed_in(where, [PING])


def test_an_exercise_whose_folder_is_there_without_its_file_is_a_bad_file(tmp_path):
    put(tmp_path, "00_ping/README.md")
    assert only(tmp_path).problem == "ping.py is missing"


@posix
@pytest.mark.parametrize("where", ["00_ping", "00_ping/ping.py", "exercises"])
def test_no_link_is_followed_wherever_it_stands(tmp_path, where):
    put(tmp_path, "real/00_ping/ping.py")
    link = tmp_path / "handed" / where
    link.parent.mkdir(parents=True)
    targets = {"00_ping": "real/00_ping", "00_ping/ping.py": "real/00_ping/ping.py", "exercises": "real"}
    link.symlink_to(tmp_path / targets[where])
    assert only(tmp_path / "handed", [PING]).problem.startswith("ping.py is not a regular file")


@posix
def test_a_pipe_is_not_waited_for(tmp_path):
    (tmp_path / "00_ping").mkdir()
    os.mkfifo(tmp_path / "00_ping" / "ping.py")
    assert "not a regular file" in only(tmp_path).problem
    os.mkfifo(tmp_path / "handed.zip")
    with pytest.raises(Misuse, match="not a regular file"):
        handed_in(tmp_path / "handed.zip", [PING])


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"# \xe9", "not UTF-8"), (b"\0", "NUL"), (b"#" * 300_000, "larger than 200,000 bytes")],
)
def test_bytes_that_are_no_program_are_named(tmp_path, content, problem):
    put(tmp_path, "ping.py", content)
    assert problem in only(tmp_path).problem


def test_changed_protected_files_are_told_and_unchanged_ones_are_not(tmp_path):
    put(tmp_path, "00_ping/ping.py")
    put(tmp_path, "00_ping/test_ping.py", PING.public_tests.read_bytes().replace(b"\n", b"\r\n"))
    assert handed_in(tmp_path, [PING]).notes == ()
    put(tmp_path, "00_ping/ping_protocol.py", "import os")
    assert handed_in(tmp_path, [PING]).notes == ("changed protected files: 00_ping/ping_protocol.py",)


# --- archives ---


def archive(path, *entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in entries:
            made.writestr(name, content)
    return path


@pytest.mark.parametrize("around", ["", "team-7-main/", "exercises/"])
def test_an_archive_is_read_with_or_without_a_folder_around_everything(tmp_path, around):
    path = archive(tmp_path / "a.zip", (f"{around}00_ping/ping.py", TEXT), (f"{around}README.md", ""))
    assert only(path).text == TEXT


def test_names_that_lead_out_of_an_archive_are_names_that_nobody_asks_for(tmp_path):
    path = archive(tmp_path / "a.zip", ("../00_ping/ping.py", "bad"), ("/00_ping/ping.py", "bad"), ("00_ping/ping.py", TEXT))
    assert only(path).text == TEXT
    assert sorted(file.name for file in tmp_path.rglob("*")) == ["a.zip"]


def test_an_entry_is_unpacked_no_further_than_a_file_may_be_long(tmp_path):
    assert "larger than" in only(archive(tmp_path / "a.zip", ("00_ping/ping.py", b"#" * 50_000_000))).problem


def test_what_is_no_archive_or_has_too_many_files_is_refused(tmp_path):
    with pytest.raises(Misuse, match="not a zip archive"):
        handed_in(put(tmp_path, "a.zip", "PK no"), [PING])
    with pytest.raises(Misuse, match="holds 20,001 files"):
        handed_in(archive(tmp_path / "b.zip", *((f"{number}", "") for number in range(20_001))), [PING])


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
@pytest.mark.parametrize("damage", range(0, 200, 20))
def test_an_entry_packed_in_an_unusual_way_is_a_bad_file_damaged_or_not(tmp_path, method, damage):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", method) as made:
        made.writestr("00_ping/ping.py", "".join(f"# {number * number}\n" for number in range(2_000)))
    raw = bytearray((tmp_path / "a.zip").read_bytes())
    begin = 30 + len("00_ping/ping.py") + damage  # after the entry's own header
    raw[begin : begin + 20] = b"\xff" * 20
    assert "unusual way" in only(put(tmp_path, "b.zip", bytes(raw))).problem


def test_an_entry_whose_header_is_cut_off_is_a_bad_file(tmp_path):
    raw = bytearray(archive(tmp_path / "a.zip", ("00_ping/ping.py", TEXT)).read_bytes())
    struct.pack_into("<L", raw, raw.rindex(b"PK\1\2") + 42, len(raw) - 10)
    assert "cannot be unpacked" in only(put(tmp_path, "b.zip", bytes(raw))).problem


@pytest.mark.parametrize("told", [1_000_000, 1])
def test_an_archive_of_a_million_entries_is_refused_before_they_are_read(tmp_path, monkeypatch, told):
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", 20, 3, 20, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    names = entry * 1_000_000
    end = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, told, told, len(names), 0)
    end += struct.pack("<4sLQL", b"PK\6\7", 0, len(names), 1)
    end += struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    monkeypatch.setattr(zipfile, "ZipFile", None)
    with pytest.raises(Misuse, match=f"holds {told:,} files"):
        handed_in(put(tmp_path, "a.zip", names + end), [PING])


def test_suffixes_may_be_written_in_capitals(tmp_path):
    assert only(archive(tmp_path / "a.ZIP", ("00_ping/ping.py", TEXT))).text == TEXT
    assert only(put(tmp_path, "ping.IPYNB", json.dumps({"cells": [cell(TEXT, id="ping")]}))).text == TEXT


# --- notebooks ---


def cell(source, **about):
    return {"cell_type": "code", "metadata": {}, "source": source, **about}


MARKS = [{"id": "ping"}, {"metadata": {"nbgrader": {"grade_id": "ping"}}}, {"metadata": {"tags": ["submission"]}}]


@pytest.mark.parametrize("about", MARKS)
def test_one_marked_cell_of_a_notebook_is_the_file(tmp_path, about):
    cells = [cell("def grade(): return 100", id="x"), cell(["x = 1\n", "y = 2"], **about)]
    put(tmp_path, "00_ping/ping.ipynb", json.dumps({"cells": cells}))
    assert only(tmp_path).text == "x = 1\ny = 2"
    assert only(tmp_path / "00_ping" / "ping.ipynb").text == "x = 1\ny = 2"


@pytest.mark.parametrize("about", MARKS[:2])
def test_a_notebook_of_any_name_is_for_the_exercise_that_its_answer_cell_names(tmp_path, about):
    path = put(tmp_path, "frieda.ipynb", json.dumps({"cells": [cell("help me", id="x"), cell(TEXT, **about)]}))
    assert {slug: source.text for slug, source in handed_in(path, [LOCK, PING]).sources.items()} == {"00_ping": TEXT}


@pytest.mark.parametrize("cells", ["{", '{"cells": [{"cell_type": "code", "id": []}]}', json.dumps({"cells": [cell("", id="x")]})])
def test_a_notebook_that_names_no_exercise_has_to_be_called_like_one(tmp_path, cells):
    with pytest.raises(Misuse, match=r"name it like one \(fenced_lock.py, ping.py\), or ask for its exercise alone, .* like 03"):
        handed_in(put(tmp_path, "frieda.ipynb", cells), [LOCK, PING])


TWO = json.dumps({"cells": [cell("", id="ping")] * 2})


@pytest.mark.parametrize("cells", ["{", "[" * 10_000, "{}", '{"cells": 7}', '{"cells": [7]}', TWO, '{"cells": []}'])
def test_a_notebook_without_exactly_one_answer_is_a_bad_file(tmp_path, cells):
    assert only(put(tmp_path, "ping.ipynb", cells)).text is None


# --- commits ---


def git(folder, *arguments):
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path):
    root = tmp_path / "repository"
    put(root, "exercises/00_ping/ping.py")
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "one")
    return root


def test_the_commit_that_was_asked_for_is_read_whatever_came_later(repository):
    first = git(repository, "rev-parse", "HEAD")
    put(repository, "exercises/00_ping/ping.py", "later = 1")
    git(repository, "commit", "-qam", "two")
    for name in (first, first[:10]):
        handed = handed_in(f"{repository}@{name}", [PING])
        assert handed.sources["00_ping"].text == TEXT and handed.notes == (f"commit {first}",)
    assert handed_in(f"file://{repository}@{first}", [PING]).sources["00_ping"].text == TEXT


def test_a_commit_that_is_not_there_is_said(repository):
    with pytest.raises(Misuse):
        handed_in(f"{repository}@{'0' * 40}", [PING])
    with pytest.raises(Misuse, match="no URL"):
        handed_in(f"ext::sh -c true@{'0' * 40}", [PING])
    with pytest.raises(Misuse, match="abbreviated"):
        handed_in("https://example.invalid/x@0123456", [PING])


@posix
def test_links_in_a_commit_are_not_followed_and_large_files_not_read(repository):
    (repository / "exercises" / "00_ping" / "ping.py").unlink()
    (repository / "exercises" / "00_ping" / "ping.py").symlink_to("/etc/passwd")
    git(repository, "commit", "-qam", "a link")
    assert "not a regular file" in only(f"{repository}@{git(repository, 'rev-parse', 'HEAD')}").problem
    (repository / "exercises" / "00_ping" / "ping.py").unlink()
    put(repository, "exercises/00_ping/ping.py", b"#" * 300_000)
    git(repository, "commit", "-qam", "large")
    assert "larger than" in only(f"{repository}@{git(repository, 'rev-parse', 'HEAD')}").problem


def test_nothing_that_a_repository_brings_along_comes_alive(repository, tmp_path):
    alive = tmp_path / "alive"
    put(repository, ".gitattributes", "*.py filter=evil\n")
    git(repository, "config", "filter.evil.smudge", f"touch {alive}")
    git(repository, "config", "core.fsmonitor", f"touch {alive}")
    for hook in ("post-checkout", "reference-transaction", "post-index-change"):
        put(repository, f".git/hooks/{hook}", f"#!/bin/sh\ntouch {alive}\n").chmod(0o755)
    git(repository, "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "add", ".gitattributes")
    git(repository, "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "commit", "-qm", "evil")
    alive.unlink(missing_ok=True)
    commit = (repository / ".git" / (repository / ".git" / "HEAD").read_text().split()[1]).read_text().strip()
    assert only(f"{repository}@{commit}").text == TEXT
    assert not alive.exists()
