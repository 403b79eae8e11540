"""What a person takes away from a map in a real browser: a GIF, and a page that plays from a disk without a network."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from app_pages import SMALL
from conftest import Server
from PIL import Image
from test_journeys import go

from datasets import load_dataset
from diagnostics.snapshots import snapshots
from runs import RunStore, train_run

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
PLOT = "document.querySelector('.js-plotly-plot')"


def test_a_map_is_taken_away_as_a_gif_and_as_a_page_that_plays(
    browser: Browser, server: Server, tmp_path: Path
) -> None:
    run = train_run(replace(SMALL, max_steps=6), load_dataset("moons"), store=RunStore(server.folder), name="Film")
    shown = snapshots(run)
    steps = sorted(set(shown.step.tolist()))
    context = browser.new_context(viewport={"width": 1440, "height": 1200}, accept_downloads=True)
    context.set_default_timeout(60_000)
    page = context.new_page()
    go(page, server, f"trajectories?run={run.id}")
    page.locator("[data-chart='trajectories/map-mds-2'][data-drawn]").wait_for()
    page.get_by_role("button", name="Export").first.click()
    gif, player = tmp_path / "map.gif", tmp_path / "map.html"
    for button, target in (("GIF", gif), ("HTML that plays", player)):
        with page.expect_download() as download:
            page.get_by_role("button", name=button, exact=True).click()
        download.value.save_as(target)
    with Image.open(gif) as film:
        assert film.n_frames == len(steps)
        assert film.size[0] == 720
    context.set_offline(True)
    page.goto(player.as_uri())
    page.wait_for_function(f"{PLOT}?._fullLayout?.sliders")
    rail = page.locator(".slider-rail-touch-rect").bounding_box()
    assert rail is not None
    seen = f"Array.from({PLOT}._fullData.find(t => t.name === 'snapshots').x).filter(Number.isFinite).length"
    assert page.evaluate(seen) == len(shown)
    for place in (0, 1):
        page.mouse.click(rail["x"] + (0.04 + 0.92 * place) * rail["width"], rail["y"] + rail["height"] / 2)
        page.wait_for_function(f"{PLOT}._fullLayout.sliders[0].active === {place * (len(steps) - 1)}")
        expected = int((shown.step <= steps[-place]).sum())
        page.wait_for_function(f"{seen} === {expected}")
    context.close()
