"""Where a link of the repository leads on the site: a page's Markdown links other files by path, as it does on a forge."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable

LINK = re.compile(r"(?<!!)(\[[^\]]*\]\()([^)\s]+)(\))")
FENCE = re.compile(r"^(?P<fence>`{3,}|~{3,}).*?^(?P=fence)\s*$", re.MULTILINE | re.DOTALL)


def page_of(path: str) -> str | None:
    """Return the page, from the site's source folder, that shows a file of the repository; None if no page does."""
    exercise = re.fullmatch(r"exercises/(\d\d_\w+)(/README\.md|/)?", path)
    if exercise:
        return f"exercises/{exercise[1]}.md"
    if path == "CONTRIBUTING.md":
        return "contributing.md"
    return path.removeprefix("docs/") if path.startswith("docs/") and path.endswith(".md") else None


def relinked(text: str, source: str, page: str) -> str:
    """Return a page's text with its links to other files of the repository leading to their pages.

    Args:
        text: Markdown.
        source: path of its file from the repository's root.
        page: path of its page from the site's source folder.
    """

    def follow(link: re.Match[str]) -> str:
        name, mark, anchor = link[2].partition("#")
        if not name or re.match(r"[a-z]+:", name):
            return link[0]
        target = page_of(posixpath.normpath(posixpath.join(posixpath.dirname(source), name)))
        if target is None:
            return link[0]
        return f"{link[1]}{posixpath.relpath(target, posixpath.dirname(page) or '.')}{mark}{anchor}{link[3]}"

    return outside_code(text, lambda part: LINK.sub(follow, part))


def outside_code(text: str, change: Callable[[str], str]) -> str:
    """Return a text with what stands outside of its fenced blocks changed."""
    parts, place = [], 0
    for block in FENCE.finditer(text):
        parts += [change(text[place : block.start()]), block[0]]
        place = block.end()
    return "".join([*parts, change(text[place:])])
