"""Classical scaling of the function distance: large distances on the map are large distances between functions.

The distance is Euclidean between the rows of `features`, so classical scaling is a principal component analysis of
them (for probabilities: of their square roots), and a new snapshot is placed by the same projection, as Gower places
it. Source: Torgerson 1952; Gower 1966 and 1968.
"""

from __future__ import annotations

import numpy as np

from diagnostics.embedding.result import DEFAULT, Embedding, Options, Report, check_dimensions, go_on
from diagnostics.embedding.spectral import principal_axes
from diagnostics.function_distance import UNITS, features
from diagnostics.run import AnyArray
from diagnostics.seed_spread import Floats
from diagnostics.snapshots import Snapshots


def mds(
    snapshots: Snapshots,
    n_dims: int = 2,
    *,
    options: Options = DEFAULT,
    progress: Report = go_on,
) -> Embedding:
    """Return the map by classical scaling; see `Method`."""
    check_dimensions(n_dims)
    task = snapshots.task
    rows = features(snapshots.outputs, task)
    axes = principal_axes(rows, n_dims, snapshots.starts, snapshots.ends)

    def place(outputs: AnyArray) -> Floats:
        return axes(features(outputs, task))

    shares = tuple(float(share) for share in axes.shares)
    return Embedding(
        points=axes(rows),
        method="mds",
        shares=shares,
        explained=float(np.sum(shares)),
        explained_what="the variance of the function distances",
        place=place,
        settings={"distance": UNITS[task]},
    )
