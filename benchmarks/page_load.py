"""How long the inbox takes to show: in a browser that never saw it, in a second tab, and for somebody far away; real Chromium.

Only reported: there is no target.
"""

import argparse
import shutil
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks import inboxes, servers
from benchmarks.calm import MOST_BESIDE_A_BROWSER_MS, Rounds, Watcher, watching
from benchmarks.servers import BenchmarkError
from whatsapp_server.demo import PASSWORD, PEOPLE

CONVERSATIONS = 50
# A mobile line, or another continent: 100 ms there and back, 4 Mbit/s.
FAR = {"offline": False, "latency": 100, "downloadThroughput": 500_000, "uploadThroughput": 500_000}
# Nobody types faster; a browser that has just started is still busy with itself.
TYPING_MS = 1000
# Of everything that the page fetched; what the browser had kept counts as no byte.
FETCHED = """() => performance.getEntriesByType("resource").filter(({ name }) => name.includes("/assets/"))
    .reduce(([files, bytes], { transferSize }) => [files + 1, bytes + transferSize], [0, 0])"""


def main(given: list[str] | None = None) -> int:
    """Measure and report; 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page_load", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args(given)
    rounds = Rounds(MOST_BESIDE_A_BROWSER_MS)
    with (
        watching() as watcher,
        servers.mongod() as (mongo, folder),
        servers.product(mongo, folder) as server,
        sync_playwright() as playwright,
    ):
        with inboxes.connected(mongo) as database:
            inboxes.fill(database, CONVERSATIONS)
        browser = playwright.chromium.launch(executable_path=_chromium(), args=["--no-sandbox"])
        measure = partial(_round, watcher, browser, f"http://127.0.0.1:{server.port}")
        found = [rounds.take(f"round {number + 1}", measure) for number in range(options.rounds)]
        browser.close()
    (files, size) = found[0][1]
    print(f"The inbox in Chromium, {options.rounds} rounds (median, slowest); a first visit fetches {files} files, {size / 1024:.0f} KB:")
    for name in found[0][0]:
        times = [each[name] * 1000 for each, _ in found]
        print(f"  {name + ':':<58}{statistics.median(times):6.0f} ms{max(times):6.0f} ms")
    rounds.report()
    return 0


def _chromium() -> str:
    # With its windows: it is what people have.
    found = shutil.which("chromium") or shutil.which("chromium-headless-shell")
    if found is None:
        raise BenchmarkError("Chromium is not installed: sudo apt-get install -y --no-install-recommends chromium")
    return found


def _round(watcher: Watcher, browser: Browser, url: str) -> tuple[tuple[dict[str, float], tuple[int, int]], float]:
    """((seconds by what was done, (files, bytes) of the first visit), the longest hold-up in ms)."""
    watcher.begin()
    taken: dict[str, float] = {}
    far = browser.new_context()
    page = far.new_page()
    far.new_cdp_session(page).send("Network.emulateNetworkConditions", FAR)
    taken["first visit over 100 ms and 4 Mbit/s, to the sign-in form"] = _until(page, "sign-in-email", lambda: page.goto(url))
    far.close()
    context = browser.new_context()
    first = context.new_page()
    taken["first visit, to the sign-in form"] = _until(first, "sign-in-email", lambda: first.goto(url))
    fetched = first.evaluate(FETCHED)
    first.wait_for_timeout(TYPING_MS)
    first.get_by_test_id("sign-in-email").fill(PEOPLE[0][1])
    first.get_by_test_id("sign-in-password").fill(PASSWORD)
    taken["signing in, to the list"] = _until(first, "conversation-row", first.get_by_test_id("sign-in-submit").click)
    second = context.new_page()
    taken["a second tab, to the list"] = _until(second, "conversation-row", lambda: second.goto(url))
    held_up = watcher.longest()
    context.close()
    return (taken, (fetched[0], fetched[1])), held_up


def _until(page: Page, shown: str, do: Callable[[], object]) -> float:
    began = time.perf_counter()
    do()
    # Looked for at every frame; a locator looks twice a second before long.
    page.wait_for_function("name => document.querySelector(`[data-testid=${name}]`) !== null", arg=shown)
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
