"""How long the inbox takes to show: in a browser that never saw it, in a second tab, and for somebody far away; real Chromium.

Only reported: there is no target.
"""

import argparse
import shutil
import statistics
import sys
import time
from collections.abc import Callable

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks import inboxes, servers
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
    with servers.mongod() as (mongo, folder), servers.product(mongo, folder) as server, sync_playwright() as playwright:
        with inboxes.connected(mongo) as database:
            inboxes.fill(database, CONVERSATIONS)
        browser = playwright.chromium.launch(executable_path=_chromium(), args=["--no-sandbox"])
        rounds = [_round(browser, f"http://127.0.0.1:{server.port}") for _ in range(options.rounds)]
        browser.close()
    (files, size) = rounds[0][1]
    print(f"The inbox in Chromium, {options.rounds} rounds (median, slowest); a first visit fetches {files} files, {size / 1024:.0f} KB:")
    for name in rounds[0][0]:
        taken = [each[name] * 1000 for each, _ in rounds]
        print(f"  {name + ':':<58}{statistics.median(taken):6.0f} ms{max(taken):6.0f} ms")
    return 0


def _chromium() -> str:
    # With its windows: it is what people have.
    found = shutil.which("chromium") or shutil.which("chromium-headless-shell")
    if found is None:
        raise BenchmarkError("Chromium is not installed: sudo apt-get install -y --no-install-recommends chromium")
    return found


def _round(browser: Browser, url: str) -> tuple[dict[str, float], tuple[int, int]]:
    """Seconds by what was done, and (files, bytes) of the first visit."""
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
    context.close()
    return taken, (fetched[0], fetched[1])


def _until(page: Page, shown: str, do: Callable[[], object]) -> float:
    began = time.perf_counter()
    do()
    # Looked for at every frame; a locator looks twice a second before long.
    page.wait_for_function("name => document.querySelector(`[data-testid=${name}]`) !== null", arg=shown)
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
