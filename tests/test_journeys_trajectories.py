"""What a person does on the page Trajectories in a real browser: move the clock along the paths, point at a moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from app_pages import SMALL
from conftest import Server
from test_journeys import go, ready

from datasets import load_dataset
from diagnostics.trajectories import function_map
from runs import RunStore, train_run

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
MAP = "window.backscopeCharts?.['trajectories/map-mds-2']"
PANEL = "window.backscopeCharts?.['trajectories/function']"
SHOWN = f"name => {MAP}.data.find(t => t.name === name).x.reduce((n, x) => n + Number.isFinite(x), 0)"
PLACE = f"""row => {{
  const {{ x, y }} = {MAP}.data.find(t => t.name === 'snapshots'), box = {MAP}.getBoundingClientRect();
  const {{ xaxis: across, yaxis: up }} = {MAP}._fullLayout;
  return [box.left + across._offset + across.d2p(x[row]), box.top + up._offset + up.d2p(y[row])];
}}"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of its own."""
    fresh = browser.new_page(viewport={"width": 1440, "height": 1200})
    fresh.set_default_timeout(60_000)
    yield fresh
    fresh.close()


def test_the_clock_draws_the_paths_and_a_moment_shows_its_function(page: Page, server: Server) -> None:
    wide = replace(
        SMALL, max_steps=12, optimizer={"type": "adam", "learning_rate": 0.2}
    )  # steps that can be told apart
    run = train_run(wide, load_dataset("moons"), store=RunStore(server.folder), name="Wanderer")
    report = function_map([run])
    shown = report.snapshots
    go(page, server, f"trajectories?run={run.id}")
    page.wait_for_function(f"() => {MAP}?.dataset.drawn && {PANEL}?.dataset.drawn")
    ready(page)
    for step in (0, 3, 12):
        page.evaluate(f"window.backscopeClocks.clock.show({step})")
        assert page.evaluate(SHOWN, "snapshots") == (shown.step <= step).sum()
        assert page.evaluate(SHOWN, "end") == 2
        page.wait_for_function(f"{PANEL}.layout.annotations[0].text.includes('step {step},')")
    apart = np.linalg.norm(report.points[:, None] - report.points, axis=2) + np.where(np.eye(len(shown)), np.inf, 0)
    row = int(apart.min(axis=1).argmax())  # the mouse cannot miss it
    seed, step = int(shown.seed[row]), int(shown.step[row])
    page.mouse.move(*page.evaluate(PLACE, row))
    page.wait_for_function(f"{PANEL}.layout.annotations[0].text.includes('seed {seed}<br>step {step},')")
    drawn = np.array(page.evaluate(f"Array.from({PANEL}.data[0].z, row => Array.from(row))"))
    recorded = run.series["grid/output"].at(step)[1][seed, :, 1].reshape(41, 41)[::2, ::2]
    np.testing.assert_allclose(drawn, recorded, atol=0.01)  # sent with eight bits
    assert "could not be drawn" not in page.inner_text("body")
