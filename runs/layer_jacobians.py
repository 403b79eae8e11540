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
from models.training import STOPPED, network_for
from models.training_state import TrainingState
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
    parts = _Parts(len(seeds) * (1 + len(kept)), progress)
    measured: dict[int, dict[str, Floats]] = {}
    found = parts.measured(network, network.init(seeds), None, x)
    for step, name in [(0, ""), *kept.items()]:
        if name:
            state = store.checkpoint(run_id, name)
            found = None if state is None else _of_state(parts, network, state, seeds, x)
        if found is None:
            break
        measured[step] = found
    return layer_jacobians(run, measured, theories_of_run(run), len(x))


class _Parts:
    """Measures seed by seed, and tells after each the share that is done."""

    def __init__(self, total: int, progress: Callable[[float], bool]) -> None:
        self._total, self._done, self._progress = total, 0, progress

    def measured(
        self, network: Network, params: Array, buffers: Mapping[str, Array] | None, x: Array
    ) -> dict[str, Floats] | None:
        """Return the mean singular values (R,) of a state, or None if they were stopped before all was done."""
        rows = []
        for seed in range(len(params)):
            own = None if buffers is None else {name: array[seed : seed + 1] for name, array in buffers.items()}
            rows.append(mean_singular_values(network, params[seed : seed + 1], x, own))
            self._done += 1
            if not self._progress(self._done / self._total) and self._done < self._total:
                return None
        return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}


def _of_state(
    parts: _Parts, network: Network, state: TrainingState, seeds: tuple[int, ...], x: Array
) -> dict[str, Floats] | None:
    """Of a seed that has diverged there is nothing to say."""
    values = parts.measured(network, state.params, state.buffers, x)
    stopped = state.control.get(STOPPED, {})
    gone = [isinstance(stopped, Mapping) and str(seed) in stopped for seed in seeds]
    return None if values is None else {name: np.where(gone, np.nan, of_layer) for name, of_layer in values.items()}
