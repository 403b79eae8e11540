"""Isomap: distances along the paths, from snapshot to near snapshot, instead of straight through function space.

Each snapshot is joined to its nearest neighbours; the distance of two is the shortest way over these links; classical
scaling draws it. Seeds that go apart make a graph that falls into parts: each two parts are then joined by their
shortest link, and the map says so.

Source: Tenenbaum, de Silva & Langford 2000; for networks Erhan et al. 2010, section 6.3 (the number of neighbours is
our choice). New snapshots: Bengio et al. 2004.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from diagnostics.embedding.orientation import orientation
from diagnostics.embedding.result import DEFAULT, Embedding, Options, Report, check_dimensions, go_on
from diagnostics.embedding.subset import chosen_rows, sampled
from diagnostics.function_distance import UNITS, features, row_distances
from diagnostics.run import AnyArray
from diagnostics.seed_spread import Floats
from diagnostics.snapshots import Snapshots

MOST = 1200  # snapshots among which all ways are computed; the others are placed into their map


def isomap(snapshots: Snapshots, n_dims: int = 2, *, options: Options = DEFAULT, progress: Report = go_on) -> Embedding:
    """Return the map by Isomap; see `Method`.

    Of more than 1 200 snapshots that many, evenly chosen, make the map, and the others are placed into it.
    """
    check_dimensions(n_dims)
    task = snapshots.task
    chosen = chosen_rows(snapshots, MOST)
    fitted = snapshots.take(chosen)
    rows = features(fitted.outputs, task)
    n_neighbors = min(options.n_neighbors, max(len(rows) - 1, 1))
    geodesic, n_parts = geodesics(row_distances(rows), n_neighbors)
    squares = np.square(geodesic)
    means = squares.mean(axis=0)
    values, vectors = np.linalg.eigh(-0.5 * (squares - means - means[:, None] + means.mean()))
    total = float(np.abs(values).sum())
    values, vectors = values[::-1][:n_dims], vectors[:, ::-1][:, :n_dims]
    real = values > np.finfo(np.float64).eps * len(rows) * max(total, np.finfo(np.float64).tiny)
    values, vectors = values[real], vectors[:, real]
    turned = orientation(vectors * np.sqrt(values), values, fitted.starts, fitted.ends)
    project = np.zeros((len(rows), n_dims))
    project[:, : len(values)] = (vectors / np.sqrt(values)) @ turned

    def drawn(ways: Floats) -> Floats:
        far = np.square(ways)
        return np.asarray(-0.5 * (far - far.mean(axis=1, keepdims=True) - means + means.mean()) @ project)

    def place(outputs: AnyArray) -> Floats:
        new = features(outputs, task)
        near = np.argsort(row_distances(new, rows), axis=1, kind="stable")[:, :n_neighbors]
        ways = np.empty((len(new), len(rows)))
        for way, row, links in zip(ways, new, near, strict=True):
            lengths = np.linalg.norm(rows[links] - row, axis=1)  # of a snapshot of the map to itself exactly 0
            way[:] = (geodesic[links] + lengths[:, None]).min(axis=0)
        return drawn(ways)

    points = np.empty((len(snapshots), n_dims))
    points[chosen] = drawn(geodesic)
    others = np.setdiff1d(np.arange(len(snapshots)), chosen)
    if len(others):
        points[others] = place(snapshots.outputs[others])
    shares = np.zeros(n_dims)
    shares[: len(values)] = values / total if total > 0 else 0.0
    notes = sampled(len(chosen), len(snapshots))
    if n_parts > 1:
        parts = f"{n_parts} parts, which are joined by their shortest links"
        notes += (f"With {n_neighbors} neighbours the snapshots fall into {parts}.",)
    return Embedding(
        points=points,
        method="isomap",
        shares=tuple(float(share) for share in shares),
        explained=_explained(geodesic, points[chosen]),
        explained_what="the variance of the distances along the paths (1 - residual variance)",
        place=place,
        settings={"distance": f"shortest way, {UNITS[task]}", "n_neighbors": n_neighbors},
        notes=notes,
    )


def geodesics(distances: Floats, n_neighbors: int) -> tuple[Floats, int]:
    """Return the shortest ways (n, n) over links to the nearest neighbours, and into how many parts the graph fell.

    Parts are joined, each with each, by the shortest link between them.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components, shortest_path

    n = len(distances)
    apart = distances + np.where(np.eye(n, dtype=np.bool_), np.inf, 0.0)
    near = np.argsort(apart, axis=1, kind="stable")[:, : min(n_neighbors, n - 1)]
    first, second = np.repeat(np.arange(n), near.shape[1]), near.ravel()
    linked = csr_array((np.ones(len(first)), (first, second)), shape=(n, n))
    n_parts, part = connected_components(linked, directed=False)
    if n_parts > 1:
        more = _links_between(distances, part, int(n_parts))
        first, second = np.concatenate([first, more[0]]), np.concatenate([second, more[1]])
    lengths = np.maximum(distances[first, second], np.finfo(np.float64).tiny)  # a link of length 0 would be none
    ways = shortest_path(csr_array((lengths, (first, second)), shape=(n, n)), method="D", directed=False)
    return np.asarray(ways, dtype=np.float64), int(n_parts)


def _links_between(
    distances: Floats, part: NDArray[np.int32], n_parts: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    members = [np.flatnonzero(part == index) for index in range(n_parts)]
    first, second = [], []
    for i in range(n_parts):
        for j in range(i):
            between = distances[np.ix_(members[i], members[j])]
            a, b = np.unravel_index(int(between.argmin()), between.shape)
            first.append(members[i][a])
            second.append(members[j][b])
    return np.array(first, dtype=np.int64), np.array(second, dtype=np.int64)


def _explained(geodesic: Floats, points: Floats) -> float:
    """The squared correlation of the ways and the distances on the map."""
    pairs = np.triu_indices(len(points), 1)
    one, other = geodesic[pairs], row_distances(points)[pairs]
    one, other = one - one.mean(), other - other.mean()
    size = float((one @ one) * (other @ other))
    return float(one @ other) ** 2 / size if size > 0 else float("nan")
