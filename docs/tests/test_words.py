"""What a lesson says about a run is about that run: who is named in the words around it is seen to act in its story."""

import re

from docs.tests.conftest import ROOT

LESSONS = ROOT / "build" / "pages" / "lessons"
RUN = re.compile(r'(<div class="dsr-run".*?\n</div>\n)(?=\n)', re.DOTALL)
BORDER = re.compile(r"^#+ .*$|^```|^<", re.MULTILINE)
NAME = re.compile(r"`([a-z]{3,5}|[a-z]\d+)`")
HEAD = re.compile(r'class="name"[^>]*>([a-z]{3,5})<')
STORY = re.compile(r"<ol.*?</ol>", re.DOTALL)
CLIENT = re.compile(r"[a-z]\d+")


def test_the_names_in_the_words_around_a_run_act_in_its_story(site):
    parts = {path.name: RUN.split(path.read_text(encoding="utf-8")) for path in LESSONS.glob("*.md")}
    machines = {name for pieces in parts.values() for run in pieces[1::2] for name in HEAD.findall(run)}
    checked, strangers = 0, []
    for page, pieces in parts.items():
        for before, run, after in zip(pieces[:-1:2], pieces[1::2], pieces[2::2], strict=True):
            acting = set(re.findall(r"\w+", STORY.findall(run)[-1]))
            around = BORDER.split(before.rstrip().split("\n\n")[-1])[-1] + BORDER.split(after.lstrip())[0]
            said = {name for name in NAME.findall(around) if name in machines or CLIENT.fullmatch(name)}
            strangers += [f"{page}: {name}" for name in sorted(said - acting)]
            checked += len(said)
    assert strangers == []
    assert checked > 25
