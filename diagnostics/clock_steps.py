"""Which recorded steps are shown when the clock runs through a training: at most so many, dense where things change."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from diagnostics.run import Run
from diagnostics.seed_spread import Floats

MOST_FRAMES = 50
WATCHED = ("activation/mean", "activation/std", "gradient/std", "weight_gradient/std", "activation/saturated_share")
CALM = 0.5  # of the distance between two frames that calm stretches get, too; the rest goes where things change


def recorded_layer_steps(run: Run) -> NDArray[np.int64]:
    """Return all steps at which any of the layers was recorded, ascending."""
    found = [series.steps for name, series in run.series.items() if name.endswith("activation/mean")]
    return np.unique(np.concatenate(found)).astype(np.int64) if found else np.empty(0, np.int64)


def clock_steps(run: Run, most: int = MOST_FRAMES) -> NDArray[np.int64]:
    """Return at most `most` of the recorded steps: the first, the last, and between them more where layers change.

    Change is what means, standard deviations (their logarithms) and saturated shares move from one record to the next,
    each in units of its whole movement.
    """
    steps = recorded_layer_steps(run)
    if len(steps) <= most:
        return steps
    changes = _changes(run, steps)
    way = np.concatenate([[0.0], np.cumsum(changes) / max(float(changes.sum()), 1e-300)])
    even = np.linspace(0, 1, len(steps))
    mixed = CALM * even + (1 - CALM) * way
    rows = np.searchsorted(mixed, np.linspace(0, mixed[-1], most))
    chosen: NDArray[np.int64] = steps[np.unique(np.minimum(rows, len(steps) - 1))]
    return chosen


def _changes(run: Run, steps: NDArray[np.int64]) -> Floats:
    """Return how much changes between each record and the next, (T - 1,)."""
    total = np.zeros(len(steps) - 1)
    for layer in run.layers:
        for name in WATCHED:
            series = run.series.get(f"{layer.name}/{name}")
            if series is None or len(series.steps) < 2:
                continue
            values = np.asarray(series.values, np.float64).reshape(len(series.steps), -1)
            if name.endswith("std"):
                values = np.log(np.maximum(values, 1e-30))
            with np.errstate(invalid="ignore"):
                filled = np.where(np.isfinite(values), values, 0.0).mean(axis=1)
            moved = np.abs(np.diff(np.interp(steps, series.steps, filled)))
            total += moved / moved.sum() if moved.sum() > 0 else 0.0
    return total
