"""Trajectories in function space: the outputs on the probe examples at each recorded moment, all seeds on one map.

Source: Erhan et al. 2010, section 6.3 (t-SNE of the outputs over training); PCA beside it, which is linear.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from diagnostics.projection import Report, pca, trustworthiness, tsne
from diagnostics.run import Run
from diagnostics.seed_spread import Floats
from diagnostics.settings_in_words import settings
from diagnostics.step_axis import in_unit


@dataclass(frozen=True, eq=False)
class TrajectoriesReport:
    """One point for each recorded moment and seed.

    Attributes
    ----------
    method : str
        "pca" or "tsne".
    points : array (n, 2)
    steps, seeds : array (n,) of int
    epochs : array (n,)
    explained : tuple of float
        Shares of the variance of the two axes (PCA); () for t-SNE.
    trust : float
        Trustworthiness of the map, 0 to 1.
    n_probe, n_outputs : int
    """

    method: str
    points: Floats
    steps: NDArray[np.int64]
    seeds: NDArray[np.int64]
    epochs: Floats
    explained: tuple[float, ...]
    trust: float
    n_probe: int
    n_outputs: int
    run_id: str
    run_name: str
    settings: str
    seed: int


def _go_on(share: float) -> bool:
    return True


def trajectories(
    run: Run, method: Literal["pca", "tsne"] = "pca", seed: int = 0, progress: Report = _go_on
) -> TrajectoriesReport:
    """Return all seeds' moments embedded jointly.

    Parameters
    ----------
    run : Run
    method : str
        "pca" or "tsne".
    seed : int
        Of t-SNE.
    progress : callable
        Is told the share that is done; returns whether to go on.

    Raises
    ------
    ValueError
        For an unknown method, and for t-SNE of fewer than 8 points.
    Interrupted
        If `progress` returned False.
    """
    if method not in ("pca", "tsne"):
        raise ValueError(f"the method must be 'pca' or 'tsne', not {method!r}")
    series = run.series.get("probe/output")
    if series is None or len(series.steps) == 0:
        rows, steps, seeds, shape = np.empty((0, 1)), np.empty(0, np.int64), np.empty(0, np.int64), (0, 0)
    else:
        values = np.asarray(series.values, dtype=np.float64)
        n_steps, n_seeds = values.shape[:2]
        shape = (values.shape[2], values.shape[3])
        rows = values.reshape(n_steps * n_seeds, -1)
        steps = np.repeat(series.steps, n_seeds)
        seeds = np.tile(np.array(run.experiment.seeds), n_steps)
        alive = np.isfinite(rows).all(axis=1)
        rows, steps, seeds = rows[alive], steps[alive], seeds[alive]
    points = np.empty((0, 2))
    explained: tuple[float, ...] = ()
    if method == "tsne":
        points = tsne(rows, seed, progress)
    elif len(rows):
        points, shares = pca(rows)
        explained = tuple(float(share) for share in shares[:2])
    trust = trustworthiness(rows, points) if len(rows) else float("nan")
    name = str(run.info.get("name", run.id))
    epochs = in_unit(run, steps, "epoch")
    return TrajectoriesReport(
        method, points, steps, seeds, epochs, explained, trust, shape[0], shape[1], run.id, name,
        settings(run.experiment), seed,
    )  # fmt: skip
