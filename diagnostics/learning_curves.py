"""Loss and metrics over training, several runs and seeds at once; and the gap between training and validation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from diagnostics.run import Run, Series
from diagnostics.seed_spread import Floats, Spread, spread_over_seeds
from diagnostics.settings_in_words import event, settings
from diagnostics.step_axis import TITLES, in_unit

METRICS = (
    "loss",
    "accuracy",
    "balanced_accuracy",
    "roc_auc",
    "calibration_error",
    "r2",
    "mae",
    "rmse",
    "batch_loss",
)
HIGHER_IS_BETTER = ("accuracy", "balanced_accuracy", "roc_auc", "r2")
PARTS = ("train", "validation")


@dataclass(frozen=True, eq=False)
class Curve:
    """One metric of one part of one run.

    Attributes
    ----------
    run_id, run_name, part : str
    colour : int
        Which of the ten colours of runs.
    x : array (T,)
    values : array (T, R)
        As recorded.
    spread : Spread
        Over the seeds, (T,).
    smoothed : array (T,)
        The mean after smoothing; equal to the mean without.
    """

    run_id: str
    run_name: str
    part: str
    colour: int
    x: Floats
    values: Floats
    spread: Spread
    smoothed: Floats


@dataclass(frozen=True)
class EventMark:
    """What happened to a run while it trained, such as a change of its learning rate: where on the x axis, in words."""

    run_name: str
    colour: int
    x: float
    words: str


@dataclass(frozen=True, eq=False)
class LearningCurvesReport:
    """Curves of one metric on one x axis; `higher_is_better` says how to read them, `marks` what happened meanwhile."""

    metric: str
    unit: str
    x_title: str
    smoothing: float
    curves: tuple[Curve, ...]
    settings: tuple[str, ...]
    higher_is_better: bool
    marks: tuple[EventMark, ...] = ()


@dataclass(frozen=True, eq=False)
class GeneralizationGapReport:
    """How much better training is than validation, over training; positive means better on the training part."""

    metric: str
    unit: str
    x_title: str
    run_id: str
    run_name: str
    x: Floats
    values: Floats
    spread: Spread


def metrics(runs: Sequence[Run]) -> tuple[str, ...]:
    """Return the metrics that at least one of the runs has, on training or validation rows, loss first."""
    found = {name for run in runs for name in run.series}
    return tuple(metric for metric in METRICS if any(f"{part}/{metric}" in found for part in PARTS))


def smoothed(values: Floats, weight: float) -> Floats:
    """Return an exponential moving average, corrected for its start; NaN is passed over.

    Parameters
    ----------
    values : array (T,)
    weight : float
        0 ≤ weight < 1: how much of the past is kept at each record.

    Raises
    ------
    ValueError
        If the weight is out of range.
    """
    if not 0 <= weight < 1:
        raise ValueError(f"smoothing must be at least 0 and less than 1, got {weight}")
    result = np.full(len(values), np.nan)
    total = mass = 0.0
    for i, value in enumerate(values):
        if np.isfinite(value):
            total, mass = weight * total + (1 - weight) * value, weight * mass + (1 - weight)
            result[i] = total / mass
    return result


def learning_curves(
    runs: Sequence[Run], metric: str = "loss", x: str = "step", smoothing: float = 0.0, colours: Sequence[int] = ()
) -> LearningCurvesReport:
    """Return the curves of `metric`, training and validation, of each run that has it.

    Parameters
    ----------
    runs : sequence of Run
    metric : str
        One of `METRICS`.
    x : str
        "step", "epoch", "examples" or "seconds".
    smoothing : float
        Weight of the exponential moving average, 0 for none.
    colours : sequence of int, optional
        The colour of each run; their order if not given.
    """
    curves: list[Curve] = []
    marks: list[EventMark] = []
    unit = ""
    for position, run in enumerate(runs):
        colour = colours[position] if position < len(colours) else position
        name = str(run.info.get("name", run.id))
        marks += _marks(run, name, colour, x)
        for part in PARTS:
            series = run.series.get(f"{part}/{metric}")
            if series is None or len(series.steps) == 0:
                continue
            unit = _unit(run, series)
            values = np.asarray(series.values, dtype=np.float64)
            spread = spread_over_seeds(values)
            line = smoothed(spread.mean, smoothing)
            curves.append(Curve(run.id, name, part, colour, in_unit(run, series.steps, x), values, spread, line))
    used = tuple(settings(run.experiment) for run in runs)
    better = metric in HIGHER_IS_BETTER
    return LearningCurvesReport(metric, unit, TITLES[x], smoothing, tuple(curves), used, better, tuple(marks))


def _marks(run: Run, name: str, colour: int, x: str) -> list[EventMark]:
    """One mark for each step at which something happened; several things at once stand in one line."""
    told: dict[int, list[str]] = {}
    for happened in run.events:
        told.setdefault(int(str(happened["step"])), []).append(event(happened))
    if x == "seconds" and "time/seconds" not in run.series:
        return []
    places = in_unit(run, np.array(list(told), np.int64), x)
    return [EventMark(name, colour, float(at), ", ".join(said)) for at, said in zip(places, told.values(), strict=True)]


def generalization_gap(run: Run, metric: str = "loss", x: str = "step") -> GeneralizationGapReport:
    """Return validation less training of a loss, training less validation of a metric; empty without validation."""
    train, validation = (run.series.get(f"{part}/{metric}") for part in PARTS)
    name = str(run.info.get("name", run.id))
    if train is None or validation is None:
        empty = np.empty((0, 1))
        return GeneralizationGapReport(
            metric, "", TITLES[x], run.id, name, empty[:, 0], empty, spread_over_seeds(empty)
        )
    steps, rows, columns = np.intersect1d(train.steps, validation.steps, return_indices=True)
    sign = -1.0 if metric in HIGHER_IS_BETTER else 1.0
    values = sign * (np.asarray(validation.values, np.float64)[columns] - np.asarray(train.values, np.float64)[rows])
    spread = spread_over_seeds(values)
    unit = _unit(run, train)
    return GeneralizationGapReport(metric, unit, TITLES[x], run.id, name, in_unit(run, steps, x), values, spread)


def _unit(run: Run, series: Series) -> str:
    """Return the unit of a series; the loss of a regression has none, since its target is scaled."""
    return "" if series.unit == "nats" and run.info.get("task") == "regression" else series.unit
