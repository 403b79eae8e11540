"""The few largest principal axes of many rows, by whichever Gram matrix is smaller; of very many rows without one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diagnostics.embedding.orientation import orientation
from diagnostics.seed_spread import Floats
from diagnostics.snapshots import Ints

DENSE = 800  # rows up to which all eigenvalues of a Gram matrix are cheap


@dataclass(frozen=True, eq=False)
class PrincipalAxes:
    """`mean` (d,), `directions` (d, k) of length 1 (0 where there is no such axis), `shares` (k,) of the variance."""

    mean: Floats
    directions: Floats
    shares: Floats

    def __call__(self, rows: Floats) -> Floats:
        """Return the coordinates (m, k) of rows (m, d)."""
        return np.asarray((rows - self.mean) @ self.directions)


def principal_axes(rows: Floats, k: int, starts: Ints, ends: Ints) -> PrincipalAxes:
    """Return the k principal axes of rows (n, d), turned by the rule of `orientation`.

    The shares of the axes do not need the other eigenvalues: their sum is the sum of all squares.
    """
    mean = rows.mean(axis=0)
    centered = rows - mean
    total = float(np.einsum("nd,nd->", centered, centered))
    n, d = centered.shape
    values, vectors = _largest(centered if n <= d else centered.T, min(k, n, d))
    real = values > np.finfo(np.float64).eps * max(n, d) * max(total, np.finfo(np.float64).tiny)
    values, vectors = np.where(real, values, 0.0), np.where(real, vectors, 0.0)
    if n <= d:
        vectors = centered.T @ (vectors / np.sqrt(np.where(real, values, 1.0)))
    directions, sizes = np.zeros((d, k)), np.zeros(k)
    directions[:, : len(values)], sizes[: len(values)] = vectors, values
    directions = directions @ orientation(centered @ directions, sizes, starts, ends)
    return PrincipalAxes(mean, directions, sizes / total if total > 0 else sizes)


def _largest(matrix: Floats, k: int) -> tuple[Floats, Floats]:
    """The k largest eigenvalues of A Aᵀ and their vectors, descending; Lanczos from a fixed start where A is large."""
    size = len(matrix)
    if size <= DENSE or k >= size - 1:
        values, vectors = np.linalg.eigh(matrix @ matrix.T)
        return np.asarray(values[::-1][:k]), np.asarray(vectors[:, ::-1][:, :k])
    from scipy.sparse.linalg import LinearOperator, eigsh

    product = LinearOperator((size, size), matvec=lambda v: matrix @ (matrix.T @ v), dtype=np.float64)
    start = np.random.default_rng(0).standard_normal(size)
    values, vectors = eigsh(product, k=k, which="LA", v0=start, tol=0)
    order = np.argsort(values)[::-1]
    return np.asarray(values[order]), np.asarray(vectors[:, order])
