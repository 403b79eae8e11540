"""Which classes are taken for which, on the probe examples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diagnostics.decision_surface import names
from diagnostics.run import Run
from diagnostics.seed_spread import Floats


@dataclass(frozen=True, eq=False)
class ConfusionReport:
    """`share` (K, K): of the examples of a true class (row) the share predicted as each class, mean over the seeds."""

    share: Floats
    class_names: tuple[str, ...]
    n_examples: int
    step: int
    run_id: str
    n_seeds: int


def confusion(run: Run, step: int | None = None) -> ConfusionReport:
    """Return the confusion matrix at the last record at or before `step`.

    Raises
    ------
    ValueError
        If the run is no classification, or nothing is recorded.
    """
    if run.info.get("task") != "classification" or "probe/output" not in run.series:
        raise ValueError("a confusion matrix needs a classification with recorded outputs")
    at, values = run.series["probe/output"].at(step)
    y = np.asarray(run.constants["probe/y"], dtype=np.int64).ravel()  # every position of a sequence counts
    outputs = np.asarray(values).reshape(len(values), len(y), -1)
    alive = outputs[np.isfinite(outputs).all(axis=(1, 2))]
    n = outputs.shape[2]
    counts = np.zeros((n, n))
    for one in alive:
        np.add.at(counts, (y, one.argmax(axis=1)), 1)
    total = counts.sum(axis=1, keepdims=True)
    share = np.divide(counts, total, out=np.full_like(counts, np.nan), where=total > 0)
    found = names(run, "class_names") or tuple(map(str, range(n)))
    return ConfusionReport(share, found, len(y), at, run.id, len(alive))
