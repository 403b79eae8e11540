"""How far a map can be trusted: in numbers, to be printed under it.

Neighbours, distances and steps on the map are held against those of the function distance, which is the same yardstick
for every method. Start at `map_quality`; `seed_disparity` and `procrustes_disparity` compare whole maps.

Sources: trustworthiness and continuity Venna & Kaski 2001; normalized stress Kruskal 1964; step lengths (temporal
fidelity) Vernier et al. 2020; Procrustes Gower 1975.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diagnostics.embedding.methods import EMBEDDINGS, SEEDED
from diagnostics.embedding.result import DEFAULT, Embedding, Options, Report, go_on
from diagnostics.function_distance import features, row_distances
from diagnostics.seed_spread import Floats
from diagnostics.snapshots import Ints, Snapshots

N_NEIGHBORS = 10
SUCCESSIVE = 4  # nearest snapshots among which the one before and the one after are looked for
MOST = 800  # snapshots of which all pairs are compared: 320 000 pairs


@dataclass(frozen=True)
class MapQuality:
    """Numbers about one map; NaN where there are too few snapshots to say.

    Attributes
    ----------
    trustworthiness, continuity : float
        0 to 1: whether neighbours on the map are neighbours in truth, and the reverse.
    neighbor_overlap : float
        Share of the `n_neighbors` nearest in truth that are among the nearest on the map.
    stress : float
        √(Σ (d - s m)² / Σ d²) over pairs, of distances d in truth and m on the map, at the scale s that makes it
        smallest: 0 for a perfect map, at most 1.
    distance_spearman : float
        Rank correlation of the distances of all pairs.
    step_spearman, step_pearson : float
        Correlation of the lengths of successive steps; of snapshots at about equal distances in time.
    temporal_recall, temporal_recall_true : float
        Of the snapshots before and after in time the share that is among the 4 nearest, on the map and in truth.
    explained : float
        What the method says of itself (`Embedding.explained`).
    explained_what : str
    n_neighbors : int
        As used: fewer than asked for where there are few snapshots.
    n_points, n_measured : int
        How many there are, and how many of them, evenly chosen, were compared in pairs.
    n_steps : int
        How many steps were compared.
    """

    trustworthiness: float
    continuity: float
    neighbor_overlap: float
    stress: float
    distance_spearman: float
    step_spearman: float
    step_pearson: float
    temporal_recall: float
    temporal_recall_true: float
    explained: float
    explained_what: str
    n_neighbors: int
    n_points: int
    n_measured: int
    n_steps: int


def map_quality(snapshots: Snapshots, embedding: Embedding, *, n_neighbors: int = N_NEIGHBORS) -> MapQuality:
    """Return what can be said of a map of these snapshots.

    Of more than 800 snapshots that many, evenly chosen, are compared; `n_measured` says so.

    Raises
    ------
    ValueError
        If the map has another number of points than there are snapshots, or `n_neighbors` is below 1.
    """
    n = len(snapshots)
    if len(embedding.points) != n:
        raise ValueError(f"the map has {len(embedding.points)} points, there are {n} snapshots")
    if n_neighbors < 1:
        raise ValueError(f"at least 1 neighbour must be compared, not {n_neighbors}")
    rows = features(snapshots.outputs, snapshots.task)
    chosen = np.unique(np.rint(np.linspace(0, n - 1, min(n, MOST))).astype(np.int64))
    true, shown = row_distances(rows[chosen]), row_distances(embedding.points[chosen])
    n_neighbors = max(min(n_neighbors, (len(chosen) - 1) // 2), 0)
    true_order, shown_order = _order(true), _order(shown)
    pairs = np.triu_indices(len(chosen), 1)
    spearman, _ = correlations(true[pairs], shown[pairs])
    first, second = steady_steps(snapshots)
    lengths = [np.linalg.norm(array[second] - array[first], axis=1) for array in (rows, embedding.points)]
    step_spearman, step_pearson = correlations(*lengths)
    return MapQuality(
        trustworthiness=_kept(true_order, shown_order, n_neighbors),
        continuity=_kept(shown_order, true_order, n_neighbors),
        neighbor_overlap=_overlap(true_order, shown_order, n_neighbors),
        stress=_stress(true[pairs], shown[pairs]),
        distance_spearman=spearman,
        step_spearman=step_spearman,
        step_pearson=step_pearson,
        temporal_recall=_temporal_recall(shown_order, snapshots.path[chosen]),
        temporal_recall_true=_temporal_recall(true_order, snapshots.path[chosen]),
        explained=embedding.explained,
        explained_what=embedding.explained_what,
        n_neighbors=n_neighbors,
        n_points=n,
        n_measured=len(chosen),
        n_steps=len(first),
    )


def _order(distances: Floats) -> Ints:
    """The others of each point, nearest first, (n, n - 1)."""
    apart = distances.copy()
    np.fill_diagonal(apart, -1.0)  # itself before all others, to be cut off
    return np.argsort(apart, axis=1, kind="stable")[:, 1:]


def _kept(order: Ints, found: Ints, k: int) -> float:
    """1 - 2/(n k (2n - 3k - 1)) Σ (rank in `order` - k) over those of the k nearest in `found` that rank behind k."""
    n = len(order)
    if k < 1:
        return float("nan")
    rank = np.empty((n, n), dtype=np.int64)
    rank[np.arange(n)[:, None], order] = np.arange(1, n)
    behind = rank[np.arange(n)[:, None], found[:, :k]] - k
    return float(1 - 2 / (n * k * (2 * n - 3 * k - 1)) * behind[behind > 0].sum())


def _overlap(order: Ints, found: Ints, k: int) -> float:
    if k < 1:
        return float("nan")
    near = np.zeros((len(order), len(order)), dtype=np.bool_)
    rows = np.arange(len(order))[:, None]
    near[rows, order[:, :k]] = True
    return float(near[rows, found[:, :k]].mean())


def _stress(true: Floats, shown: Floats) -> float:
    """The best scale is s = Σ d m / Σ m², which leaves Σ d² - (Σ d m)²/Σ m²."""
    true_squares, shown_squares = float(true @ true), float(shown @ shown)
    if true_squares == 0:
        return float("nan")
    scale = float(true @ shown) / shown_squares if shown_squares > 0 else 0.0
    return float(np.linalg.norm(true - scale * shown) / np.sqrt(true_squares))


def _temporal_recall(order: Ints, path: Ints) -> float:
    near = order[:, :SUCCESSIVE]
    if order.shape[1] <= SUCCESSIVE:  # all others would be among the nearest
        return float("nan")
    first = np.flatnonzero(path[1:] == path[:-1])
    found = [(near[a] == b[:, None]).any(axis=1) for a, b in ((first, first + 1), (first + 1, first))]
    return float(np.mean(found)) if len(first) else float("nan")


def correlations(one: Floats, other: Floats) -> tuple[float, float]:
    """Return the rank correlation (Spearman, ties: mean rank) and the correlation (Pearson); NaN for constants."""
    from scipy.stats import rankdata

    return _pearson(rankdata(one), rankdata(other)), _pearson(one, other)


def _pearson(one: Floats, other: Floats) -> float:
    if len(one) < 3:
        return float("nan")
    a, b = one - one.mean(), other - other.mean()
    size = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / size if size > 0 else float("nan")


def steady_steps(snapshots: Snapshots) -> tuple[Ints, Ints]:
    """Return rows (m,), (m,) of successive snapshots at about equal distances in time, of each path.

    The distance is the longest that lies between two successive snapshots of the path; to each such moment the nearest
    snapshot is taken. Snapshots chosen at equal distances in function would all be one step apart: nothing to compare.
    """
    first, second = [], []
    for rows in snapshots.rows():
        epoch = snapshots.epoch[rows]
        longest = float(np.diff(epoch).max(initial=0.0))
        if longest == 0:
            continue
        n = int(np.floor((epoch[-1] - epoch[0]) / longest * (1 + 1e-9)))
        moments = epoch[-1] - longest * np.arange(n, -1, -1)
        nearest = np.unique(np.abs(epoch[None] - moments[:, None]).argmin(axis=1)) + rows.start
        first.append(nearest[:-1])
        second.append(nearest[1:])
    nothing = np.empty(0, dtype=np.int64)
    return np.concatenate([nothing, *first]), np.concatenate([nothing, *second])


def procrustes_disparity(points: Floats, others: Floats) -> float:
    """Return how much two maps differ after the best shift, scale, turn and reflection: 0 (same) to 1.

    With both centred and scaled to a sum of squares of 1 it is 1 - (Σ singular values of AᵀB)².

    Raises
    ------
    ValueError
        If the maps do not have the same shape, or all points of one coincide.
    """
    if points.shape != others.shape:
        raise ValueError(f"maps of the shapes {points.shape} and {others.shape} cannot be compared")
    one, other = (array - array.mean(axis=0) for array in (points, others))
    sizes = np.linalg.norm(one), np.linalg.norm(other)
    if min(sizes) == 0:
        raise ValueError("all points of a map coincide: there is nothing to compare")
    values = np.linalg.svd(one.T @ other / (sizes[0] * sizes[1]), compute_uv=False)
    return float(max(0.0, 1 - values.sum() ** 2))


def seed_disparity(
    method: str,
    snapshots: Snapshots,
    n_dims: int = 2,
    *,
    options: Options = DEFAULT,
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4),
    progress: Report = go_on,
) -> float:
    """Return the mean Procrustes disparity of all pairs of maps made with these seeds; 0 where a method uses none.

    Raises
    ------
    ValueError
        For an unknown method, or fewer than 2 seeds.
    Interrupted
        If `progress` returned False.
    """
    if method not in EMBEDDINGS:
        raise ValueError(f"the method must be one of {', '.join(EMBEDDINGS)}, not {method!r}")
    if len(seeds) < 2:
        raise ValueError("maps of at least 2 seeds must be compared")
    if method not in SEEDED:
        return 0.0
    maps = []
    for done, seed in enumerate(seeds):
        chosen = Options(options.n_neighbors, options.perplexity, seed)
        share = _part(progress, done, len(seeds))
        maps.append(EMBEDDINGS[method](snapshots, n_dims, options=chosen, progress=share).points)
    found = [procrustes_disparity(maps[i], maps[j]) for i in range(len(maps)) for j in range(i)]
    return float(np.mean(found))


def _part(progress: Report, done: int, n: int) -> Report:
    return lambda share: progress((done + share) / n)
