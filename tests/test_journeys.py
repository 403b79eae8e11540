"""What a person does in a real browser: from Home to a figure, from a CSV to a network, away and back again."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser
READY = "[data-testid=stApp][data-test-script-state=notRunning][data-test-connection-state=CONNECTED]"
PATIENCE = 60_000  # ms


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser of its own, without cookies."""
    fresh = browser.new_context(viewport={"width": 1440, "height": 1000}, accept_downloads=True)
    fresh.set_default_timeout(PATIENCE)
    yield fresh
    fresh.close()


def ready(page: Page) -> None:
    """Wait until the page stands still."""
    page.wait_for_selector(READY)


def go(page: Page, server: Server, path: str = "") -> None:
    """Open a page of the app."""
    page.goto(f"{server.url}/{path}")
    page.get_by_role("heading", level=1).first.wait_for()
    ready(page)


def menu(page: Page, name: str) -> None:
    """Follow the menu."""
    page.get_by_test_id("stSidebar").get_by_role("link", name=name, exact=True).click()
    page.get_by_role("heading", name=name, level=1).wait_for()
    ready(page)


def drawn(page: Page, question: str) -> None:
    """Wait until the figure with that question has a chart."""
    page.get_by_text(question).first.wait_for()
    page.locator(".js-plotly-plot .main-svg").first.wait_for()


def until(condition: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
    """Wait for something that no selector shows."""
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, what
        time.sleep(0.1)


def run_of(page: Page) -> str:
    """The run in the address."""
    found = re.search(r"run=([0-9a-f]{12})", page.url)
    assert found is not None, page.url
    return found.group(1)


def start_example(page: Page, server: Server) -> str:
    """Home, one click, the live view."""
    go(page, server)
    page.get_by_role("button", name="Train the example").click()
    page.wait_for_url("**/train?run=*")
    return run_of(page)


def start_from_form(page: Page, server: Server, *, epochs: int) -> str:
    """The page Train, another number of epochs, Start, the live view."""
    go(page, server, "train")
    field = page.get_by_role("spinbutton", name="Epochs")
    field.fill(str(epochs))
    field.press("Enter")
    ready(page)
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_url("**/train?run=*")
    return run_of(page)


def longest_curve(page: Page) -> int:
    """The number of points of the longest curve on the page."""
    return int(
        page.evaluate(
            "Math.max(0, ...[...document.querySelectorAll('.js-plotly-plot')].flatMap("
            "b => (b._fullData || []).map(t => t._length || 0)))"
        )
    )


def offered_runs(page: Page) -> list[str]:
    """What the page Runs offers to look at; nothing where it says that there is no run."""
    choice = page.get_by_role("combobox", name="One run", exact=True)
    nothing = page.get_by_text("It appears here as soon as there is a run")
    choice.or_(nothing).first.wait_for()
    if nothing.count():
        return []
    choice.click()
    page.get_by_role("option").first.wait_for()
    words = page.get_by_role("option").all_inner_texts()
    page.keyboard.press("Escape")
    return words


def test_from_home_to_an_exported_figure(context: BrowserContext, server: Server, tmp_path: Path) -> None:
    page = context.new_page()
    start_example(page, server)
    until(lambda: longest_curve(page) > 0, "no curve was drawn")
    first = longest_curve(page)
    until(lambda: longest_curve(page) > first, "the live curves do not move")
    page.get_by_text("finished after").first.wait_for()
    menu(page, "Layers")
    drawn(page, "Do the activations stay clear")
    page.get_by_text("Are the updates of a healthy size?").wait_for()
    menu(page, "Trajectories")
    drawn(page, "Which function is it becoming, and")
    page.get_by_role("button", name="Export").first.click()
    for file_format, start in (("PNG", b"\x89PNG\r\n\x1a\n"), ("SVG", b"<svg"), ("PDF", b"%PDF")):
        with page.expect_download() as download:
            page.get_by_role("button", name=file_format, exact=True).click()
        target = tmp_path / f"figure.{file_format.lower()}"
        download.value.save_as(target)
        content = target.read_bytes()
        assert content.startswith(start), file_format
        assert len(content) > 5000
    page_size = re.search(rb"/?MediaBox ?\[0 0 ([\d.]+) ([\d.]+)\]", content)
    assert page_size is not None
    assert float(page_size.group(1)) == 3.5 * 72  # one column wide when it is printed


def test_a_csv_becomes_a_network_that_is_better_than_guessing(
    context: BrowserContext, server: Server, tmp_path: Path
) -> None:
    rows = ["Gewicht;Größe;Farbe;Art"]
    for i in range(240):
        is_cat = i % 3 != 0  # two of three are cats: guessing is right in 67 %
        weight = "" if i % 11 == 0 else f"{(4 if is_cat else 20) + (i % 7) / 4:.2f}".replace(".", ",")
        size, colour = (25 if is_cat else 60) + i % 9, "rot" if i % 2 else "schwarz"
        rows.append(f"{weight};{size},5;{colour};{'Katze' if is_cat else 'Hund'}")
    table = tmp_path / "tiere.csv"
    table.write_bytes("\n".join(rows).encode("cp1252"))
    page = context.new_page()
    go(page, server, "data")
    page.locator("input[type=file]").set_input_files(table)
    page.get_by_text("semicolon as delimiter").wait_for()
    page.get_by_text("decimal comma").first.wait_for()
    page.get_by_text("168 train / 36 validation / 36 test").wait_for()
    page.get_by_role("button", name="Train on these data").click()
    page.get_by_role("heading", name="Train", level=1).wait_for()
    ready(page)
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_url("**/train?run=*")
    page.get_by_text("finished after").first.wait_for()
    menu(page, "Runs")
    page.get_by_role("heading", name="Compare").wait_for()
    from runs import RunStore

    entry = RunStore(server.folder).entry(run_of(page))
    assert entry.data_name == "tiere"
    assert entry.summary["validation/accuracy"][0] > 0.9


def test_a_refresh_and_a_closed_tab_change_nothing(context: BrowserContext, server: Server) -> None:
    from runs import RunStore

    page = context.new_page()
    run_id = start_from_form(page, server, epochs=9000)  # minutes: it must not end by itself
    page.get_by_role("button", name="Pause", exact=True).wait_for()
    page.reload()
    page.get_by_role("button", name="Pause", exact=True).wait_for()
    assert run_of(page) == run_id
    page.close()
    store = RunStore(server.folder)
    before = store.entry(run_id).seconds
    until(lambda: store.entry(run_id).seconds > before + 1, "the run did not go on without a tab")
    again = context.new_page()
    go(again, server)  # the address says nothing of the run; the browser's cookie does
    again.get_by_test_id("stSidebar").get_by_text("running").wait_for()
    go(again, server, f"train?run={run_id}")
    again.get_by_role("button", name="Stop", exact=True).click()
    again.get_by_text("stopped after").first.wait_for()
    assert store.entry(run_id).state == "stopped"


def test_nobody_sees_anothers_runs_except_by_a_link(context: BrowserContext, browser: Browser, server: Server) -> None:
    from runs import RunStore

    mine = context.new_page()
    run_id = start_from_form(mine, server, epochs=5)
    mine.get_by_text("finished after").first.wait_for()
    other = browser.new_context()
    other.set_default_timeout(PATIENCE)
    theirs = other.new_page()
    RunStore(server.folder).rename(run_id, "Only mine")  # so that no other run on this server is called like it
    for page, n_seen in ((mine, 1), (theirs, 0)):
        go(page, server, "runs")
        assert sum(words.startswith("Only mine") for words in offered_runs(page)) == n_seen
    go(theirs, server, f"curves?run={run_id}")
    drawn(theirs, "Does the loss fall")
    theirs.get_by_text("Seen by a link").wait_for()
    go(theirs, server, f"runs?run={run_id}")
    theirs.get_by_text("belongs to somebody else").wait_for()
    assert theirs.get_by_role("button", name="Delete").is_disabled()
    other.close()


def test_zoom_and_hidden_curves_survive_a_live_training(context: BrowserContext, server: Server) -> None:
    page = context.new_page()
    start_from_form(page, server, epochs=9000)  # minutes: it is stopped below
    page.get_by_role("button", name="Pause", exact=True).wait_for()
    chart = page.locator("[data-chart='train/loss']")
    chart.locator(".nsewdrag").wait_for()
    box = chart.locator(".nsewdrag").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 40, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 140, box["y"] + 130, steps=5)
    page.mouse.up()
    chart.locator(".legendtoggle").nth(1).click()
    seen = "b => JSON.stringify([b._fullLayout.xaxis.range, b._fullData.map(t => t.visible)])"
    until(lambda: "legendonly" in chart.evaluate(seen), "the curve was not hidden")
    before, drawn_before = chart.evaluate(seen), int(chart.get_attribute("data-drawn") or 0)
    until(lambda: int(chart.get_attribute("data-drawn") or 0) > drawn_before, "the chart was not drawn again")
    assert chart.evaluate(seen) == before
    page.get_by_role("link", name="Spread of the gradients").click()
    page.get_by_text("Do the first layers still receive gradient?").wait_for()
    menu(page, "Train")
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_text("stopped after").first.wait_for()
