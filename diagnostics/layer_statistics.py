"""Distributions in every layer: histograms on shared bins at one step and over time, moments over training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diagnostics.histogram import BINNINGS, EXTRA_SLOTS, merge
from diagnostics.run import QUANTILES, LayerInfo, Run, Series
from diagnostics.seed_spread import Floats, Spread, spread_over_seeds

QUANTITIES = ("activation", "pre_activation", "gradient", "weight", "weight_gradient", "update")
BIASES = ("bias", "bias_gradient")  # every analysis here takes them, too
MERGED = {"linear": 4, "symlog": 5}  # neighbouring bins that are drawn as one: 64 and 77 bins


@dataclass(frozen=True, eq=False)
class LayerHistogram:
    """Shares of one layer's numbers in shared bins.

    `depth` is its place in the whole network, 0 for the first layer. `share` (B,) is the mean over the seeds, `low` and
    `high` (B,) the least and the largest seed; `zero`, `outside` (`below` and `above` the bins) and `not_finite` are
    shares of all numbers, too. `n_numbers` is how many there are of one seed.
    """

    layer: LayerInfo
    depth: int
    share: Floats
    low: Floats
    high: Floats
    zero: float
    outside: float
    not_finite: float
    below: float
    above: float
    n_numbers: float


@dataclass(frozen=True, eq=False)
class LayerHistogramsReport:
    """All layers at one step on the same bins; `edges` (B + 1,) are whole bins of the recorded binning, merged.

    `left_out` names the layers with another binning; `n_layers` counts all layers of the network.
    """

    quantity: str
    binning: str
    step: int
    edges: Floats
    layers: tuple[LayerHistogram, ...]
    left_out: tuple[str, ...]
    n_layers: int
    run_id: str
    n_seeds: int


@dataclass(frozen=True, eq=False)
class LayerMoments:
    """One layer over training: mean, std and the 2nd and 98th percentile, each a `Spread` (T,) over the seeds."""

    layer: LayerInfo
    steps: NDArray[np.int64]
    mean: Spread
    std: Spread
    low: Spread
    high: Spread


@dataclass(frozen=True, eq=False)
class LayerMomentsReport:
    """The moments of one quantity in all layers."""

    quantity: str
    unit: str
    layers: tuple[LayerMoments, ...]
    run_id: str
    n_seeds: int


@dataclass(frozen=True, eq=False)
class HistogramOverTimeReport:
    """One layer's histogram at each recorded step: `share` (T, B), the mean over the seeds.

    Exact zeros are in the middle bin of a logarithmic axis; `outside` and `not_finite` (T,) are shares of all numbers.
    """

    quantity: str
    binning: str
    layer: LayerInfo | None
    steps: NDArray[np.int64]
    edges: Floats
    share: Floats
    run_id: str
    n_seeds: int
    outside: Floats
    not_finite: Floats


def recorded_steps(run: Run, quantity: str = "activation") -> NDArray[np.int64]:
    """Return the steps at which the layers were recorded; empty if none were."""
    for layer in run.layers:
        series = run.series.get(f"{layer.name}/{quantity}/mean")
        if series is not None:
            return series.steps
    return np.empty(0, np.int64)


def binnings(run: Run, quantity: str) -> tuple[str, ...]:
    """Return the binnings that occur among the layers, that of most layers first."""
    found = [series.binning for layer in run.layers if (series := _histogram(run, layer, quantity)) is not None]
    return tuple(sorted(set(found), key=lambda name: (-found.count(name), name)))


def layer_histograms(
    run: Run, quantity: str = "activation", step: int | None = None, binning: str = ""
) -> LayerHistogramsReport:
    """Return the histograms of all layers at the last record at or before `step`, on shared bins.

    Parameters
    ----------
    run : Run
    quantity : str
        One of `QUANTITIES`.
    step : int, optional
        The last record if not given.
    binning : str
        Which layers to show, if they do not all have the same binning; that of most layers by default.
    """
    there = binnings(run, quantity)
    chosen = binning or (there[0] if there else "symlog")
    edges = _edges(chosen)
    layers, left_out, at = [], [], 0
    for depth, layer in enumerate(run.layers):
        series = _histogram(run, layer, quantity)
        if series is None or len(series.steps) == 0:
            continue
        if series.binning != chosen:
            left_out.append(layer.name)
            continue
        at, counts = series.at(step)
        layers.append(_layer_histogram(layer, depth, np.asarray(counts), chosen))
    n_layers, n_seeds = len(run.layers), len(run.experiment.seeds)
    return LayerHistogramsReport(quantity, chosen, at, edges, tuple(layers), tuple(left_out), n_layers, run.id, n_seeds)


def _layer_histogram(layer: LayerInfo, depth: int, counts: NDArray[np.generic], binning: str) -> LayerHistogram:
    """Turn counts (R, slots) into shares of all numbers of a seed."""
    numbers = counts.astype(np.float64)
    total = numbers.sum(axis=1, keepdims=True)
    shares = numbers[total[:, 0] > 0] / total[total[:, 0] > 0]
    if len(shares) == 0:
        shares = np.full((1, numbers.shape[1]), np.nan)
    bins, extra = shares[:, :-EXTRA_SLOTS], shares[:, -EXTRA_SLOTS:].mean(axis=0)
    factor = MERGED[binning]
    grouped = bins.reshape(len(bins), -1, factor).sum(axis=2)
    mean, low, high = grouped.mean(axis=0), grouped.min(axis=0), grouped.max(axis=0)
    zero, below, above, not_finite = map(float, extra)
    n_numbers = float(total.max(initial=0))
    return LayerHistogram(
        layer, depth, mean, low, high, zero, below + above, not_finite, below, above, n_numbers=n_numbers
    )


def layer_moments(run: Run, quantity: str = "activation") -> LayerMomentsReport:
    """Return mean, standard deviation and percentiles of every layer over training."""
    layers, unit = [], ""
    low, high = 0, len(QUANTILES) - 1
    for layer in run.layers:
        name = f"{layer.name}/{quantity}"
        if f"{name}/mean" not in run.series:
            continue
        mean, std, quantiles = (run.series[f"{name}/{what}"] for what in ("mean", "std", "quantiles"))
        unit = mean.unit
        ends = [spread_over_seeds(quantiles.values[:, :, end]) for end in (low, high)]
        moments = (spread_over_seeds(mean.values), spread_over_seeds(std.values), *ends)
        layers.append(LayerMoments(layer, mean.steps, *moments))
    return LayerMomentsReport(quantity, unit, tuple(layers), run.id, len(run.experiment.seeds))


def histogram_over_time(run: Run, layer: str, quantity: str = "activation") -> HistogramOverTimeReport:
    """Return one layer's histogram at every recorded step; empty if the layer or the quantity was not recorded."""
    info = next((entry for entry in run.layers if entry.name == layer), None)
    series = None if info is None else _histogram(run, info, quantity)
    n_seeds = len(run.experiment.seeds)
    if series is None or len(series.steps) == 0:
        nothing = np.empty((0, 0))
        return HistogramOverTimeReport(
            quantity, "symlog", info, np.empty(0, np.int64), np.empty(0), nothing, run.id, n_seeds, *np.empty((2, 0))
        )
    counts = np.asarray(series.values).sum(axis=1)
    total = np.maximum(counts.sum(axis=1, keepdims=True), 1)
    bins = merge(counts[:, :-EXTRA_SLOTS], MERGED[series.binning]).astype(np.float64)
    if series.binning == "symlog":  # exact zeros and numbers below 1e-8 belong in the middle
        bins[:, bins.shape[1] // 2] += counts[:, -EXTRA_SLOTS]
    edges, share, extra = _edges(series.binning), bins / total, counts[:, -EXTRA_SLOTS:] / total
    outside, not_finite = extra[:, 1] + extra[:, 2], extra[:, 3]
    return HistogramOverTimeReport(
        quantity, series.binning, info, series.steps, edges, share, run.id, n_seeds, outside, not_finite
    )


def _histogram(run: Run, layer: LayerInfo, quantity: str) -> Series | None:
    return run.series.get(f"{layer.name}/{quantity}/histogram")


def _edges(binning: str) -> Floats:
    return BINNINGS[binning].edges[:: MERGED[binning]]
