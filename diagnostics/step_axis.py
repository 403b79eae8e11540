"""Steps in other units: epochs, examples seen, seconds of training."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from diagnostics.run import Run

TITLES = {
    "step": "step (updates)",
    "epoch": "epoch",
    "examples": "examples seen by each seed",
    "seconds": "training time (s)",
}


def number(run: Run, key: str, default: float = 0.0) -> float:
    """Return a number of ``run.info``."""
    return float(str(run.info.get(key, default)))


def in_unit(run: Run, steps: NDArray[np.int64], unit: str) -> NDArray[np.float64]:
    """Return steps as "step", "epoch", "examples" or "seconds".

    Raises
    ------
    ValueError
        For another unit.
    """
    if unit == "step":
        return steps.astype(np.float64)
    if unit == "seconds":
        clock = run.series["time/seconds"]
        return np.interp(steps, clock.steps, np.asarray(clock.values, dtype=np.float64))
    if unit not in TITLES:
        raise ValueError(f"the unit must be one of {', '.join(TITLES)}, not {unit!r}")
    n, batch, per_epoch = (number(run, key, 1) for key in ("n_train", "batch_size", "steps_per_epoch"))
    epochs, position = np.divmod(steps, per_epoch)
    examples = epochs * n + np.minimum(position * batch, n)
    return np.asarray(examples if unit == "examples" else examples / n, dtype=np.float64)
