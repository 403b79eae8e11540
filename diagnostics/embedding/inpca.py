"""Intensive principal component analysis: the map of probabilities that keeps telling sure from very sure apart.

D_ij is the mean over the examples of the Bhattacharyya distance, W = -½ (I - 11ᵀ/n) D (I - 11ᵀ/n), and the axes are
the eigenvectors v of W in the order of |λ|, at the coordinates v √|λ|. D is no squared Euclidean distance, so some
eigenvalues are negative; they are kept: along such an axis two snapshots look farther apart than they are.

Source: Quinn et al. 2019; for networks Mao et al. 2024, with the explained stress 1 - √(1 - Σ_{k≤K} λ_k²/‖W‖²).
"""

from __future__ import annotations

import numpy as np

from diagnostics.embedding.orientation import orientation
from diagnostics.embedding.result import DEFAULT, Embedding, Options, Report, check_dimensions, go_on
from diagnostics.embedding.subset import chosen_rows, sampled
from diagnostics.function_distance import bhattacharyya
from diagnostics.run import AnyArray
from diagnostics.seed_spread import Floats
from diagnostics.snapshots import Snapshots

MOST = 900  # snapshots among which all distances are computed; the others are placed into their map


def inpca(snapshots: Snapshots, n_dims: int = 2, *, options: Options = DEFAULT, progress: Report = go_on) -> Embedding:
    """Return the map by intensive PCA; see `Method`.

    Of more than 900 snapshots that many, evenly chosen, make the map, and the others are placed into it.
    """
    check_dimensions(n_dims)
    task = snapshots.task
    rows = chosen_rows(snapshots, MOST)
    fitted = snapshots.take(rows)
    distances = bhattacharyya(fitted.outputs, task=task)
    column_means = distances.mean(axis=0)
    centered = -0.5 * (distances - column_means - column_means[:, None] + column_means.mean())
    values, vectors = np.linalg.eigh(centered)
    order = np.argsort(-np.abs(values), kind="stable")
    sizes = np.abs(values)
    real = sizes[order] > np.finfo(np.float64).eps * len(values) * max(float(sizes.max()), np.finfo(np.float64).tiny)
    order = order[real][:n_dims]
    kept, axes = values[order], vectors[:, order]
    turned = orientation(axes * np.sqrt(np.abs(kept)), kept, fitted.starts, fitted.ends)
    project = np.zeros((len(values), n_dims))  # w ↦ w v sign(λ)/√|λ|, which takes row i of W to v_i √|λ|
    project[:, : len(kept)] = (axes * (np.sign(kept) / np.sqrt(np.abs(kept)))) @ turned

    def place(outputs: AnyArray) -> Floats:
        away = bhattacharyya(outputs, fitted.outputs, task=task)
        inner = -0.5 * (away - away.mean(axis=1, keepdims=True) - column_means + column_means.mean())
        return np.asarray(inner @ project)

    points = np.empty((len(snapshots), n_dims))
    points[rows] = centered @ project
    others = np.setdiff1d(np.arange(len(snapshots)), rows)
    if len(others):
        points[others] = place(snapshots.outputs[others])
    total = float(sizes.sum())
    shares = np.zeros(n_dims)
    shares[: len(kept)] = np.abs(kept) / total if total > 0 else 0.0
    squares = float(np.square(values).sum())
    return Embedding(
        points=points,
        method="inpca",
        shares=tuple(float(share) for share in shares),
        explained=1 - float(np.sqrt(max(0.0, 1 - np.square(kept).sum() / squares))) if squares > 0 else 0.0,
        explained_what="the stress of the Bhattacharyya distances",
        place=place,
        negative=tuple(bool(value < 0) for value in kept) + (False,) * (n_dims - len(kept)),
        settings={"distance": "Bhattacharyya distance"},
        notes=sampled(len(rows), len(snapshots)),
    )
