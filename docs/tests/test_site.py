"""The built site in a real browser: every page, and each thing that a reader can do."""

import re
from itertools import islice, zip_longest
from pathlib import Path

from playwright.sync_api import expect

from docs.publishing.recording import Recipe, record
from docs.tests.conftest import Handler, Watched
from docs.tests.newcomer import walk
from harness import report

ROOT = Path(__file__).parents[2]
AXE = ROOT / "build" / "scripts" / "node_modules" / "axe-core" / "axe.min.js"
SLOW_MS = 60_000  # a busy machine starts Python slowly
LOCK = "/exercises/06_lamport_clock/"


def program(exercise, name):
    return (ROOT / "solutions" / exercise / name).read_text(encoding="utf-8")


def bench(watched, path, text=None):
    """Open an exercise's page, perhaps with a text in its editor, and return it once the editor is there."""
    page = watched.open(path)
    page.locator(".dsr-bench").scroll_into_view_if_needed()
    expect(page.locator(".dsr-bench.ready")).to_be_visible(timeout=SLOW_MS)
    if text is not None:
        write(page, text)
    return page


def write(page, text):
    """Put a text into the editor instead of what is there, as a reader would paste it."""
    page.get_by_role("textbox", name=re.compile("Your file")).click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(text)


def run(page):
    page.get_by_role("button", name="Run the checks").click()


def batched(items, size):
    """Yield the items in groups."""
    rest = iter(items)
    while group := list(islice(rest, size)):
        yield group


LOOK = """rules => {
  for (const drawing of document.querySelectorAll(".dsr-svg")) drawing.replaceChildren(); // said once more as text; slow to look at
  window.looked = axe.run(document, { resultTypes: ["violations"], ...(rules ? { runOnly: rules } : {}) });
}"""


def seen(page):
    """Return what axe, begun by `LOOK`, finds that keeps somebody from using the page."""
    found = page.evaluate("async () => (await window.looked).violations")
    bad = [item for item in found if item["impact"] in ("serious", "critical")]
    return [f"{item['id']}: {node['html'][:160]} ({node['failureSummary'][:200]})" for item in bad for node in item["nodes"][:3]]


def audit(watched, path, found):
    """Look at one page in every way, and note what is wrong with it. Yields wherever the browser is busy by itself."""
    watched.sent.clear()
    page = watched.open(path)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    if page.locator(".dsr-bench").count():
        expect(page.locator(".dsr-bench.ready")).to_be_visible(timeout=SLOW_MS)
    page.evaluate(LOOK, None)
    yield
    said = seen(page)
    page.evaluate("document.body.dataset.mdColorScheme = 'slate'")
    page.evaluate(LOOK, ["color-contrast"])
    yield
    said += [f"dark {text}" for text in seen(page)]
    page.set_viewport_size({"width": 360, "height": 740})
    width = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size({"width": 1280, "height": 900})
    said += [f"{width} px wide at 360"] if width > 360 else []
    said += [f"fetches {name} before anybody asks for Python" for name in watched.sent if "pyodide" in name or "course.zip" in name]
    total = sum(Handler.sent[name] for name in watched.sent)
    said += [f"{total:,} bytes"] if total > 600_000 else []
    found += [f"{path} {text}" for text in [*watched.complaints, *said]]
    watched.complaints.clear()


def test_every_page_is_quiet_small_asks_nobody_is_accessible_and_fits_a_phone(chromium, url, pages):
    tabs = [Watched(chromium, url, reduced_motion="reduce") for _ in range(2)]  # of two processors, both have something to do
    found, weighed = [], 0
    for tab in tabs:
        tab.context.add_init_script(path=AXE)
    for group in batched(pages, len(tabs)):
        audits = [audit(tab, path, found) for tab, path in zip(tabs, group, strict=False)]
        for _ in zip_longest(*audits):
            weighed += 1
    for tab in tabs:
        tab.context.close()
    assert len(pages) > 15
    assert weighed >= len(pages)
    assert found == []


def test_a_run_can_be_stepped_through_with_buttons_keys_and_slider(watched):
    page = watched.open("/")
    player = page.locator(".dsr-player").first
    place = player.locator(".place")
    total = int(re.search(r"\d+", place.inner_text())[0])
    player.get_by_role("button", name="Next step").click()
    expect(place).to_contain_text(f"Event 1 of {total}")
    player.locator(".scroll:visible").focus()
    page.keyboard.press("ArrowRight")
    expect(place).to_contain_text("Event 2 of")
    page.keyboard.press("End")
    expect(place).to_contain_text("breaks the promise")
    assert player.locator(".later").count() == 0
    player.locator(".scrub").fill("1")
    expect(place).to_contain_text("Event 1 of")
    assert player.locator(".view:visible g.step.later").count() == total - 1
    page.keyboard.press("Escape")
    player.locator(".story button").last.click()
    expect(place).to_contain_text("breaks the promise")
    player.get_by_text("The machines at this step").click()
    expect(player.locator(".machines dd").first).to_contain_text("running")


def test_a_run_plays_by_itself_and_stops(watched):
    page = watched.open("/")
    player = page.locator(".dsr-player").first
    player.get_by_role("button", name="Play").click()
    expect(player.locator(".place")).to_contain_text("Event 3 of", timeout=10_000)
    player.get_by_role("button", name="Stop playing").click()
    before = player.locator(".place").inner_text()
    page.wait_for_timeout(1_800)
    assert player.locator(".place").inner_text() == before


def test_a_message_says_beside_the_pointer_what_it_says(watched):
    page = watched.open("/")
    arrow = page.locator(".dsr-player .view:visible .msg .label").first
    arrow.hover()
    expect(page.locator(".dsr-player .beside").first).to_contain_text("→")


def test_every_run_stands_there_as_text_even_without_scripts(chromium, url):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(url + "/")
    expect(page.locator(".dsr-player .story li").first).to_be_visible()
    assert "breaks here" in page.locator(".dsr-player .story").inner_text()
    assert page.locator(".dsr-player .view details li").count() > 5
    context.close()


def test_a_knob_changes_the_run(watched):
    page = watched.open("/knobs/")
    knob = page.locator(".dsr-knob").first
    knob.scroll_into_view_if_needed()
    expect(knob.locator(".dsr-outcome")).to_contain_text("both lead")
    slider = knob.get_by_role("slider", name=re.compile("Votes needed"))
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(knob.locator(".dsr-outcome")).to_contain_text("leads, alone", timeout=SLOW_MS)
    assert knob.locator(".dsr-picture .mark").count() == 0
    slider.fill("4")
    expect(knob.locator(".dsr-outcome")).to_contain_text("Nobody leads", timeout=SLOW_MS)
    knob.get_by_role("button", name="Next step").click()
    expect(knob.locator(".place")).to_contain_text("Event 1 of")


def test_an_exercise_is_solved_in_the_browser_and_remembered(watched):
    page = bench(watched, LOCK, program("06_lamport_clock", "lamport_clock.py"))
    run(page)
    expect(page.locator(".dsr-status")).to_contain_text("all 4 public checks hold", timeout=SLOW_MS)
    assert page.locator(".dsr-results .is-pass").count() == 4
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "lamport_clock.py"
    assert Path(download.value.path()).read_text(encoding="utf-8") == program("06_lamport_clock", "lamport_clock.py")
    page = bench(watched, LOCK)
    assert "class LamportClock" in page.locator(".cm-content").inner_text()
    page = watched.open("/exercises/")
    expect(page.locator('[data-slug="06_lamport_clock"] .dsr-standing')).to_contain_text("all 4 public checks hold")


def test_a_wrong_program_gets_its_story_its_picture_and_a_hint(watched):
    page = bench(watched, "/exercises/05_quorum_election/", program("05_quorum_election", "wrong/x01_votes_for_all.py"))
    run(page)
    told = page.locator('.dsr-told[aria-label="one_vote"]')
    expect(told).to_be_visible(timeout=SLOW_MS)
    expect(told.locator(".verdict").first).to_contain_text("votes twice in term 1")
    told.get_by_role("button", name="Next step").click()
    expect(told.locator(".place")).to_contain_text("Event 1 of")
    expect(told.locator(".dsr-hints")).to_contain_text("Two candidates ask in the same term")
    told.get_by_text("As the terminal tells it").click()
    expect(told.locator(".dsr-text")).to_contain_text("Replay:   course show 05.one_vote.0")


START = "from harness import Node\n\n\nclass PingClient(Node):\n    def on_start(self):\n"


def test_a_loop_is_ended_and_named_and_what_cannot_be_ended_is_stopped_by_the_page_or_by_the_reader(watched):
    page = bench(watched, "/exercises/00_ping/", START + "        while True:\n            n = 1\n")
    run(page)
    stopped = page.locator(".dsr-results .is-timeout").first
    expect(stopped).to_contain_text("first_ping", timeout=SLOW_MS)
    expect(page.locator(".dsr-told").first).to_contain_text(re.compile(r"ping\.py:[67]: on_start does not return"), timeout=SLOW_MS)
    stopped.locator(".dsr-line").click()
    expect(page.locator(".cm-activeLine")).to_contain_text(re.compile("while True|n = 1"))
    write(page, START + "        sum(iter(int, 1))\n")
    page.evaluate("document.querySelector('.dsr-bench').dataset.patienceMs = 2000")
    run(page)
    expect(page.locator(".dsr-status")).to_contain_text("does not come back", timeout=SLOW_MS)
    expect(page.locator(".dsr-results .is-timeout")).to_contain_text("first_ping")
    page.evaluate("document.querySelector('.dsr-bench').dataset.patienceMs = 60000")
    run(page)
    expect(page.locator(".dsr-status")).to_contain_text("Running first_ping", timeout=SLOW_MS)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".dsr-status")).to_contain_text("Stopped")
    write(page, START + "        self.seq = oops\n")
    run(page)
    expect(page.locator(".dsr-told").first).to_contain_text("NameError", timeout=SLOW_MS)
    page.locator(".dsr-line").first.click()
    expect(page.locator(".cm-activeLine")).to_contain_text("oops")


def test_somebody_new_is_led_from_the_home_page_to_a_first_check_that_holds(watched):
    done = walk(watched.page, watched.url)
    assert done[-1][0] == "the first check holds"


def test_search_finds_what_a_lesson_or_exercise_says(watched):
    page = watched.open("/")
    page.get_by_role("textbox", name="Search").click()
    page.keyboard.type("fencing token")
    expect(page.locator(".md-search-result__link").first).to_be_visible(timeout=10_000)
    assert "lock" in page.locator(".md-search-result").inner_text().lower()


def test_dark_mode_reaches_pictures_and_is_remembered(watched):
    page = watched.open("/")
    paper = "getComputedStyle(document.querySelector('.dsr-player .drawing')).backgroundColor"
    light = page.evaluate(paper)
    page.get_by_title("Switch to dark").click()
    assert page.evaluate(paper) != light
    page = watched.open("/start/")
    assert page.locator("body").get_attribute("data-md-color-scheme") == "slate"


def test_on_paper_a_page_is_only_its_text_and_pictures(watched):
    page = watched.open("/")
    page.emulate_media(media="print")
    for hidden in (".md-header", ".md-footer", ".dsr-player .panel"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(page.locator(".dsr-player .drawing").first).to_be_visible()


def test_the_whole_site_is_small(site):
    whole = sum(path.stat().st_size for path in site.rglob("*") if path.is_file())
    assert whole < 25_000_000, f"{whole:,} bytes"


def test_the_page_that_course_show_writes_is_the_same_player(chromium, tmp_path):
    recorded = record(Recipe.read({"exercise": "05", "program": "wrong/x01_votes_for_all", "check": "one_vote"}), ROOT)
    shown = tmp_path / "05.one_vote.0.html"
    shown.write_text(report.diagram(recorded.trace, recorded.broken, title="one_vote", promise=recorded.promise), encoding="utf-8")
    page = chromium.new_page()
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(shown.as_uri())
    page.keyboard.press("End")
    expect(page.locator(".place")).to_contain_text("breaks the promise")
    page.keyboard.press("Space")
    expect(page.locator(".place")).to_contain_text("Event 1 of")
    page.close()
    assert complaints == []
