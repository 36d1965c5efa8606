"""MkDocs and Zensical read one configuration, and make the same pages of it."""

import re
import threading
from functools import partial
from http.server import ThreadingHTTPServer

import pytest
from playwright.sync_api import expect

from docs.tests.conftest import ROOT, Handler, Watched

OTHER = ROOT / "build" / "zensical"
HEADING = re.compile(r'<h([1-6]) id="([^"]+)"')


def pages_in(folder):
    """Return the text of every page, by its path."""
    return {path.parent.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in folder.rglob("index.html")}


@pytest.fixture
def other_url():
    """Where Zensical's site is served."""
    assert (OTHER / "index.html").is_file(), "build the site first: python -m docs.publishing"
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(OTHER)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_both_builders_make_the_same_pages_with_the_same_headings_and_diagrams(site):
    ours, theirs = pages_in(site), pages_in(OTHER)
    assert sorted(ours) == sorted(theirs)
    assert len(ours) > 30
    assert sum(len(HEADING.findall(page)) for page in ours.values()) > 300
    for path, page in ours.items():
        assert HEADING.findall(page) == HEADING.findall(theirs[path]), path
        assert page.count('class="dsr-player"') == theirs[path].count('class="dsr-player"'), path


def test_a_run_can_be_stepped_through_on_the_other_site_too(chromium, other_url):
    watched = Watched(chromium, other_url)
    page = watched.open("/")
    player = page.locator(".dsr-player").first
    player.get_by_role("button", name="Next step").click()
    expect(player.locator(".place")).to_contain_text("Event 1 of")
    watched.context.close()
    assert watched.complaints == []
