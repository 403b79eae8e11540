"""A training of the engine as arrays, for tests that compare it with another one."""

from __future__ import annotations

import numpy as np
from training_cases import Training

from models import train
from models.arrays import Array
from models.training import initial_state, network_for
from models.training_state import TrainingState


def trained(training: Training, params: Array | None = None) -> tuple[Array, Array, TrainingState]:
    """Return the batch losses (T, R), the parameters after each update (T, R, n_parameters), and the last state.

    Parameters
    ----------
    training : Training
    params : array (R, n_parameters), optional
        Where it starts, instead of where the initializer does.
    """
    state = initial_state(training.experiment, network_for(training.experiment, training.data))
    if params is not None:
        state.params[...] = params
    steps = train(training.experiment, training.data, state)
    next(steps)  # step 0: nothing is updated yet
    done = [(step.batch_loss.copy(), step.state.params.copy()) for step in steps]
    losses, path = zip(*done, strict=True)
    return np.array(losses), np.array(path), state
