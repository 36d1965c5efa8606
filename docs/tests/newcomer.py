"""Goes from the home page to a first check that holds, as somebody new would: `python -m docs.tests.newcomer`, with the site built.

It clicks only what the page before tells it to, by the words that stand there, and fails if they are gone. The times are those of the
browser, not of the reading: a browser that was just started, which has nothing of the site yet.
"""

from __future__ import annotations

import os
import re
import shutil
import statistics
import threading
import time
from functools import partial
from http.server import ThreadingHTTPServer

from playwright.sync_api import Page, expect, sync_playwright

from docs.tests.conftest import SITE, Handler

ROUNDS = 3
TODO = 'raise NotImplementedError("step 1: send Ping(1) to self.server")'
WRITTEN = "self.send(self.server, Ping(1))"
SLOW_MS = 180_000


def walk(page: Page, url: str) -> list[tuple[str, float]]:
    """Do what the pages say until the first check holds; return what was done, each with the seconds since the beginning."""
    begun, done = time.perf_counter(), list[tuple[str, float]]()

    def note(what: str) -> None:
        done.append((what, time.perf_counter() - begun))

    page.goto(url + "/")
    page.get_by_role("link", name="Start here: ten minutes").click()
    expect(page.get_by_role("heading", name="1. Read one failure")).to_be_visible()
    note("the page that says how to begin")
    page.get_by_role("button", name="Next step").click()
    expect(page.locator(".dsr-player .place")).to_contain_text("Event 1 of")
    note("one step of a failing run")
    page.get_by_role("link", name="exercise 00").click()
    expect(page.get_by_text("Step 1.", exact=True)).to_be_visible()
    page.get_by_role("link", name="Write it here").first.click()
    expect(page.locator(".dsr-bench.ready")).to_be_visible()
    expect(page.locator(".cm-content")).to_be_in_viewport()
    note("the editor")
    line = page.locator(".cm-line", has_text=TODO)
    line.click()
    page.keyboard.press("End")
    page.keyboard.press("Shift+Home")
    page.keyboard.type(WRITTEN)
    run = page.get_by_role("button", name="Run the checks")
    expect(run).to_be_in_viewport()
    note("the first line written")
    run.click()
    expect(page.locator(".dsr-results .is-pass")).to_contain_text("first_ping", timeout=SLOW_MS)
    note("the first check holds")
    expect(page.locator(".dsr-status")).to_contain_text(re.compile("1 of 3 public checks holds"), timeout=SLOW_MS)
    expect(page.locator(".dsr-status")).to_be_in_viewport()
    return done


def main() -> None:
    """Walk a few times, and print the medians."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(SITE)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    walks = []
    with sync_playwright() as playwright:
        for _ in range(ROUNDS):
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium") or shutil.which("google-chrome"), args=["--no-sandbox"]
            )
            walks.append(walk(browser.new_page(), f"http://127.0.0.1:{server.server_port}"))
            browser.close()
    server.shutdown()
    for steps in zip(*walks, strict=True):
        seconds = [at for _, at in steps]
        print(f"{statistics.median(seconds):6.1f} s ({min(seconds):.1f} to {max(seconds):.1f})  {steps[0][0]}")
    print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
