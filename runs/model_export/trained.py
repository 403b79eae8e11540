"""What is exported: a network with its parameters after training, of one seed or of several, and what goes in and out.

Start at `trained_network`, which takes it from a stored run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from models.arrays import Array
from models.graph import Node
from models.losses import BinaryCrossEntropy, CrossEntropy, Loss
from models.network import Network
from models.training import STOPPED, network_for
from runs.launch import training_data
from runs.run_folder import LAST

if TYPE_CHECKING:
    from datasets import Prepared
    from runs.store import RunStore

SOFTMAX, SIGMOID, TWO_CLASSES, NUMBERS = "softmax", "sigmoid", "two classes", "numbers"
STEPS = ("numeric", "categorical")  # of a recipe, which the exported scripts can repeat


@dataclass(frozen=True, eq=False)
class Trained:
    """A network after training.

    Attributes
    ----------
    network : Network
    params : array (R, n_parameters)
        Of the seeds that are exported; the mean of their predictions is what counts.
    buffers : dict of array (R, …)
        Running means.
    seeds : tuple of int
        Their numbers, R.
    data : Prepared or None
        What it was trained on; None for a network without a table.
    """

    network: Network
    params: Array
    buffers: Mapping[str, Array] = field(default_factory=dict)
    seeds: tuple[int, ...] = (0,)
    data: Prepared | None = None

    def weights(self, row: int) -> dict[str, dict[str, Array]]:
        """Return parameters and running means of one seed, by node and short name."""
        flat = {**self.network.views(self.params[row]), **{name: array[row] for name, array in self.buffers.items()}}
        result: dict[str, dict[str, Array]] = {}
        for name, array in flat.items():
            node, short = name.split("/")
            result.setdefault(node, {})[short] = np.ascontiguousarray(array)
        return result

    @property
    def prefixes(self) -> tuple[str, ...]:
        """What stands before the names of each seed's arrays in a file: nothing if there is one seed."""
        return ("",) if len(self.seeds) == 1 else tuple(f"seed{seed}." for seed in self.seeds)


def trained(network: Network, params: Array, buffers: Mapping[str, Array] | None = None) -> Trained:
    """Return a network with given parameters, of one seed (n_parameters,) or several (R, n_parameters)."""
    rows = params if params.ndim == 2 else params[None]
    given = network.init_buffers(len(rows)) if buffers is None else buffers
    leading = {name: array if params.ndim == 2 or buffers is None else array[None] for name, array in given.items()}
    return Trained(network, rows, leading, tuple(range(len(rows))))


def trained_network(run_id: str, store: RunStore, *, seed: int | None = None, checkpoint: str = LAST) -> Trained:
    """Return the network of a stored run, as its training left it or as it was at another checkpoint.

    Parameters
    ----------
    run_id : str
    store : RunStore
    seed : int, optional
        One seed; all that did not diverge if not given.
    checkpoint : str
        One of ``store.checkpoints(run_id)``: "last", "best" (of the validation loss), "step-000100", …

    Raises
    ------
    KeyError
        If there is no such run, or its data are gone.
    ValueError
        If there is no such checkpoint, or if the seed is unknown or diverged.
    """
    entry = store.entry(run_id)
    state = store.checkpoint(run_id, checkpoint)
    if state is None:
        there = ", ".join(store.checkpoints(run_id)) or "none: train it anew"
        raise ValueError(f"the run {entry.name!r} has no checkpoint {checkpoint!r}; it has {there}")
    data = store.load_data(entry.data_digest)
    network = network_for(entry.experiment, training_data(data))
    stopped = state.control.get(STOPPED, {})
    rows = _rows(entry.experiment.seeds, stopped if isinstance(stopped, Mapping) else {}, seed)
    buffers = {name: array[rows] for name, array in state.buffers.items()}
    seeds = tuple(entry.experiment.seeds[row] for row in rows)
    return Trained(network, state.params[rows], buffers, seeds, data)


def _rows(seeds: Sequence[int], stopped: Mapping[str, object], seed: int | None) -> list[int]:
    if seed is not None and seed not in seeds:
        raise ValueError(f"the run has no seed {seed}: choose one of {', '.join(map(str, seeds))}")
    chosen = seeds if seed is None else (seed,)
    rows = [seeds.index(one) for one in chosen if str(one) not in stopped]
    if not rows:
        what = "every seed of this run" if seed is None else f"seed {seed}"
        raise ValueError(f"{what} diverged, so there is no network to use: choose another, or train with a lower rate")
    return rows


def not_exported(node: Node, how: str) -> str:
    """Return the sentence for a layer that a format does not know, such as a user's own."""
    what = f"{type(node.layer).__name__} with the nonlinearity {node.layer.activation}"
    return (
        f"{node.name}: a layer {what} cannot be exported {how}. Predict with runs.prediction.predict_rows, or enter it "
        "in runs/model_export (docs/model_export.md says where)"
    )


def outputs_kind(loss: Loss) -> str:
    """Return how logits become probabilities: "softmax", "sigmoid", "two classes" of one logit; or "numbers" as is.

    Raises
    ------
    ValueError
        For a loss of which the exports do not know it.
    """
    if isinstance(loss, CrossEntropy):
        return SOFTMAX
    if isinstance(loss, BinaryCrossEntropy):
        return SIGMOID
    if loss.tasks == ("regression",):
        return NUMBERS
    raise ValueError(f"the loss {type(loss).__name__} cannot be exported: enter it in runs/model_export/trained.py")


def kind_of(network: Network) -> str:
    """Return what `outputs_kind` says, with one logit of two classes told apart from that of a label."""
    kind = outputs_kind(network.loss)
    return TWO_CLASSES if kind == SIGMOID and network.nodes[-1].units == 1 else kind


def meaning_of(network: Network, data: Prepared | None) -> dict[str, object]:
    """Return what the outputs mean: task, target, the name of each, and how numbers were scaled, a list for several."""
    if data is None:
        return _unnamed(network)
    targets = data.recipe.targets
    names = list(data.class_names or data.target_names)
    if len(names) != _n_said(network):
        names = [f"{data.target_name} {number}" for number in range(_n_said(network))]
    result: dict[str, object] = {"task": data.task, "target": data.target_name, "outputs": names}
    if len(targets) == 1:
        return result | {"mean": targets[0].mean, "std": targets[0].std}
    return result | {"mean": [one.mean for one in targets], "std": [one.std for one in targets]}


def recipe_of(network: Network, data: Prepared | None) -> dict[str, object]:
    """Return what stands in recipe.json: how rows become numbers, and what the outputs mean.

    Raises
    ------
    ValueError
        If the data were prepared in a way that a script cannot repeat.
    """
    from datasets.cells import MISSING

    columns = [] if data is None else json.loads(data.recipe.to_json())["columns"]
    if unknown := sorted({column["kind"] for column in columns} - set(STEPS)):
        raise ValueError(
            f"scripts cannot repeat the preparation by {', '.join(unknown)}: use runs.prediction.predict_rows instead"
        )
    numbers = {"input_shape": list(network.input_shape), "missing": sorted(MISSING), "columns": columns}
    return meaning_of(network, data) | numbers


def _n_said(network: Network) -> int:
    """How many probabilities or numbers there are for an example."""
    return 2 if kind_of(network) == TWO_CLASSES else network.nodes[-1].units


def _unnamed(network: Network) -> dict[str, object]:
    kind = kind_of(network)
    task = {NUMBERS: "regression", SIGMOID: "multi_label"}.get(kind, "classification")
    word = {"regression": "output", "multi_label": "label"}.get(task, "class")
    names = [f"{word} {number}" for number in range(_n_said(network))]
    return {"task": task, "target": "class", "outputs": names, "mean": 0.0, "std": 1.0}
