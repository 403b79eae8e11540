"""What the network has learned from one feature: the fitted function, with every seed's curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diagnostics.decision_surface import names
from diagnostics.run import Run
from diagnostics.seed_spread import Floats, Spread, spread_over_seeds
from diagnostics.step_axis import number


@dataclass(frozen=True, eq=False)
class FittedFunctionReport:
    """The function at one step.

    Attributes
    ----------
    x : array (G,)
        The feature, standardized as the network sees it.
    values : array (G, R)
        Each seed's output, in the target's own unit (the probability of the last class, for classes).
    spread : Spread
        Over the seeds, (G,).
    points_x, points_y : array (N,)
        Training examples.
    """

    x: Floats
    values: Floats
    spread: Spread
    points_x: Floats
    points_y: Floats
    feature_name: str
    target_name: str
    step: int
    run_id: str
    n_seeds: int


def fitted_function(run: Run, step: int | None = None) -> FittedFunctionReport:
    """Return the function at the last record at or before `step`.

    Raises
    ------
    ValueError
        If the run's data do not have one feature, or nothing is recorded.
    """
    if "grid/x" not in run.constants or "grid/output" not in run.series or "grid/axes" in run.constants:
        raise ValueError("a fitted function needs data with one feature")
    at, recorded = run.series["grid/output"].at(step)
    shown = 0 if run.info.get("task") == "regression" else -1  # of several targets the first
    values = np.asarray(recorded, dtype=np.float64)[:, :, shown].T
    points = np.asarray(run.constants["points/y"], dtype=np.float64).reshape(len(run.constants["points/y"]), -1)[:, 0]
    if shown == 0:
        mean, std = number(run, "target_mean", 0.0), number(run, "target_std", 1.0)
        values, points = values * std + mean, points * std + mean
    return FittedFunctionReport(
        x=np.asarray(run.constants["grid/x"], dtype=np.float64)[:, 0],
        values=values,
        spread=spread_over_seeds(values),
        points_x=np.asarray(run.constants["points/x"], dtype=np.float64)[:, 0],
        points_y=points,
        feature_name=(names(run, "feature_names") or ("x",))[0],
        target_name=(names(run, "target_names") or (str(run.info.get("target_name", "y")),))[0],
        step=at,
        run_id=run.id,
        n_seeds=len(run.experiment.seeds),
    )
