"""Runs on the pages: told apart by their words, damaged ones told, failed ones shown, and only the owner acts."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from app_pages import SMALL, finished_run, live_run, opened
from streamlit.testing.v1 import AppTest

from datasets import load_dataset
from pages.components import frame, run_picker
from runs import train_run
from runs.jobs import registry


def texts(at: AppTest) -> str:
    """All words of the page."""
    kinds = (at.caption, at.info, at.error, at.markdown)
    return " ".join(str(element.value) for kind in kinds for element in kind).replace("\\", "")


def changed(run_id: str, **info: object) -> None:
    """Write something else into what a stored run says of itself."""
    path = frame.store().folder / "runs" / run_id / "run.json"
    meta = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**meta, "info": {**meta["info"], **info}}), encoding="utf-8")


def test_runs_of_one_name_have_words_of_their_own() -> None:
    ids = [finished_run() for _ in range(3)]
    for run_id in ids[:2]:
        changed(run_id, created="2024-05-06T07:08:09+00:00")  # two clicks within a second
    labels = run_picker.labels(frame.store().list())
    assert len(set(labels.values())) == 3
    assert labels[ids[0]].startswith("Moons · 6 May, ")
    assert labels[ids[0]].endswith(ids[0][:6])


def test_the_words_of_a_run_do_not_change_with_its_state() -> None:
    job = live_run()
    before = run_picker.labels(frame.store().list())
    job.stop(owner=None)
    job.wait(20)
    assert run_picker.labels(frame.store().list()) == before


def test_of_several_alike_the_chosen_run_is_deleted() -> None:
    ids = [finished_run() for _ in range(3)]
    at = opened("runs", ids[2])
    at.selectbox(key="runs/one").set_value(ids[0]).run()
    at.button(key="runs/delete").click().run()
    at.button(key="runs/delete_now").click().run()
    assert not at.exception
    assert {entry.id for entry in frame.store().list()} == set(ids[1:])


@pytest.mark.parametrize("page", ["train", "curves", "layers", "trajectories", "runs"])
@pytest.mark.parametrize("name", ["series", "constants"])
def test_a_run_with_a_damaged_file_is_told_on_every_page(page: str, name: str) -> None:
    run_id = finished_run()
    (path,) = (frame.store().folder / "runs" / run_id).glob(f"{name}*.npz")
    path.write_bytes(b"no archive")
    at = opened(page, run_id)
    assert f"The run {run_id} cannot be read" in texts(at)
    at = opened("runs", run_id)
    at.button(key="runs/delete").click().run()
    at.button(key="runs/delete_now").click().run()
    assert frame.store().list() == ()


def test_a_run_whose_time_is_no_time_harms_no_page() -> None:
    finished_run()
    changed(finished_run(), created="yesterday", seconds=1e300)
    at = opened("runs")
    assert len(at.dataframe[0].value) == 2
    opened("train")


def test_a_failed_run_says_why_after_the_program_began_anew() -> None:
    run_id = finished_run()
    changed(run_id, state="failed", error="MemoryError: no room for [this](http://evil.example)")
    for page in ("train", "runs"):
        at = opened(page, run_id)
        assert "MemoryError: no room" in texts(at)
        assert all("[this](http" not in element.value for element in at.error)


def test_a_run_that_cannot_go_on_says_why() -> None:
    run_id = finished_run()
    changed(run_id, state="running")  # and nobody holds its lock: interrupted
    entry = frame.store().entry(run_id)
    assert entry.state == "interrupted"
    (frame.store().folder / "data" / f"{entry.data_digest}.npz").unlink()
    at = opened("train", run_id)
    at.button(key="resume_stored").click().run()
    assert not at.exception
    assert "This run cannot go on: no prepared data with the digest" in texts(at)
    frame.store().save_data(load_dataset("moons"), None)
    (frame.store().folder / "runs" / run_id / "checkpoint.npz").write_bytes(b"no archive")
    at.button(key="resume_stored").click().run()
    assert not at.exception
    assert "is damaged" in texts(at)


def test_anothers_run_is_neither_renamed_nor_deleted() -> None:
    run_id = train_run(SMALL, load_dataset("moons"), store=frame.store(), owner="f" * 32).id
    at = opened("runs", run_id)
    assert at.button(key="runs/rename").disabled
    assert at.button(key="runs/delete").disabled
    from pages.components import run_table

    at.session_state["runs/one"] = run_id
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pages.components.owner.current", lambda: "e" * 32)
        assert not run_table._act(run_id, lambda store: store.delete(run_id))
    assert frame.store().entry(run_id)


def test_a_cancelled_map_stays_cancelled_until_it_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def slow(*_: object, progress: Callable[[float], bool], **__: object) -> object:
        calls.append(0)
        while progress(0.5):
            time.sleep(0.01)
        raise RuntimeError("cancelled")

    at = opened("trajectories", finished_run())
    monkeypatch.setattr("diagnostics.trajectories.function_map", slow)
    at.session_state["map/method"] = "tsne"
    at.run()
    at.button(key="map/cancel").click().run()
    mine = [one for one in registry()._computations.values() if one.key.startswith(str(frame.store().folder))]
    (job,) = (one for one in mine if "'tsne'" in one.key)
    job.wait(20)
    for _ in range(3):
        at.run()
        assert "Cancelled" in texts(at)
    assert calls == [0]
    at.button(key="map/again").click().run()
    assert calls == [0, 0]
    at.button(key="map/cancel").click().run()


@pytest.mark.parametrize("page", ["train", "curves", "layers", "trajectories", "runs"])
def test_a_run_whose_folder_goes_while_it_is_looked_at_is_told(page: str) -> None:
    job = live_run()
    at = opened(page, job.id)
    shutil.rmtree(frame.store().folder / "runs" / job.id)
    at.run()
    assert not at.exception
    assert f"The run {job.id} is not in this store" in texts(at)
    job.stop(owner=None)
    job.wait(20)
    assert job.state == "failed"


def test_the_sidebar_tells_of_a_run_that_went_between_two_looks() -> None:
    def card() -> None:
        from pages.components import frame

        frame._card_content("absent123456")

    at = AppTest.from_function(card).run()
    assert not at.exception
    assert "This run is gone." in texts(at)


def test_a_renamed_run_stays_chosen_under_its_new_words() -> None:
    ids = [finished_run() for _ in range(2)]
    at = opened("runs", ids[1])
    at.selectbox(key="runs/one").set_value(ids[0]).run()
    at.button(key="runs/rename").click().run()
    at.text_input(key="runs/new_name").set_value("another")
    at.button(key="runs/rename_now").click().run()
    assert at.selectbox(key="runs/one").value == ids[0]
    (label,) = (option for option in at.selectbox(key="runs/one").options if option.startswith("another"))
    assert at.selectbox(key="runs/one").proto.raw_value == label  # else the browser goes on showing the old words


def test_a_run_goes_on_from_a_kept_state_as_a_new_one_that_says_so() -> None:
    old = finished_run(experiment=replace(SMALL, epochs=10))
    at = opened("runs", old)

    def open_again() -> AppTest:  # the dialog is no fragment to AppTest: each run of the page would close it
        return at.button(key="runs/fork").click()

    open_again().run()
    (state,) = (box for box in at.selectbox if box.label == "From")
    assert state.options[1:3] == ["last, step 140, epoch 10", "step 126, epoch 9"]
    state.set_value("step-000018")
    open_again().run()
    (rate,) = (box for box in at.number_input if box.label == "Learning rate")
    said = texts(at)
    assert "makes 122 updates more, up to epoch 10, and learns as Moons did: the path is the same, bit for bit" in said
    rate.set_value(rate.value / 2)
    open_again().run()
    assert "learns with the rate 0.0005 from there on" in texts(at)
    at.button(key="fork/now").click()
    open_again().run()
    new = next(entry.id for entry in frame.store().list() if entry.id != old)
    job = registry().job(new)
    assert job is not None
    job.wait(60)
    run = frame.store().load(new)
    assert [(event["step"], event["value"]) for event in run.events] == [(18, old), (18, 0.5)]
    shown = opened("train", new)
    shown.button(key="heading/origin").click().run()
    assert shown.query_params["run"] in (old, [old])
