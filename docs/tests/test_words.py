"""What a lesson says about a run is about that run: the names that it gives are there."""

import re

from docs.tests.conftest import ROOT

LESSONS = ROOT / "build" / "pages" / "lessons"
RUN = re.compile(r'(<div class="dsr-run".*?\n</div>\n)(?=\n)', re.DOTALL)
NEXT = re.compile(r"^#+ |^```|^<", re.MULTILINE)
NAME = re.compile(r"`([a-z]{3,5})`")
HEAD = re.compile(r'class="name"[^>]*>([a-z]{3,5})<')


def test_the_names_in_the_words_below_a_run_are_those_of_its_machines(site):
    parts = {path.name: RUN.split(path.read_text(encoding="utf-8")) for path in LESSONS.glob("*.md")}
    machines = {name for pieces in parts.values() for run in pieces[1::2] for name in HEAD.findall(run)}
    checked, strangers = 0, []
    for page, pieces in parts.items():
        for run, after in zip(pieces[1::2], pieces[2::2], strict=True):
            said = set(NAME.findall(NEXT.split(after.lstrip())[0])) & machines
            strangers += [f"{page}: {name}" for name in sorted(said - set(HEAD.findall(run)))]
            checked += len(said)
    assert strangers == []
    assert checked > 15
