"""The pages with what is no table: images, sequences, one class at each position."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from app_pages import opened

from datasets import CATALOG, Prepared, load_dataset, prepare
from models import Experiment
from pages.components import frame
from runs import train_run

EMBEDDING = {"type": "embedding", "vocabulary": 10, "units": 8}
LAYERS = {
    "digits": [{"type": "convolution", "channels": 2}, {"type": "max_pool"}, {"type": "flatten"}],
    "adding_problem": [{"type": "lstm", "units": 4}],
    "parity": [{"type": "recurrent", "units": 4}],
    "copy_task": [EMBEDDING, {"type": "attention", "heads": 2, "positional": True}],
}


@pytest.mark.parametrize("page", ["train", "curves", "layers", "trajectories", "runs"])
@pytest.mark.parametrize("name", LAYERS)
def test_a_run_of_every_task_is_shown(page: str, name: str) -> None:
    experiment = Experiment(layers=LAYERS[name], max_steps=12, seeds=(0, 1))
    at = opened(page, train_run(experiment, load_dataset(name), store=frame.store()).id)
    assert not at.error


def several_targets(targets: list[str], features: list[str]) -> Prepared:
    """Two numbers or two labels, learned from one or two features."""
    x = np.random.default_rng(0).uniform(-1, 1, (60, 2))
    frame = pd.DataFrame({"x1": x[:, 0], "x2": x[:, 1], "sum": x.sum(axis=1), "wave": np.sin(x[:, 0])})
    frame["right"], frame["up"] = (x[:, 0] > 0).astype(int), (x[:, 1] > 0).astype(int)
    return prepare(frame, target=targets, features=features)


@pytest.mark.parametrize("page", ["train", "curves"])
@pytest.mark.parametrize("features", [["x1"], ["x1", "x2"], ["x1", "x2", "wave"]], ids=len)
@pytest.mark.parametrize("targets", [["sum", "up"], ["right", "up"]], ids=["numbers", "labels"])
def test_a_run_with_several_targets_is_shown(page: str, features: list[str], targets: list[str]) -> None:
    data = several_targets(targets, features)
    experiment = Experiment(layers=[{"units": 4}], max_steps=6, seeds=(0, 1))
    at = opened(page, train_run(experiment, data, store=frame.store()).id)
    assert not at.error


@pytest.mark.parametrize("name", ["digits_28", "adding_problem", "parity", "copy_task"])
def test_what_is_no_table_can_be_chosen_for_training(name: str) -> None:
    at = opened("train")
    assert CATALOG[name].title in at.selectbox(key="train/data").options
    at.selectbox(key="train/data").set_value(name).run()
    assert not at.exception
    assert not at.error


def test_data_that_need_a_folder_are_not_offered() -> None:
    titles = {entry.title for entry in CATALOG.values() if entry.needs_folder}
    assert not titles & set(opened("train").selectbox(key="train/data").options)
    at = opened("data")
    at.segmented_control(key="data/source").set_value("Built-in data").run()
    offered = at.selectbox(key="data/name").options
    assert not titles & set(offered)
    assert CATALOG["parity"].title not in offered  # no table


def test_digits_that_are_prepared_on_the_page_are_images_still() -> None:
    at = opened("data")
    at.segmented_control(key="data/source").set_value("Built-in data").run()
    at.selectbox(key="data/name").set_value("digits").run()
    assert not at.exception
    _, data = at.session_state["data/prepared"]
    assert data.digest == load_dataset("digits").digest
