"""What a person does on the page Layers in a real browser: move the clock, choose a layer, come back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from app_pages import SMALL
from conftest import Server
from test_journeys import go, menu, ready

from datasets import load_dataset
from runs import RunStore, train_run

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
CLOCK, SLIDER = "window.backscopeClocks.clock", "window.backscopeClocks.varied"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of its own."""
    fresh = browser.new_page(viewport={"width": 1440, "height": 1200})
    fresh.set_default_timeout(60_000)
    yield fresh
    fresh.close()


def heights(page: Page, figure: str) -> object:
    """The numbers of the measured line of a figure, as the browser has them."""
    return page.evaluate(
        "name => Array.from(window.backscopeCharts[name].data.find(t => t.name === 'measured').y)",
        f"layers/figure/{figure}",
    )


def test_one_clock_moves_every_figure_and_a_click_chooses_a_layer(page: Page, server: Server) -> None:
    run = train_run(replace(SMALL, max_steps=6), load_dataset("moons"), store=RunStore(server.folder), name="Clockwork")
    std = {name: run.series[f"{name}/activation/std"] for name in ("dense1", "dense2", "output")}
    asked: list[object] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda sent: asked.append(sent)))
    go(page, server, f"layers?run={run.id}")
    drawn = "n => [...document.querySelectorAll('.bs-clocked')].filter(b => b.dataset.drawn).length >= n"
    page.wait_for_function(drawn, arg=5)
    ready(page)
    assert "could not be drawn" not in page.inner_text("body")
    before = len(asked)
    for step in (0, 1, 2, 3, 0):
        page.evaluate(f"{CLOCK}.show({step})")
    assert len(asked) == before, "the server was asked while the clock moved"
    slider = page.get_by_role("slider", name="Step")
    slider.focus()
    for key, step in (("Home", 0), ("ArrowRight", 1), ("ArrowRight", 2)):
        page.keyboard.press(key)
        page.wait_for_function(f"{CLOCK}.at === {step} && !{CLOCK}.drawing")
        expected = [float(std[name].at(step)[1].mean()) for name in std]
        assert heights(page, "activation") == pytest.approx(expected, rel=1e-3), step
    page.wait_for_url("**step=2**")  # the server was told where the clock rests
    page.locator("[data-chart='layers/figure/activation'] .xtick text", has_text="dense2").click()
    page.get_by_role("heading", name="dense2 in depth").wait_for()
    assert "layer=dense2" in page.url
    faint = "name => window.backscopeCharts[name].data.filter(t => t.opacity < 1).map(t => t.legendgroup)"
    assert set(page.evaluate(faint, "layers/figure/update_ratio")) == {"dense1", "output"}
    menu(page, "Curves")
    menu(page, "Layers")
    page.get_by_role("heading", name="dense2 in depth").wait_for()
    page.wait_for_function(f"{CLOCK}.at === 2")
    page.get_by_role("button", name="newest").click()
    page.wait_for_function(f"{CLOCK}.at === {int(run.series['dense1/activation/std'].steps[-1])}")
    page.get_by_role("heading", name="Layers", exact=True).click()  # beside everything: the keys are still the clock's
    page.keyboard.press("ArrowLeft")
    page.wait_for_function(f"{CLOCK}.at < {CLOCK}.steps.at(-1)")
    page.get_by_role("button", name="newest").click()
    slider.focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Pause").wait_for()
    page.get_by_role("button", name="Play").wait_for()
    assert page.evaluate(f"{CLOCK}.step") == int(run.series["dense1/activation/std"].steps[-1])


def test_a_slider_moves_what_lies_behind_a_unit_without_the_server(page: Page, server: Server) -> None:
    run = train_run(replace(SMALL, max_steps=6), load_dataset("moons"), store=RunStore(server.folder), name="Sliding")
    asked: list[object] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda sent: asked.append(sent)))
    go(page, server, f"layers?run={run.id}")
    page.get_by_role("radio", name="Features").click()
    page.get_by_role("radio", name="One part varied").click()
    slider = page.get_by_role("slider", name="value of unit 0 of dense1")
    slider.scroll_into_view_if_needed()
    chart = "window.backscopeCharts['layers/feature/varied/changes']"
    page.wait_for_function(f"{chart}?.data")
    ready(page)
    rows = f"Array.from({chart}.data[0].z, row => Math.max(...Array.from(row).filter(Number.isFinite).map(Math.abs)))"
    before = len(asked)
    for place in (0, 20, 41):
        page.evaluate(f"{SLIDER}.show({SLIDER}.steps[{place}])")
    assert len(asked) == before, "the server was asked while the slider moved"
    assert min(page.evaluate(rows)) > 0.0  # both layers and the output
    page.get_by_role("button", name="as it is").click()
    page.wait_for_function(f"Math.max(...{rows}) < 1e-4")  # 16 bits of the largest change
