"""The built site, a server for it that counts what it sends, and a browser."""

import gzip
import shutil
import threading
from collections.abc import Iterator
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

ROOT = Path(__file__).parents[2]
SITE = ROOT / "build" / "site"
TEXT = {".html", ".css", ".js", ".mjs", ".json", ".svg", ".xml", ".py", ".wasm"}


def pytest_configure(config):
    config.addinivalue_line("filterwarnings", "error")


@cache
def packed_bytes(path: Path, changed_ns: int) -> bytes:
    """What is sent for a file; hosts keep it, so that packing costs nobody time."""
    body = path.read_bytes()
    return gzip.compress(body, 6, mtime=0) if path.suffix in TEXT else body


class Handler(SimpleHTTPRequestHandler):
    """Serves files compressed, as the hosts of static sites do, and notes how many bytes each took."""

    sent: ClassVar[dict[str, int]] = {}

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            self.send_error(404)
            return
        packed = packed_bytes(path, path.stat().st_mtime_ns)
        self.sent[self.path] = len(packed)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Length", str(len(packed)))
        self.send_header("Cache-Control", "max-age=600")
        if path.suffix in TEXT:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(packed)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="session")
def site():
    """The folder of the built site."""
    assert (SITE / "index.html").is_file(), "build the site first: python -m docs.publishing"
    return SITE


@pytest.fixture(scope="session")
def pages(site):
    """Paths of all pages, as a browser asks for them."""
    return sorted(f"/{path.parent.relative_to(site).as_posix()}/".replace("/./", "/") for path in site.rglob("index.html"))


@pytest.fixture(scope="session")
def url(site):
    """Where the site is served, on this machine only."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def chromium():
    """A browser that every test opens pages in."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "these tests need a browser: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


class Watched:
    """A page, and everything that it complained about or asked others for."""

    def __init__(self, browser, url: str, **options):
        self.url = url
        self.complaints: list[str] = []
        self.sent: list[str] = []
        self.context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        self.context.on("request", lambda request: self.asked(request.url))
        self.context.on("response", lambda answer: answer.status >= 400 and self.complaints.append(f"{answer.status}: {answer.url}"))
        self.page = self.new_page()

    def new_page(self):
        """Open a page that is watched."""
        page = self.context.new_page()
        page.on("console", lambda said: said.type in ("error", "warning") and self.complaints.append(f"console: {said.text}"))
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        return page

    def begin(self) -> None:
        """Forget what was kept and seen; what was fetched may stay, as it does for a reader who comes back."""
        self.page.close()
        self.page = self.new_page()
        kept = {"origin": self.url, "storageTypes": "local_storage,cookies"}
        self.context.new_cdp_session(self.page).send("Storage.clearDataForOrigin", kept)
        self.complaints.clear()

    def asked(self, for_what: str) -> None:
        """Note what a page asks for."""
        if for_what.startswith(self.url):
            self.sent.append(for_what.removeprefix(self.url).partition("#")[0])
        elif not for_what.startswith(("data:", "blob:")):
            self.complaints.append(f"asked another server: {for_what}")

    def open(self, path: str):
        self.page.goto(self.url + path)
        return self.page


@pytest.fixture(scope="session")
def reader(chromium, url) -> Iterator[Watched]:
    """One browser profile for all tests."""
    reader = Watched(chromium, url)
    yield reader
    reader.context.close()


@pytest.fixture
def watched(reader) -> Iterator[Watched]:
    """That profile with nothing kept in it; at the end of the test nothing may have complained."""
    reader.begin()
    yield reader
    assert reader.complaints == []
