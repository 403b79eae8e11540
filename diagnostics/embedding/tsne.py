"""t-SNE: neighbours stay together; distances between far groups, and the sizes of groups, mean nothing.

It starts from the map by classical scaling, slightly shaken by the seed, and its map is turned (and mirrored) to lie on
that one as well as it can, so that the two can be read side by side.

Source: van der Maaten & Hinton 2008; for networks Erhan et al. 2010, section 6.3 (the perplexity is our choice); the
start from a linear map Kobak & Linderman 2021; computed by openTSNE (Poličar et al. 2024).
"""

from __future__ import annotations

import numpy as np

from diagnostics.embedding.result import DEFAULT, Embedding, Options, Report, check_dimensions, go_on
from diagnostics.embedding.spectral import principal_axes
from diagnostics.function_distance import UNITS, features
from diagnostics.projection import descended, largest_perplexity
from diagnostics.run import AnyArray
from diagnostics.seed_spread import Floats
from diagnostics.snapshots import Snapshots
from models.arrays import stream

FEWEST = 8
MOST_DIMENSIONS = 50  # in which neighbours are sought
START_STD = 1e-4  # of the first axis at the start; the seed shakes every point by a hundredth of it


def tsne(snapshots: Snapshots, n_dims: int = 2, *, options: Options = DEFAULT, progress: Report = go_on) -> Embedding:
    """Return the map by t-SNE; see `Method`. At least 8 snapshots are needed.

    The perplexity is that of the options, or a third of the number of the others where that is less. The same seed
    gives the same map on the same machine; another machine's round-off may lead elsewhere.
    """
    check_dimensions(n_dims)
    n, task = len(snapshots), snapshots.task
    if n < FEWEST:
        raise ValueError(f"t-SNE needs at least {FEWEST} snapshots, there are {n}: train longer or take more seeds")
    rows = features(snapshots.outputs, task)
    axes = principal_axes(rows, min(MOST_DIMENSIONS, *rows.shape), snapshots.starts, snapshots.ends)
    linear = axes(rows)
    start = np.zeros((n, n_dims))
    start[:, : linear.shape[1]] = linear[:, :n_dims]
    spread = float(start[:, 0].std())
    start *= START_STD / spread if spread > 0 else 1.0
    start += stream(options.seed, "tsne").normal(scale=START_STD / 100, size=start.shape)
    perplexity = largest_perplexity(n, options.perplexity)
    found = descended(linear, start, n_dims, perplexity, options.seed, progress)
    raw = np.array(found, dtype=np.float64)
    middle = (raw.max(axis=0) + raw.min(axis=0)) / 2  # where openTSNE puts the origin before it places others
    left, _, right = np.linalg.svd((raw - raw.mean(axis=0)).T @ start)
    turn = left @ right

    def place(outputs: AnyArray) -> Floats:
        placed = np.array(found.transform(axes(features(outputs, task)), perplexity=min(5.0, perplexity)))
        return np.asarray(placed @ turn, dtype=np.float64)

    return Embedding(
        points=(raw - middle) @ turn,
        method="tsne",
        shares=(),
        explained=float("nan"),
        explained_what="",
        place=place,
        places_exactly=False,
        settings={"distance": UNITS[task], "perplexity": perplexity, "seed": options.seed},
        notes=("Distances between far groups, and how large a group is drawn, mean nothing.",),
    )
