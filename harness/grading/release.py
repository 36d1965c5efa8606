"""Makes what leaves the house: the students' repository, the bundles that grade outside, the notebooks' course.

Every release is a fresh set of files without history, chosen by rules, never by lists of exercises. It is searched for leaks before
it is written, and it is the same bytes each time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.catalogue import Exercise
from harness.errors import Misuse
from harness.grading import leaks
from harness.grading.bundle import FOR_GRADING, FOR_STUDENTS, Files, course_files, harness_files, zipped
from harness.grading.worksheets import worksheet_text
from harness.running import run_exercise

UNCHANGED = ("LICENSE", "conftest.py", "requirements.lock", ".gitignore")
KEPT_SECTIONS = (
    "build-system",
    "project",
    "project.scripts",
    "project.urls",
    "tool.setuptools",
    "tool.setuptools.package-data",
    "tool.pytest.ini_options",
)

AUTOGRADER = '''"""Classroom 50 starts this with a student's checkout as working directory. The judge and the checks are beside it."""

import sys
from pathlib import Path

BUNDLE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(BUNDLE))

from harness.grading.bundled import run_classroom50

sys.exit(run_classroom50(BUNDLE))
'''
SETUP = """#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the image. The grader needs Python 3.11 and no package.
set -euo pipefail
if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  apt-get update
  apt-get install -y --no-install-recommends python3.11
fi
chmod -R go= /autograder/source
"""
GRADE = '''"""Gradescope's run_autograder starts this beside the judge and the checks."""

import sys
from pathlib import Path

from harness.grading.bundled import run_gradescope

sys.exit(run_gradescope(Path(__file__).resolve().parent))
'''
RUN_AUTOGRADER = """#!/usr/bin/env bash
# Gradescope runs this, as root, for each submission. Checks and judge are root's alone; submissions run as nobody, locked in.
set -euo pipefail
python=python3
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || python=python3.11
cd /autograder/source
exec "$python" -B grade.py
"""
NBGRADER_CONFIG = '''"""Marks are made by the course's judge; no kernel is started for them. Run nbgrader in this folder."""

from pathlib import Path

c = get_config()
c.CourseDirectory.root = str(Path(__file__).resolve().parent)
c.CourseDirectory.course_id = "distributed-system-realities"
c.ClearSolutions.code_stub = {"python": "# Your code goes into the steps above."}
c.OnlyTheAnswer.course = c.JudgeMarks.course = str(Path(__file__).resolve().parent / "course")
c.ExportApp.plugin_class = "harness.grading.nbgrading.ExportMarks"
c.Autograde.sanitize_preprocessors = [
    "harness.grading.nbgrading.OnlyTheAnswer",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Autograde.autograde_preprocessors = [
    "harness.grading.nbgrading.JudgeMarks",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
'''


def template(root: Path, exercises: Sequence[Exercise]) -> dict[str, bytes]:
    """Return the students' repository: exercises, harness, and what runs them. No solution, hidden check, zoo or seed."""
    files = course_files(exercises, "public") | harness_files(FOR_STUDENTS)
    files |= {name: (root / name).read_bytes() for name in UNCHANGED}
    files["README.md"] = (root / ".github/student/README.md").read_bytes()
    files["pyproject.toml"] = students_pyproject((root / "pyproject.toml").read_text(encoding="utf-8"), files).encode()
    workflow = (root / ".github/workflows/classroom.yml").read_text(encoding="utf-8")
    files[".github/workflows/classroom.yml"] = students_workflow(workflow, exercises).encode()
    return files


def students_pyproject(text: str, files: Files) -> str:
    """Return `pyproject.toml` with what students need: the same package, settings of pytest, and no tools of ours."""
    sections = re.split(r"(?m)^(?=\[)", text)
    kept = "".join(section for section in sections if section[1:].partition("]")[0] in KEPT_SECTIONS)
    packages = sorted({path.rpartition("/")[0].replace("/", ".") for path in files if path.endswith("/__init__.py")})
    listed = "".join(f'  "{name}",\n' for name in packages)
    return re.sub(r"(?m)^packages = \[[^\]]*\]", lambda _: f"packages = [\n{listed}]", kept)


def students_workflow(text: str, exercises: Sequence[Exercise]) -> str:
    """Return the workflow with a step for each exercise, started by every push."""
    text = re.sub(r"(?m)^# This is a template:.*?\n(?=name:)", "", text, flags=re.DOTALL).replace("#\nname:", "name:")
    text = text.replace("on:\n  workflow_dispatch:\n", "on:\n  push:\n  workflow_dispatch:\n")

    def repeated(found: re.Match[str]) -> str:
        return "".join(_for(each, found[1]) for each in exercises)

    return re.sub(r"(?ms)^ *# for each exercise\n(.*?)^ *# end\n", repeated, text)


def _for(exercise: Exercise, block: str) -> str:
    """Return a block of the template, which is written for 00_ping, for another exercise."""
    number = exercise.number
    for word, other in (("00_ping", exercise.slug), ("ex00", f"ex{number}"), ("EX00", f"EX{number}"), ("emit . 00", f"emit . {number}")):
        block = block.replace(word, other)
    return block


def bundle(exercises: Sequence[Exercise]) -> dict[str, bytes]:
    """Return what grades these exercises anywhere: judge, exercises, public and sealed checks; nothing to install but Python."""
    return course_files(exercises, "sealed") | harness_files(FOR_GRADING)


def classroom50(root: Path, exercises: Sequence[Exercise]) -> dict[str, bytes]:
    """Return a folder per exercise, to be copied to `<classroom>/autograders/` of the classroom's configuration repository."""
    files = {}
    for exercise in exercises:
        for name, data in {**bundle([exercise]), "autograder.py": AUTOGRADER.encode()}.items():
            files[f"autograders/{dashed(exercise)}/{name}"] = data
    return files


def gradescope(root: Path, exercises: Sequence[Exercise]) -> dict[str, bytes]:
    """Return a ZIP archive per exercise, and one for all of them, to be uploaded as an assignment's autograder."""
    scripts = {"setup.sh": SETUP.encode(), "run_autograder": RUN_AUTOGRADER.encode(), "grade.py": GRADE.encode()}
    files = {f"{dashed(exercise)}.zip": zipped({**bundle([exercise]), **scripts}) for exercise in exercises}
    return {**files, "all.zip": zipped({**bundle(exercises), **scripts})}


def nbgrader(root: Path, exercises: Sequence[Exercise]) -> dict[str, bytes]:
    """Return nbgrader's course folder: notebooks to generate assignments from, and, for the teacher alone, everything to grade by."""
    files = {f"course/{name}": data for name, data in course_files(exercises, "secret").items() if not _of_the_zoo(name)}
    files |= {"nbgrader_config.py": NBGRADER_CONFIG.encode()}
    for exercise in exercises:
        folder = f"source/{exercise.slug}"
        files[f"{folder}/{exercise.module}.ipynb"] = worksheet_text(exercise).encode()
        files |= {f"{folder}/{name}.py": (exercise.folder / f"{name}.py").read_bytes() for name in exercise.given}
        files |= {f"{folder}/course/{name}": data for name, data in course_files([exercise], "public").items()}
    return files


def _of_the_zoo(name: str) -> bool:
    """True for what only a student's own scenario is tried on; a notebook has none."""
    return name.startswith("solutions/") and "/hidden/" not in name


def dashed(exercise: Exercise) -> str:
    """Return an exercise's name as other systems allow it, e.g. `03-fenced-lock`."""
    return exercise.slug.replace("_", "-")


@dataclass(frozen=True)
class Channel:
    """One kind of release.

    Args:
        make: from the repository's root and the exercises to its files.
        with_hidden: whether hidden checks travel in it; references and zoo never do.
    """

    make: Callable[[Path, Sequence[Exercise]], dict[str, bytes]]
    with_hidden: bool


CHANNELS = {
    "template": Channel(template, with_hidden=False),
    "classroom50": Channel(classroom50, with_hidden=True),
    "gradescope": Channel(gradescope, with_hidden=True),
    "nbgrader": Channel(nbgrader, with_hidden=True),
}


def release(channel: str, root: Path, exercises: Sequence[Exercise]) -> dict[str, bytes]:
    """Return the files of a release.

    Raises:
        Misuse: a stub is solved, if only in part, hidden tests cannot be split by trust, or a line of the solutions would get out.
    """
    made = CHANNELS[channel]
    for exercise in exercises:
        _refuse_what_is_solved(exercise)
    files = made.make(root, exercises)
    found = leaks.search(files, root, hidden_may_leave=made.with_hidden)
    if found:
        raise Misuse("this release would give away " + "; ".join(found[:3]))
    return files


def _refuse_what_is_solved(exercise: Exercise) -> None:
    """Raise `Misuse` if a file that students write does more than its stub, which stops every check at NotImplementedError."""
    attempted = [result.check for result in run_exercise(exercise, exercise.stub, count=1) if result.verdict != "not_attempted"]
    solved = [exercise.stub] if attempted else []
    if exercise.bonus is not None:
        scenario = exercise.folder / f"{exercise.bonus.module}.py"
        solved += [] if b"NotImplementedError" in scenario.read_bytes() else [scenario]
    for path in solved:
        where = path.relative_to(exercise.root).as_posix()
        raise Misuse(f"{where} is not the stub; somebody has solved it here, if only in part. git restore {where} brings the stub back")
