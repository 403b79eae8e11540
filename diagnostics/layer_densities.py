"""Densities in every layer on a linear axis, from the recorded bins: whole bins merged, none divided.

Glorot & Bengio 2010 draw their histograms so (figures 4, 6, 7 and 8). Logarithmic bins become ever narrower towards 0;
neighbours are merged until none is narrower than a fixed share of the axis. What lies beyond the axis is counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from diagnostics.histogram import BINNINGS, EXTRA_SLOTS
from diagnostics.layer_statistics import LayerHistogram, LayerHistogramsReport, binnings
from diagnostics.run import LayerInfo, Run, Series
from diagnostics.seed_spread import Floats

WITHIN = 0.995  # of a layer's numbers lie within the reach of the axis
MOST_BINS = 60  # about, on each side of 0
EARLY = 0.9  # of the records the axis holds in full: an exploding step cannot stretch it
MOST_RECORDS = 200  # decide how far the axis goes, at equal distances; there may be thousands
LINEAR_FACTOR = 4


def layer_densities(
    run: Run,
    quantity: str = "activation",
    steps: Sequence[int] = (),
    binning: str = "",
    *,
    reach: Literal["run", "steps"] = "run",
) -> tuple[LayerHistogramsReport, ...]:
    """Return the histograms of all layers at the last record at or before each step, on one set of bins.

    Parameters
    ----------
    run : Run
    quantity : str
        One of `diagnostics.layer_statistics.QUANTITIES` or `BIASES`.
    steps : sequence of int
        The last record if there is none.
    binning : str
        Which layers to show, if they do not all have the same binning; that of most layers by default.
    reach : str
        How far the axis goes: as far as the widest layer (the output only if there is no other) in nine tenths of
        all records of the run, or of those at `steps`.

    Returns
    -------
    tuple of LayerHistogramsReport
        One for each step; `density` turns their shares into densities.
    """
    there = binnings(run, quantity)
    chosen = binning or (there[0] if there else "symlog")
    places = _places(chosen, _deciding(run, quantity, chosen, steps if reach == "steps" else None))
    return _reports(run, quantity, steps, chosen, places)


def _deciding(run: Run, quantity: str, binning: str, steps: Sequence[int] | None) -> list[Series]:
    """Return the histograms that decide how far the axis goes: those of hidden layers, if there are any."""
    found = {layer.name: run.series.get(f"{layer.name}/{quantity}/histogram") for layer in run.layers}
    there = {name: series for name, series in found.items() if series is not None and series.binning == binning}
    there = {name: series for name, series in there.items() if len(series.steps)}
    wanted = [series for name, series in there.items() if name != run.layers[-1].name] or list(there.values())
    if steps is not None:
        return [_at(series, steps) for series in wanted]
    return [_at(series, series.steps[:: -(-len(series.steps) // MOST_RECORDS)].tolist()) for series in wanted]


def _reports(
    run: Run, quantity: str, steps: Sequence[int], binning: str, places: NDArray[np.int64]
) -> tuple[LayerHistogramsReport, ...]:
    found, left_out = [], []
    for depth, layer in enumerate(run.layers):
        series = run.series.get(f"{layer.name}/{quantity}/histogram")
        if series is None or len(series.steps) == 0:
            continue
        if series.binning == binning:
            found.append((layer, depth, series))
        else:
            left_out.append(layer.name)
    edges = BINNINGS[binning].edges[places]
    common = (tuple(left_out), len(run.layers), run.id, len(run.experiment.seeds))
    return tuple(
        LayerHistogramsReport(
            quantity,
            binning,
            found[0][2].at(step)[0] if found else 0,
            edges,
            tuple(_layer(layer, depth, series.at(step)[1], places) for layer, depth, series in found),
            *common,
        )
        for step in (steps or (None,))
    )


def density(report: LayerHistogramsReport, share: Floats) -> Floats:
    """Return shares (…, B) of all numbers as density: per unit of the quantity."""
    return np.asarray(share / np.diff(report.edges))


def _at(series: Series, steps: Sequence[int]) -> Series:
    """Return the records at or before some steps; the last of all if there are none."""
    rows = [max(int(np.searchsorted(series.steps, step, side="right")) - 1, 0) for step in steps]
    rows = sorted(set(rows or [len(series.steps) - 1]))
    return Series(series.dims, series.unit, series.steps[rows], series.values[rows], series.binning)


def _layer(layer: LayerInfo, depth: int, counts: NDArray[np.generic], places: NDArray[np.int64]) -> LayerHistogram:
    numbers = np.asarray(counts, np.float64)
    total = numbers.sum(axis=1, keepdims=True)
    shares = numbers[total[:, 0] > 0] / total[total[:, 0] > 0]
    if len(shares) == 0:
        shares = np.full((1, numbers.shape[1]), np.nan)
    bins, extra = shares[:, :-EXTRA_SLOTS], shares[:, -EXTRA_SLOTS:].mean(axis=0)
    before = np.concatenate([np.zeros((len(bins), 1)), np.cumsum(bins, axis=1)], axis=1)
    grouped = np.maximum(np.diff(before[:, places], axis=1), 0)  # a rounding error must not be below 0
    zero, below, above, not_finite = map(float, extra)
    below += float(before[:, places[0]].mean())
    above += float((before[:, -1] - before[:, places[-1]]).mean())
    mean, low, high = grouped.mean(axis=0), grouped.min(axis=0), grouped.max(axis=0)
    n_numbers = float(total.max(initial=0))
    return LayerHistogram(layer, depth, mean, low, high, zero, below + above, not_finite, below, above, n_numbers)


def _places(binning: str, series: Sequence[Series]) -> NDArray[np.int64]:
    """Return the places of those recorded edges that remain as edges of the merged bins."""
    edges = BINNINGS[binning].edges
    n = len(edges)
    if binning == "linear":
        return np.arange(0, n, LINEAR_FACTOR)
    positive = edges[n // 2 :]
    reach = max((_reach(entry) for entry in series), default=len(positive) - 1)
    narrowest = positive[reach] / MOST_BINS
    kept = [int(np.searchsorted(positive[: reach + 1], narrowest / 2))]
    while kept[-1] < reach:
        kept.append(int(np.searchsorted(positive[: reach + 1], positive[kept[-1]] + narrowest)))
        kept[-1] = min(kept[-1], reach)
    right = np.array(sorted(set(kept)))
    return np.concatenate([n // 2 - 1 - right[::-1], n // 2 + right])


def _reach(series: Series) -> int:
    """Return the place, among the positive edges, within which nearly all numbers of nearly all records lie."""
    counts = np.asarray(series.values)[..., :-EXTRA_SLOTS].sum(axis=1).astype(np.float64)
    n_bins = counts.shape[1]
    half = n_bins // 2
    sides = counts[:, half + 1 :] + counts[:, half - 1 :: -1]  # by distance from 0
    total = sides.sum(axis=1)
    inside = np.cumsum(sides, axis=1)[total > 0] / total[total > 0, None]
    if len(inside) == 0:
        return 1
    reached = (inside < WITHIN).sum(axis=1) + 1
    return int(np.quantile(reached, EARLY, method="lower"))
