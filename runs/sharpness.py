"""The sharpness of a stored run, computed afterwards from the states that were kept on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from diagnostics.recording.reading import as_targets
from diagnostics.sharpness import SharpnessReader, SharpnessReport, sharpness_report
from models.training import network_for
from runs.launch import training_data

if TYPE_CHECKING:
    from runs.store import RunStore


def stored_sharpness(
    run_id: str, store: RunStore, progress: Callable[[float], bool] = lambda _: True
) -> SharpnessReport:
    """Return the sharpness at every checkpoint of a run: the kept ones, the best and the last.

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
    """
    run = store.load(run_id)
    data = training_data(store.load_data(str(run.info["data_digest"])))
    network = network_for(run.experiment, data)
    x, y = np.asarray(run.constants["points/x"], np.float64), as_targets(run.constants["points/y"])
    reader = SharpnessReader(run.experiment, network, x, y)
    states = [state for name in store.checkpoints(run_id) if (state := store.checkpoint(run_id, name)) is not None]
    values, total = {}, max(len(states), 1)
    for k, state in enumerate(sorted(states, key=lambda state: state.step)):
        if state.step not in values:
            values[state.step] = reader(state)
        if not progress((k + 1) / total):
            break
    table = np.array(list(values.values())).reshape(len(values), len(run.experiment.seeds))
    return sharpness_report(run, np.array(list(values), np.int64), table)
