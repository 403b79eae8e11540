"""The decision surface over two columns of a table while all others are held at one row. Start at `feature_slice`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diagnostics.plane_surface import DataPoints, Meaning, PlaneAxis, PlaneSurface, places_of, plane_surface
from diagnostics.seed_spread import Floats
from diagnostics.table_columns import Predict, Report, TableColumn, outputs_of, silent, with_columns
from models.arrays import stream

SIDE = 81  # places along an axis of numbers
MARGIN = 0.04  # of an axis, beyond the data
FAR_OUT = 0.5  # a tail longer than this share of the middle 98 % is cut off
JITTER = 0.28  # how far points are strewn within a category


@dataclass(frozen=True, eq=False)
class FeatureSliceReport:
    """The surface and the rows.

    Attributes
    ----------
    surface : PlaneSurface
    points : DataPoints
    meaning : Meaning
    held_name : str
        At what the other columns are held; "" if there are no others.
    held_at : tuple of float or None
        Where that row stands on the two axes; None for the typical row, which is none of the table.
    agreement : float
        How far the answers change if the other columns of the rows are replaced (`Meaning.agreement`): 1 if the slice
        says of every row what the network says of it.
    n_outside : int
        Points that are not in view.
    notes : tuple of str
        What was done to the two columns when the table was prepared.
    """

    surface: PlaneSurface
    points: DataPoints
    meaning: Meaning
    held_name: str
    held_at: tuple[float, float] | None
    agreement: float
    n_outside: int
    notes: tuple[str, ...] = ()
    step: int = 0
    run_id: str = ""


@dataclass(frozen=True, eq=False)
class Rows:
    """Examples (N, D), targets as `Meaning.target_of` gives them (N,), part and number of each."""

    x: Floats
    wanted: Floats
    is_validation: np.ndarray
    numbers: np.ndarray


@dataclass(frozen=True, eq=False)
class Held:
    """The row at which columns are held, (D,): how it is called, and whether it is one of the table's."""

    row: Floats
    name: str
    is_real: bool = False


def feature_slice(
    predict: Predict,
    columns: tuple[TableColumn, TableColumn],
    rows: Rows,
    held: Held,
    *,
    meaning: Meaning,
    report: Report = silent,
) -> FeatureSliceReport:
    """Return what the network says as two columns change and nothing else does.

    Parameters
    ----------
    predict : callable
    columns : tuple of TableColumn
        Two different ones.
    rows : Rows
        The density is that of the training rows among them.
    held : Held
    meaning : Meaning
    report : callable
        Is told the share that is done; returns whether to go on.

    Raises
    ------
    ValueError
        For twice the same column.
    Interrupted
        If `report` returns False.
    """
    if columns[0] == columns[1]:
        raise ValueError("a surface needs two different columns: choose another second one")
    values = [column.values(rows.x) for column in columns]
    first, second = (plane_axis(column, given) for column, given in zip(columns, values, strict=True))
    axes = (first, second)
    at = places_of(axes)
    outputs = outputs_of(predict, with_columns(held.row, columns, at), lambda share: report(0.9 * share))
    train = ~rows.is_validation
    data = [given[train] if train.any() else given for given in values]
    surface = plane_surface(outputs, axes, meaning, data)
    drawn = [_strewn(column, given) for column, given in zip(columns, values, strict=True)]
    outside = np.zeros(len(rows.x), dtype=bool)
    for axis, given in zip(axes, values, strict=True):
        outside |= (given < axis.places[0]) | (given > axis.places[-1])
    own = outputs_of(predict, rows.x).mean(axis=0)
    on_slice = outputs_of(predict, with_columns(held.row, columns, values)).mean(axis=0)
    report(1.0)
    x, y = (float(column.values(held.row[None])[0]) for column in columns)
    return FeatureSliceReport(
        surface,
        DataPoints(drawn[0], drawn[1], rows.wanted, rows.is_validation, rows.numbers),
        meaning,
        held.name if sum(column.places.stop - column.start for column in columns) < rows.x.shape[1] else "",
        (x, y) if held.is_real else None,
        meaning.agreement(own, on_slice),
        int(outside.sum()),
    )


def plane_axis(column: TableColumn, values: Floats, side: int = SIDE) -> PlaneAxis:
    """Return the axis of a column: its categories, or places over the range of its values without far-off tails."""
    if not column.is_numeric:
        return PlaneAxis(column.name, np.arange(len(column.categories), dtype=np.float64), column.categories)
    return PlaneAxis(column.name, numeric_places(values, side))


def numeric_places(values: Floats, side: int = SIDE) -> Floats:
    """Return places (side,) over the range of values; a tail is cut off at the middle 98 % if it is long."""
    if not len(values):
        return np.linspace(-1.0, 1.0, side)
    low, inner_low, inner_high, high = np.percentile(values, [0, 1, 99, 100])
    middle = inner_high - inner_low
    low = low if low >= inner_low - FAR_OUT * middle else inner_low
    high = high if high <= inner_high + FAR_OUT * middle else inner_high
    margin = MARGIN * (high - low) or 0.5
    return np.linspace(low - margin, high + margin, side)


def _strewn(column: TableColumn, values: Floats) -> Floats:
    """Points of one category lie upon one another; strewn, they can be counted."""
    if column.is_numeric:
        return values
    return values + stream(0, "strewn", column.name).uniform(-JITTER, JITTER, len(values))
