"""The decision surface on the plane of the first two principal components of the features. Start at `pca_plane`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from diagnostics.feature_slice import Rows, numeric_places
from diagnostics.plane_surface import DataPoints, Meaning, PlaneAxis, PlaneSurface, places_of, plane_surface
from diagnostics.seed_spread import Floats
from diagnostics.table_columns import Predict, Report, outputs_of, silent

MOST_FITTED = 2000  # rows from which the components are computed
MOST_NAMED = 3


@dataclass(frozen=True, eq=False)
class Plane:
    """The plane through the mean (D,) along two orthonormal directions (2, D), with their shares of the variance."""

    mean: Floats
    directions: Floats
    shares: tuple[float, float]

    def coordinates(self, x: Floats) -> Floats:
        """Return the foot points (N, 2) of examples (N, D)."""
        return np.asarray((x - self.mean) @ self.directions.T)

    def examples(self, coordinates: Floats) -> Floats:
        """Return the examples (M, D) at coordinates (M, 2)."""
        return np.asarray(self.mean + coordinates @ self.directions)

    def distances(self, x: Floats) -> Floats:
        """Return how far examples lie from the plane, (N,)."""
        return np.asarray(np.linalg.norm(x - self.examples(self.coordinates(x)), axis=1))


@dataclass(frozen=True, eq=False)
class PcaPlaneReport:
    """The surface and the rows projected on it.

    Attributes
    ----------
    points : DataPoints
        `far` is each row's distance from the plane, in the scale in which the network sees the features.
    shares : tuple of float
        Of the variance of the training rows, held by each of the two components.
    loadings : tuple of tuple of str
        The features that each component weighs most.
    typical_far, typical_size : float
        Median distance of the rows from the plane, and of their foot points from its middle.
    agreement : float
        How far the answers at the foot points are those at the rows themselves (`Meaning.agreement`).
    """

    surface: PlaneSurface
    points: DataPoints
    meaning: Meaning
    shares: tuple[float, float]
    loadings: tuple[tuple[str, ...], tuple[str, ...]]
    typical_far: float
    typical_size: float
    agreement: float
    step: int = 0
    run_id: str = ""


def fitted_plane(x: Floats) -> Plane:
    """Return the plane of the first two principal components of examples (N, D), N and D at least 2.

    The sign of a component is such that its largest loading is positive. Source: Jolliffe 2002, section 3.1.
    """
    rows = np.asarray(x[:: max(1, -(-len(x) // MOST_FITTED))], dtype=np.float64)
    mean = rows.mean(axis=0)
    centered = rows - mean
    if rows.shape[1] <= len(rows):
        sizes, vectors = np.linalg.eigh(centered.T @ centered)
        directions = vectors[:, :-3:-1].T
    else:  # the same directions from the smaller matrix of inner products: X^T u is an eigenvector of X^T X
        sizes, vectors = np.linalg.eigh(centered @ centered.T)
        directions = vectors[:, :-3:-1].T @ centered
        lengths = np.linalg.norm(directions, axis=1, keepdims=True)
        directions = np.divide(directions, lengths, out=np.zeros_like(directions), where=lengths > 0)
    largest = directions[np.arange(2), np.abs(directions).argmax(axis=1)]
    directions = directions * np.where(largest < 0, -1.0, 1.0)[:, None]
    total = max(float(np.maximum(sizes, 0).sum()), np.finfo(np.float64).tiny)
    first, second = (max(float(size), 0.0) / total for size in sizes[:-3:-1])
    return Plane(mean, directions, (first, second))


def pca_plane(
    predict: Predict,
    rows: Rows,
    feature_names: Sequence[str],
    *,
    meaning: Meaning,
    report: Report = silent,
) -> PcaPlaneReport:
    """Return what the network says on the plane that holds most of the training rows' variance.

    Raises
    ------
    ValueError
        If there are fewer than three features or rows.
    Interrupted
        If `report` returns False.
    """
    train = rows.x[~rows.is_validation]
    if min(train.shape) < 3:
        raise ValueError("a plane through the data needs at least three features and three training rows")
    plane = fitted_plane(train)
    x = np.asarray(rows.x, dtype=np.float64)
    feet, far = plane.coordinates(x), plane.distances(x)
    names = [f"principal component {k + 1} ({share:.0%} of the variance)" for k, share in enumerate(plane.shares)]
    axes = PlaneAxis(names[0], numeric_places(feet[:, 0])), PlaneAxis(names[1], numeric_places(feet[:, 1]))
    examples = plane.examples(np.stack(places_of(axes), axis=1))
    outputs = outputs_of(predict, examples, lambda share: report(0.9 * share))
    surface = plane_surface(outputs, axes, meaning, list(feet[~rows.is_validation].T))
    own, at_feet = (outputs_of(predict, given).mean(axis=0) for given in (x, plane.examples(feet)))
    report(1.0)
    weighed = [
        tuple(str(feature_names[i]) for i in np.argsort(-np.abs(direction))[:MOST_NAMED])
        for direction in plane.directions
    ]
    return PcaPlaneReport(
        surface,
        DataPoints(feet[:, 0], feet[:, 1], rows.wanted, rows.is_validation, rows.numbers, far),
        meaning,
        plane.shares,
        (weighed[0], weighed[1]),
        float(np.median(far)),
        float(np.median(np.linalg.norm(feet, axis=1))),
        meaning.agreement(own, at_feet),
    )
