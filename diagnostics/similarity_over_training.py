"""How alike a layer is to itself at other moments, and to what it becomes: which layer settles first.

With the measure of `diagnostics.cka`. Raghu et al. 2017 saw, with another one (SVCCA), that layers near the input
settle first ("bottom-up convergence"); whether that holds here is to be read, not assumed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diagnostics.cka import signature, similarities
from diagnostics.projection import Interrupted, Report
from diagnostics.representations import Moments, go_on
from diagnostics.seed_spread import Floats, Spread, spread_over_seeds

SETTLED = 0.95  # CKA with the final state
MOST_BYTES = 128 * 2**20  # of the inner products that are held at once


@dataclass(frozen=True, eq=False)
class SimilarityOverTrainingReport:
    """CKA of each layer with itself at T moments.

    Attributes
    ----------
    layers : tuple of str
        L, the first first.
    steps : array (T,) of int
    values : array (L, T, T, R)
        NaN for a seed that diverged.
    n_examples : int
    run_id : str
    """

    layers: tuple[str, ...]
    steps: NDArray[np.int64]
    values: Floats
    n_examples: int
    run_id: str

    @property
    def n_seeds(self) -> int:
        """R."""
        return int(self.values.shape[3])

    @property
    def between_moments(self) -> Spread:
        """Over the seeds, (L, T, T)."""
        return spread_over_seeds(self.values, axis=3)

    @property
    def to_final(self) -> Spread:
        """With the last moment, over the seeds, (T, L)."""
        return spread_over_seeds(self.values[:, :, -1].swapaxes(0, 1), axis=2)

    @property
    def settled(self) -> tuple[int | None, ...]:
        """Of each layer the first of the steps from which on the mean over the seeds stays at least 0.95.

        None where that is so at the last moment only, which is compared with itself.
        """
        mean = self.to_final.mean
        result: list[int | None] = []
        for layer in range(len(self.layers)):
            below = np.flatnonzero(~(mean[:, layer] >= SETTLED))
            first = int(below[-1]) + 1 if len(below) else 0
            result.append(int(self.steps[first]) if first < len(self.steps) - 1 else None)
        return tuple(result)


def similarity_over_training(moments: Moments, progress: Report = go_on) -> SimilarityOverTrainingReport:
    """Return the CKA of each layer with itself at all pairs of moments, seed by seed.

    Raises
    ------
    ValueError
        If there are fewer than two moments.
    Interrupted
        If `progress`, which is told the share that is done, returned False.
    """
    n = len(moments.steps)
    if n < 2:
        raise ValueError("one moment cannot be compared with another: no state was kept on the way")
    layers = moments.layers
    groups = _groups(layers, n, len(moments.x))
    values = np.full((len(layers), n, n, len(moments.seeds)), np.nan)
    done, total = 0, len(groups) * len(moments.seeds) * n
    for group in groups:
        for row in range(len(moments.seeds)):
            held = np.full((len(group), n, len(moments.x), len(moments.x)), np.nan)
            for place in range(n):
                if not progress(done / total):
                    raise Interrupted
                done += 1
                if moments.is_there[place, row]:
                    said = moments.read(place, row, group)
                    for number, name in enumerate(group):
                        held[number, place] = signature(said[name])
            for number, name in enumerate(group):
                values[layers.index(name), :, :, row] = similarities(held[number], held[number])
    progress(1.0)
    return SimilarityOverTrainingReport(layers, np.array(moments.steps), values, len(moments.x), moments.run_id)


def _groups(layers: Sequence[str], n_moments: int, n_examples: int) -> list[tuple[str, ...]]:
    """Layers whose inner products at all moments fit into the memory together."""
    size = int(max(1, MOST_BYTES // (8 * n_moments * n_examples**2)))
    return [tuple(layers[start : start + size]) for start in range(0, len(layers), size)]
