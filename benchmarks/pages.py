"""How long a person waits, in a real browser: first page, change of page, click to finished curves, one live tick.

    python -m benchmarks.pages

Starts the app with an empty store, as a person would. Needs Chromium. The tick is server time: drawing the figures
of the page Train from a snapshot of a training that goes on meanwhile.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from tests.conftest import CHROMIUM_FLAGS, start_server

if TYPE_CHECKING:
    from playwright.sync_api import Page

READY = "[data-testid=stApp][data-test-script-state=notRunning][data-test-connection-state=CONNECTED]"
PAGES = ("Data", "Curves", "Layers", "Trajectories", "Runs", "Train")


# The browser's own clock: the last click, and the first frame after a title of level 1 changed.
WATCH = """
window.watched = { click: 0, title: 0 };
addEventListener("click", () => (window.watched = { click: performance.now(), title: 0 }), true);
let title = "";
new MutationObserver(() => {
  const text = document.querySelector("h1")?.textContent ?? "";
  if (text === title || text === "") return;
  title = text;
  requestAnimationFrame(() => setTimeout(() => (window.watched.title = performance.now())));
}).observe(document, { subtree: true, childList: true, characterData: true });
"""


def page_changes(page: Page, rounds: int = 3) -> tuple[list[float], list[float]]:
    """Seconds from a click in the menu to the title of each page, as a driver and as the browser measure it.

    The driver looks first whether the link can be clicked, which takes longer than the change itself; the first round
    warms up.
    """
    by_driver, by_browser = [], []
    for number in range(rounds):
        for name in PAGES:
            page.wait_for_selector(READY)
            start = time.perf_counter()
            page.get_by_test_id("stSidebar").get_by_role("link", name=name, exact=True).click()
            page.get_by_role("heading", name=name, level=1).wait_for()
            seconds = time.perf_counter() - start
            page.wait_for_function("window.watched.title > 0")
            if number:
                by_driver.append(seconds)
                by_browser.append(float(page.evaluate("window.watched.title - window.watched.click")) / 1000)
    return by_driver, by_browser


def click_to_curves(page: Page, url: str) -> float:
    """Seconds from Start to the finished curves: five seeds of 30-64-64-2 on breast cancer, 50 epochs."""
    page.goto(f"{url}/train")
    page.wait_for_selector(READY)
    page.get_by_role("combobox", name="Data").first.click()
    page.get_by_role("option", name="Breast cancer", exact=True).click()
    page.wait_for_selector(READY)
    for label, value in (("Epochs", "50"), ("Units 1", "64"), ("Units 2", "64")):
        field = page.get_by_role("spinbutton", name=label)
        field.fill(value)
        field.press("Enter")
        page.wait_for_selector(READY)
    start = time.perf_counter()
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("button", name="Pause", exact=True).wait_for()  # else the words of the last run would count
    page.get_by_text("finished after").first.wait_for()
    page.wait_for_function("[...document.querySelectorAll('.js-plotly-plot')].some(b => b.data && b.data.length > 3)")
    return time.perf_counter() - start


def live_tick() -> list[float]:
    """Server seconds of one redraw of the page Train while a training runs."""
    from dataclasses import replace

    from datasets import load_dataset
    from diagnostics.figures.theme import as_json, themed
    from pages.components.example import example_experiment
    from pages.components.live_training import figures_of, layer_strips
    from runs import RunStore
    from runs.jobs import Registry

    work, seconds = Registry(1), []
    experiment = replace(example_experiment(), epochs=400)
    with tempfile.TemporaryDirectory() as folder:
        run_id = work.train(experiment, load_dataset("two_spirals"), store=RunStore(folder), owner=None)
        job = work.job(run_id)
        assert job is not None
        time.sleep(2)
        for _ in range(20):
            start = time.perf_counter()
            run = job.snapshot()
            curves, function = figures_of(run)
            for figure in (*curves.values(), function, *layer_strips(run).values()):
                if figure is not None:
                    as_json(themed(figure, dark=False))
            seconds.append(time.perf_counter() - start)
            time.sleep(0.1)
        job.stop(owner=None)
        job.wait(20)
    return seconds[2:]


def main() -> None:
    """Print each number beside what was aimed at."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = start_server(Path(folder))
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.add_init_script(WATCH)
        start = time.perf_counter()
        page.goto(server.url)
        page.get_by_role("heading", level=1).wait_for()
        print(f"first page, cold, to its text          {time.perf_counter() - start:.2f} s (aim 2.5)")
        page.wait_for_selector(READY)
        first = click_to_curves(page, server.url)
        again = statistics.median(click_to_curves(page, server.url) for _ in range(3))
        print(f"click to finished curves               {again:.2f} s, the first time {first:.2f} s (aim 2.5)")
        for who, changes in zip(("driver", "browser"), page_changes(page), strict=True):
            middle, most = statistics.median(changes), max(changes)
            print(f"change of page, to its title, {who:8s} {middle:.2f} s, most {most:.2f} s (aim 0.3)")
        browser.close()
        server.process.terminate()
        server.process.wait(timeout=20)
    print(f"live tick, server time, median         {1000 * statistics.median(live_tick()):.0f} ms (aim 50)")


if __name__ == "__main__":
    main()
