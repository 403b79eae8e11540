"""The singular values of a stored run's layers over training, computed afterwards from the states that were kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from diagnostics.depth_profile import theories_of_run
from diagnostics.layer_jacobians import (
    LayerJacobiansReport,
    affordable_examples,
    is_plain,
    layer_jacobians,
    mean_singular_values,
    spread_examples,
)
from models.training import STOPPED, TrainingState, network_for
from runs.fork import kept_states
from runs.launch import training_data

if TYPE_CHECKING:
    from diagnostics.run import Run
    from diagnostics.seed_spread import Floats
    from models.arrays import Array
    from models.network import Network
    from runs.store import RunStore

WORK = 1e12  # operations of all decompositions, half a minute at most unless one example for each state takes longer


def has_jacobians(run: Run, store: RunStore) -> bool:
    """Tell whether a run has kept states, probe examples and a dense layer to look at."""
    is_there = "probe/x" in run.constants and any(layer.type == "dense" for layer in run.layers)
    return is_there and bool(states(run.id, store))


def states(run_id: str, store: RunStore) -> dict[int, str]:
    """Return the kept states, one for each step in ascending order: step -> name."""
    found = {state.step: state.name for state in kept_states(run_id, store) if state.step > 0}
    return dict(sorted(found.items()))


def stored_layer_jacobians(
    run_id: str, store: RunStore, progress: Callable[[float], bool] = lambda _: True
) -> LayerJacobiansReport:
    """Return the mean singular values of a run's dense layers before training and at every kept state.

    Parameters
    ----------
    run_id : str
    store : RunStore
    progress : callable
        Is told the share that is done; returns whether to go on. What is there by then is returned.

    Raises
    ------
    KeyError
        If there is no such run, or its data are gone.
    ValueError
        If the run has no probe examples or no dense layer that is used once for each example.
    """
    run = store.load(run_id)
    if "probe/x" not in run.constants:
        raise ValueError("the run has no probe examples, which the Jacobian is taken at")
    network = network_for(run.experiment, training_data(store.load_data(str(run.info["data_digest"]))))
    if not any(is_plain(node) for node in network.nodes):
        raise ValueError("the network has no dense layer that is used once for each example")
    seeds, kept = run.experiment.seeds, states(run_id, store)
    n_examples = affordable_examples(network, len(seeds) * (1 + len(kept)), WORK)
    x = spread_examples(np.asarray(run.constants["probe/x"], np.float32), n_examples)
    measured = {0: mean_singular_values(network, network.init(seeds), x)}
    for k, (step, name) in enumerate(kept.items()):
        if not progress((k + 1) / (len(kept) + 1)):
            break
        state = store.checkpoint(run_id, name)
        if state is not None:
            measured[step] = _of_state(network, state, seeds, x)
    progress(1.0)
    return layer_jacobians(run, measured, theories_of_run(run), len(x))


def _of_state(network: Network, state: TrainingState, seeds: tuple[int, ...], x: Array) -> dict[str, Floats]:
    """Of a seed that has diverged there is nothing to say."""
    values = mean_singular_values(network, state.params, x, state.buffers)
    stopped = state.control.get(STOPPED, {})
    gone = [isinstance(stopped, Mapping) and str(seed) in stopped for seed in seeds]
    return {name: np.where(gone, np.nan, of_layer) for name, of_layer in values.items()}
