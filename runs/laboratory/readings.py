"""Numbers that experiments of the Laboratory read off a run, one for each seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from diagnostics.layer_statistics import LayerMomentsReport, layer_moments
from diagnostics.run import QUANTILES, Run
from diagnostics.seed_spread import Floats

CHANCE_ERROR = 100 * (1 - 1 / 6)  # the most frequent of the nine classes has 1/6 of the images


def hidden(run: Run) -> tuple[str, ...]:
    """Return the names of the layers with weights but the output."""
    return tuple(layer.name for layer in run.layers[:-1])


def hidden_moments(run: Run, quantity: str = "activation") -> LayerMomentsReport:
    """Return the moments of the hidden layers over training, as the paper's figures show them: the output has none.

    Its numbers have no limits and are so much larger that beside them those of the others could hardly be seen.
    """
    report = layer_moments(run, quantity)
    return replace(report, layers=report.layers[:-1])


def error(run: Run) -> Floats:
    """Return the share of wrong answers at the end in %, on all images that were not trained on, (R,)."""
    total, wrong = 0.0, np.zeros(len(run.experiment.seeds))
    for part in ("validation", "test"):
        series, n = run.series.get(f"{part}/accuracy"), float(str(run.info.get(f"n_{part}", 0)))
        if series is not None and len(series.steps):
            wrong += n * (1 - np.asarray(series.values[-1], np.float64))
            total += n
    return 100 * wrong / total if total else np.full(len(wrong), np.nan)


def n_unseen(run: Run) -> int:
    """Return on how many images `error` is measured."""
    return sum(int(str(run.info.get(f"n_{part}", 0))) for part in ("validation", "test"))


def at(run: Run, name: str, step: int | None = None) -> Floats:
    """Return a series at a step (the last for None), between two records linear in the logarithm of the step."""
    series = run.series[name]
    steps, values = series.steps, np.asarray(series.values, np.float64)
    if step is None or step >= steps[-1]:
        return np.asarray(values[-1])
    after = int(np.searchsorted(steps, step))
    if steps[after] == step or after == 0:
        return np.asarray(values[after])
    place = np.log1p([steps[after - 1], step, steps[after]])
    share = (place[1] - place[0]) / (place[2] - place[0])
    return np.asarray((1 - share) * values[after - 1] + share * values[after])


def by_layer(run: Run, quantity: str, step: int | None = None) -> Floats:
    """Return ``LAYER/quantity`` of each hidden layer, (L, R)."""
    return np.stack([at(run, f"{name}/{quantity}", step) for name in hidden(run)])


def high_percentile(run: Run, step: int | None = None) -> Floats:
    """Return how far the activations reach: the larger size of the 2nd and the 98th percentile, (L, R)."""
    quantiles = by_layer(run, "activation/quantiles", step)
    return np.asarray(np.maximum(np.abs(quantiles[..., 0]), np.abs(quantiles[..., len(QUANTILES) - 1])))


def listed(values: Floats | Sequence[float]) -> str:
    """Return numbers of the layers, averaged over the seeds, from the first to the last."""
    numbers = np.asarray(values, np.float64)
    return ", ".join(f"{value:.3g}" for value in (numbers.mean(axis=1) if numbers.ndim > 1 else numbers))
