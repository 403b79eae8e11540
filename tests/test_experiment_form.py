"""The experiment form: what is set in it is the experiment; it reads the tables; layers come and go."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from datasets import load_dataset
from models import ACTIVATIONS, INITIALIZERS, OPTIMIZERS, SCHEDULES, Experiment
from runs import train_run

SCRIPT = """
import streamlit as st
from datasets import load_dataset
from pages.components.experiment_form import experiment_form, fill
from models import Experiment

if "given" in st.session_state:
    fill(Experiment.from_json(st.session_state.pop("given")))
experiment = experiment_form(load_dataset(st.session_state.get("data", "moons")))
st.session_state["result"] = experiment.to_json() if experiment is not None else None
"""


def form() -> AppTest:
    """The form on its own, drawn once."""
    at = AppTest.from_string(SCRIPT, default_timeout=20).run()
    assert not at.exception
    return at


def result(at: AppTest) -> Experiment:
    """The experiment that is set in the form."""
    assert not at.exception
    return Experiment.from_json(at.session_state["result"])


def test_the_form_offers_every_entry_of_the_tables() -> None:
    at = form()
    assert at.selectbox(key="form/optimizer").options == list(OPTIMIZERS)
    assert at.selectbox(key="form/schedule").options == list(SCHEDULES)
    assert at.selectbox(key="form/initializer").options == list(INITIALIZERS)
    assert at.selectbox(key="form/activation/0").options == list(ACTIVATIONS)


def test_a_small_network_gets_five_seeds() -> None:
    assert result(form()).seeds == (0, 1, 2, 3, 4)


def test_what_is_set_is_the_experiment() -> None:
    at = form()
    at.number_input(key="form/units/0").set_value(7)
    at.selectbox(key="form/activation/1").select("relu")
    at.number_input(key="form/epochs").set_value(3)
    at.selectbox(key="form/seeds").select(2)
    at.selectbox(key="form/optimizer").select("sgd")
    at.run()
    at.number_input(key="form/optimizer/sgd/learning_rate").set_value(0.25)
    experiment = result(at.run())
    assert [(layer["units"], layer["activation"]) for layer in experiment.layers] == [(7, "tanh"), (32, "relu")]
    assert (experiment.epochs, experiment.seeds) == (3, (0, 1))
    assert experiment.optimizer["type"] == "sgd"
    assert experiment.optimizer["learning_rate"] == 0.25


def test_layers_are_added_and_removed() -> None:
    at = form()
    at.button(key="form/add").click().run()
    assert len(result(at).layers) == 3
    at.button(key="form/remove/0").click().run()
    at.button(key="form/remove/1").click().run()
    at.button(key="form/remove/2").click().run()
    assert result(at).layers == ()
    at.button(key="form/add").click().run()
    assert len(result(at).layers) == 1


@pytest.mark.parametrize("seeds", [(0,), (0, 1, 2)])
def test_an_experiment_put_into_the_form_comes_out_again(seeds: tuple[int, ...], tmp_path: Path) -> None:
    layers = ({"type": "dense", "units": 5, "activation": "softsign"},)
    given = Experiment(layers=layers, optimizer={"type": "sgd", "learning_rate": 0.03}, l2=0.01, epochs=4, seeds=seeds)
    at = AppTest.from_string(SCRIPT, default_timeout=20)
    at.session_state["given"] = given.to_json()
    assert result(at.run()) == given


def test_a_loss_of_another_task_falls_back_to_automatic() -> None:
    at = form()
    at.selectbox(key="form/loss").select("cross_entropy").run()
    at.session_state["data"] = "sine"
    assert result(at.run()).loss == "auto"


def test_layers_of_other_types_are_added_with_their_own_settings() -> None:
    at = form()
    at.selectbox(key="form/next").select("dropout").run()
    at.button(key="form/add").click().run()
    at.number_input(key="form/rate/2").set_value(0.25)
    experiment = result(at.run())
    assert experiment.layers[2] == {"type": "dropout", "rate": 0.25}
    at.button(key="form/remove/2").click().run()
    at.selectbox(key="form/next").select("batch_norm").run()
    at.button(key="form/add").click().run()
    assert result(at).layers[2]["type"] == "batch_norm"


def test_what_is_no_chain_is_written_as_text() -> None:
    block = {"type": "residual", "layers": [{"type": "dense", "units": 32}]}
    at = form()
    at.toggle(key="form/as_text").set_value(True).run()
    assert '"units": 32' in at.text_area(key="form/text").value
    at.text_area(key="form/text").set_value(f'[{{"units": 32}}, {json.dumps(block)}]').run()
    assert [layer["type"] for layer in result(at).layers] == ["dense", "residual"]
    at.toggle(key="form/as_text").set_value(False).run()
    assert at.toggle(key="form/as_text").value is True  # rows cannot say it: it stays a text
    at.text_area(key="form/text").set_value('[{"units": 7}]').run()
    at.toggle(key="form/as_text").set_value(False).run()
    assert at.number_input(key="form/units/0").value == 7


@pytest.mark.parametrize(
    ("text", "words"),
    [("[", "The text is no JSON"), ('[{"units": 0}]', "units must lie between"), ("7", "a layer is a mapping")],
)
def test_a_text_that_is_wrong_is_told_in_a_sentence(text: str, words: str) -> None:
    at = form()
    at.toggle(key="form/as_text").set_value(True).run()
    at.text_area(key="form/text").set_value(text).run()
    assert at.session_state["result"] is None
    assert any(words in error.value.replace("\\", "") for error in at.error)


def test_regularization_and_single_rates_come_out_of_the_form_as_they_went_in() -> None:
    given = Experiment(
        layers=[{"units": 5}, {"type": "dropout", "rate": 0.3}],
        class_weights="balanced",
        label_smoothing=0.1,
        clip_norm=2.0,
        early_stopping={"patience": 500},
        layer_rates={"dense1": 0.5},
    )
    at = AppTest.from_string(SCRIPT, default_timeout=20)
    at.session_state["given"] = given.to_json()
    assert result(at.run()) == given


@pytest.mark.parametrize(("name", "vocabulary"), [("copy_task", 10), ("characters", 35)])
def test_data_that_need_an_embedding_get_layers_that_train_at_once(name: str, vocabulary: int) -> None:
    at = form()
    at.session_state["data"] = name
    experiment = result(at.run())
    assert [layer["type"] for layer in experiment.layers] == ["embedding", "lstm"]
    assert (experiment.layers[0]["vocabulary"], experiment.layers[1]["returns"]) == (vocabulary, "all")
    data = load_dataset(name)
    run = train_run(replace(experiment, max_steps=3, seeds=(0,)), data)
    assert np.isfinite(run.series["validation/loss"].values).all()
    assert any("which makes numbers of" in caption.value for caption in at.caption)
    at.number_input(key="form/units/1").set_value(8)
    assert result(at.run()).layers[1]["units"] == 8  # what a person sets then is not touched
    at.session_state["data"] = "moons"
    assert [layer["type"] for layer in result(at.run()).layers] == ["dense", "dense"]


def test_layers_that_fit_stay_when_the_data_change() -> None:
    at = form()
    at.number_input(key="form/units/0").set_value(7).run()
    at.session_state["data"] = "iris"
    assert [layer["units"] for layer in result(at.run()).layers] == [7, 32]
