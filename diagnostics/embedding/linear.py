"""A linear map: the principal axes of some rows, into which any other row is placed by the same projection."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from diagnostics.embedding.result import Embedding, check_dimensions
from diagnostics.embedding.spectral import principal_axes
from diagnostics.run import AnyArray
from diagnostics.seed_spread import Floats
from diagnostics.snapshots import Snapshots


def linear_map(
    snapshots: Snapshots,
    n_dims: int,
    rows_of: Callable[[AnyArray], Floats],
    *,
    method: str,
    of_what: str,
    distance: str,
) -> Embedding:
    """Return the map of snapshots by their rows.

    Parameters
    ----------
    snapshots : Snapshots
    n_dims : int
        2 or 3.
    rows_of : callable
        Outputs (n, P, K) -> rows (n, d), whose Euclidean distances the map keeps as well as it can.
    method, of_what, distance : str
        The method's name, what `explained` is a share of, and what the distance is, in words.

    Raises
    ------
    ValueError
        For another number of dimensions.
    """
    check_dimensions(n_dims)
    rows = rows_of(snapshots.outputs)
    axes = principal_axes(rows, n_dims, snapshots.starts, snapshots.ends)
    shares = tuple(float(share) for share in axes.shares)
    return Embedding(
        points=axes(rows),
        method=method,
        shares=shares,
        explained=float(np.sum(shares)),
        explained_what=of_what,
        place=lambda outputs: axes(rows_of(outputs)),
        settings={"distance": distance},
    )
