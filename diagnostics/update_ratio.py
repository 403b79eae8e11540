"""How large the updates are beside the weights: ‖ΔW‖/‖W‖ of each layer over training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diagnostics.run import Run
from diagnostics.seed_spread import Spread, spread_over_seeds

HEALTHY = (1e-3, 1e-2)  # Karpathy, CS231n notes: "somewhere around 1e-3"; a decade above it still trains well


@dataclass(frozen=True, eq=False)
class UpdateRatioReport:
    """The ratio of each layer: steps (T,) and its spread (T,) over the seeds; `healthy` is the band to lie in."""

    layers: tuple[str, ...]
    steps: NDArray[np.int64]
    spreads: tuple[Spread, ...]
    healthy: tuple[float, float]
    run_id: str
    n_seeds: int


def update_ratio(run: Run) -> UpdateRatioReport:
    """Return the update-to-weight ratio of every layer."""
    names, spreads = [], []
    steps = np.empty(0, np.int64)
    for layer in run.layers:
        series = run.series.get(f"{layer.name}/update/update_ratio")
        if series is not None:
            names.append(layer.name)
            steps = series.steps
            spreads.append(spread_over_seeds(series.values))
    return UpdateRatioReport(tuple(names), steps, tuple(spreads), HEALTHY, run.id, len(run.experiment.seeds))
