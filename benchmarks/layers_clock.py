"""The clock of the page Layers in a real browser: bytes sent, seconds until all is drawn, frames a second.

    python -m benchmarks.layers_clock

Eight layers, 500 recorded steps, five seeds: a short training, whose records are repeated until there are so many (a
run of that size would hold more than the recorder keeps). Needs Chromium. Aims: 1 MB, 1 s, 10 frames a second.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import numpy as np
from playwright.sync_api import CDPSession, Page, Playwright, sync_playwright

from datasets import load_dataset
from diagnostics import Run, Series
from models import Experiment
from pages.components.clock import ClockState
from pages.components.clocked_figure import frames_of
from pages.components.layer_entries import ENTRIES
from pages.components.layer_view import Seen, View
from runs import RunStore, train_run
from tests.conftest import CHROMIUM_FLAGS, start_server

RECORDS = 500
STARTS = 5
READY = "[data-testid=stApp][data-test-script-state=notRunning][data-test-connection-state=CONNECTED]"
SCRUB = """async () => {
  const clock = window.backscopeClocks.clock, start = performance.now();
  let frames = 0;
  for (let i = 0; i < clock.steps.length; i += 10) {
    await clock.show(clock.steps[i]);
    frames++;
  }
  return { frames, seconds: (performance.now() - start) / 1000 };
}"""
DRAWN = """() => {
  const boxes = [...document.querySelectorAll(".bs-clocked")];
  const seen = boxes.filter((box) => box.getBoundingClientRect().top < innerHeight);
  return boxes.length > seen.length && seen.length >= 5 && seen.every((box) => box.dataset.drawn);
}"""
WATCH = """
window.drawnAt = null;
addEventListener("click", () => (window.clickedAt = performance.now()), true);
setInterval(() => { if (window.drawnAt === null && (%s)()) window.drawnAt = performance.now(); }, 10);
"""


def long_run(store: RunStore) -> Run:
    """Train eight tanh layers, stretch the records of the layers to `RECORDS`, and store that run."""
    layer = {"type": "dense", "units": 32, "activation": "tanh"}
    settings = Experiment(layers=(layer,) * 8, optimizer={"type": "sgd", "learning_rate": 0.1}, epochs=20)
    run = train_run(settings, load_dataset("digits"), name="Long")
    series = {name: _stretched(one) if name.split("/")[0] in _names(run) else one for name, one in run.series.items()}
    run = replace(run, series=series)
    folder, lock = store.create(run, None)
    folder.append(run.series, run)
    lock.release()
    return run


def _names(run: Run) -> set[str]:
    return {layer.name for layer in run.layers}


def _stretched(series: Series) -> Series:
    rows = np.linspace(0, len(series.steps) - 1, RECORDS).astype(int)
    return Series(series.dims, series.unit, np.arange(RECORDS), series.values[rows], series.binning)


def busy(metrics: CDPSession) -> float:
    """Return the seconds of processor time that the page has taken so far, however busy the machine is."""
    found = metrics.send("Performance.getMetrics")["metrics"]
    return float(next(one["value"] for one in found if one["name"] == "TaskDuration"))


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(Path(folder) / "data")
        run = long_run(store)
        view, total, moving = View(Seen(run, "Long", "#0072B2"), "dense3"), 0, 0
        for entry in (entry for entry in ENTRIES if entry.there(run)):
            start = time.perf_counter()
            made = frames_of(entry, view, ClockState(), dark=False)
            first = time.perf_counter()
            size = len(made.packed) + (len(made.late.packed()) if made.late is not None else 0)
            total += size
            moving += made.late is not None
            alone, others = 1000 * (first - start), 1000 * (time.perf_counter() - first)
            print(f"{entry.id:18s} {size / 1000:6.0f} kB  {alone:5.0f} ms to make, {others:5.0f} its frames")
        print(f"all figures        {total / 1000:6.0f} kB (aim 1000)")
        with sync_playwright() as playwright:
            launched = [_start(playwright, Path(folder) / "data", run.id, moving) for _ in range(STARTS)]
            for place, what in enumerate(("the first time", "again")):
                drawn, sent = (median(one.seconds[place][part] for one in launched) for part in (0, 1))
                print(f"click to all figures in sight drawn, {what:14s} {drawn:.2f} s (aim 1); all frames {sent:.2f} s")
            for place in ("top", "below"):
                rate, work = (median(one.scrubbed[place][part] for one in launched) for part in (0, 1))
                print(f"scrubbing, {place:6s} {rate:5.1f} frames a second (aim 10), {work:.0f} ms of work each")
        print(f"medians of {STARTS} servers and browsers, each newly started")


@dataclass(frozen=True)
class Measured:
    """Of a newly started server and browser.

    `seconds` of two visits from the click until the figures in sight are drawn and until all frames have come;
    `scrubbed`, by place, frames a second and milliseconds of work for each.
    """

    seconds: list[tuple[float, float]]
    scrubbed: dict[str, tuple[float, float]]


def _start(playwright: Playwright, folder: Path, run_id: str, moving: int) -> Measured:
    server = start_server(folder)
    browser = playwright.chromium.launch(executable_path=shutil.which("chromium") or "chromium", args=CHROMIUM_FLAGS)
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.set_default_timeout(60_000)
    page.add_init_script(WATCH % DRAWN)
    measured = Measured([_visit(page, f"{server.url}/curves?run={run_id}", moving) for _ in range(2)], _scrubbed(page))
    browser.close()
    server.process.terminate()
    server.process.wait(timeout=20)
    return measured


def _visit(page: Page, curves: str, moving: int) -> tuple[float, float]:
    page.goto(curves)
    page.wait_for_selector(READY)
    page.wait_for_timeout(2000)
    page.get_by_test_id("stSidebar").get_by_role("link", name="Layers", exact=True).click()
    page.wait_for_function("window.drawnAt !== null")
    page.wait_for_function(f"Object.keys(window.backscopeFrames ?? {{}}).length === {moving}")
    all_sent = float(page.evaluate("performance.now() - window.clickedAt")) / 1000
    return float(page.evaluate("window.drawnAt - window.clickedAt")) / 1000, all_sent


def _scrubbed(page: Page) -> dict[str, tuple[float, float]]:
    page.wait_for_selector(READY)
    metrics = page.context.new_cdp_session(page)
    metrics.send("Performance.enable", {"timeDomain": "threadTicks"})
    found = {}
    for place in ("top", "below"):
        if place == "below":
            page.mouse.move(800, 700)
            page.mouse.wheel(0, 900)
            page.wait_for_timeout(800)
        before = busy(metrics)
        scrubbed = page.evaluate(SCRUB)
        work = 1000 * (busy(metrics) - before) / scrubbed["frames"]
        found[place] = scrubbed["frames"] / scrubbed["seconds"], work
    return found


if __name__ == "__main__":
    main()
