"""A map of function space with everything that is drawn on it and printed under it. Start at `function_map`.

The map itself is one of `diagnostics.embedding`; beside it stand the mean path of each run, outlines of its seeds at
equal epochs, functions of known meaning, the null of random walks, and the numbers that say how far it can be trusted.

Source: Erhan et al. 2010, section 6.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from diagnostics.embedding import EMBEDDINGS, Embedding, Options
from diagnostics.embedding.methods import SEEDED
from diagnostics.embedding.result import DEFAULT, Report, go_on
from diagnostics.function_distance import features, row_distances
from diagnostics.group_separation import GroupSeparationReport, group_separation
from diagnostics.landmarks import Landmarks, landmarks
from diagnostics.map_quality import MapQuality, map_quality, seed_disparity
from diagnostics.random_walk import N_WALKS, RandomWalkReport, random_walk
from diagnostics.run import Run
from diagnostics.seed_spread import Floats
from diagnostics.snapshots import AT_MOST, Snapshots, Spacing, snapshots

N_OUTLINES = 3  # of each run, at equal distances along its mean path
FEWEST_FOR_OUTLINE = 3
N_WALKS_LARGE = 5
LARGE = 1500  # snapshots from which fewer random walks are compared


@dataclass(frozen=True, eq=False)
class MeanPath:
    """The mean of a run's seeds on the map, at equal epochs: `epochs` (T,), `points` (T, n_dims)."""

    run: int
    epochs: Floats
    points: Floats


@dataclass(frozen=True, eq=False)
class Outline:
    """The convex outline (m, 2) of a run's seeds at one epoch, closed; `step` is where the clock stands then."""

    run: int
    epoch: float
    step: int
    points: Floats


@dataclass(frozen=True, eq=False)
class FunctionMapReport:
    """A map.

    Attributes
    ----------
    snapshots : Snapshots
        What is on it, row for row beside `points`.
    embedding : Embedding
        The map that was fitted; where it is frozen, of earlier snapshots.
    points : array (n, n_dims)
    quality : MapQuality
    mean_paths, outlines : tuple
        Of the runs with at least two (three) seeds.
    landmarks : Landmarks
    landmark_points : array (m, n_dims)
        NaN where the method cannot place them.
    landmark_distances : array (m,)
        Mean function distance of the paths' ends from each of them: a map can place them much nearer.
    moved : float
        Mean function distance of the paths' ends from their starts.
    apart_at_start, apart_at_end : float
        Mean function distance of all pairs of paths; NaN for one path.
    """

    snapshots: Snapshots
    embedding: Embedding
    points: Floats
    quality: MapQuality
    mean_paths: tuple[MeanPath, ...]
    outlines: tuple[Outline, ...]
    landmarks: Landmarks
    landmark_points: Floats
    landmark_distances: Floats
    moved: float
    apart_at_start: float
    apart_at_end: float

    @property
    def is_frozen(self) -> bool:
        """Whether these are other snapshots than the map was fitted to."""
        return self.points is not self.embedding.points


@dataclass(frozen=True, eq=False)
class MapTests:
    """What chance would give: `null`, random walks on such a map; `separation` of several runs, in the full space.

    `separation` is None for one run, and where no run has several seeds. `disparity` is how much maps differ whose
    method begins at random (`diagnostics.map_quality.seed_disparity`): 0 for one that does not.
    """

    null: RandomWalkReport
    separation: GroupSeparationReport | None
    disparity: float


def function_map(
    runs: Sequence[Run],
    method: str = "mds",
    n_dims: int = 2,
    *,
    spacing: Spacing = "function",
    at_most: int = AT_MOST,
    options: Options = DEFAULT,
    progress: Report = go_on,
) -> FunctionMapReport:
    """Return the joint map of some runs.

    Parameters
    ----------
    runs : sequence of Run
        On the same probe examples.
    method : str
        One of `diagnostics.embedding.EMBEDDINGS`.
    n_dims : int
        2 or 3.
    spacing, at_most
        Which snapshots are taken; see `diagnostics.snapshots.snapshots`.
    options : Options
    progress : callable
        Is told the share that is done; returns whether to go on.

    Raises
    ------
    ValueError
        If there is nothing recorded, the runs cannot be compared, outputs explode, or the method or a number is not
        known.
    Interrupted
        If `progress` returned False.
    """
    if method not in EMBEDDINGS:
        raise ValueError(f"the method must be one of {', '.join(EMBEDDINGS)}, not {method!r}")
    shown = snapshots(runs, at_most=at_most, spacing=spacing)
    try:
        embedding = EMBEDDINGS[method](shown, n_dims, options=options, progress=progress)
    except np.linalg.LinAlgError as error:
        largest = float(np.abs(shown.outputs).max())
        raise ValueError(
            f"{method} finds no map: outputs reach {largest:.1g}; leave out the run whose networks explode, or train "
            "it with a smaller learning rate"
        ) from error
    return _report(shown, embedding, embedding.points)


def map_tests(
    report: FunctionMapReport, runs: Sequence[Run], *, options: Options = DEFAULT, progress: Report = go_on
) -> MapTests:
    """Return what can be tested of the runs of a map; `options` are those of the map.

    Raises
    ------
    Interrupted
        If `progress` returned False.
    """
    shown, method = report.snapshots, report.embedding.method
    n_walks = N_WALKS if len(shown) <= LARGE else N_WALKS_LARGE
    separation = None
    if len(runs) > 1 and shown.n_paths > len(runs):
        separation = group_separation(snapshots(runs, spacing="recorded"))
    null = random_walk(shown, report.embedding, options=options, n_walks=n_walks)
    disparity = seed_disparity(method, shown, report.points.shape[1], options=options, progress=progress)
    return MapTests(null, separation, disparity)


def extended(report: FunctionMapReport, runs: Sequence[Run]) -> FunctionMapReport:
    """Return the same map, frozen, with all that the runs have recorded since: the axes stay, the paths grow.

    Raises
    ------
    ValueError
        If the method cannot place new snapshots.
    """
    place = report.embedding.place
    if place is None:
        raise ValueError(f"{report.embedding.method} cannot place new snapshots in a map: fit it anew")
    shown = snapshots(runs, at_most=AT_MOST, spacing=report.snapshots.spacing)
    return _report(shown, report.embedding, place(shown.outputs))


def _report(shown: Snapshots, embedding: Embedding, points: Floats) -> FunctionMapReport:
    is_metric = embedding.method not in SEEDED  # else neither means nor far distances say anything
    means = mean_paths(shown, points) if is_metric else ()
    known = landmarks(shown)
    placed = np.full((len(known.names), points.shape[1]), np.nan)
    if is_metric and embedding.place is not None and len(known.names):
        placed = embedding.place(known.outputs)
    quality = map_quality(shown, replace(embedding, points=points))
    outlines = _outlines(shown, points, means) if points.shape[1] == 2 else ()
    rows = features(shown.outputs, shown.task)
    starts, ends = rows[shown.starts], rows[shown.ends]
    moved = float(np.linalg.norm(ends - starts, axis=1).mean())
    away = row_distances(features(known.outputs, shown.task), ends).mean(axis=1) if len(known.names) else np.empty(0)
    return FunctionMapReport(
        shown, embedding, points, quality, means, outlines, known, placed, away, moved, _apart(starts), _apart(ends)
    )


def _apart(rows: Floats) -> float:
    pairs = np.triu_indices(len(rows), 1)
    return float(row_distances(rows)[pairs].mean()) if len(rows) > 1 else float("nan")


def mean_paths(shown: Snapshots, points: Floats) -> tuple[MeanPath, ...]:
    """Return the mean over the seeds of each run, while all of them are recorded; between records a straight line."""
    found = []
    for run in range(len(shown.run_ids)):
        rows = [path for path in shown.rows() if shown.run[path.start] == run]
        if len(rows) < 2:
            continue
        first = max(float(shown.epoch[path.start]) for path in rows)
        last = min(float(shown.epoch[path.stop - 1]) for path in rows)
        epochs = np.unique(np.concatenate([shown.epoch[path] for path in rows]))
        epochs = epochs[(epochs >= first) & (epochs <= last)]
        if len(epochs) < 2:
            continue
        at = [_at_epochs(shown.epoch[path], points[path], epochs) for path in rows]
        found.append(MeanPath(run, epochs, np.mean(at, axis=0)))
    return tuple(found)


def _at_epochs(epoch: Floats, points: Floats, epochs: Floats) -> Floats:
    return np.stack([np.interp(epochs, epoch, column) for column in points.T], axis=1)


def _outlines(shown: Snapshots, points: Floats, means: Sequence[MeanPath]) -> tuple[Outline, ...]:
    found = []
    for mean in means:
        rows = [path for path in shown.rows() if shown.run[path.start] == mean.run]
        way = np.concatenate([[0.0], np.linalg.norm(np.diff(mean.points, axis=0), axis=1).cumsum()])
        places = np.linspace(0, way[-1], N_OUTLINES + 1)[1:]
        for epoch in np.unique(mean.epochs[np.minimum(np.searchsorted(way, places - 1e-12), len(way) - 1)]):
            at = np.array([_at_epochs(shown.epoch[path], points[path], np.array([epoch]))[0] for path in rows])
            outline = convex_outline(at)
            if len(outline):
                near = rows[0].start + int(np.abs(shown.epoch[rows[0]] - epoch).argmin())
                found.append(Outline(mean.run, float(epoch), int(shown.step[near]), outline))
    return tuple(found)


def convex_outline(points: Floats) -> Floats:
    """Return the corners of the convex hull of points (m, 2) in order, the first once more at the end.

    Empty for fewer than three points, or where they lie on a line.
    """
    from scipy.spatial import ConvexHull, QhullError

    if len(points) < FEWEST_FOR_OUTLINE:
        return np.empty((0, 2))
    try:
        corners = ConvexHull(points).vertices
    except QhullError:
        return np.empty((0, 2))
    return np.asarray(points[np.append(corners, corners[0])])
