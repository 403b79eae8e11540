"""Classical scaling of the function distance: large distances on the map are large distances between functions.

The distance is Euclidean between the rows of `features`, so classical scaling is a principal component analysis of
them (for probabilities: of their square roots), and a new snapshot is placed by the same projection, as Gower places
it. Source: Torgerson 1952; Gower 1966 and 1968.
"""

from __future__ import annotations

from diagnostics.embedding.linear import linear_map
from diagnostics.embedding.result import DEFAULT, Embedding, Options, Report, go_on
from diagnostics.function_distance import UNITS, features
from diagnostics.snapshots import Snapshots


def mds(
    snapshots: Snapshots,
    n_dims: int = 2,
    *,
    options: Options = DEFAULT,
    progress: Report = go_on,
) -> Embedding:
    """Return the map by classical scaling; see `Method`."""
    task = snapshots.task
    return linear_map(
        snapshots,
        n_dims,
        lambda outputs: features(outputs, task),
        method="mds",
        of_what="the variance of the function distances",
        distance=UNITS[task],
    )
