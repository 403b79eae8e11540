"""Which layers are saturated or dead, and when. Source: Glorot & Bengio 2010, section 3."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diagnostics.probes import NEAR_ASYMPTOTE
from diagnostics.run import Run
from diagnostics.seed_spread import Floats, spread_over_seeds


@dataclass(frozen=True, eq=False)
class SaturationReport:
    """Shares by layer and recorded step, each the mean over the seeds.

    Attributes
    ----------
    kind : str
        "saturated": activations near an asymptote; "dead": units that are off on every probe example.
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


def saturation(run: Run) -> SaturationReport:
    """Return the saturated share of every layer whose nonlinearity has an asymptote other than 0."""
    words = f"closer to an asymptote than {NEAR_ASYMPTOTE:.0%} of the distance between the two (tanh: beyond ±0.9)"
    return _shares(run, "saturated", words)


def dead_units(run: Run) -> SaturationReport:
    """Return the share of dead units of every layer whose units can be off (relu and its like)."""
    return _shares(run, "dead", "0 on every probe example, so that no gradient passes")


def _shares(run: Run, kind: str, words: str) -> SaturationReport:
    names, rows, spreads = [], [], []
    steps = np.empty(0, np.int64)
    for layer in run.layers:
        series = run.series.get(f"{layer.name}/activation/{kind}_share")
        defined = layer.silent_below if kind == "dead" else any(layer.asymptotes)
        if series is None or not defined:
            continue
        spread = spread_over_seeds(series.values)
        steps = series.steps
        names.append(layer.name)
        rows.append(spread.mean)
        spreads.append(spread.std)
    shape = (len(names), len(steps))
    share, deviation = np.array(rows).reshape(shape), np.array(spreads).reshape(shape)
    return SaturationReport(kind, tuple(names), steps, share, deviation, words, run.id, len(run.experiment.seeds))
