"""The experiment: its JSON, its identity, and the sentences about wrong settings."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import ACTIVATIONS, INITIALIZERS, SCHEDULES, Experiment

LAYER = st.fixed_dictionaries(
    {"type": st.just("dense"), "units": st.integers(1, 4096), "activation": st.sampled_from(list(ACTIVATIONS))}
)
EXPERIMENTS = st.builds(
    Experiment,
    layers=st.lists(LAYER, max_size=4),
    initializer=st.sampled_from(list(INITIALIZERS)),
    optimizer=st.one_of(
        st.sampled_from(["adam", "sgd"]),
        st.fixed_dictionaries({"type": st.just("adam"), "learning_rate": st.floats(1e-8, 100)}),
    ),
    schedule=st.sampled_from(list(SCHEDULES)),
    batch_size=st.integers(1, 10**6),
    l2=st.floats(0, 1e6),
    seeds=st.lists(st.integers(0, 2**31), min_size=1, max_size=9, unique=True),
    data=st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3),
)


@given(EXPERIMENTS)
def test_an_experiment_comes_back_from_its_json(experiment: Experiment) -> None:
    again = Experiment.from_json(experiment.to_json())
    assert again == experiment
    assert again.to_json() == experiment.to_json()


def test_defaults_left_out_and_written_out_are_the_same_experiment() -> None:
    short = Experiment(layers=[{"units": 8}], optimizer="adam")
    long = Experiment(
        layers=[{"activation": "tanh", "units": 8, "type": "dense"}],
        optimizer={"beta1": 0.9, "type": "adam", "learning_rate": 0.001, "beta2": 0.999, "epsilon": 1e-8},
    )
    assert short.digest == long.digest


def test_another_setting_is_another_digest() -> None:
    assert Experiment(l2=0.1).digest != Experiment().digest


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"initializer": "glorot"}, "unknown initializer 'glorot': use one of glorot_uniform"),
        ({"loss": "hinge"}, "unknown loss 'hinge'"),
        ({"optimizer": "lion"}, "unknown optimizer 'lion'"),
        ({"layers": [{"type": "dense", "units": 0}]}, "layer 1: units must lie between 1 and 4096, got 0"),
        ({"layers": [{"units": 3}, {"units": 2.5}]}, "layer 2: units must be a whole number"),
        ({"layers": [{"units": 3, "activation": "step"}]}, "layer 1 has the unknown activation 'step'"),
        ({"layers": [{"type": "lego"}]}, "layer 1 has the unknown type 'lego'"),
        ({"layers": "dense"}, "layers must be a list"),
        ({"batch_size": 0}, "batch_size must be a whole number from 1 up, got 0"),
        ({"epochs": 1.5}, "epochs must be a whole number"),
        ({"l2": -1}, "l2 must be a number from 0 up"),
        ({"l1": float("nan")}, "l1 must be a number from 0 up"),
        ({"seeds": ()}, "seeds must be 1 to 100 different whole numbers"),
        ({"seeds": (1, 1)}, "different whole numbers"),
        ({"seeds": 3}, "seeds must be a list"),
        ({"dtype": "float16"}, "unknown dtype 'float16'"),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_allowed(settings: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Experiment(**settings)  # type: ignore[arg-type]


def test_json_with_an_unknown_setting_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown settings momentum: an experiment has batch_size"):
        Experiment.from_json(json.dumps({"momentum": 0.9}))
    with pytest.raises(ValueError, match="JSON object"):
        Experiment.from_json("[1]")
