"""Diagrams: whole, well formed, harmless, and showing what the trace says."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from harness import Node, message, report
from harness.errors import Broken
from harness.faults import Call, ClockStep, Crash, Drop, Faults, Partition, Pause, Rule
from harness.node import Spec
from harness.report.cause import cone_of
from harness.report.diagram import MOST_RECORDS, coded, embedded, views_of
from harness.report.layout import columns_of, layout
from harness.report.picture import GAP, LABEL_HEIGHT, LETTER, NARROW_GAP, WIDE_GAP
from harness.report.states import states_of
from harness.report.svg import svg
from harness.simulation import World, simulate
from harness.trace import Trace

EVIL = "</script><img src=x onerror=alert(1)>\"'&<!--"
VOID = {"meta", "input", "img", "br", "link"}


@message
class Put:
    key: str


@message
class Copy:
    key: str


@message
class Stored:
    key: str


class Store(Node):
    def on_put(self, sender, put):
        self.send(sender, Stored(put.key))
        self.broadcast(Copy(put.key))
        self.disk[put.key] = put.key
        self.after(30, self.again, put.key)

    def again(self, key):
        self.broadcast(Copy(key))

    def on_copy(self, sender, copy):
        self.disk[copy.key] = copy.key


def run(seed=0, key="x"):
    happenings = (
        Call("ann", 5, "n", Put(key)),
        Partition((("n", "s"), ("e",)), 40, 80),
        Pause("s", 50, 60),
        ClockStep("e", 60, -500),
        Crash("n", 70, 20),
        Call("ann", 120, "n", Put("z")),
        Crash("n", 110, 20, effects=1),
    )
    faults = Faults(latency_ms=(1, 20), happenings=happenings, rules=(Rule(Drop(), "n", "e", nth=1),))
    return simulate(World(tuple(Spec(name, Store) for name in ("n", "s", "e")), seed, faults, 300))


LOSSY = Faults(happenings=(Call("ann", 5, "n", Put("x")),), rules=(Rule(Drop(), "n", "s"),))


def broken_in(trace):
    return Broken("z is forgotten", records=([index for index, _ in trace.messages("deliver", "Stored")][-1],))


@pytest.fixture(params=range(6))
def trace(request):
    return run(request.param)


@pytest.fixture
def picture(trace):
    return layout(trace, range(len(trace)), broken_in(trace).records)


class Page(HTMLParser):
    """Checks that tags match, and notes every element with its attributes."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.open, self.elements, self.texts = [], [], {}
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        assert len({name for name, _ in attrs}) == len(attrs), f"<{tag}> has an attribute twice"
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        where = self.open[-1] if self.open else ""
        self.texts[where] = self.texts.get(where, "") + data


def page_of(trace, broken, title="A title", **more):
    return report.diagram(trace, broken, title=title, **more)


# --- the page ---


def test_tags_match_and_ids_are_unique(trace):
    page = Page(page_of(trace, broken_in(trace), promise="nothing is lost"))
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert ids and len(ids) == len(set(ids))


def test_the_page_asks_nobody_for_anything(trace):
    page = page_of(trace, broken_in(trace))
    assert not [attrs for _, attrs in Page(page).elements if {"src", "href", "xlink:href", "action"} & set(attrs)]
    assert not re.search(r"https?://|@import|fetch\(|url\((?!#)", page)


def test_hostile_text_is_text_wherever_it_stands():
    rows = [
        (0, "start", EVIL, 1, None, None),
        (1, "send", EVIL, 1, "c", Put(EVIL)),
        (1, "write", EVIL, 0, EVIL, EVIL),
        (1, "set", EVIL, 1, EVIL, 5),
        (2, "deliver", "c", 1, EVIL, Put(EVIL)),
        (3, "fire", EVIL, 1, EVIL, (EVIL,)),
        (4, "cut", "", 0, ((EVIL,), ("c",)), None),
    ]
    broken = Broken(EVIL, records=(4, 5))
    hostile = Page(page_of(Trace(rows), broken, title=EVIL, promise=EVIL))
    calm_rows = [tuple("ok" if item == EVIL else item for item in row) for row in rows]
    calm = Page(page_of(Trace(calm_rows), Broken("ok", records=(4, 5)), title="ok", promise="ok"))
    assert {tag for tag, _ in hostile.elements} == {tag for tag, _ in calm.elements}
    assert [tag for tag, _ in hostile.elements].count("script") == 2
    assert not [attrs for _, attrs in hostile.elements if any(name.startswith("on") for name in attrs)]
    assert EVIL in hostile.texts["h1"]


def test_embedded_data_is_json_without_markup():
    text = embedded({"x": [EVIL, "\u2028"]})
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == {"x": [EVIL, "\u2028"]}


def test_the_data_has_every_step_of_every_view(trace):
    page = Page(page_of(trace, broken_in(trace)))
    data = json.loads(page.texts["script"][: page.texts["script"].index('"use strict"')].split("\n//")[0])
    views = [attrs["data-view"] for _, attrs in page.elements if "data-view" in attrs]
    assert views == list(data) == ["cone", "all"]
    steps = [attrs["data-step"] for tag, attrs in page.elements if tag == "g" and attrs.get("class", "").startswith("step ")]
    assert len(steps) == sum(map(len, data.values()))


def test_every_line_of_the_story_leads_to_its_step(trace):
    broken = broken_in(trace)
    lines = [line for line in report.steps_of(trace, broken) if line.number]
    buttons = [int(attrs["data-go"]) for _, attrs in Page(page_of(trace, broken)).elements if "data-go" in attrs]
    shown = layout(trace, cone_of(trace, broken), broken.records).steps
    assert len(buttons) == len(lines)
    for line, number in zip(lines, buttons, strict=True):
        assert set(line.records) & set(shown[number - 1].records)


def test_steps_have_the_numbers_of_the_story_in_the_list_and_in_the_drawing(trace):
    broken = broken_in(trace)
    page = page_of(trace, broken)
    numbers = [line.number for line in report.steps_of(trace, broken) if line.number]
    assert [int(attrs["value"]) for tag, attrs in Page(page).elements if tag == "li" and "value" in attrs] == numbers
    for view in page.split('<div class="view"')[1:]:
        beside = [row.split("–") for row in re.findall(r'class="number"[^>]*>([^<]*)<', view)]
        assert sorted(number for row in beside for number in range(int(row[0]), int(row[-1]) + 1)) == numbers
    without = re.findall(r'class="number"[^>]*>([^<]*)<', page_of(trace, None))
    assert without == [str(step.number) for step in layout(trace, range(len(trace))).steps]


def test_there_is_a_text_version_of_the_drawing(trace):
    page = page_of(trace, None)
    items = re.findall(r"<li>(.*)</li>", page.split("<details>")[1])
    assert len(items) == len(layout(trace, range(len(trace))).steps)
    assert all(attrs.get("aria-label") for tag, attrs in Page(page).elements if tag in ("svg", "section"))


def test_the_legend_explains_what_is_drawn_and_nothing_else(trace):
    busy = report.player(trace, broken_in(trace), title="t")
    calm = report.player(simulate(World((Spec("n", Store),), faults=Faults(happenings=(Call("ann", 5, "n", Put("x")),)))), title="t")
    for sign in ("a crash", "a restart", "paused", "cut off", "a clock is set", "double ring", "lost"):
        assert sign in busy and sign not in calm
    assert "a message arrives" in calm and "written to disk" in calm and "a timer goes off" in calm


def test_a_loss_is_told_at_the_step_that_sent_the_message():
    trace = simulate(World(tuple(Spec(name, Store) for name in ("n", "s")), 0, LOSSY, 60))
    page = report.player(trace, Broken("not copied"), title="t")
    assert re.search(r'<li value="\d+"><button type="button" data-go="\d+">n → s  [^<]*: lost', page)


def test_a_loss_may_be_all_there_is_to_draw():
    trace = simulate(World(tuple(Spec(name, Store) for name in ("n", "s")), 0, LOSSY, 60))
    lost = next(index for index, _ in trace.of("lose"))
    assert "✕ lost" in report.player(trace, Broken("not copied", records=(lost,)), title="t")


def test_no_label_covers_a_double_ring(trace, picture):
    for step in picture.steps:
        for arrow in picture.arrows:
            if step.broken and step.x is not None and abs(arrow.label_y - step.y - 4) < LABEL_HEIGHT:
                assert abs(arrow.label_x - step.x) >= 18 + len(arrow.label) * LETTER / 2


def test_no_line_crosses_a_label_of_another_arrow(picture):
    drawn = svg(picture, "p", "title", {})
    assert drawn.rindex('class="tip"') < drawn.index('class="label"')


@pytest.mark.parametrize("count", [2, 3, 6, 7, 9])
def test_many_machines_stand_closer_together(count):
    names = [f"n{number}" for number in range(count)]
    trace = simulate(World(tuple(Spec(name, Store) for name in names), 0, Faults(), 60))
    xs = list(columns_of(trace, range(len(trace))).values())
    assert {b - a for a, b in pairwise(xs)} == {WIDE_GAP if count < 3 else GAP if count < 7 else NARROW_GAP}


def test_what_stands_in_backquotes_is_code():
    assert coded("a's timer `stand` <goes> off") == "a&#x27;s timer <code>stand</code> &lt;goes&gt; off"


def test_player_and_style_know_no_run(trace):
    inside = report.player(trace, broken_in(trace), title="t")
    assert "<style" not in inside and "addEventListener" not in inside
    assert report.asset("player.js") in page_of(trace, None)
    assert "light-dark(" in report.asset("player.css")
    assert len(report.asset("player.js").splitlines()) < 200


def test_the_same_run_draws_the_same_bytes_and_another_seed_others():
    one, again, other = run(1), run(1), run(2)
    assert page_of(one, broken_in(one)) == page_of(again, broken_in(again)) != page_of(other, broken_in(other))


def test_a_run_in_which_nothing_happened_can_be_drawn():
    Page(page_of(Trace([]), None))
    Page(page_of(Trace([(0, "start", "a", 1, None, None)]), None))


def test_a_very_long_run_is_shown_around_what_broke():
    rows = [(0, "start", "a", 1, None, None)] + [(time, "fire", "a", time, "tick", ()) for time in range(1, 5000)]
    views = views_of(Trace(rows), Broken("late", records=(4500,)))
    assert all(len(view) <= MOST_RECORDS and 4500 in view for view in views.values())


# --- the layout ---


def test_time_runs_down(picture):
    heights = [step.y for step in picture.steps]
    assert heights == sorted(set(heights))
    assert [step.number for step in picture.steps] == list(range(1, len(heights) + 1))
    assert all(arrow.y2 > arrow.y1 for arrow in picture.arrows)


def test_every_arrival_and_every_loss_has_its_arrow(trace, picture):
    fates = [arrow.fate for arrow in picture.arrows]
    assert fates.count("arrives") == len(list(trace.of("deliver"))) > 0
    assert fates.count("lost") == len(list(trace.of("lose"))) > 0


def test_arrows_start_and_end_on_the_right_life_lines(trace, picture):
    columns = dict(picture.columns)
    ends = [(columns[record.other], columns[record.node]) for _, record in trace.of("deliver")]
    assert [(arrow.x1, arrow.x2) for arrow in picture.arrows if arrow.fate == "arrives"] == ends


def test_a_life_line_is_interrupted_by_each_crash_and_hatched_by_each_pause(trace, picture):
    states = [life.state for life in picture.lives]
    assert states.count("down") == len(list(trace.of("crash"))) == 2
    assert states.count("paused") == len(list(trace.of("pause"))) == 1
    assert states.count("client") == 1


def test_a_life_line_has_no_gaps(picture):
    for _, x in picture.columns:
        pieces = [(life.y1, life.y2) for life in picture.lives if life.x == x]
        assert all(one[1] == other[0] for one, other in pairwise(pieces))


def test_a_partition_is_walled_where_it_cuts(picture):
    (band,) = picture.bands
    columns = dict(picture.columns)
    assert band.walls == ((columns["s"] + columns["e"]) // 2,)
    assert 0 < band.y2 - band.y1 < picture.height


def test_only_the_proof_is_ringed(trace, picture):
    proof = broken_in(trace).records[0]
    assert [step.records[0] for step in picture.steps if step.broken] == [proof]


def test_everything_is_on_the_drawing(picture):
    for arrow in picture.arrows:
        half = len(arrow.label) * LETTER / 2
        assert arrow.label_x - half >= 0 and arrow.label_x + half <= picture.width
        assert 0 < arrow.label_y < picture.height
    assert all(step.y < picture.height for step in picture.steps)


def test_writes_are_shown_where_they_happen(trace, picture):
    written = [step for step in picture.steps if step.writes]
    assert sum(sum(trace[index].kind == "write" for index in step.records) for step in written) == len(list(trace.of("write"))) > 0


# --- what the machines hold ---


def test_the_panel_can_say_what_each_machine_holds_at_each_step():
    trace = run(1)
    ends = [index for index, record in trace.of("crash", "start", "pause", "resume", "write", "step")]
    state, seen = {}, []
    for end, changes in zip(ends, states_of(trace, ends), strict=True):
        state |= changes
        record = trace[end]
        held = dict(state[record.node])
        seen.append(record.kind)
        if record.kind == "write":
            assert f"{record.other} = " in held["disk"]
        else:
            assert held[""] == {"crash": "down", "pause": "paused"}.get(record.kind, "running") or record.kind == "step"
        if record.kind == "crash":
            assert "timers" not in held
        if record.kind == "step":
            assert held["wall clock"] == f"{record.time_ms - 500} ms, 500 behind"
    assert {"crash", "start", "pause", "resume", "write", "step"} == set(seen)


def test_a_clock_that_is_wrong_from_the_start_is_told():
    faults = Faults(skew_ms=(("n", 70),), drift_ppm=(("n", 100_000),), happenings=(Call("ann", 100, "n", Put("x")),))
    trace = simulate(World((Spec("n", Store), Spec("s", Store)), 0, faults, 300))
    assert trace.header["clocks"] == {"n": (70, 100_000)}
    (first,) = [index for index, record in trace.of("deliver") if record.node == "n"][:1]
    now = trace[first].time_ms
    assert dict(next(iter(states_of(trace, [first])))["n"])["wall clock"] == f"{now + now // 10 + 70} ms, {now // 10 + 70} ahead"
    assert "clocks" not in run().header
