"""Unsupervised pre-training: before the training proper each layer, one after the other, learns to say what it reads.

For layer k an auto-encoder is trained: what the layer reads, with a share of it set to zero, passes the layer and a
linear decoder, and the answer is compared with what was read, undamaged, by the mean square. Then the decoder is thrown
away, the layer is kept, and what it gives is what the next one learns to say back. Targets are never looked at.

It is the same engine, all seeds at once, each with its own layers below. What the layers below give differs from seed
to seed and cannot be a target, which all seeds share. So the sum of what was read and of the decoder's answer is to be
zero:

    input → dense1 → … → dense(k-1) ─┬─ dropout → dense k → decoder ─┬─ add → output = 0
         (learned, frozen)           └───────────────────────────────┘    (identity, frozen)

The decoder then learns the negative of what was read, which is as hard; the mean square is that of the reconstruction.

Sources: greedy layer by layer Bengio, Lamblin, Popovici & Larochelle 2007; with noise Vincent, Larochelle, Bengio &
Manzagol 2008. Start at `pretrain`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from models.arrays import Array, Targets
from models.experiment import Experiment
from models.fields import Field, checked_numbers
from models.training import initial_state, network_for, steps_per_epoch, train
from models.training_data import TrainingData
from models.training_state import TrainingState

FIELDS = (
    Field("epochs", 30, 1, 1e6, "Passes over the training part for each layer.", integer=True),
    Field("learning_rate", 0.001, 0.0, 1e3, "Of Adam."),
    Field("noise", 0.25, 0.0, 0.99, "Share of what a layer reads that is set to zero at each update."),
)
SEQUENCE_AXES = 2


@dataclass(frozen=True, eq=False)
class PretrainingStep:
    """One update of one layer: its name, updates done and planned in all layers, the mean square error (R,)."""

    layer: str
    number: int
    total: int
    error: Array


def pretraining_settings(entry: object) -> dict[str, float]:
    """Return all settings of a pre-training, defaults filled in.

    Raises
    ------
    ValueError
        If it is no mapping, or a setting is unknown or out of range.
    """
    if not isinstance(entry, Mapping):
        raise ValueError(f'a pre-training is a mapping such as {{"epochs": 30}}, got {entry!r}')
    return checked_numbers("pre-training", FIELDS, entry)


def pretrain(
    experiment: Experiment, data: TrainingData, entry: Mapping[str, object], state: TrainingState
) -> Iterator[PretrainingStep]:
    """Train the hidden layers of a state that has done no update yet, and yield after every update what it did.

    A layer is written into ``state.params`` with its last step; the output layer stays as it is.

    Parameters
    ----------
    experiment : Experiment
        Whose hidden layers are a chain of dense ones.
    data : TrainingData
        Of tables or images.
    entry : mapping
        Some of `FIELDS`.
    state : TrainingState
        Changed in place.

    Raises
    ------
    ValueError
        If the settings are out of range, the state has been trained, or layers or data are of another kind.
    """
    settings = pretraining_settings(entry)
    names = _checked_layers(experiment, data)
    if state.step:
        raise ValueError(f"pre-training comes before the training, this state has done {state.step} updates")
    own = network_for(experiment, data).views(state.params)
    number, total = 0, n_pretraining_steps(experiment, len(data.x_train), entry)
    for k, name in enumerate(names):
        width = own[f"{name}/W"].shape[1]
        coder, errors = _auto_encoder(experiment, k, width, settings), _without_targets(data, width)
        network = network_for(coder, errors)
        begun = initial_state(coder, network)
        theirs = network.views(begun.params)
        for below in names[:k]:
            for short in ("W", "b"):
                theirs[f"{below}/{short}"][:] = own[f"{below}/{short}"]
        theirs["output/W"][:] = np.eye(width)
        for step in train(coder, errors, begun):
            if step.number == step.total:
                for short in ("W", "b"):
                    own[f"{name}/{short}"][:] = theirs[f"{name}/{short}"]
            if step.number > 0:
                number += 1
                yield PretrainingStep(name, number, total, step.batch_loss.copy())


def n_pretraining_steps(experiment: Experiment, n_train: int, entry: Mapping[str, object]) -> int:
    """Return the number of updates of a pre-training, all layers together."""
    epochs = int(pretraining_settings(entry)["epochs"])
    return len(experiment.layers) * epochs * steps_per_epoch(experiment, n_train)


def _checked_layers(experiment: Experiment, data: TrainingData) -> list[str]:
    """The names of the hidden layers."""
    kinds = [str(layer["type"]) for layer in experiment.layers]
    if set(kinds) != {"dense"} or any(layer.get("inputs") for layer in experiment.layers):
        found = ", ".join(kinds) or "none"
        raise ValueError(f"pre-training needs hidden layers that are a chain of dense ones, these are: {found}")
    if len(data.shape) == SEQUENCE_AXES:
        raise ValueError(f"pre-training needs rows of a table or images, these examples are sequences: {data.shape}")
    return [f"dense{k}" for k in range(1, len(kinds) + 1)]


def _auto_encoder(experiment: Experiment, k: int, width: int, settings: Mapping[str, float]) -> Experiment:
    """The network that trains the layer above k others, which reads `width` numbers.

    Seeds, names and initializer are those of the experiment: each layer starts where it would start without this.
    """
    flat, below = {"type": "flatten"}, experiment.layers[:k]
    noise = {"type": "dropout", "rate": settings["noise"]}
    decoder = {"type": "dense", "units": width, "activation": "linear"}
    together = {"type": "add", "inputs": [f"dense{k}" if k else "flatten1", f"dense{k + 2}"]}
    return Experiment(
        layers=(flat, *below, noise, experiment.layers[k], decoder, together),
        initializer=experiment.initializer,
        loss="mean_squared_error",
        optimizer={"type": "adam", "learning_rate": settings["learning_rate"]},
        batch_size=experiment.batch_size,
        epochs=int(settings["epochs"]),
        layer_rates={"output": 0.0, **{f"dense{i}": 0.0 for i in range(1, k + 1)}},
        seeds=experiment.seeds,
        dtype=experiment.dtype,
    )


def _without_targets(data: TrainingData, width: int) -> TrainingData:
    """The same examples, whose target is 0 in `width` numbers; nothing is held back, since nothing is evaluated."""
    zeros, fresh = np.zeros((len(data.x_train), width), data.x_train.dtype), data.fresh

    def renewed(epoch: int) -> tuple[Array, Targets]:
        assert fresh is not None
        return fresh(epoch)[0], zeros

    return replace(
        data,
        y_train=zeros,
        x_validation=data.x_validation[:0],
        y_validation=zeros[:0],
        task="regression",
        n_outputs=width,
        fresh=None if fresh is None else renewed,
    )
