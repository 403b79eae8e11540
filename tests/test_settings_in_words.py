"""An experiment in one line, whatever its layers are."""

from __future__ import annotations

import pytest

from diagnostics.settings_in_words import architecture, mean_of_seeds, settings
from models import LAYERS, OPTIMIZERS, Experiment


def layers(*entries: object) -> Experiment:
    return Experiment(layers=entries)  # type: ignore[arg-type]


def test_dense_layers_of_one_activation_are_said_together() -> None:
    assert architecture(layers({"units": 64}, {"units": 32})) == "64-32 tanh"
    assert architecture(layers({"units": 64}, {"units": 32, "activation": "relu"})) == "64 tanh, 32 relu"
    assert architecture(layers()) == "no hidden layer"


def test_other_layers_are_said_by_type_and_size() -> None:
    mixed = layers({"units": 8}, {"type": "batch_norm"}, {"type": "dropout", "rate": 0.2}, {"type": "lstm", "units": 4})
    assert architecture(mixed) == "8 tanh, batch norm, dropout 0.2, lstm 4"
    block = {"type": "residual", "layers": [{"units": 8}, {"units": 8}]}
    assert architecture(layers(block)) == "residual (8-8 tanh)"


@pytest.mark.parametrize("kind", LAYERS)
def test_every_type_of_layer_can_be_said(kind: str) -> None:
    inner = {"layers": [{"type": "dense", "units": 3}]} if kind == "residual" else {}
    entry = {"type": kind, **{item.name: item.default for item in LAYERS[kind].fields}, **inner}
    if kind in ("add", "concatenate"):
        entry["inputs"] = ["dense1", "dense2"]
        text = architecture(layers({"units": 2}, {"units": 2}, entry))
    else:
        text = architecture(layers(entry))
    assert kind == "dense" or kind.replace("_", " ") in text


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_can_be_said(name: str) -> None:
    assert name in settings(Experiment(layers=[{"units": 2}], optimizer={"type": name}))


def test_one_seed_has_no_mean() -> None:
    assert mean_of_seeds(5) == "mean of 5 seeds"
    assert mean_of_seeds(1) == "one seed"
