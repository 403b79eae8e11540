"""The learning-rate range test: one short training whose learning rate rises step by step until the loss explodes.

Source: Smith 2017, Cyclical learning rates for training neural networks, section 3.3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from models.arrays import Array
from models.experiment import Experiment
from models.training import LEARNING_RATE_FACTOR, train
from models.training_data import TrainingData

SMOOTHING = 0.9  # of the running mean of the loss
SAFETY = 10.0  # how far below the least loss the suggestion lies
EXPLODED = 4.0  # times the least smoothed loss: the test ends


@dataclass(frozen=True, eq=False)
class RangeTest:
    """What happened.

    Attributes
    ----------
    rates : array (T,)
        The learning rate of each update, in geometric progression.
    losses : array (T, R)
        The loss of the mini-batch before it, of each seed; NaN from where a seed diverged.
    smoothed : array (T,)
        The mean over the seeds that are left, smoothed and without the smoothing's bias.
    suggestion : float
        A tenth of the rate at which the smoothed loss was least: there it falls fast, and further up it explodes.
    """

    rates: Array
    losses: Array
    smoothed: Array
    suggestion: float


def learning_rate_range_test(
    experiment: Experiment,
    data: TrainingData,
    *,
    low: float = 1e-6,
    high: float = 10.0,
    n_steps: int = 120,
    report: Callable[[float], bool] | None = None,
) -> RangeTest:
    """Train for up to `n_steps` updates with rates from `low` to `high`, and say where a good one lies.

    Parameters
    ----------
    experiment : Experiment
        Its schedule, penalties and early stopping are left out; everything else is as in training.
    data : TrainingData
    low, high : float
        The first and the last rate.
    n_steps : int
        At least 10.
    report : callable, optional
        Is told the share that is done, and returns whether to go on.

    Raises
    ------
    ValueError
        For rates that are no rising pair, or too few steps.
    """
    if not 0 < low < high or n_steps < 10:
        raise ValueError(f"a range test needs 0 < low < high and at least 10 steps, got {low}, {high} and {n_steps}")
    settings = {**experiment.optimizer, "learning_rate": 1.0}
    endless = {"early_stopping": None, "epochs": 10**6, "max_steps": n_steps, "schedule": {"type": "constant"}}
    tried = replace(experiment, optimizer=settings, **endless)  # type: ignore[arg-type]  # checked by Experiment
    rates = np.geomspace(low, high, n_steps)
    steps = train(tried, data)
    state = next(steps).state
    state.control[LEARNING_RATE_FACTOR] = float(rates[0])
    losses: list[Array] = []
    running, best = 0.0, np.inf
    smoothed: list[float] = []
    for number, step in enumerate(steps, 1):
        losses.append(step.batch_loss.astype(np.float64))
        alive = losses[-1][np.isfinite(losses[-1])]
        if not len(alive):
            break
        running = SMOOTHING * running + (1 - SMOOTHING) * float(alive.mean())
        smoothed.append(running / (1 - SMOOTHING**number))
        best = min(best, smoothed[-1])
        if smoothed[-1] > EXPLODED * best or (report is not None and not report(number / n_steps)):
            break
        if number < n_steps:
            state.control[LEARNING_RATE_FACTOR] = float(rates[number])
    n = len(smoothed)
    suggestion = float(rates[int(np.argmin(smoothed))] / SAFETY) if n else float("nan")
    return RangeTest(rates[:n], np.array(losses[:n]).reshape(n, -1), np.array(smoothed), suggestion)
