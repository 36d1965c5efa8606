"""Every link of the built site leads somewhere, and every anchor to something."""

from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag, urljoin, urlparse


class Links(HTMLParser):
    """Collects what a page links to, and what can be linked to in it."""

    def __init__(self, text):
        super().__init__()
        self.targets, self.ids = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.ids |= {given[name] for name in ("id", "name") if given.get(name)}
        self.targets += [given[name] for name in ("href", "src") if given.get(name)]


def test_every_link_and_anchor_of_the_built_site_is_there(site):
    pages = {path: Links(path.read_text(encoding="utf-8")) for path in site.rglob("*.html") if path.name != "404.html"}
    lost, followed = [], 0
    for path, page in pages.items():
        here = f"http://site/{path.relative_to(site).as_posix()}"
        for target in page.targets:
            url, anchor = urldefrag(urljoin(here, target))
            if urlparse(url).netloc != "site":
                continue
            file = site / unquote(urlparse(url).path).lstrip("/")
            file = file / "index.html" if file.is_dir() else file
            followed += 1
            if not file.is_file() or (anchor and file in pages and unquote(anchor) not in pages[file].ids):
                lost.append(f"{path.relative_to(site)}: {target}")
    assert lost == []
    assert followed > 500
