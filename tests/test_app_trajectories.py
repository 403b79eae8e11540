"""The page Trajectories while runs live: maps that keep their axes, of runs of different lengths, by slow methods."""

from __future__ import annotations

import threading
import time

import pytest
from app_pages import ROOT, finished_run, live_run, opened
from streamlit.testing.v1 import AppTest
from test_app_pages import texts

from diagnostics.trajectories import function_map
from pages.components.run_picker import names_of


def test_a_live_run_shorter_than_another_grows_on_their_map_and_equal_names_are_told_apart() -> None:
    other = finished_run()
    job = live_run()
    at = opened("trajectories", job.id)
    (choice,) = at.multiselect
    choice.set_value([*choice.value, other]).run()
    assert at.session_state["map/color/runs"] == "run"
    before = len(job.snapshot().series["probe/output"].steps)
    job.advance(4, owner=None)
    while len(job.snapshot().series["probe/output"].steps) < before + 4:
        time.sleep(0.02)
    at.run()
    assert not at.exception
    assert "The axes stay as they were fitted" in texts(at)
    assert len(set(names_of([job.id, other]))) == 2
    job.stop(owner=None)
    job.wait(20)


def test_a_slow_map_of_a_live_run_is_fitted_once_while_the_run_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    fitted = []
    go_on = threading.Event()

    def slow(*arguments: object, **options: object) -> object:
        fitted.append(arguments)
        go_on.wait(20)
        return function_map(*arguments, **options)  # type: ignore[arg-type]

    job = live_run()
    job.advance(8, owner=None)
    while len(job.snapshot().series["probe/output"].steps) < 9:
        time.sleep(0.02)
    at = opened("trajectories", job.id)
    monkeypatch.setattr("diagnostics.trajectories.function_map", slow)
    at.session_state["map/method"] = "tsne"
    at.run()
    job.advance(4, owner=None)
    while len(job.snapshot().series["probe/output"].steps) < 13:
        time.sleep(0.02)
    at.run()
    go_on.set()
    for _ in range(200):
        if "Function space, t-SNE" in texts(at):
            break
        at.run()
    assert "Function space, t-SNE" in texts(at)
    assert "The axes stay as they were fitted" in texts(at.run())
    assert len(fitted) == 1
    job.stop(owner=None)
    job.wait(20)


def test_the_address_holds_the_runs_that_are_compared_and_how_they_are_mapped() -> None:
    first, second = finished_run(), finished_run()
    at = opened("trajectories", first)
    (choice,) = at.multiselect
    choice.set_value([first, second]).run()
    at.session_state["map/method"] = "pca"
    at.session_state["map/dims"] = "3"
    at.run()
    address = {name: value if isinstance(value, str) else value[-1] for name, value in at.query_params.items()}
    assert (address["runs"], address["method"], address["dims"]) == (f"{first},{second}", "pca", "3")
    again = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    again.run()
    again.switch_page("pages/trajectories.py")
    for name, value in address.items():
        again.query_params[name] = value
    again.run()
    assert not again.exception
    assert again.multiselect[0].value == [first, second]
    assert "Function space, PCA" in texts(again)
    again.multiselect[0].set_value([first]).run()
    assert "runs" not in again.query_params
