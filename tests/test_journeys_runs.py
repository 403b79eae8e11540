"""What a person does in a real browser when something is lost: an upload left behind, a killed server, runs alike."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import Server, start_server
from test_journeys import PATIENCE, go, menu, ready, run_of, until

from datasets import load_dataset
from models import Experiment
from runs import RunStore, train_run

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser
PETS = "weight;size;kind\n" + "".join(f"{i % 7},5;{i * i % 11};{'cat' if i % 3 else 'dog'}\n" for i in range(60))


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser of its own, without cookies, in Tokyo."""
    fresh = browser.new_context(viewport={"width": 1440, "height": 1000}, timezone_id="Asia/Tokyo")
    fresh.set_default_timeout(PATIENCE)
    yield fresh
    fresh.close()


def choose(page: Page, label: str, number: int) -> str:
    """Choose the option of that place and return its words."""
    page.get_by_role("combobox", name=label, exact=True).click()
    option = page.get_by_role("option").nth(number)
    words = option.inner_text()
    option.click()
    ready(page)
    return words


def last_step(store: RunStore, run_id: str) -> int:
    """The last step of which something is recorded on disk."""
    return int(store.load(run_id).series["train/batch_loss"].steps[-1])


def test_an_uploaded_table_is_still_there_after_a_change_of_page(
    context: BrowserContext, server: Server, tmp_path: Path
) -> None:
    table = tmp_path / "pets.csv"
    table.write_text(PETS)
    page = context.new_page()
    go(page, server, "data")
    page.locator("input[type=file]").set_input_files(table)
    page.get_by_text("60 rows → 42 train").wait_for()
    choose(page, "Target: what is to be predicted", 1)
    page.get_by_text("Split", exact=True).click()
    seed = page.get_by_role("spinbutton", name="Seed of the split")
    seed.fill("7")
    seed.press("Enter")
    page.get_by_text("seed of the split: 7").wait_for()
    menu(page, "Curves")
    menu(page, "Data")
    page.get_by_text("pets.csv").wait_for()
    page.get_by_text("seed of the split: 7").wait_for()
    assert page.get_by_role("combobox", name="Target: what is to be predicted").input_value() == "size"
    page.get_by_role("button", name="Another file").click()
    page.locator("input[type=file]").wait_for(state="attached")


def test_a_run_of_a_killed_server_is_interrupted_and_goes_on(context: BrowserContext, tmp_path: Path) -> None:
    folder = tmp_path / "store"
    first = start_server(folder)
    page = context.new_page()
    go(page, first, "train")
    epochs = page.get_by_role("spinbutton", name="Epochs")
    epochs.fill("9000")  # minutes: it must not end by itself
    epochs.press("Enter")
    ready(page)
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_url("**/train?run=*")
    run_id, store = run_of(page), RunStore(folder)
    until(lambda: store.entry(run_id).seconds > 1.5, "nothing was recorded")
    first.process.send_signal(signal.SIGKILL)
    first.process.wait()
    before = last_step(store, run_id)
    second = start_server(folder)
    try:
        go(page, second, f"train?run={run_id}")
        page.get_by_text("interrupted after").first.wait_for()
        page.get_by_role("button", name="Resume", exact=True).click()
        page.get_by_role("button", name="Stop", exact=True).wait_for()
        until(lambda: last_step(store, run_id) > before, "the run did not go on", 120)
        page.get_by_role("button", name="Stop", exact=True).click()
        page.get_by_text("stopped after").first.wait_for()
    finally:
        second.process.terminate()
        second.process.wait(timeout=20)


def test_of_runs_alike_the_one_that_was_chosen_is_shown_with_the_time_of_the_person(
    context: BrowserContext, server: Server
) -> None:
    layer = {"type": "dense", "units": 4, "activation": "tanh"}
    experiment, store = Experiment(layers=[layer], epochs=2, seeds=(0,)), RunStore(server.folder)
    ids = [train_run(experiment, load_dataset("blobs"), store=store).id for _ in range(3)]
    page = context.new_page()
    go(page, server, "runs")
    newest = [entry.id for entry in store.list(owner="")]
    choose(page, "One run", newest.index(ids[1]))
    page.get_by_test_id("stBaseButton-primary").click()
    page.get_by_role("heading", name="Curves", level=1).wait_for()
    ready(page)
    assert run_of(page) == ids[1]
    menu(page, "Layers")
    words = choose(page, "Run", newest.index(ids[0]))
    page.wait_for_url(f"**/layers?run={ids[0]}")
    hours = (int(words.split(", ")[-1][:2]) - int(store.entry(ids[0]).created[11:13])) % 24
    assert hours == 9  # Tokyo


def test_a_number_typed_just_before_the_click_on_start_counts(context: BrowserContext, server: Server) -> None:
    page = context.new_page()
    go(page, server, "train")
    ready(page)
    page.get_by_role("spinbutton", name="Epochs").fill("7")  # no Enter: the click on Start takes the focus away
    store = RunStore(server.folder)
    before = {entry.id for entry in store.list()}
    page.get_by_role("button", name="Start", exact=True).click()
    until(lambda: {entry.id for entry in store.list()} > before, "no run was started")
    assert [entry.experiment.epochs for entry in store.list() if entry.id not in before] == [7]
