"""The function behind each point of a map, small enough to be shown while the mouse moves.

Of two features it is the decision surface, of one the fitted curve, else how the classes are confused, how many of each
label are right, or predicted against true numbers. Start at `snapshot_functions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from diagnostics.decision_surface import names
from diagnostics.run import AnyArray, Run
from diagnostics.seed_spread import Floats
from diagnostics.snapshots import Snapshots
from diagnostics.step_axis import number

Kind = Literal["surface", "classes", "curve", "confusion", "per class", "predictions"]
SIDE = 24  # points of a surface along each axis, about
CURVE = 80  # points of a curve, about
MOST_CONFUSED = 20  # classes of a confusion matrix
MOST_EXAMPLES = 80  # predictions
TWO = 2  # classes
THRESHOLD = 0.5  # from which on a label counts as given


@dataclass(frozen=True, eq=False)
class SnapshotFunctionsReport:
    """What each snapshot computes.

    Attributes
    ----------
    kind : str
        "surface": probability of the second class or of the first label, or the first target, over two features;
        "classes": the likeliest class over two features; "curve": the same as a surface, over one feature;
        "confusion": shares of each true class; "per class": share of the examples of each class or label that are
        answered rightly; "predictions" of examples.
    values : array (n, side, side), (n, points), (n, K, K) or (n, K)
    x, y : array
        Places of the values; of predictions `x` holds the truth. Empty for classes.
    labels : tuple of str
        Names of the classes or labels; of a surface or curve those of its axes and of the output; of
        predictions those of all targets, of which the first is predicted.
    truth_x, truth_y : array
        Training examples to be drawn behind a curve; their classes behind a surface.
    truth_label : array
    """

    kind: Kind
    values: Floats
    x: Floats
    y: Floats
    labels: tuple[str, ...]
    truth_x: Floats
    truth_y: Floats
    truth_label: AnyArray
    snapshots: Snapshots


def snapshot_functions(runs: Sequence[Run], snapshots: Snapshots) -> SnapshotFunctionsReport:
    """Return the function of each snapshot; `runs` are those the snapshots were taken from, in the same order."""
    first = runs[0]
    has_grid = all("grid/output" in run.series and len(run.series["grid/output"].steps) for run in runs)
    if has_grid and "grid/axes" in first.constants:
        return _surfaces(runs, snapshots)
    is_one_curve = snapshots.task != "classification" or snapshots.outputs.shape[2] == TWO
    if has_grid and "grid/x" in first.constants and is_one_curve:
        return _curves(runs, snapshots)
    if snapshots.task == "regression":
        return _predictions(first, snapshots)
    return _answers(first, snapshots)


def _on_grid(runs: Sequence[Run], snapshots: Snapshots) -> Floats:
    """Outputs on the grid at the last record at or before each snapshot, (n, G, K)."""
    rows = []
    for run, seed, step in zip(snapshots.run, snapshots.seed, snapshots.step, strict=True):
        one = runs[int(run)]
        _, values = one.series["grid/output"].at(int(step))
        rows.append(np.asarray(values[one.experiment.seeds.index(int(seed))], dtype=np.float32))
    return np.stack(rows).astype(np.float64)


def _surfaces(runs: Sequence[Run], snapshots: Snapshots) -> SnapshotFunctionsReport:
    first, outputs = runs[0], _on_grid(runs, snapshots)
    axes = np.asarray(first.constants["grid/axes"], dtype=np.float64)
    side = axes.shape[1]
    is_class = snapshots.task == "classification" and outputs.shape[2] > 2
    shown = outputs.argmax(axis=2) if is_class else outputs[:, :, 1 if snapshots.task == "classification" else 0]
    every = max(1, round(side / SIDE))
    points = np.asarray(first.constants["points/x"], dtype=np.float64)
    return SnapshotFunctionsReport(
        "classes" if is_class else "surface",
        shown.reshape(len(shown), side, side)[:, ::every, ::every].astype(np.float64),
        axes[0, ::every],
        axes[1, ::every],
        (*(*names(first, "feature_names"), "x1", "x2")[:2], _output_name(first, snapshots.task)),
        points[:, 0],
        points[:, 1],
        first.constants["points/y"],
        snapshots,
    )


def _curves(runs: Sequence[Run], snapshots: Snapshots) -> SnapshotFunctionsReport:
    first, outputs = runs[0], _on_grid(runs, snapshots)
    x = np.asarray(first.constants["grid/x"], dtype=np.float64)[:, 0]
    every = max(1, round(len(x) / CURVE))
    is_class, is_number = snapshots.task == "classification", snapshots.task == "regression"
    scale, shift = (number(first, "target_std", 1.0), number(first, "target_mean")) if is_number else (1.0, 0.0)
    points_x = np.asarray(first.constants["points/x"], dtype=np.float64)[:, 0]
    points_y = np.asarray(first.constants["points/y"], dtype=np.float64).reshape(len(points_x), -1)[:, 0]
    return SnapshotFunctionsReport(
        "curve",
        outputs[:, ::every, -1 if is_class else 0] * scale + shift,
        x[::every],
        np.empty(0),
        ((*names(first, "feature_names"), "x")[0], _output_name(first, snapshots.task)),
        points_x,
        points_y * scale + shift,
        np.empty(0),
        snapshots,
    )


def _output_name(run: Run, task: str) -> str:
    """What a surface or a curve shows, of several outputs one."""
    targets = (*names(run, "target_names"), str(run.info.get("target_name", "y")))
    if task == "regression":
        return targets[0]
    classes = names(run, "class_names")
    if task == "multi_label":
        return f"probability of {(*classes, *targets)[0]}"
    return f"probability of {classes[1] if len(classes) == TWO else 'the second class'}"


def _predictions(run: Run, snapshots: Snapshots) -> SnapshotFunctionsReport:
    n = snapshots.outputs.shape[1]
    rows = np.unique(np.linspace(0, n - 1, min(n, MOST_EXAMPLES)).astype(int))
    nothing = np.empty(0)
    truth = np.asarray(snapshots.truth, dtype=np.float64)
    known = truth[rows, 0] if truth.ndim == 2 and len(truth) == n else np.full(len(rows), np.nan)
    values = np.asarray(snapshots.outputs[:, rows, 0], dtype=np.float64)
    labels = names(run, "target_names") or ("target",)
    return SnapshotFunctionsReport("predictions", values, known, nothing, labels, nothing, nothing, nothing, snapshots)


def _answers(run: Run, snapshots: Snapshots) -> SnapshotFunctionsReport:
    outputs, nothing = snapshots.outputs, np.empty(0)
    n_outputs = outputs.shape[2]
    found = names(run, "class_names") if snapshots.task == "classification" else names(run, "target_names")
    labels = found if len(found) == n_outputs else tuple(str(number) for number in range(n_outputs))
    truth = np.asarray(snapshots.truth)
    if snapshots.task == "multi_label":
        given = np.asarray(outputs, np.float64) >= THRESHOLD
        values = (given == (np.asarray(truth, np.float64)[None] >= THRESHOLD)).mean(axis=1)
        return SnapshotFunctionsReport(
            "per class", values, nothing, nothing, labels, nothing, nothing, nothing, snapshots
        )
    predicted = outputs.argmax(axis=2)
    shares = np.zeros((len(outputs), n_outputs, n_outputs))
    with np.errstate(invalid="ignore"):
        for true in range(n_outputs):
            here = predicted[:, truth == true]
            for answer in range(n_outputs):
                shares[:, true, answer] = (here == answer).sum(axis=1) / here.shape[1] if here.shape[1] else np.nan
    if n_outputs > MOST_CONFUSED:
        right = np.diagonal(shares, axis1=1, axis2=2).copy()
        return SnapshotFunctionsReport(
            "per class", right, nothing, nothing, labels, nothing, nothing, nothing, snapshots
        )
    return SnapshotFunctionsReport("confusion", shares, nothing, nothing, labels, nothing, nothing, nothing, snapshots)
