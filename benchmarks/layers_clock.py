"""The clock of the page Layers in a real browser: bytes sent, seconds until all is drawn, frames a second.

    python -m benchmarks.layers_clock

Eight layers, 500 recorded steps, five seeds: a short training, whose records are repeated until there are so many (a
run of that size would hold more than the recorder keeps). Needs Chromium. Aims: 1 MB, 1 s, 10 frames a second.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from playwright.sync_api import CDPSession, sync_playwright

from datasets import load_dataset
from diagnostics import Run, Series
from models import Experiment
from pages.components.clock import ClockState
from pages.components.clocked_figure import frames_of
from pages.components.layer_entries import ENTRIES
from pages.components.layer_figures import Seen, View
from runs import RunStore, train_run
from tests.conftest import CHROMIUM_FLAGS, start_server

RECORDS = 500
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
    browser_path = shutil.which("chromium") or "chromium"
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(Path(folder) / "data")
        run = long_run(store)
        view, total = View(Seen(run, "Long", "#0072B2"), "dense3"), 0
        for entry in (entry for entry in ENTRIES if entry.there(run)):
            start = time.perf_counter()
            text = frames_of(entry, view, ClockState(), dark=False).packed
            total += len(text)
            print(f"{entry.id:18s} {len(text) / 1000:6.0f} kB  {1000 * (time.perf_counter() - start):5.0f} ms to make")
        print(f"all figures        {total / 1000:6.0f} kB (aim 1000)")
        server = start_server(Path(folder) / "data")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=browser_path, args=CHROMIUM_FLAGS)
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            page.set_default_timeout(60_000)
            page.add_init_script(WATCH % DRAWN)
            for what in ("the first time", "again"):
                page.goto(f"{server.url}/curves?run={run.id}")
                page.wait_for_selector(READY)
                page.wait_for_timeout(2000)
                page.get_by_test_id("stSidebar").get_by_role("link", name="Layers", exact=True).click()
                page.wait_for_function("window.drawnAt !== null")
                seconds = float(page.evaluate("window.drawnAt - window.clickedAt")) / 1000
                print(f"click to all figures in sight drawn, {what:14s} {seconds:.2f} s (aim 1)")
            page.wait_for_selector(READY)
            metrics = page.context.new_cdp_session(page)
            metrics.send("Performance.enable", {"timeDomain": "threadTicks"})
            for place in ("top", "below"):
                if place == "below":
                    page.mouse.move(800, 700)
                    page.mouse.wheel(0, 900)
                    page.wait_for_timeout(800)
                before = busy(metrics)
                scrubbed = page.evaluate(SCRUB)
                rate = scrubbed["frames"] / scrubbed["seconds"]
                work = 1000 * (busy(metrics) - before) / scrubbed["frames"]
                print(f"scrubbing, {place:6s} {rate:5.1f} frames a second (aim 10), {work:.0f} ms of work each")
            browser.close()
        server.process.terminate()
        server.process.wait(timeout=20)


if __name__ == "__main__":
    main()
