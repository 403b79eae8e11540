"""What the network has learned, for data that can be drawn: the decision surface over two features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diagnostics.run import AnyArray, Run
from diagnostics.seed_spread import Floats


@dataclass(frozen=True, eq=False)
class DecisionSurfaceReport:
    """The surface at one step.

    Attributes
    ----------
    axes : array (2, G)
        Grid along the two features.
    surface : array (G, G)
        Rows along the second feature. Two classes: probability of the second; more: number of the most probable class;
        regression: the predicted number.
    kind : str
        "probability", "class" or "number".
    disagreement : array (G, G)
        Standard deviation over the seeds of what the surface shows; 0 for one seed.
    points : array (N, 2), labels : array (N,)
        Training examples.
    """

    axes: Floats
    surface: Floats
    kind: str
    disagreement: Floats
    points: AnyArray
    labels: AnyArray
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]
    step: int
    run_id: str
    n_seeds: int


def decision_surface(run: Run, step: int | None = None, seed: int | None = None) -> DecisionSurfaceReport:
    """Return the surface at the last record at or before `step`: of one seed, or the mean over all.

    Raises
    ------
    ValueError
        If the run's data do not have two features, or nothing is recorded.
    """
    if "grid/axes" not in run.constants or "grid/output" not in run.series:
        raise ValueError("a decision surface needs data with two features")
    at, values = run.series["grid/output"].at(step)
    outputs = np.asarray(values, dtype=np.float64)
    if seed is not None:
        outputs = outputs[[run.experiment.seeds.index(seed)]]
    outputs = outputs[np.isfinite(outputs).all(axis=(1, 2))]
    axes = np.asarray(run.constants["grid/axes"], dtype=np.float64)
    side = axes.shape[1]
    mean = outputs.mean(axis=0) if len(outputs) else np.full((side * side, 1), np.nan)
    kind, surface = "number", mean[:, 0]
    shown = -1 if run.info.get("task") == "classification" else 0  # of several targets the first
    deviation = outputs[:, :, shown].std(axis=0) if len(outputs) else np.zeros(side * side)
    if run.info.get("task") == "classification":
        two = mean.shape[1] == 2
        kind, surface = ("probability", mean[:, 1]) if two else ("class", mean.argmax(axis=1).astype(np.float64))
        if not two and len(outputs):
            deviation = outputs.std(axis=0).max(axis=1)
    return DecisionSurfaceReport(
        axes=axes,
        surface=surface.reshape(side, side),
        kind=kind,
        disagreement=deviation.reshape(side, side),
        points=run.constants["points/x"],
        labels=run.constants["points/y"],
        feature_names=names(run, "feature_names"),
        class_names=names(run, "class_names"),
        step=at,
        run_id=run.id,
        n_seeds=len(outputs),
    )


def names(run: Run, key: str) -> tuple[str, ...]:
    """Return a list of names of ``run.info``."""
    found = run.info.get(key, ())
    return tuple(map(str, found)) if isinstance(found, (list, tuple)) else ()
