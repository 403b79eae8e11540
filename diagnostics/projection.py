"""From many dimensions to two: PCA, and t-SNE with progress and cancel; and how far a map can be trusted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import numpy as np

from diagnostics.seed_spread import Floats

if TYPE_CHECKING:
    from openTSNE import TSNEEmbedding

FEWEST_FOR_TSNE = 8
PERPLEXITY = 30.0
EARLY, LATE = 250, 500  # iterations of gradient descent, as openTSNE's defaults
REPORT_EVERY = 25

Report = Callable[[float], bool]


class Interrupted(Exception):
    """Somebody cancelled."""


def pca(rows: Floats) -> tuple[Floats, Floats]:
    """Return the first two principal components and every component's share of the variance.

    Parameters
    ----------
    rows : array (n, d)

    Returns
    -------
    points : array (n, 2)
        The sign of a component is such that its largest loading is positive.
    shares : array (min(n, d),)
    """
    centered = rows - rows.mean(axis=0)
    left, sizes, right = np.linalg.svd(centered, full_matrices=False)
    points = left[:, :2] * sizes[:2]
    if points.shape[1] < 2:
        points = np.pad(points, ((0, 0), (0, 2 - points.shape[1])))
    signs = np.sign(right[np.arange(min(2, len(right))), np.abs(right[:2]).argmax(axis=1)])
    points[:, : len(signs)] *= np.where(signs == 0, 1, signs)
    variance = sizes**2
    total = variance.sum()
    return points, variance / total if total > 0 else variance


def tsne(rows: Floats, seed: int, report: Report) -> Floats:
    """Return a t-SNE map (n, 2), started from PCA; the same seed gives the same map.

    Source: van der Maaten & Hinton 2008; openTSNE. The perplexity is 30, or a third of the points where there are
    fewer.

    Raises
    ------
    ValueError
        For fewer than 8 points.
    Interrupted
        If `report` returns False.
    """
    if len(rows) < FEWEST_FOR_TSNE:
        raise ValueError(
            f"t-SNE needs at least {FEWEST_FOR_TSNE} recorded moments, there are {len(rows)}: train longer"
        )
    return np.array(descended(rows, "pca", 2, PERPLEXITY, seed, report), dtype=np.float64)


def descended(
    rows: Floats, start: Floats | Literal["pca"], n_dims: int, perplexity: float, seed: int, report: Report
) -> TSNEEmbedding:
    """Return openTSNE's map of rows (n, d), descended to from `start` (n, n_dims); its `transform` places others.

    The perplexity is at most a third of the number of the other rows.

    Raises
    ------
    Interrupted
        If `report` returns False.
    """
    from openTSNE import TSNE

    clock = _Clock(report)
    model = TSNE(
        n_components=n_dims,
        perplexity=largest_perplexity(len(rows), perplexity),
        initialization=start,
        early_exaggeration_iter=EARLY,
        n_iter=LATE,
        negative_gradient_method="bh",
        neighbors="exact",
        random_state=seed,
        n_jobs=1,
        callbacks=clock,
        callbacks_every_iters=REPORT_EVERY,
    )
    found = model.fit(rows)
    clock.is_over = True
    if clock.is_cancelled or not report(1.0):
        raise Interrupted
    return found


def largest_perplexity(n: int, asked: float) -> float:
    """Return the perplexity asked for, or a third of the number of the other rows where that is less."""
    return min(asked, (n - 1) / 3)


class _Clock:
    """Counts the iterations, tells the progress, and stops the descent when somebody cancels."""

    def __init__(self, report: Report) -> None:
        self._report, self._done = report, 0
        self.is_cancelled = self.is_over = False

    def __call__(self, iteration: int, error: float, embedding: object) -> bool:
        if self.is_over:  # others are placed into the finished map
            return False
        self._done += REPORT_EVERY
        self.is_cancelled = not self._report(self._done / (EARLY + LATE + REPORT_EVERY))
        return self.is_cancelled


def trustworthiness(rows: Floats, points: Floats, n_neighbors: int = 5) -> float:
    """Return how far neighbours on the map are true neighbours, 0 to 1 (Venna & Kaski 2001); NaN for too few points."""
    n_neighbors = min(n_neighbors, (len(rows) - 1) // 2)
    if n_neighbors < 1 or n_neighbors >= len(rows) / 2:
        return float("nan")
    from sklearn.manifold import trustworthiness as measured

    return float(measured(rows, points, n_neighbors=n_neighbors))
