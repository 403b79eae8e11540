"""Two costs as functions of two weights: a network of one hidden tanh unit, p = σ(W₂ tanh(W₁ x)), on random signals.

Cross-entropy -t ln p - (1 - t) ln(1 - p) and quadratic cost (p - t)², on a grid, with their slopes in closed form.
Start at `cost_surface`. Source: Glorot & Bengio 2010, section 4.1 and figure 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from diagnostics.seed_spread import Floats
from models.arrays import stream

COSTS = {"cross_entropy": "cross-entropy", "quadratic": "quadratic cost"}
LIMIT = 4.0
GRID = 81
N_EXAMPLES = 10
FLAT = 0.2  # of the steepest slope of the same surface
HIGH = 0.5  # of the way from the least to the largest cost


@dataclass(frozen=True, eq=False)
class CostSurfaceReport:
    """Both costs on one grid.

    Attributes
    ----------
    weights : array (G,)
        Of both axes.
    costs, slopes : mapping of str to array (G, G)
        By the names of `COSTS`; rows along W₂, columns along W₁. The slope is the length of the gradient.
    """

    weights: Floats
    costs: Mapping[str, Floats]
    slopes: Mapping[str, Floats]
    seed: int
    n_examples: int

    def plateau_share(self, name: str) -> float:
        """Return which share of the grid is a plateau: a high cost (`HIGH`) that hardly slopes (`FLAT`).

        Both are measured on the scale of the same cost, so that the two can be compared.
        """
        cost, slope = self.costs[name], self.slopes[name]
        is_high = cost > cost.min() + HIGH * np.ptp(cost)
        return float((is_high & (slope < FLAT * slope.max())).mean())


def cost_surface(seed: int = 0, n_examples: int = N_EXAMPLES, side: int = GRID) -> CostSurfaceReport:
    """Return both surfaces for random inputs N(0, 1) and random targets 0 or 1.

    Parameters
    ----------
    seed : int
        Another seed draws other signals.
    n_examples : int
    side : int
        Points of the grid along each weight.
    """
    generator = stream(seed, "cost surface")
    x, t = generator.standard_normal(n_examples), (generator.random(n_examples) < 0.5).astype(np.float64)
    weights = np.linspace(-LIMIT, LIMIT, side)
    w1, w2 = weights[None, :, None], weights[:, None, None]
    h = np.tanh(w1 * x)
    z = w2 * h
    p = 1 / (1 + np.exp(-z))
    costs = {"cross_entropy": np.logaddexp(0, z) - t * z, "quadratic": (p - t) ** 2}
    # ∂C/∂z of one example; then ∂C/∂W₂ is its mean with h and ∂C/∂W₁ its mean with W₂ (1 - h²) x
    by_z = {"cross_entropy": p - t, "quadratic": 2 * (p - t) * p * (1 - p)}
    slopes = {
        name: np.hypot((grad * h).mean(axis=2), (grad * w2 * (1 - h**2) * x).mean(axis=2))
        for name, grad in by_z.items()
    }
    return CostSurfaceReport(
        weights, {name: cost.mean(axis=2) for name, cost in costs.items()}, slopes, seed, n_examples
    )
