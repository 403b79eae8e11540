"""The range of an axis that a few exploding numbers cannot ruin, and what to say of those that lie outside."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

CENTRAL = 0.8  # of the records decide
STRETCH = 2.0  # the axis grows to hold everything, but not beyond so many times what the central records need
FEW, STRETCH_OF_FEW = 8, 10.0  # records, which do not yet show what is usual
ROOM = 0.06  # of the range, above and below


def robust_range(
    lows: Sequence[np.ndarray] | np.ndarray, highs: Sequence[np.ndarray] | np.ndarray, *, from_zero: bool = False
) -> tuple[float, float, int]:
    """Return the least and the largest number of an axis, and how many of the records lie partly outside.

    Parameters
    ----------
    lows, highs : sequence of array (T,)
        For each line the least and the largest number at each record.
    from_zero : bool
        Whether the axis begins at 0.
    """
    low, high = (np.stack([np.asarray(row, np.float64) for row in rows]) for rows in (lows, highs))
    low, high = np.where(np.isfinite(low), low, np.nan), np.where(np.isfinite(high), high, np.nan)
    there = np.isfinite(low).any(axis=0) & np.isfinite(high).any(axis=0)
    if not there.any():
        return 0.0, 1.0, 0
    least, largest = np.nanmin(low[:, there], axis=0), np.nanmax(high[:, there], axis=0)
    bottom = 0.0 if from_zero else float(np.quantile(least, 1 - CENTRAL, method="higher"))
    top = float(np.quantile(largest, CENTRAL, method="lower"))
    span = (top - bottom) or abs(top) or 1.0
    more = ((STRETCH if len(largest) >= FEW else STRETCH_OF_FEW) - 1) * span
    bottom = bottom if from_zero else max(float(least.min()), bottom - more)
    top = min(float(largest.max()), top + more)
    outside = int(((largest > top) | (least < bottom)).sum())
    room = ROOM * ((top - bottom) or 1.0)
    return bottom if from_zero else bottom - room, top + room, outside


def outside_in_words(n_outside: int) -> str:
    """Return the sentence of a caption; nothing if all is inside."""
    if not n_outside:
        return ""
    records = "1 record lies" if n_outside == 1 else f"{n_outside} records lie"
    return f"{records} partly beyond the axis; double-click to see all."
