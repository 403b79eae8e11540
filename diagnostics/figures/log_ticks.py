"""Labels of a logarithmic axis: powers of ten where many are shown, and numbers between them where few are.

Plotly writes the powers of a logarithmic axis larger than all other numbers, so its labels are written here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

MOST_POWERS = 8  # labels of an axis of powers
TICKS: tuple[tuple[float, tuple[float, ...]], ...] = (  # up to so many decades, the labels of each
    (3.0, (1.0, 3.0)),
    (2.0, (1.0, 2.0, 5.0)),
    (1.0, (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)),
    (0.6, (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)),
    (0.25, (1.0, 1.1, 1.2, 1.3, 1.4, 1.6, 1.8, 2.0, 2.2, 2.5, 2.8, 3.2, 3.6, 4.0, 4.5, 5.0, 5.5, 6.0, 7.0, 8.0, 9.0)),
)
WHOLE = (1.0, 2.0, 3.0, 5.0, 7.0)  # within a decade of an axis that counts, such as steps
SMALLEST, LARGEST = -38, 38  # powers of ten in single precision


def log_ticks(
    low: float = 0.0, high: float = 0.0, *, whole: bool = False, most: int = MOST_POWERS
) -> dict[str, object]:
    """Return the labels of an axis from 10^low to 10^high; powers of ten if nothing is said of it.

    With `whole` there are no labels such as 1.5, and none such as 30 beside 100; there are at most `most` powers of
    ten.
    """
    decades = high - low
    if not 0 < decades <= (TICKS[1] if whole else TICKS[0])[0]:
        distance = max(1, math.ceil(decades / most))
        powers = [power for power in range(SMALLEST, LARGEST + 1) if power % distance == 0]
        return {"tickvals": [10.0**power for power in powers], "ticktext": [_power(power) for power in powers]}
    mantissas = next(mantissas for most, mantissas in reversed(TICKS) if decades <= most)
    if whole and decades <= 1:
        mantissas = WHOLE
    ticks = [
        (mantissa * 10.0**power, _number(mantissa, power))
        for power in range(math.floor(low) - 1, math.ceil(high) + 1)
        for mantissa in mantissas
    ]
    return {"tickvals": [value for value, _ in ticks], "ticktext": [text for _, text in ticks]}


def labelled(layout: Mapping[str, Any], traces: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the layout with labels that suit what the traces show, for each axis of `log_axis` that has no range."""
    result = dict(layout)
    for name, entry in layout.items():
        if name[1:5] != "axis" or entry.get("type") != "log" or "range" in entry or not entry.get("minor"):
            continue
        axis = name[0] + name[5:]
        span = _span(trace.get(axis[0]) for trace in traces if trace.get(f"{axis[0]}axis", axis[0]) == axis)
        if span is not None:
            result[name] = {**entry, **log_ticks(*span, whole=axis[0] == "x" and span[0] >= 0)}
    return result


def _span(values: Iterable[Any]) -> tuple[float, float] | None:
    """The least and the largest power of ten of what is drawn on an axis; None if that is nothing, or one number."""
    low, high = math.inf, -math.inf
    for row in values:
        numbers = np.asarray([] if row is None else row)
        if numbers.dtype.kind not in "fiu":
            continue
        numbers = numbers[np.isfinite(numbers) & (numbers > 0)]
        if len(numbers):
            low, high = min(low, float(numbers.min())), max(high, float(numbers.max()))
    return (math.log10(low), math.log10(high)) if high > low else None


def _power(power: int) -> str:
    if -4 <= power <= 4:
        return f"{10**power:,}".replace(",", "\u2009") if power >= 0 else f"{10.0**power:.{-power}f}"
    return f"10<sup>{power}</sup>".replace("-", "−")


def _number(mantissa: float, power: int) -> str:
    if mantissa == 1:
        return _power(power)
    if -4 <= power <= 3:
        return f"{mantissa * 10.0**power:,.10g}".replace(",", "\u2009")
    return f"{mantissa:g}·10<sup>{power}</sup>".replace("-", "−")
