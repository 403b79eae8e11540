"""How far the gates of LSTM layers stand open, over training. Source: Karpathy, Johnson & Fei-Fei 2016."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diagnostics.recording.inner_probes import GATES, OPEN, SHUT
from diagnostics.run import Run
from diagnostics.seed_spread import Spread, spread_over_seeds


@dataclass(frozen=True, eq=False)
class Gate:
    """One gate of one layer: mean opening, and which share of units × positions × examples is open or shut.

    Each is a `Spread` (T,) over the seeds.
    """

    layer: str
    name: str
    steps: NDArray[np.int64]
    mean: Spread
    open: Spread
    shut: Spread


@dataclass(frozen=True, eq=False)
class GatesReport:
    """All gates of all LSTM layers; `open_above` and `shut_below` say what counts."""

    gates: tuple[Gate, ...]
    open_above: float
    shut_below: float
    run_id: str
    n_seeds: int


def gates(run: Run) -> GatesReport:
    """Return the gates of every LSTM layer; none if there is no such layer."""
    found = []
    for layer in run.layers:
        for name in GATES:
            series = [run.series.get(f"{layer.name}/{name}/{what}") for what in ("mean", "open_share", "shut_share")]
            there = [entry for entry in series if entry is not None and len(entry.steps)]
            if len(there) == len(series):
                spreads = [spread_over_seeds(entry.values) for entry in there]
                found.append(Gate(layer.name, name, there[0].steps, *spreads))
    return GatesReport(tuple(found), OPEN, SHUT, run.id, len(run.experiment.seeds))
