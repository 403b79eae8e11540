"""What a map shows of nothing: random walks with as many steps as the paths, embedded in the same way.

A random walk in many dimensions looks, in its principal components, like a smooth curve that bends back, and its first
axis alone holds 6/π² = 61 % of the variance; the k-th holds 6/(π²k²). A smooth curve on a map, or a large share of its
first axis, is therefore no finding by itself: it must exceed this. Start at `random_walk`.

Walks start where their paths start, so that how far apart the networks begin is the same in both, and take steps as
long as their paths' own steps, in directions of chance.

Source: Antognini & Sohl-Dickstein 2018.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from diagnostics.embedding.methods import EMBEDDINGS
from diagnostics.embedding.result import DEFAULT, Embedding, Options
from diagnostics.embedding.spectral import principal_axes
from diagnostics.function_distance import features
from diagnostics.run import AnyArray
from diagnostics.seed_spread import Floats
from diagnostics.snapshots import Snapshots
from models.arrays import stream

LONG_WALK_SHARE = 6 / np.pi**2  # of the first axis of one long walk with equal steps in many dimensions
N_WALKS = 19  # so that exceeding all of them has probability 1/20 by chance


@dataclass(frozen=True, eq=False)
class RandomWalkReport:
    """A map beside its null.

    Attributes
    ----------
    points : array (n, n_dims)
        One set of walks, embedded in the same way, row for row beside the map's points; turned and scaled to the map's
        size, so that both can be drawn in the same frame.
    share : float
        Of the variance on the first principal component, each path seen from its own start; 0 where nothing moves.
    null_shares : array (walks,)
        The same of the walks.
    exceeds : bool
        Whether the share exceeds all of the walks'.
    path_share : float
        Of the first principal component of each path alone, mean over the paths with at least 3 snapshots; NaN without.
    null_path_shares : array (walks,)
        The same of the walks; about 6/π² where steps are many and equally long.
    p : float
        (1 + number of walks whose share is as large) / (1 + number of walks).
    long_walk_share : float
        6/π², what one long walk gives.
    """

    points: Floats
    share: float
    null_shares: Floats
    exceeds: bool
    p: float
    path_share: float
    null_path_shares: Floats
    long_walk_share: float = float(LONG_WALK_SHARE)


def walks(
    lengths: Sequence[Floats], n_dimensions: int, generator: np.random.Generator, starts: Floats | None = None
) -> list[Floats]:
    """Return random walks (steps + 1, d), one for each path, with steps of these lengths.

    Directions are uniform on the sphere in `n_dimensions`. Fewer steps than dimensions span a space of their own: they
    are drawn in it, (steps + 1, all steps), which leaves every distance distributed as it was.

    Parameters
    ----------
    lengths : sequence of array (steps,)
    n_dimensions : int
    generator : Generator
    starts : array (walks, k), optional
        Where they start, in the first k of the dimensions; 0 if not given.
    """
    starts = np.zeros((len(lengths), 0)) if starts is None else starts
    sizes = np.concatenate([np.asarray(length, np.float64) for length in lengths]) if len(lengths) else np.empty(0)
    steps = _directions(len(sizes), n_dimensions, generator, starts.shape[1]) * sizes[:, None]
    found, first = [], 0
    for length, start in zip(lengths, starts, strict=True):
        own = steps[first : first + len(length)]
        walk = np.concatenate([np.zeros((1, steps.shape[1])), own.cumsum(axis=0)])
        walk[:, : len(start)] += start
        found.append(walk)
        first += len(length)
    return found


def _directions(n: int, n_dimensions: int, generator: np.random.Generator, n_fixed: int) -> Floats:
    """Uniform directions (n, min(n_fixed + n, d)), up to a rotation of them all in the dimensions behind `n_fixed`:
    there rows of the triangular factor of their products (Bartlett 1933); normalized.
    """
    fixed, free = generator.standard_normal((n, n_fixed)), n_dimensions - n_fixed
    if n >= free:
        rows = generator.standard_normal((n, free))
    else:
        rows = np.tril(generator.standard_normal((n, n)), -1)
        rows[np.arange(n), np.arange(n)] = np.sqrt(generator.chisquare(free - np.arange(n)))
    rows = np.concatenate([fixed, rows], axis=1)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def _starts(rows: Floats) -> Floats:
    """The rows (m, d) seen from their mean, (m, k) in as many dimensions as they need, all distances kept."""
    centered = rows - rows.mean(axis=0)
    left, sizes, _ = np.linalg.svd(centered, full_matrices=False)
    needed = sizes > np.finfo(np.float64).eps * max(rows.shape) * max(float(sizes[0]), np.finfo(np.float64).tiny)
    return np.asarray(left[:, needed] * sizes[needed])


def walking(snapshots: Snapshots, generator: np.random.Generator) -> Snapshots:
    """Return snapshots of a made-up regression that walks at random: same paths, starts, steps and dimensions.

    Its function distance is the distance of the walks.
    """
    rows = features(snapshots.outputs, snapshots.task)
    lengths = [np.linalg.norm(np.diff(rows[path], axis=0), axis=1) for path in snapshots.rows()]
    walked = np.concatenate(walks(lengths, rows.shape[1], generator, _starts(rows[snapshots.starts])))
    walked *= np.sqrt(walked.shape[1])  # the function distance of a regression is a root mean square
    n = walked.shape[1]
    made_up = {"task": "regression", "truth": np.empty(0), "examples": np.arange(n), "n_examples": n}
    return replace(snapshots, outputs=walked[:, :, None], **made_up)


def random_walk(
    snapshots: Snapshots, embedding: Embedding, *, options: Options = DEFAULT, n_walks: int = N_WALKS, seed: int = 0
) -> RandomWalkReport:
    """Return the null of a map.

    Parameters
    ----------
    snapshots : Snapshots
        Those of the map.
    embedding : Embedding
    options : Options
        Those of the map.
    n_walks : int
        How many sets of walks are compared. The first one is drawn.
    seed : int
        Of the walks.

    Raises
    ------
    ValueError
        If there is not at least one walk, or the map is not of these snapshots.
    """
    if n_walks < 1:
        raise ValueError(f"at least 1 walk is needed, not {n_walks}")
    if len(embedding.points) != len(snapshots):
        raise ValueError(f"the map has {len(embedding.points)} points, there are {len(snapshots)} snapshots")
    measured = replace(snapshots, task="regression") if embedding.method == "pca" else snapshots  # outputs as they are
    sets = [walking(measured, stream(seed, "random walk", index)) for index in range(n_walks)]
    drawn = EMBEDDINGS[embedding.method](sets[0], embedding.n_dims, options=options)
    share, null = _moving_share(measured), np.array([_moving_share(walked) for walked in sets])
    return RandomWalkReport(
        points=_in_frame(drawn.points, embedding.points),
        share=share,
        null_shares=null,
        exceeds=bool(share > null.max()),
        p=float((1 + (null >= share).sum()) / (1 + len(null))),
        path_share=_path_share(measured),
        null_path_shares=np.array([_path_share(walked) for walked in sets]),
    )


def _moving_share(snapshots: Snapshots) -> float:
    """Share of the variance on the first principal component, each path seen from its own start."""
    rows = features(snapshots.outputs, snapshots.task)
    moved = rows - rows[snapshots.starts][snapshots.path]
    return float(principal_axes(moved, 1, snapshots.starts, snapshots.ends).shares[0])


def _path_share(snapshots: Snapshots) -> float:
    """Mean over the paths of the share of the variance on each path's own first principal component."""
    shares = []
    for rows in snapshots.rows():
        if rows.stop - rows.start < 3:
            continue
        path = features(snapshots.outputs[rows], snapshots.task)
        path -= path.mean(axis=0)
        values = np.linalg.eigvalsh(path @ path.T)
        if values.sum() > 0:
            shares.append(values[-1] / values.sum())
    return float(np.mean(shares)) if shares else float("nan")


def _in_frame(points: Floats, frame: AnyArray) -> Floats:
    """Points shifted to the centre of the frame and scaled to its size (root of the mean square)."""
    center = np.asarray(frame, dtype=np.float64).mean(axis=0)
    centered = points - points.mean(axis=0)
    size = float(np.linalg.norm(centered))
    return np.asarray(center + centered * (float(np.linalg.norm(frame - center)) / size if size > 0 else 1.0))
