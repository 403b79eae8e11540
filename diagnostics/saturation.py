"""Which layers are saturated, flat or dead, and when. Source: Glorot & Bengio 2010, section 3.

Saturated: close to an asymptote. Flat: where the nonlinearity has hardly a slope, so that hardly any gradient passes.
Dead: a unit that is off on every example.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diagnostics.histogram import BINNINGS, EXTRA_SLOTS, Binning
from diagnostics.recording.probes import NEAR_ASYMPTOTE
from diagnostics.run import LayerInfo, Run, Series
from diagnostics.seed_spread import Floats, spread_over_seeds
from models.activations import ACTIVATIONS, Activation

FLAT = 0.05  # of the largest slope
ELEMENTWISE = ("dense", "convolution")  # layers whose activation is f(pre-activation), number by number
WITHIN_BIN = 9  # places at which the slope is looked up in each bin
DRIVES = np.linspace(-12, 12, 4801)  # pre-activations by which slopes are found from bounded activations


@dataclass(frozen=True, eq=False)
class SaturationReport:
    """Shares by layer and recorded step, each the mean over the seeds.

    Attributes
    ----------
    kind : str
        "saturated": activations near an asymptote; "flat": those at which the slope is small; "dead": units that are
        off on every probe example.
    layers : tuple of str
        Those for which it is defined.
    steps : array (T,)
    share : array (L, T)
    spread : array (L, T)
        Standard deviation over the seeds.
    threshold : str
        What counts, in words.
    """

    kind: str
    layers: tuple[str, ...]
    steps: NDArray[np.int64]
    share: Floats
    spread: Floats
    threshold: str
    run_id: str
    n_seeds: int


def defined_shares(run: Run) -> tuple[str, ...]:
    """Return which of "saturated", "flat" and "dead" a run has anything to say of, without counting."""
    found = {
        "saturated": any(_is_defined(run, layer, "saturated") for layer in run.layers),
        "flat": any(_weights_of_slots(run, layer) is not None for layer in run.layers),
        "dead": any(_is_defined(run, layer, "dead") for layer in run.layers),
    }
    return tuple(kind for kind, is_there in found.items() if is_there)


def _is_defined(run: Run, layer: LayerInfo, kind: str) -> bool:
    defined = layer.silent_below if kind == "dead" else any(layer.asymptotes)
    return defined and f"{layer.name}/activation/{kind}_share" in run.series


def saturation(run: Run) -> SaturationReport:
    """Return the saturated share of every layer whose nonlinearity has an asymptote other than 0."""
    words = (
        f"that are closer to an asymptote than {NEAR_ASYMPTOTE:.0%} of the distance between the two (tanh: beyond ±0.9)"
    )
    return _shares(run, "saturated", words)


def dead_units(run: Run) -> SaturationReport:
    """Return the share of dead units of every layer whose units can be off (relu and its like)."""
    return _shares(run, "dead", "0 on every probe example, so that no gradient passes")


def flat_share(run: Run) -> SaturationReport:
    """Return the share of examples × units at which the slope of the nonlinearity is below 5 % of its largest.

    It is read off the recorded histograms: of pre-activations, or of bounded activations where there are none. A bin
    in which the slope passes the limit counts with the part that lies beyond it.
    """
    names, rows, spreads, steps = [], [], [], np.empty(0, np.int64)
    for layer in run.layers:
        found = _weights_of_slots(run, layer)
        if found is None:
            continue
        series, weights = found
        counts = np.asarray(series.values, np.float64)
        with np.errstate(invalid="ignore"):
            spread = spread_over_seeds((counts * weights).sum(axis=2) / counts[:, :, :-1].sum(axis=2))
        steps = series.steps
        names.append(layer.name)
        rows.append(spread.mean)
        spreads.append(spread.std)
    words = f"where the slope of the nonlinearity is below {FLAT:.0%} of its largest"
    return _report(run, "flat", names, (steps, rows, spreads), words)


def _weights_of_slots(run: Run, layer: LayerInfo) -> tuple[Series, Floats] | None:
    """Return a histogram of a layer and which part of each of its slots counts as flat, (slots,)."""
    activation = ACTIVATIONS.get(layer.activation)
    if activation is None or layer.type not in ELEMENTWISE or layer.activation == "linear":
        return None
    series = run.series.get(f"{layer.name}/pre_activation/histogram")
    if series is not None and len(series.steps):
        binning = BINNINGS[series.binning]
        return series, _with_slots(_flat_part(activation, _within(binning)), activation, binning)
    series = run.series.get(f"{layer.name}/activation/histogram")
    if series is None or not len(series.steps) or not layer.bounded:
        return None
    drives = DRIVES.astype(np.float64)
    values = activation.value(drives)
    order = np.argsort(values, kind="stable")
    places = np.interp(_within(BINNINGS[series.binning]), values[order], drives[order])
    return series, _with_slots(_flat_part(activation, places), activation, BINNINGS[series.binning])


def _within(binning: Binning) -> Floats:
    """Return places at equal distances within each bin, (B, WITHIN_BIN)."""
    share = (np.arange(WITHIN_BIN) + 0.5) / WITHIN_BIN
    return np.asarray(binning.edges[:-1, None] + share * np.diff(binning.edges)[:, None])


def _flat_part(activation: Activation, drives: Floats) -> Floats:
    slopes = activation.slope_at(np.ascontiguousarray(drives))
    return np.asarray((np.abs(slopes) < FLAT * activation.max_derivative).mean(axis=-1))


def _with_slots(bins: Floats, activation: Activation, binning: Binning) -> Floats:
    """Put the exact zeros, what lies below and above, and what is no number behind the bins."""
    zero = bins[binning.n_bins // 2]
    extra = np.array([zero, bins[0], bins[-1], 0.0])
    assert len(extra) == EXTRA_SLOTS
    if binning.name == "symlog":
        extra[0] = float(_flat_part(activation, np.zeros((1, 1)))[0])
    return np.concatenate([bins, extra])


def _shares(run: Run, kind: str, words: str) -> SaturationReport:
    names, rows, spreads = [], [], []
    steps = np.empty(0, np.int64)
    for layer in run.layers:
        if not _is_defined(run, layer, kind):
            continue
        series = run.series[f"{layer.name}/activation/{kind}_share"]
        spread = spread_over_seeds(series.values)
        steps = series.steps
        names.append(layer.name)
        rows.append(spread.mean)
        spreads.append(spread.std)
    return _report(run, kind, names, (steps, rows, spreads), words)


def _report(
    run: Run,
    kind: str,
    names: list[str],
    numbers: tuple[NDArray[np.int64], list[Floats], list[Floats]],
    words: str,
) -> SaturationReport:
    steps, rows, spreads = numbers
    shape = (len(names), len(steps))
    share, deviation = np.array(rows).reshape(shape), np.array(spreads).reshape(shape)
    return SaturationReport(kind, tuple(names), steps, share, deviation, words, run.id, len(run.experiment.seeds))
