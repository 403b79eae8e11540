"""Over how many positions attention spreads: its entropy, between 0 (one position) and the log of their number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diagnostics.run import Run
from diagnostics.seed_spread import Floats, Spread, spread_over_seeds


@dataclass(frozen=True, eq=False)
class LayerReach:
    """The entropy of one layer in nats.

    Attributes
    ----------
    layer : str
    steps : array (T,)
    mean : Spread (T,)
        Mean over heads, positions and examples, over the seeds.
    heads : array (T, heads)
        Mean over positions, examples and seeds. Heads of different seeds have nothing in common but their number.
    uniform : float
        That of a head which looks everywhere alike.
    """

    layer: str
    steps: NDArray[np.int64]
    mean: Spread
    heads: Floats
    uniform: float


@dataclass(frozen=True, eq=False)
class AttentionReachReport:
    """All attention layers of a run."""

    layers: tuple[LayerReach, ...]
    run_id: str
    n_seeds: int


def attention_reach(run: Run) -> AttentionReachReport:
    """Return the entropy of every attention layer; none if there is no such layer."""
    found = []
    for layer in run.layers:
        name = f"{layer.name}/attention_entropy"
        mean, heads, uniform = (run.series.get(f"{name}/{what}") for what in ("mean", "each_head", "uniform"))
        if mean is None or heads is None or uniform is None or len(mean.steps) == 0:
            continue
        limit = float(np.asarray(uniform.values, np.float64)[0].max())
        by_head = spread_over_seeds(heads.values).mean
        found.append(LayerReach(layer.name, mean.steps, spread_over_seeds(mean.values), by_head, limit))
    return AttentionReachReport(tuple(found), run.id, len(run.experiment.seeds))
