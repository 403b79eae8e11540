"""The learning rate on the page Train: found by a range test, and changed while a network trains."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from app_pages import SMALL, opened
from small_data import classes
from streamlit.testing.v1 import AppTest

from datasets import load_dataset
from diagnostics.figures.range_test import range_test_figure
from models import Experiment, RangeTest, learning_rate_range_test
from pages.components import frame
from runs.jobs import registry


def until(at: AppTest, condition: Callable[[], bool], seconds: float = 40.0) -> None:
    """Draw the page again until something is there."""
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.2)
        at.run()
        assert not at.exception, at.exception


def test_the_range_test_suggests_a_rate_and_the_form_takes_it() -> None:
    at = opened("train")
    at.button(key="range_test/start").click().run()
    until(at, lambda: any(button.key == "range_test/use" for button in at.button))
    use = at.button(key="range_test/use")
    use.click().run()
    assert not at.exception
    rate = at.number_input(key="form/optimizer/adam/learning_rate").value
    assert use.label == f"Use {rate:g}"
    assert 1e-5 < rate < 1


def test_the_rate_of_a_running_training_is_changed_and_noted() -> None:
    work = registry()
    run_id = work.train(
        replace(SMALL, epochs=3000), load_dataset("moons"), store=frame.store(), owner=None, name="rates", paused=True
    )
    job = work.job(run_id)
    assert job is not None
    at = opened("train", run_id)
    job.change_learning_rate(0.5, owner=None)
    job.resume(owner=None)
    until(at, lambda: any("× 0.5 from step 0" in caption.value for caption in at.caption))
    job.stop(owner=None)
    job.wait(20)


def test_the_figure_shows_every_seed_the_mean_and_the_suggestion() -> None:
    found = learning_rate_range_test(Experiment(layers=[{"units": 8}], batch_size=8, seeds=(0, 1, 2)), classes())
    figure = range_test_figure(found)
    assert [trace.name for trace in figure.data] == ["seed 0", "seed 1", "seed 2", "mean, smoothed"]
    np.testing.assert_allclose(figure.data[-1].y, found.smoothed, rtol=1e-6)
    assert figure.layout.shapes[0].x0 == found.suggestion
    assert f"{found.suggestion:.2g}" in figure.layout.meta["summary"]


def test_without_a_step_the_figure_says_so() -> None:
    nothing = RangeTest(np.empty(0), np.empty((0, 3)), np.empty(0), float("nan"))
    assert "diverged at the smallest rate" in range_test_figure(nothing).layout.meta["summary"]


@pytest.mark.parametrize("page", ["train"])
def test_a_menu_that_is_closed_draws_nothing(page: str) -> None:
    at = opened(page)
    assert all(item.key != "train/rate_factor" for item in at.number_input)
