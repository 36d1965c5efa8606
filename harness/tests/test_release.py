"""What leaves the house: nothing secret in it, the same bytes each time, and it works where it arrives."""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from harness import catalogue
from harness.errors import Misuse
from harness.grading import bundle, leaks
from harness.grading.release import CHANNELS, release, students_pyproject, students_workflow
from harness.tests.course_copy import ROOT, copy_of_the_course
from harness.tests.test_channels import CLASSROOM50

FEW = ("00", "08")


def few():
    return [catalogue.exercise(name, ROOT) for name in FEW]


def reference(exercise):
    return (exercise.solution / exercise.stub.name).read_text(encoding="utf-8")


def run(command, cwd, timeout=120, **environment):
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COURSE", "GITHUB", "PYTHON"))}
    done = subprocess.run(command, cwd=cwd, env={**inherited, **environment}, capture_output=True, text=True, timeout=timeout, check=False)
    return done.returncode, done.stdout + done.stderr


def written(folder):
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder): (path.read_bytes(), path.stat().st_mode) for path in files}


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_release_is_the_same_bytes_each_time(channel, tmp_path):
    script = f"import sys; from harness.cli import main; main(['release', '--channel', '{channel}', sys.argv[1]])"
    for name, seed in (("one", "1"), ("two", "2")):
        status, said = run([sys.executable, "-c", script, str(tmp_path / name)], ROOT, PYTHONHASHSEED=seed)
        assert status == 0, said
    first, second = (written(tmp_path / name) for name in ("one", "two"))
    assert len(first) > 5 and first == second


@pytest.mark.parametrize("channel", CHANNELS)
def test_what_to_do_next_is_said_in_80_columns_and_of_an_exercise_that_was_released(channel, tmp_path):
    status, said = run([sys.executable, "-m", "harness", "release", "--channel", channel, str(tmp_path / "out"), "08"], ROOT)
    wrote, *after = said.splitlines()
    assert status == 0 and wrote.startswith("Wrote") and after and all(len(line) <= 80 for line in after)
    assert channel != "nbgrader" or "nbgrader generate_assignment 08_hybrid_clock;" in said


@pytest.mark.parametrize("channel", CHANNELS)
def test_no_line_of_the_solutions_leaves_with_a_release(channel):
    files = release(channel, ROOT, catalogue.exercises(ROOT))
    assert leaks.search(files, ROOT, hidden_may_leave=CHANNELS[channel].with_hidden) == []


def test_students_get_no_solution_hidden_check_zoo_history_or_test_of_ours():
    names = list(release("template", ROOT, catalogue.exercises(ROOT)))
    assert not [
        name
        for name in names
        if re.search(r"^solutions|hidden|/tests/|^docs/|\.git/|bench|autograde\.yaml|\.lock$(?<!requirements\.lock)", name)
    ]
    assert {"README.md", "pyproject.toml", "conftest.py", "requirements.lock", ".github/workflows/classroom.yml"} <= set(names)
    for exercise in catalogue.exercises(ROOT):
        assert f"exercises/{exercise.slug}/README.md" in names


def test_a_leak_of_any_kind_is_found():
    exercise = catalogue.exercise("05", ROOT)
    secrets = leaks.secret_lines(ROOT, hidden_may_leave=False)
    planted = [
        exercise.solution / "quorum_election.py",
        exercise.solution / "NOTES.md",
        exercise.hidden_tests[0],
        *sorted((exercise.solution / "wrong").glob("*.py"))[:3],
    ]
    for path in planted:
        line = next(line for line in leaks.counted(path) if line in secrets)
        assert leaks.search({"a.md": f"x\n   {line}\n".encode()}, ROOT, hidden_may_leave=False), path
        assert leaks.search({"b.zip": bundle.zipped({"a": line.encode()})}, ROOT, hidden_may_leave=False), path


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("steps", ["all", "the first"])
def test_a_stub_that_somebody_solved_here_is_not_released(tmp_path, channel, steps):
    course = copy_of_the_course(tmp_path)
    first, second = course.reference.partition("    def on_pong"), course.stub.read_text(encoding="utf-8").partition("    def on_pong")
    course.submit("".join(first if steps == "all" else first[:2] + second[2:]))
    ran = course.course("release", "--channel", channel, "out")
    assert ran.status == 2 and "not the stub" in ran.text and not (course.root / "out").exists()


def test_a_release_is_never_mixed_with_what_is_there(tmp_path):
    (tmp_path / "old").write_text("")
    with pytest.raises(Misuse, match="not empty"):
        bundle.write({"a": b""}, tmp_path)


def secret_course(tmp_path):
    """A course in which one hidden check is secret: it must not travel."""
    course = copy_of_the_course(tmp_path)
    exercise = catalogue.exercise("00", course.root)
    secret = [check.id for check in exercise.checks if not check.public][-1]
    path = exercise.folder / "exercise.toml"
    head, tail = path.read_text(encoding="utf-8").split(f'id = "{secret}"')
    path.write_text(f'{head}id = "{secret}"{tail.replace("sealed", "secret", 1)}', encoding="utf-8")
    return course, secret


def test_secret_checks_never_travel_and_must_not_share_a_file_with_others(tmp_path):
    course, secret = secret_course(tmp_path)
    exercise = catalogue.exercise("00", course.root)
    with pytest.raises(Misuse, match=f"mixes checks .*{secret}"):
        release("classroom50", course.root, [exercise])
    [mixed] = exercise.hidden_tests
    text = mixed.read_text(encoding="utf-8")
    start = [found.start() for found in re.finditer(r"(?m)^(@.*\n)*def test_", text)][-1]
    head = text[: next(re.finditer(r"(?m)^(@.*\n)*def test_", text)).start()]
    mixed.write_text(text[:start], encoding="utf-8")
    mixed.with_name("test_ping_secret.py").write_text(head + text[start:], encoding="utf-8")
    assert bundle.check_names(mixed.with_name("test_ping_secret.py")) == {secret}
    names = [name.split("/")[-1] for name in bundle.course_files([exercise], "sealed")]
    assert mixed.name in names and "test_ping_secret.py" not in names
    assert "test_ping_secret.py" in [name.split("/")[-1] for name in bundle.course_files([exercise], "secret")]


# --- what students get, tried as students and GitHub do ---


@pytest.fixture
def students(tmp_path):
    """The released repository, with a `.venv/bin/course` that uses this environment's packages and the released harness."""
    folder = tmp_path / "repository"
    bundle.write(release("template", ROOT, few()), folder)
    course = folder / ".venv/bin/course"
    course.parent.mkdir(parents=True)
    course.write_text(f"#!{sys.executable} -P\nimport sys\nsys.path.insert(0, {str(folder)!r})\nfrom harness.cli import main\nmain()\n")
    course.chmod(0o755)
    return folder


def pushed(folder):
    """Run the workflow's steps as GitHub does, but for installing; return the log of the last, and the steps' outputs."""
    workflow = YAML(typ="safe").load(folder / ".github/workflows/classroom.yml")
    assert "push" in workflow["on"]
    outputs, last = {}, ("", 0)
    for step in workflow["jobs"]["points"]["steps"]:
        if "run" not in step or step["name"] == "Install":
            continue
        names = {
            name: re.sub(r"\$\{\{ steps\.(\w+)\.outputs\.result \}\}", lambda found: outputs[found[1]], value)
            for name, value in step.get("env", {}).items()
        }
        file = folder.parent / "output"
        file.write_text("")
        status, said = run(
            ["bash", "-e", "-c", step["run"]], folder, GITHUB_OUTPUT=str(file), GITHUB_STEP_SUMMARY=str(folder.parent / "summary"), **names
        )
        last = said, status
        if "id" in step:
            assert status == 0, said
            name, _, value = file.read_text().strip().partition("=")
            assert name == "result"
            outputs[step["id"]] = value
    return last, {step: json.loads(base64.b64decode(value)) for step, value in outputs.items()}


def test_a_students_repository_goes_from_stub_to_full_public_points(students):
    public = sum(check.points for exercise in few() for check in exercise.checks if check.public)
    status, said = run([sys.executable, "-m", "pytest", "exercises/08_hybrid_clock"], students)
    assert status == 1 and "step 1" in said
    (said, status), _ = pushed(students)
    assert status == 1 and f"Points 0/{public}" in said
    for exercise in few():
        (students / "exercises" / exercise.slug / exercise.stub.name).write_text(reference(exercise), encoding="utf-8")
    status, said = run([sys.executable, "-m", "pytest", "exercises"], students)
    assert status == 0 and "are decided at grading" in said, said
    (said, status), steps = pushed(students)
    assert status == 0 and f"Points {public}/{public}" in said
    hidden = [check for exercise in few() for check in exercise.checks if not check.public]
    assert f"Besides: {len(hidden)} hidden checks, {sum(check.points for check in hidden)} points, decided at grading." in said
    assert "5 hidden checks, 5 points, decided at grading" in (students.parent / "summary").read_text(encoding="utf-8")
    assert set(steps) == {"ex00", "ex08"} and all(step["status"] == "pass" for step in steps.values())
    assert "::notice" not in said and (students.parent / "summary").read_text(encoding="utf-8").count("For practice") == 0


def test_the_workflow_has_a_step_for_every_exercise():
    text = (ROOT / ".github/workflows/classroom.yml").read_text(encoding="utf-8")
    made = YAML(typ="safe").load(students_workflow(text, catalogue.exercises(ROOT)))
    ids = [step["id"] for step in made["jobs"]["points"]["steps"] if "id" in step]
    assert ids == [f"ex{exercise.number}" for exercise in catalogue.exercises(ROOT)]
    assert set(YAML(typ="safe").load(text).get("on", YAML(typ="safe").load(text).get(True))) == {"workflow_dispatch"}, (
        "a template starts by hand only"
    )


def test_workflows_are_valid_and_safe(tmp_path):
    text = (ROOT / ".github/workflows/classroom.yml").read_text(encoding="utf-8")
    shutil.copytree(ROOT / ".github/workflows", tmp_path / ".github/workflows")
    (tmp_path / ".github/workflows/students.yml").write_text(students_workflow(text, catalogue.exercises(ROOT)), encoding="utf-8")
    tools = Path(sys.executable).parent
    files = sorted(map(str, (tmp_path / ".github/workflows").glob("*.yml")))
    status, said = run([str(tools / "check-jsonschema"), "--builtin-schema", "vendor.github-workflows", *files], tmp_path)
    assert status == 0, said
    status, said = run([str(tools / "zizmor"), "--offline", "--no-progress", "."], tmp_path)
    assert status == 0 and len(files) >= 3, said


# --- bundles ---


def classroom50_runs(tmp_path, submission):
    """Start the bundle of 08 as Classroom 50's runner does; return exit status, log and the checkout."""
    where = tmp_path / "bundles"
    if not where.exists():
        bundle.write(release("classroom50", ROOT, few()), where)
    checkout = tmp_path / "checkout"
    shutil.rmtree(checkout, ignore_errors=True)
    bundle.write({f"exercises/08_hybrid_clock/{name}": text.encode() for name, text in submission.items()} | {"README.md": b""}, checkout)
    identity = {
        **{"CLASSROOM": "dsr", "ASSIGNMENT": "08-hybrid-clock", "ASSIGNMENT_TYPE": "individual", "OWNER": "ada", "USERNAME": "ada"},
        **{"SUBMISSION_TAG": "submit/1-abc", "COMMIT_URL": "https://c", "RELEASE_URL": "https://r", "REVIEW_URL": "https://v"},
        "GITHUB_OUTPUT": str(checkout / "outputs"),
    }
    status, said = run([sys.executable, str(where / "autograders/08-hybrid-clock/autograder.py")], checkout, **identity)
    return status, said, checkout


def test_a_classroom_50_bundle_grades_a_checkout(tmp_path):
    exercise = catalogue.exercise("08", ROOT)
    for text, points in ((reference(exercise), exercise.points), (exercise.stub.read_text(encoding="utf-8"), 0), (None, 0)):
        status, said, checkout = classroom50_runs(tmp_path, {} if text is None else {"hybrid_clock.py": text})
        assert status == 0, said
        written = json.loads((checkout / "result.json").read_text(encoding="utf-8"))
        jsonschema.validate(written, CLASSROOM50)
        assert (written["score"], written["max-score"]) == (points, exercise.points)
        body = (checkout / "release-body.md").read_text(encoding="utf-8")
        assert f"{points}/{exercise.points} points" in body and "quick feedback" in body
        assert ("status=success" if points else "status=failure") in (checkout / "outputs").read_text(encoding="utf-8")


def test_a_classroom_50_bundle_does_not_import_from_the_checkout(tmp_path):
    exercise = catalogue.exercise("08", ROOT)
    evil = "import pathlib; pathlib.Path('result.json').write_text('{}'); raise SystemExit(0)"
    files = {
        "hybrid_clock.py": exercise.stub.read_text(encoding="utf-8"),
        "../../harness/__init__.py": evil,
        "../../json.py": evil,
        "../../sitecustomize.py": evil,
    }
    status, said, checkout = classroom50_runs(tmp_path, files)
    assert status == 0 and json.loads((checkout / "result.json").read_text(encoding="utf-8"))["score"] == 0, said


def test_classroom_50_bundles_are_small_and_ship_no_reserved_name():
    files = release("classroom50", ROOT, catalogue.exercises(ROOT))
    sizes = {}
    for name, data in files.items():
        sizes[name.split("/")[1]] = sizes.get(name.split("/")[1], 0) + len(data)
        assert "autograde.yaml" not in name
    assert max(sizes.values()) < 10 << 20
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9-]{1,38}", slug) for slug in sizes) and len(sizes) == len(catalogue.exercises(ROOT))


def test_a_gradescope_archive_grades_what_was_uploaded(tmp_path):
    exercise = catalogue.exercise("08", ROOT)
    [archive] = [data for name, data in release("gradescope", ROOT, [exercise]).items() if name == "08-hybrid-clock.zip"]
    home = tmp_path / "autograder"
    (tmp_path / "a.zip").write_bytes(archive)
    with zipfile.ZipFile(tmp_path / "a.zip") as opened:
        opened.extractall(home / "source")
        assert {info.filename: info.external_attr >> 16 for info in opened.infolist()}["run_autograder"] == 0o755
    (home / "results").mkdir()
    (home / "submission").mkdir()
    grade = home / "source/grade.py"
    grade.write_text(grade.read_text().replace(".parent)", f".parent, Path({str(home)!r}))"))
    for text, points in ((reference(exercise), exercise.points), (exercise.stub.read_text(encoding="utf-8"), 0)):
        (home / "submission/hybrid_clock.py").write_text(text, encoding="utf-8")
        script = (home / "source/run_autograder").read_text().replace("/autograder/source", str(home / "source"))
        status, said = run(["bash", "-c", script], tmp_path)
        assert status == 0, said
        written = json.loads((home / "results/results.json").read_text(encoding="utf-8"))
        assert written["score"] == points and sum(test["max_score"] for test in written["tests"]) == exercise.points


def test_the_address_of_the_site_travels_so_that_stories_link_to_the_lesson(tmp_path):
    course = copy_of_the_course(tmp_path)
    said = '\n[project.urls]\nDocumentation = "https://example.org/course"\n'
    with (course.root / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(said)
    bundle.write(release("classroom50", course.root, [catalogue.exercise("00", course.root)]), tmp_path / "out")
    outside = catalogue.exercise("00", tmp_path / "out/autograders/00-ping")
    assert outside.lesson_link == "https://example.org/course/lessons/00-ping/"
    ours = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert "Documentation" in students_pyproject(ours + said, {})
