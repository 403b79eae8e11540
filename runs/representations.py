"""What the layers of stored runs say at their kept states, compared. Start at `stored_moments`.

Each of the other functions loads what it needs, asks one analysis of `diagnostics`, and can be told to stop. It reads
the states afresh, so that several may be at work at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from diagnostics import example_maps as maps
from diagnostics import layer_similarity as similarity
from diagnostics import similarity_over_training as over_training
from diagnostics import unit_trajectories as units
from diagnostics.decision_surface import names
from diagnostics.example_maps import ExampleMapsReport
from diagnostics.layer_similarity import LayerSimilarityReport, Side
from diagnostics.representations import Moments, go_on
from diagnostics.similarity_over_training import SimilarityOverTrainingReport
from diagnostics.unit_trajectories import UnitTrajectoriesReport
from models.training import STOPPED, network_for
from runs.launch import training_data
from runs.layer_jacobians import states

if TYPE_CHECKING:
    from diagnostics.projection import Report
    from models.network import Network
    from runs.store import RunStore


@dataclass(frozen=True)
class Networks:
    """Which networks of a run are meant: some seeds (all, if none is given) at a step (the last kept, if none)."""

    run_id: str
    seeds: tuple[int, ...] = ()
    step: int | None = None


@dataclass(frozen=True)
class KeptRun:
    """What there is to choose from: the steps at which a state is kept, 0 before training; the layers, output last."""

    steps: tuple[int, ...]
    layers: tuple[str, ...]
    seeds: tuple[int, ...]
    name: str


def kept_run(run_id: str, store: RunStore) -> KeptRun:
    """Return what of a run can be looked at, without reading its states.

    Raises
    ------
    KeyError
        If there is no such run, or its data are gone.
    """
    entry = store.entry(run_id)
    network = _network(run_id, store)
    layers = Moments.layers_of(network)
    return KeptRun((0, *states(run_id, store)), layers, tuple(entry.experiment.seeds), entry.name)


def stored_moments(run_id: str, store: RunStore) -> Moments:
    """Return the networks of a run before training and at every kept state.

    Raises
    ------
    KeyError
        If there is no such run, or its data are gone.
    ValueError
        If no state was kept, or the run has no probe examples.
    """
    run, kept = store.load(run_id), states(run_id, store)
    if "probe/x" not in run.constants:
        raise ValueError("the run has no probe examples, on which layers are compared: train it anew")
    if not kept:
        raise ValueError("no state of this run was kept, so there is nothing to compare: train it anew")
    network, seeds = _network(run_id, store), tuple(run.experiment.seeds)
    steps, params, buffers = [0], [network.init(seeds)], [network.init_buffers(len(seeds))]
    there = [[True] * len(seeds)]
    for step, name in kept.items():
        state = store.checkpoint(run_id, name)
        if state is None:
            continue
        stopped = state.control.get(STOPPED, {})
        steps.append(step)
        params.append(state.params)
        buffers.append(dict(state.buffers))
        there.append([not (isinstance(stopped, Mapping) and str(seed) in stopped) for seed in seeds])
    return Moments(
        network=network, seeds=seeds, steps=tuple(steps), params=tuple(params), buffers=tuple(buffers),
        is_there=np.array(there, dtype=bool), x=np.asarray(run.constants["probe/x"], network.dtype),
        y=np.asarray(run.constants["probe/y"]), task=str(run.info.get("task", "")),
        class_names=names(run, "class_names"), run_id=run_id, run_name=str(run.info.get("name", run_id)),
    )  # fmt: skip


def layer_similarity(
    first: Networks, second: Networks, store: RunStore, *, across_seeds: bool = True, progress: Report = go_on
) -> LayerSimilarityReport:
    """Return layers against layers; see `diagnostics.layer_similarity`.

    Raises
    ------
    KeyError, ValueError, Interrupted
        As `stored_moments` and the analysis.
    """
    one = stored_moments(first.run_id, store)
    other = one if second.run_id == first.run_id else stored_moments(second.run_id, store)
    sides = Side(one, first.seeds, first.step), Side(other, second.seeds, second.step)
    return similarity.layer_similarity(*sides, across_seeds=across_seeds, progress=progress)


def similarity_over_training(run_id: str, store: RunStore, *, progress: Report = go_on) -> SimilarityOverTrainingReport:
    """Return each layer against itself at other moments; see `diagnostics.similarity_over_training`; likewise."""
    return over_training.similarity_over_training(stored_moments(run_id, store), progress)


def example_maps(
    run_id: str,
    store: RunStore,
    layer: str,
    seeds: Sequence[int] = (),
    *,
    method: maps.Method = "pca",
    progress: Report = go_on,
) -> ExampleMapsReport:
    """Return the probe examples as a layer sees them; see `diagnostics.example_maps`; likewise."""
    return maps.example_maps(stored_moments(run_id, store), layer, seeds, method=method, progress=progress)


def unit_trajectories(
    run_id: str,
    store: RunStore,
    layers: Sequence[str] = (),
    seed: int | None = None,
    *,
    method: units.Method = "pca",
    progress: Report = go_on,
) -> UnitTrajectoriesReport:
    """Return the units of some layers on their way; see `diagnostics.unit_trajectories`; likewise."""
    return units.unit_trajectories(stored_moments(run_id, store), layers, seed, method=method, progress=progress)


def _network(run_id: str, store: RunStore) -> Network:
    entry = store.entry(run_id)
    return network_for(entry.experiment, training_data(store.load_data(entry.data_digest)))
