"""Precision and recall of each class over training, on the validation part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diagnostics.decision_surface import names
from diagnostics.run import Run
from diagnostics.seed_spread import Floats, Spread, spread_over_seeds
from diagnostics.step_axis import TITLES, in_unit


@dataclass(frozen=True, eq=False)
class ClassMetric:
    """One class over training: recall and precision, each a `Spread` (T,) over the seeds.

    NaN where they are not defined: the recall of a class without rows, the precision of one that is never predicted.
    """

    name: str
    number: int
    recall: Spread
    precision: Spread


@dataclass(frozen=True, eq=False)
class ClassMetricsReport:
    """The chosen classes in their order on one x axis (T,); `n_classes` counts all."""

    x: Floats
    x_title: str
    classes: tuple[ClassMetric, ...]
    n_classes: int
    run_id: str
    n_seeds: int


def class_metrics(run: Run, x: str = "step", classes: tuple[int, ...] | None = None) -> ClassMetricsReport:
    """Return recall and precision of the classes of a run.

    Parameters
    ----------
    run : Run
        Without validation rows, or without classes, the report is empty.
    x : str
        "step", "epoch", "examples" or "seconds".
    classes : tuple of int, optional
        The numbers of the classes; all if not given.
    """
    recall, precision = (run.series.get(f"validation/{kind}") for kind in ("recall", "precision"))
    if recall is None or precision is None or len(recall.steps) == 0:
        return ClassMetricsReport(np.empty(0), TITLES[x], (), 0, run.id, 0)
    n_seeds, n_classes = recall.values.shape[1:]
    named = names(run, "class_names") or tuple(map(str, range(n_classes)))
    found = tuple(
        ClassMetric(
            named[number],
            number,
            spread_over_seeds(recall.values[..., number]),
            spread_over_seeds(precision.values[..., number]),
        )
        for number in (range(n_classes) if classes is None else classes)
    )
    return ClassMetricsReport(in_unit(run, recall.steps, x), TITLES[x], found, n_classes, run.id, n_seeds)


def least_recalled(report: ClassMetricsReport, n: int) -> tuple[int, ...]:
    """Return the numbers of the `n` classes with the least recall at the last record, in the order of the classes."""
    last = [(item.recall.mean[-1], item.number) for item in report.classes]
    worst = sorted(last, key=lambda entry: (not np.isfinite(entry[0]), entry))[:n]
    return tuple(sorted(number for _, number in worst))
