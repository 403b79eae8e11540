"""Principal components of the outputs as they are: the plain linear map.

Beside `mds` it weighs a change from 0.5 to 0.6 as much as one from 0 to 0.1. Source: Pearson 1901; Hotelling 1933.
"""

from __future__ import annotations

from diagnostics.embedding.linear import linear_map
from diagnostics.embedding.result import DEFAULT, Embedding, Options, Report, go_on
from diagnostics.function_distance import features
from diagnostics.run import AnyArray
from diagnostics.seed_spread import Floats
from diagnostics.snapshots import Snapshots


def pca(
    snapshots: Snapshots,
    n_dims: int = 2,
    *,
    options: Options = DEFAULT,
    progress: Report = go_on,
) -> Embedding:
    """Return the map by principal components of the outputs, as the root of the mean square; see `Method`."""
    return linear_map(
        snapshots,
        n_dims,
        _plain,
        method="pca",
        of_what="the variance of the outputs",
        distance="root mean square of the outputs",
    )


def _plain(outputs: AnyArray) -> Floats:
    return features(outputs, "regression")
