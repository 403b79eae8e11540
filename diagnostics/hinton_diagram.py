"""A matrix of weights as it stands, cut to its strongest rows and columns where it is large."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diagnostics.seed_spread import Floats
from models.arrays import Array
from models.network import Network

MOST_ROWS, MOST_COLUMNS = 32, 48


@dataclass(frozen=True, eq=False)
class HintonReport:
    """Weights of one seed.

    Attributes
    ----------
    weights : array (rows, columns)
        A row for each unit, a column for each number that it reads.
    rows, columns : array of int64
        Which of the whole matrix are shown, in its order.
    column_names : tuple of str
    n_rows, n_columns : int
        Of the whole matrix.
    share : float
        Of the squared weights of the whole matrix that are shown.
    name : str
        Of the parameter, "dense1/W".
    """

    weights: Floats
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    column_names: tuple[str, ...]
    n_rows: int
    n_columns: int
    share: float
    name: str
    seed: int = 0
    step: int = 0
    run_id: str = ""


def hinton_diagram(
    network: Network,
    params: Array,
    name: str,
    input_names: Sequence[str] = (),
    *,
    most: tuple[int, int] = (MOST_ROWS, MOST_COLUMNS),
) -> HintonReport:
    """Return a weight matrix; of a large one the rows, then the columns with the largest sum of squares.

    Parameters
    ----------
    network : Network
    params : array (n_parameters,)
        Of one seed.
    name : str
        Of a weight, "dense1/W"; one with several axes is read as (everything that a unit reads, units).
    input_names : sequence of str
        What the columns are called, if the layer reads the features of a table.
    most : tuple of int
        How many rows and columns to show.

    Raises
    ------
    ValueError
        If there is no such weight.
    """
    weights = [one for one, parameter in network.parameters.items() if parameter.is_weight]
    if name not in weights:
        raise ValueError(f"the network has no weights {name!r}: choose one of {', '.join(weights)}")
    flat = np.asarray(network.views(params)[name], np.float64)
    whole = flat.reshape(-1, flat.shape[-1]).T
    rows = _strongest(whole, most[0])
    columns = _strongest(whole[rows].T, most[1])
    shown, total = whole[np.ix_(rows, columns)], float(np.square(whole).sum())
    names = input_names if len(input_names) == whole.shape[1] else [str(i) for i in range(whole.shape[1])]
    return HintonReport(
        weights=shown,
        rows=rows,
        columns=columns,
        column_names=tuple(names[i] for i in columns),
        n_rows=whole.shape[0],
        n_columns=whole.shape[1],
        share=float(np.square(shown).sum()) / total if total > 0 else 1.0,
        name=name,
    )


def _strongest(rows: Floats, most: int) -> NDArray[np.int64]:
    order = np.argsort(-np.square(rows).sum(axis=1), kind="stable")[:most]
    return np.sort(order).astype(np.int64)
