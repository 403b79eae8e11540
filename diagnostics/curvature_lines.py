"""The loss along the directions in which it curves most, beside what that predicts. Start at `curvature_lines`.

Around weights θ the loss along a direction v of length 1 is L(θ) + s g·v + s² λ/2 to second order, with the gradient g
and the eigenvalue λ of the Hessian that belongs to v. Where the true loss leaves this parabola, thoughts that rest on
the curvature alone, such as the largest stable learning rate, end. Running means of batch normalization stay as they
were stored, and dropout drops nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from diagnostics.curvature import MOST_PRODUCTS, Curvature, Eigenpair, lanczos
from diagnostics.seed_spread import Floats
from diagnostics.weight_points import TRAINING, Interrupted, WeightPoints
from models.arrays import Array, stream

N_POINTS = 61
RISE, LEAST_RISE = 1.0, 0.02  # the parabola rises by so many times the loss, and at least so much, at both ends
TOLERANCE = 1e-2  # of the residual; the parabola along a direction is exact, whatever its residual
LEAVES = 0.1  # of the rise at the same place: from there on the parabola is said to be left


def _go_on(share: float) -> bool:
    return True


@dataclass(frozen=True, eq=False)
class CurvatureLinesReport:
    """K lines through one point, along the eigenvectors of the largest eigenvalues.

    Attributes
    ----------
    eigenvalues, residuals : array (K,)
        The latter is ‖Hv - λv‖/|λ|, which bounds the relative error.
    slopes : array (K,)
        g·v.
    distances : array (K, T)
        From the point, in weights.
    loss, predicted : array (K, T)
    gradient_norm : float
    exact : bool
        Whether products with the Hessian are exact to rounding (else differences of gradients).
    n_examples : int
        Of the training part.
    """

    eigenvalues: Floats
    residuals: Floats
    slopes: Floats
    distances: Floats
    loss: Array
    predicted: Floats
    gradient_norm: float
    exact: bool
    n_examples: int
    step: int = 0
    seed: int = 0
    run_id: str = ""

    def good_until(self, line: int) -> float:
        """Return the smallest distance at which the loss is off the parabola by a tenth of its rise; inf if nowhere."""
        middle = self.loss.shape[1] // 2
        rise = 0.5 * np.abs(self.eigenvalues[line]) * self.distances[line] ** 2
        off = np.abs(self.loss[line] - self.predicted[line]) > LEAVES * rise
        off[middle] = False
        near = np.abs(self.distances[line]) < 0.02 * np.abs(self.distances[line]).max()
        left = np.abs(self.distances[line])[off & ~near]
        return float(left.min()) if len(left) else float("inf")


def curvature_lines(
    curvature: Curvature,
    points: WeightPoints,
    params: Array,
    n_lines: int = 2,
    progress: Callable[[float], bool] = _go_on,
) -> CurvatureLinesReport:
    """Return the loss along the eigenvectors of the largest eigenvalues.

    Parameters
    ----------
    curvature : Curvature
        Of one seed, placed where `params` is.
    points : WeightPoints
        Of the same examples and running means.
    params : array (n_parameters,)
    n_lines : int
    progress : callable

    Raises
    ------
    Interrupted
        If `progress` returned False.
    """
    gradient = curvature.gradient()[0]
    found = list[Eigenpair]()
    for _ in range(n_lines):
        found.append(_next_pair(curvature, found, n_lines, progress))
    values = np.array([pair.values[0] for pair in found])
    vectors = np.stack([pair.vectors[0] for pair in found])
    here = float(points(params[None]).loss[TRAINING][0])
    rise = max(RISE * here, LEAST_RISE)
    reach = np.sqrt(2 * rise / np.maximum(np.abs(values), 1e-12))
    reach = np.minimum(reach, max(float(np.linalg.norm(params)), 1e-12))
    distances = np.linspace(-1, 1, N_POINTS) * reach[:, None]
    slopes = vectors @ gradient
    along = [points.mixed(vector[None], at[:, None], params) for at, vector in zip(distances, vectors, strict=True)]
    loss = np.stack([values.loss[TRAINING] for values in along])
    predicted = here + slopes[:, None] * distances + 0.5 * values[:, None] * distances**2
    return CurvatureLinesReport(
        values, np.array([pair.residual[0] for pair in found]), slopes, distances, loss, predicted,
        float(np.linalg.norm(gradient)), curvature.exact, points.n_examples[TRAINING],
    )  # fmt: skip


def _next_pair(
    curvature: Curvature, found: list[Eigenpair], n_lines: int, progress: Callable[[float], bool]
) -> Eigenpair:
    """Return the largest eigenvalue of what is left of the Hessian when the directions found are taken out of it."""

    n_done = 0

    def times(vectors: Array) -> Array:
        nonlocal n_done
        n_done += 1
        if not progress((len(found) + n_done / MOST_PRODUCTS) / n_lines):
            raise Interrupted
        result = curvature.times(_without(vectors, found))
        return _without(result, found)

    start = _without(stream(0, "curvature lines", len(found)).normal(size=(1, curvature.network.n_parameters)), found)
    return lanczos(times, start / np.linalg.norm(start, axis=1, keepdims=True), TOLERANCE)


def _without(vectors: Array, found: list[Eigenpair]) -> Array:
    for pair in found:
        vectors = vectors - np.vecdot(pair.vectors, vectors)[:, None] * pair.vectors
    return vectors
