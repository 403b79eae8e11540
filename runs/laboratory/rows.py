"""Rows of a table: a quantity as it came out here, beside what is published or expected, and whether both agree.

A reference bears its kind of evidence. Start at `near`; a row that cannot be compared fairly is made by `beside`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from diagnostics.seed_spread import Floats

Evidence = Literal["printed", "read off", "measured", "derived"]
EVIDENCE: dict[Evidence, str] = {
    "printed": "printed in the paper",
    "read off": "read off by eye",
    "measured": "measured elsewhere, one seed",
    "derived": "derived",
}
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
COLUMNS = ("Quantity", "Ours", "Seeds", "Reference", "Evidence", "Source", "Expected", "Agrees")


@dataclass(frozen=True)
class Reference:
    """What a row is compared with: a number in words, how it is known, and where it stands."""

    words: str
    evidence: Evidence
    source: str


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes
    ----------
    quantity : str
    values : tuple of float
        Ours, one for each seed.
    reference : Reference
    expected : str
        The tolerance in words, or why nothing is compared.
    agrees : bool, optional
        Of the mean over the seeds; None where nothing is compared.
    unit : str
    """

    quantity: str
    values: tuple[float, ...]
    reference: Reference
    expected: str
    agrees: bool | None
    unit: str = ""

    @property
    def mean(self) -> float:
        """Over the seeds."""
        return float(np.mean(self.values))

    @property
    def ours(self) -> str:
        """The mean, ± the standard deviation over the seeds if there are several."""
        unit = f" {self.unit}" if self.unit else ""
        if len(self.values) < 2:
            return f"{in_digits(self.mean)}{unit}"
        return f"{in_digits(self.mean)} ± {in_digits(float(np.std(self.values)), 2)}{unit}"

    @property
    def verdict(self) -> str:
        """Yes, no, or not compared."""
        return "not compared" if self.agrees is None else ("yes" if self.agrees else "no")

    def cells(self) -> tuple[str, ...]:
        """Return what stands in each of `COLUMNS`."""
        known = self.reference
        return (
            self.quantity,
            self.ours,
            str(len(self.values)),
            known.words,
            EVIDENCE[known.evidence],
            known.source,
            self.expected,
            self.verdict,
        )


def near(
    quantity: str, values: Floats | Sequence[float], reference: Reference, number: float, within: float, unit: str = ""
) -> Row:
    """Return a row that agrees if the mean is at most `within` from `number`."""
    row = _row(quantity, values, reference, f"± {in_digits(within, 2)}", unit)
    return _judged(row, abs(row.mean - number) <= within)


def at_most(quantity: str, values: Floats | Sequence[float], reference: Reference, limit: float, unit: str = "") -> Row:
    """Return a row that agrees if the mean is not larger than `limit`."""
    row = _row(quantity, values, reference, f"at most {in_digits(limit)}", unit)
    return _judged(row, row.mean <= limit)


def at_least(
    quantity: str, values: Floats | Sequence[float], reference: Reference, limit: float, unit: str = ""
) -> Row:
    """Return a row that agrees if the mean is not smaller than `limit`."""
    row = _row(quantity, values, reference, f"at least {in_digits(limit)}", unit)
    return _judged(row, row.mean >= limit)


def between(
    quantity: str, values: Floats | Sequence[float], reference: Reference, limits: tuple[float, float], unit: str = ""
) -> Row:
    """Return a row that agrees if the mean lies within the limits."""
    row = _row(quantity, values, reference, f"{in_digits(limits[0])} to {in_digits(limits[1])}", unit)
    return _judged(row, limits[0] <= row.mean <= limits[1])


def beside(quantity: str, values: Floats | Sequence[float], reference: Reference, why_not: str, unit: str = "") -> Row:
    """Return a row that only stands beside its reference; `why_not` says why nothing is compared."""
    return _row(quantity, values, reference, why_not, unit)


def _row(quantity: str, values: Floats | Sequence[float], reference: Reference, expected: str, unit: str) -> Row:
    return Row(quantity, tuple(float(value) for value in values), reference, expected, None, unit)


def _judged(row: Row, agrees: bool) -> Row:
    return Row(row.quantity, row.values, row.reference, row.expected, bool(agrees), row.unit)


def in_digits(value: float, digits: int = 3) -> str:
    """Return a number with that many significant digits, small and large ones as powers of ten."""
    if not math.isfinite(value):
        return "–"
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        decimals = digits - 1 - (math.floor(math.log10(abs(value))) if value else 0)
        return f"{value:.{max(decimals, 0)}f}".replace("-", "−")
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa}·10{str(int(exponent)).translate(RAISED)}".replace("-", "−")


def as_markdown(rows: Sequence[Row]) -> str:
    """Return the table in Markdown."""
    lines = [COLUMNS, tuple("---" for _ in COLUMNS), *(row.cells() for row in rows)]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"
