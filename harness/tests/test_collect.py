"""A class is graded: whoever is killed goes on, nobody's trick pays, and what failed on our side is never a zero."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections import Counter
from dataclasses import asdict, replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from harness import catalogue
from harness.errors import Misuse
from harness.grading import cohort, judge
from harness.grading.channels import EMITTERS, classroom50
from harness.grading.claims import suspicions
from harness.grading.class_table import class_csv, class_html
from harness.grading.collect import Course, Verdict, collect, file_name, here, not_graded, report_from
from harness.grading.snapshot import Snapshot, grade_snapshot, take
from harness.grading.verdicts import BonusMark
from harness.tests.course_copy import ROOT
from harness.tests.sample_report import HOSTILE, report, unfinished

EXERCISE = catalogue.exercise("08", ROOT)
FILE = EXERCISE.stub.name
REFERENCE = (EXERCISE.solution / FILE).read_text(encoding="utf-8")
STUB = EXERCISE.stub.read_text(encoding="utf-8")
WRONG = sorted((EXERCISE.solution / "wrong").glob("*.py"))


def hand_in(folder, text, result=None):
    place = folder / "exercises" / EXERCISE.slug / FILE
    place.parent.mkdir(parents=True)
    place.write_text(text, encoding="utf-8")
    if result is not None:
        (folder / "result.json").write_text(result, encoding="utf-8")


@pytest.fixture(scope="module")
def classroom(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class")
    hand_in(folder / "ada", REFERENCE)
    hand_in(folder / "bob", STUB)
    hand_in(folder / "cat", WRONG[0].read_text(encoding="utf-8"))
    hand_in(folder / "dan", STUB, forged())
    (folder / "eve/exercises").mkdir(parents=True)
    (folder / "eve/exercises" / EXERCISE.slug).symlink_to(EXERCISE.solution)
    (folder / "fay").mkdir()
    hand_in(folder / "guy", "import os\nos._exit(0)\n")
    (folder / "hal").symlink_to(EXERCISE.solution)
    return folder


def forged():
    tests = [
        {"test-name": f"08.{check.id}: {check.promise}", "passed": True, "score": check.points, "max-score": check.points}
        for check in EXERCISE.checks
    ]
    return json.dumps({"score": EXERCISE.points, "max-score": EXERCISE.points, "tests": tests})


def command(*args):
    return [sys.executable, "-m", "harness", "collect", *map(str, args), "08"]


def environment(**more):
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COURSE", "GITHUB"))}
    return {**inherited, "COURSE_ROOT": str(ROOT), **more}


def run(*args, **more):
    done = subprocess.run(command(*args), cwd=ROOT, env=environment(**more), capture_output=True, text=True, timeout=300, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def collected(classroom, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "marks"
    status, said = run(classroom, out, COURSE_SEED="s")
    assert status == 0, said
    return out, said


def marks_in(out):
    with (out / "class.csv").open(encoding="utf-8") as file:
        return {row["submission"]: row for row in csv.DictReader(file)}


def test_a_class_gets_the_marks_it_deserves(collected):
    rows = marks_in(collected[0])
    points = {name: int(row["points"]) for name, row in rows.items()}
    assert points["ada"] == EXERCISE.points and 0 <= points["cat"] < EXERCISE.points
    assert all(points[name] == 0 for name in ("bob", "dan", "eve", "fay", "guy", "hal"))
    assert rows["bob"][f"08.{EXERCISE.checks[0].id}"] == "not_attempted"
    assert rows["eve"][f"08.{EXERCISE.checks[0].id}"] == rows["hal"][f"08.{EXERCISE.checks[0].id}"] == "bad_file"
    assert rows["fay"][f"08.{EXERCISE.checks[0].id}"] == "not_handed_in" and rows["fay"]["points"] == "0"


def test_what_was_not_handed_in_is_told_apart_from_what_cannot_be_read(tmp_path):
    two = [catalogue.exercise("00", ROOT), EXERCISE]
    hand_in(tmp_path / "ada", STUB)
    (tmp_path / "bob.zip").write_bytes(b"PK no")
    verdicts = [Verdict(name, grade_snapshot(take(name, tmp_path / name, two), two)) for name in ("ada", "bob.zip")]
    of_ada, of_bob = ([each.report.of(exercise.slug)[0] for exercise in two] for each in verdicts)
    assert [mark.verdict for mark in of_ada] == ["not_handed_in", "not_attempted"]
    assert of_ada[0].text == "ping.py was not handed in"
    assert [mark.verdict for mark in of_bob] == ["bad_file", "bad_file"] and "not a zip archive" in of_bob[0].text
    assert "not_handed_in" in class_csv(verdicts, two).splitlines()[1]
    page = class_html(verdicts, two)
    assert ">–</td>" in page and "00.first_ping: not handed in" in page and "– not handed in" in page
    for channel in ("csv", "json", "junit", "summary", "gradescope", "classroom", "log"):
        assert EMITTERS[channel](verdicts[0].report)


def test_marks_made_on_the_students_side_are_compared_and_change_nothing(collected):
    rows = marks_in(collected[0])
    assert "claims" in rows["dan"]["standing"] and "the judge says not_attempted" in rows["dan"]["standing"]
    assert not rows["ada"]["standing"] and "dan: its result.json claims" in collected[1]


def test_everything_that_was_made_before_is_kept_and_nothing_that_has_changed(classroom, collected, tmp_path):
    out, moved = tmp_path / "marks", tmp_path / "class"
    shutil.copytree(collected[0], out)
    shutil.copytree(classroom, moved, symlinks=True)
    status, said = run(moved, out, COURSE_SEED="s")
    assert status == 0 and "8 of 8 submissions have their marks, 8 of them from before" in said
    assert contents(out) == contents(collected[0])
    (moved / "bob/exercises" / EXERCISE.slug / FILE).write_text(REFERENCE, encoding="utf-8")
    status, said = run(moved, out, COURSE_SEED="s")
    assert "7 of them from before" in said and int(marks_in(out)["bob"]["points"]) == EXERCISE.points


def contents(out):
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def processes_of(marker):
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if marker.encode() in (entry / "environ").read_bytes():
                found.append(entry.name)
        except OSError:
            continue
    return found


def all_gone(marker, deadline):
    """True if no process of a run is left; a look may miss one, as a process has no environment while it starts a program."""
    unseen = 0
    while unseen < 5 and time.monotonic() < deadline:
        unseen = 0 if processes_of(marker) else unseen + 1
        time.sleep(0.05)
    return unseen == 5


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel ends a child with its parent on Linux")
def test_an_examiner_whose_judge_is_gone_before_it_has_started_does_no_work():
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    examiner = [sys.executable, "-m", "harness.grading.examiner", str(gone.pid)]
    done = subprocess.run(examiner, input="{}\n", cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1 and not done.stdout and "has ended" in done.stderr


@pytest.mark.parametrize("moment", [0, 1, 3])
def test_killed_at_any_moment_it_goes_on_and_ends_the_same(classroom, collected, tmp_path, moment):
    out = tmp_path / "marks"
    marker = str(tmp_path / "this-run")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command(classroom, out), cwd=ROOT, env=environment(COURSE_SEED="s", MARKER=marker), **quiet)
    deadline = time.monotonic() + 120
    while len(list((out / "verdicts").glob("*.json"))) < moment and time.monotonic() < deadline:
        time.sleep(0.01)
    if moment == 0:
        time.sleep(1.0)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert all_gone(marker, time.monotonic() + 10), "nobody goes on with the work of a run that was killed"
    assert not (out / "class.csv").exists(), "it was killed before the end"
    (out / "verdicts").mkdir(parents=True, exist_ok=True)
    (out / "verdicts/bob.123.tmp").write_text("{", encoding="utf-8")
    status, said = run(classroom, out, COURSE_SEED="s")
    assert status == 0, said
    assert contents(out) == contents(collected[0])


def test_a_half_written_or_foreign_verdict_file_is_not_believed(classroom, collected, tmp_path):
    out = tmp_path / "marks"
    shutil.copytree(collected[0], out)
    path = out / "verdicts/bob.json"
    good = path.read_bytes()
    for bad in (good[: len(good) // 2], b"[]", b"", good.replace(b'"key": "', b'"key": "0')):
        path.write_bytes(bad)
        status, said = run(classroom, out, COURSE_SEED="s")
        assert status == 0 and "7 of them from before" in said and path.read_bytes() == good


def test_the_private_seed_changes_hidden_runs_and_is_nowhere_in_the_results(classroom, tmp_path):
    seed = "a-private-seed-4711"
    only = tmp_path / "one"
    shutil.copytree(classroom / "cat", only / "cat")
    run(only, tmp_path / "marks", COURSE_SEED=seed)
    for data in contents(tmp_path / "marks").values():
        assert seed.encode() not in data


# --- where results go, and what lies about ---


@pytest.mark.parametrize("out", ["class", "class/marks", "class/../class", "link"])
def test_results_are_never_written_among_the_submissions(tmp_path, out):
    hand_in(tmp_path / "class/ada", STUB)
    (tmp_path / "link").symlink_to(tmp_path / "class")
    before = contents(tmp_path / "class")
    status, said = run(tmp_path / "class", tmp_path / out)
    assert status == 2 and "choose a folder outside of" in " ".join(said.split())
    assert contents(tmp_path / "class") == before and not (tmp_path / "class/marks").exists()


def test_results_never_replace_the_list_of_submissions(tmp_path):
    listed = tmp_path / "class.csv"
    listed.write_text(f"name,repository,commit\nada,https://example.org/r.git,{'a' * 40}\n", encoding="utf-8")
    status, said = run(listed, tmp_path)
    assert status == 2 and "would be overwritten" in " ".join(said.split()) and list(tmp_path.iterdir()) == [listed]


def test_what_is_no_submission_is_left_out_and_each_one_is_told_as_it_ends(classroom, tmp_path):
    shutil.copytree(classroom / "bob", tmp_path / "class" / "bob")
    for name in ("notes.txt", "readme.md", ".DS_Store"):
        (tmp_path / "class" / name).write_text("", encoding="utf-8")
    done = subprocess.run(
        command(tmp_path / "class", tmp_path / "marks"), cwd=ROOT, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 and list(marks_in(tmp_path / "marks")) == ["bob"]
    assert "Left out, as it is no folder, .py, .ipynb or .zip: .DS_Store, notes.txt, readme.md." in " ".join(done.stdout.split())
    assert done.stderr == f"bob: 0 of {EXERCISE.points} points\n"
    assert all(len(line) <= 80 for line in done.stdout.replace(str(tmp_path), "").splitlines())


# --- private checks ---

PRIVATE = """def test_private(submission):
    assert submission is not None
"""


def test_an_overlay_adds_private_checks(classroom, tmp_path):
    overlay = tmp_path / "private" / EXERCISE.slug
    (overlay / "hidden").mkdir(parents=True)
    (overlay / "hidden/test_private.py").write_text(PRIVATE, encoding="utf-8")
    entry = '\n[[checks]]\nid = "private"\npromise = "A private promise."\npoints = 7\nvisibility = "secret"\n'
    described = (EXERCISE.folder / "exercise.toml").read_text(encoding="utf-8")
    (overlay / "exercise.toml").write_text(described + entry, encoding="utf-8")
    only = tmp_path / "one"
    shutil.copytree(classroom / "ada", only / "ada")
    status, said = run(only, tmp_path / "marks", "--overlay", overlay.parent)
    assert status == 0, said
    row = marks_in(tmp_path / "marks")["ada"]
    assert (row["points"], row["08.private"]) == (str(EXERCISE.points + 7), "pass")


# --- what failed on our side ---


def course():
    from harness.grading import bundle

    return Course(bundle.course_files([EXERCISE], "secret"), (EXERCISE.slug,), "s")


def test_what_failed_on_our_side_is_never_a_zero_and_is_run_again(tmp_path):
    (tmp_path / "class").mkdir()
    for name in ("ada", "bob"):
        hand_in(tmp_path / "class" / name, STUB)
    found = cohort.entries(tmp_path / "class")

    def failing(course, exercises, snapshots):
        for each in snapshots:
            yield each, not_graded(each, exercises, OSError("no memory"))

    verdicts = collect(course(), found, tmp_path / "out", failing, lambda verdict: None)
    assert all(verdict.unfinished for verdict in verdicts)
    [row, _] = csv.DictReader(class_csv(verdicts, [EXERCISE]).splitlines())
    assert row["points"] == "" and row[EXERCISE.slug] == "" and "run again" in row["standing"]
    again = collect(course(), found, tmp_path / "out", here(), lambda verdict: None)
    assert not any(verdict.unfinished or verdict.kept for verdict in again)


def test_a_bonus_that_could_not_be_judged_is_run_again_too():
    made = replace(report(), bonus=(BonusMark("05_quorum_election", "infra", "", (), 0, 3),))
    assert made.infra and not made.authoritative and Verdict("ada", made).unfinished
    [row] = csv.DictReader(class_csv([Verdict("ada", made)], [catalogue.exercise(name, ROOT) for name in ("03", "05")]).splitlines())
    assert row["points"] == row["bonus"] == "" and "run again" in row["standing"]


def test_an_error_of_ours_in_one_submission_leaves_the_others_their_marks(tmp_path, monkeypatch):
    for name in ("ada", "bob"):
        hand_in(tmp_path / "class" / name, STUB)

    def sometimes(folder, exercises, **options):
        if not calls:
            calls.append(1)
            raise RuntimeError("a bug")
        return judge.grade(folder, exercises, **options)

    calls = []
    monkeypatch.setattr("harness.grading.snapshot.grade", sometimes)
    verdicts = collect(course(), cohort.entries(tmp_path / "class"), tmp_path / "out", here(), lambda verdict: None)
    assert [verdict.unfinished for verdict in verdicts] == [True, False]


# --- lists of commits ---


def git(folder, *args):
    who = ("-c", "user.name=x", "-c", "user.email=x@example.org")
    done = subprocess.run(["git", *who, *args], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_list_of_commits_is_graded_as_of_those_commits_and_fetched_once(tmp_path):
    repository = tmp_path / "repository"
    hand_in(repository, STUB, forged())
    git(repository, "init", "-q")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "first")
    first = git(repository, "rev-parse", "HEAD")
    (repository / "exercises" / EXERCISE.slug / FILE).write_text(REFERENCE, encoding="utf-8")
    git(repository, "commit", "-qam", "after the deadline")
    listed = tmp_path / "class.csv"
    listed.write_text(f"name,repository,commit\nada,{repository},{first}\nbob,{tmp_path / 'gone'},{first}\n", encoding="utf-8")
    status, said = run(listed, tmp_path / "refused")
    assert status == 2 and "--local" in said
    (tmp_path / "gone").mkdir()
    status, said = run(listed, tmp_path / "marks", "--local")
    rows = marks_in(tmp_path / "marks")
    assert status == 3 and rows["bob"]["points"] == "" and "run again" in rows["bob"]["standing"]
    assert rows["ada"]["points"] == "0" and "claims" in rows["ada"]["standing"] and first in rows["ada"]["standing"]
    assert json.loads((tmp_path / "marks/taken/ada.json").read_text(encoding="utf-8"))["fetched"].endswith("Z")
    shutil.move(repository, tmp_path / "moved-away")
    repository.mkdir()
    status, said = run(listed, tmp_path / "marks", "--local")
    assert "1 of 2 submissions have their marks, 1 of them from before" in " ".join(said.split())


@pytest.mark.parametrize(
    "line, why",
    [
        ("ada,https://example.org/r.git,main", "whole commit id"),
        ("ada,ext::sh -c id,{sha}", "no https or ssh address"),
        ("ada,--upload-pack=id,{sha}", "no https or ssh address"),
        ("ada,file:///srv/course,{sha}", "no https or ssh address"),
        (",https://example.org/r.git,{sha}", "no name"),
        ("ada,https://example.org/r.git,{sha}\nada,https://example.org/r.git,{sha}", "more than once"),
    ],
)
def test_a_list_is_read_with_care(tmp_path, line, why):
    path = tmp_path / "class.csv"
    path.write_text("name,repository,commit\n" + line.format(sha="a" * 40) + "\n", encoding="utf-8")
    with pytest.raises(Misuse, match=why):
        cohort.entries(path)


# --- what is written ---


def test_a_report_survives_its_file():
    for made in (report(), unfinished()):
        assert report_from(json.loads(json.dumps(made.as_json()))) == made


def test_what_was_taken_survives_its_file():
    pairs = (("05_quorum_election", "x"),)
    taken = cohort.Taken(Snapshot("ada", pairs, (), ("commit abc",), pairs), "{}")
    assert cohort.taken_from(json.loads(json.dumps(asdict(taken)))) == taken


def test_bonus_points_are_told_apart_from_the_others():
    bonus = BonusMark("05_quorum_election", "pass", "", ("e01",), 2, 3)
    made = replace(report(), bonus=(bonus,))
    exercises = [catalogue.exercise(name, ROOT) for name in ("03", "05")]
    [row] = csv.DictReader(class_csv([Verdict("ada", made)], exercises).splitlines())
    assert (row["points"], row["bonus"]) == (str(report().score), "2")
    assert f"{report().score} + 2<" in class_html([Verdict("ada", made)], exercises)


@pytest.mark.parametrize("name", ["ada", "Ada Lovelace", "../../etc/passwd", ".hidden", "a/b", "x" * 300, "Ω", "con\nfused"])
def test_verdict_files_stay_in_their_folder_and_apart(name):
    made = file_name(name)
    assert "/" not in made and not made.startswith(".") and made.endswith(".json") and len(made) < 100
    assert made not in {file_name(other) for other in ("ada", "a_b", "bob") if other != name}


UNREADABLE = ("[]", "{", '{"tests": 1, "score": 1}', "[" * 100_000, '{"score": 1e999, "tests": []}', "null", '{"score": "x", "tests": []}')


@pytest.mark.parametrize("claim", UNREADABLE)
def test_a_claim_is_a_students_words(claim):
    [said] = suspicions(claim, report())
    assert "none that our bundle writes" in said


def test_an_honest_claim_raises_no_suspicion():
    identity = classroom50.Identity(*"abcdefgh")
    assert suspicions(classroom50.result_json(report(), identity, ""), report()) == []


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.marks, self.addresses = Counter(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags[tag] += 1
        self.marks += [given["title"]] if "mark" in given.get("class", "").split() else []
        self.addresses += [value for key, value in attrs if key in ("src", "href", "onload", "onclick")]


TAGS = {"html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "div", "ul", "li", "b"}
TAGS |= {"table", "thead", "tbody", "tfoot", "tr", "th", "td"}


def test_the_page_has_a_cell_per_check_and_submission_and_needs_nothing_but_itself():
    verdicts = [Verdict("ada", report(), ("flagged",)), Verdict(HOSTILE, report())]
    verdicts += [Verdict("bob", unfinished()), Verdict("cat", None, trouble="gone")]
    exercises = [catalogue.exercise(name, ROOT) for name in ("03", "05")]
    page = Page(class_html(verdicts, exercises))
    assert len(page.marks) == sum(len(each.report.marks) for each in verdicts if each.report)
    assert "script" not in page.tags and set(page.tags) <= TAGS
    assert page.addresses == [] and "A majority is n // 2." in class_html(verdicts, exercises)
    assert list(csv.DictReader(class_csv(verdicts, exercises).splitlines()))[1]["submission"][:5] == HOSTILE[:5]


def test_whatever_lies_in_the_folder_the_others_get_their_marks(tmp_path):
    folder = tmp_path / "class"
    hand_in(folder / "ada", STUB)
    (folder / "bob.zip").write_bytes(b"PK\x03\x04 and then nothing")
    (folder / "cat.ipynb").write_text("[", encoding="utf-8")
    (folder / "dan.txt").write_text("my answer", encoding="utf-8")
    (folder / ".DS_Store").write_bytes(b"\0")
    os.mkfifo(folder / "eve.py")
    (folder / "gone").symlink_to(folder / "nowhere")
    hand_in(folder / "fay", "x")
    (folder / "fay/result.json").mkdir()
    with zipfile.ZipFile(folder / "guy.zip", "w") as archive:
        archive.writestr(f"{EXERCISE.slug}/{FILE}", STUB)
    verdicts = collect(course(), cohort.entries(folder), tmp_path / "out", here(), lambda verdict: None)
    assert [each.trouble for each in verdicts if each.trouble] == []
    found = {each.name: each.report.marks[0].verdict for each in verdicts}
    bad = dict.fromkeys(("bob", "cat", "eve.py", "gone"), "bad_file")
    assert found == {"ada": "not_attempted", **bad, "fay": "load_error", "guy": "not_attempted"}
    assert cohort.left_out(folder) == [".DS_Store", "dan.txt"]


def test_a_folder_may_hold_archives_and_single_files_too(tmp_path):
    (tmp_path / FILE).write_text(STUB, encoding="utf-8")
    taken = take("x", tmp_path / FILE, [EXERCISE])
    assert taken == Snapshot("x", ((EXERCISE.slug, STUB),)) and len(taken.digest) == 64
