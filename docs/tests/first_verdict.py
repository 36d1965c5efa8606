"""Measures how long a reader waits: `python -m docs.tests.first_verdict`, with the site built. Not a test: seconds do not travel.

Cold is a new browser profile, from opening an exercise's page to its first verdict. Warm is the next run on the same page.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import statistics
import threading
import time
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from docs.tests.conftest import ROOT, SITE, Handler

ROUNDS = 5
PAGE = "/exercises/06_lamport_clock/"
ENDLESS = "while True:\n    pass\n"


def opened(page: Page, url: str) -> None:
    page.goto(url + PAGE)
    page.locator(".dsr-bench").scroll_into_view_if_needed()
    page.wait_for_selector(".dsr-bench.ready")


def processor_seconds() -> float:
    """Return what the browser's processes, all descendants of this one, have used of the processor so far (Linux)."""
    parent, used = {}, {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            parent[int(path.parent.name)], used[int(path.parent.name)] = int(fields[1]), int(fields[11]) + int(fields[12])
    ours = {os.getpid()}
    for _ in range(8):
        ours |= {child for child, of in parent.items() if of in ours}
    return sum(used.get(process, 0) for process in ours) / os.sysconf("SC_CLK_TCK")


def write(page: Page, text: str) -> None:
    page.locator(".cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(text)


def seconds_to_verdict(page: Page) -> float:
    begun = time.perf_counter()
    page.get_by_role("button", name="Run the checks").click()
    page.wait_for_function("!document.querySelector('.dsr-results li:not([class])') || document.querySelector('.dsr-results .is-pass')")
    page.wait_for_selector(".dsr-results .is-pass", timeout=120_000)
    return time.perf_counter() - begun


def seconds_to_stop(page: Page) -> float:
    write(page, ENDLESS)
    page.get_by_role("button", name="Run the checks").click()
    page.get_by_text("Running local_events").wait_for()
    begun = time.perf_counter()
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("Stopped.").wait_for()
    return time.perf_counter() - begun


def main() -> None:
    """Print the medians."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(SITE)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    reference = (ROOT / "solutions/06_lamport_clock/lamport_clock.py").read_text(encoding="utf-8")
    cold, work, warm, stops, sent = [], [], [], [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"), args=["--no-sandbox"]
        )
        for _ in range(ROUNDS):
            page = browser.new_context().new_page()
            Handler.sent.clear()
            begun, busy = time.perf_counter(), processor_seconds()
            opened(page, f"http://127.0.0.1:{server.server_port}")
            write(page, reference)
            opening = time.perf_counter() - begun
            cold.append(opening + seconds_to_verdict(page))
            work.append(processor_seconds() - busy)
            sent.append(sum(Handler.sent.values()))
            page.get_by_text("public checks hold").wait_for()
            warm.append(seconds_to_verdict(page))
            page.get_by_text("public checks hold").wait_for()
            stops.append(seconds_to_stop(page))
            page.context.close()
        browser.close()
    server.shutdown()
    print(
        f"first verdict, cold: {statistics.median(cold):.1f} s ({min(cold):.1f} to {max(cold):.1f}), {max(sent) / 1e6:.1f} MB transferred"
    )
    print(f"of which the processor worked {statistics.median(work):.1f} s, on all cores together; load {os.getloadavg()[0]:.1f}")
    print(f"first verdict, warm: {statistics.median(warm):.2f} s")
    print(f"an endless loop is stopped in {statistics.median(stops) * 1000:.0f} ms")


if __name__ == "__main__":
    main()
