"""Rows of a table: a quantity as it came out here, beside what is published or expected, and whether both agree.

A reference bears its kind of evidence, and a tolerance its reason. Start at `compared`; a row that cannot be compared
fairly is made by `beside`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from diagnostics.seed_spread import Floats

Evidence = Literal["printed", "read off", "measured", "derived", "retold", "recalled"]
EVIDENCE: dict[Evidence, str] = {
    "printed": "printed in the paper",
    "read off": "read off by eye",
    "measured": "measured elsewhere, one seed",
    "derived": "derived",
    "retold": "retold by a later text",
    "recalled": "commonly said, not checked in the paper",
}
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
PAPERS: tuple[Evidence, ...] = ("printed", "read off")  # what stands in the paper itself
COLUMNS = (
    "Quantity",
    "Ours",
    "Seeds or draws",
    "Published or expected",
    "How it is known",
    "Source",
    "Agrees if",
    "Why that limit, or why none",
    "Verdict",
)


@dataclass(frozen=True)
class Reference:
    """What a row is compared with: a number in words, how it is known, and where it stands."""

    words: str
    evidence: Evidence
    source: str


@dataclass(frozen=True)
class Limits:
    """What agrees: all from `low` to `high`. In words, and why it is that much: nobody shall have to guess."""

    low: float
    high: float
    words: str
    why: str


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes
    ----------
    quantity : str
    values : tuple of float
        Ours, one for each seed.
    reference : Reference
    tolerance : str
        In words; "–" where nothing is compared.
    agrees : bool, optional
        Of the mean over the seeds; None where nothing is compared.
    why : str
        Why the tolerance is that large, or why nothing is compared.
    unit : str
    """

    quantity: str
    values: tuple[float, ...]
    reference: Reference
    tolerance: str
    agrees: bool | None
    why: str
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
    def brief(self) -> str:
        """`ours` as a person reads it: as many decimals in the mean as in the spread, and one power of ten for both."""
        unit = f" {self.unit}" if self.unit else ""
        spread = float(np.std(self.values))
        if len(self.values) < 2 or not math.isfinite(self.mean) or not math.isfinite(spread):
            return self.ours
        mean = in_digits(self.mean)
        if "·" in mean:
            exponent = math.floor(math.log10(abs(self.mean)))
            both = " ± ".join(_fixed(one / 10.0**exponent, 2) for one in (self.mean, spread))
            return f"({both})·{_power(exponent)}{unit}"
        decimals = min(len(one.partition(".")[2]) for one in (mean, f"{spread:.{_decimals(spread, 2)}f}"))
        return f"{_fixed(self.mean, decimals)} ± {_fixed(spread, decimals)}{unit}"

    @property
    def verdict(self) -> str:
        """Agrees, differs, or not compared."""
        return "not compared" if self.agrees is None else ("agrees" if self.agrees else "differs")

    @property
    def allowed(self) -> str:
        """The tolerance with its unit."""
        return f"{self.tolerance} {self.unit}" if self.unit and self.agrees is not None else self.tolerance

    def cells(self) -> tuple[str, ...]:
        """Return what stands in each of `COLUMNS`."""
        known = self.reference
        return (
            self.quantity,
            self.brief,
            str(len(self.values)),
            known.words,
            EVIDENCE[known.evidence],
            known.source,
            self.allowed,
            self.why,
            self.verdict,
        )


def within(number: float, tolerance: float, why: str) -> Limits:
    """Return the limits ± `tolerance` about a number."""
    return Limits(number - tolerance, number + tolerance, f"± {in_digits(tolerance, 2)}", why)


def at_most(limit: float, why: str) -> Limits:
    """Return limits that agree with all that is not larger."""
    return Limits(-math.inf, limit, f"at most {in_digits(limit)}", why)


def at_least(limit: float, why: str) -> Limits:
    """Return limits that agree with all that is not smaller."""
    return Limits(limit, math.inf, f"at least {in_digits(limit)}", why)


def between(low: float, high: float, why: str) -> Limits:
    """Return the limits `low` and `high`."""
    return Limits(low, high, f"{in_digits(low)} to {in_digits(high)}", why)


def compared(
    quantity: str, values: Floats | Sequence[float], reference: Reference, limits: Limits, unit: str = ""
) -> Row:
    """Return a row that agrees if the mean over the seeds lies within the limits."""
    ours = tuple(float(value) for value in values)
    agrees = limits.low <= float(np.mean(ours)) <= limits.high
    return Row(quantity, ours, reference, limits.words, agrees, limits.why, unit)


def beside(quantity: str, values: Floats | Sequence[float], reference: Reference, why_not: str, unit: str = "") -> Row:
    """Return a row that only stands beside its reference; `why_not` says why nothing is compared."""
    return Row(quantity, tuple(float(value) for value in values), reference, "–", None, why_not, unit)


def in_digits(value: float, digits: int = 3) -> str:
    """Return a number with that many significant digits, small and large ones as powers of ten."""
    if not math.isfinite(value):
        return "–"
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        return f"{value:.{_decimals(value, digits)}f}".replace("-", "−")
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa}·{_power(int(exponent))}".replace("-", "−")


def _decimals(value: float, digits: int) -> int:
    """So many decimals give a number that many significant digits."""
    return max(digits - 1 - (math.floor(math.log10(abs(value))) if value else 0), 0)


def _power(exponent: int) -> str:
    return f"10{str(exponent).translate(RAISED)}"


def _fixed(value: float, decimals: int) -> str:
    """A number with so many decimals; one that would read as 0 in them keeps its first digit."""
    text = f"{value:.{decimals}f}".replace("-", "−")
    return text if value == 0 or text.strip("−0.") else in_digits(value, 1)


def compared_with(rows: Sequence[Row]) -> str:
    """Return in words how many comparisons are with a paper itself, and how many only with something else."""
    known = [row.reference.evidence for row in rows if row.agrees is not None]
    papers = sum(one in PAPERS for one in known)
    others = {EVIDENCE[one]: known.count(one) for one in EVIDENCE if one in known and one not in PAPERS}
    parts = [f"{papers} with what a paper prints or shows", *(f"{n} with what is {one}" for one, n in others.items())]
    return f"Of {len(known)} comparisons: {', '.join(parts)}."


def as_markdown(rows: Sequence[Row]) -> str:
    """Return the table in Markdown."""
    lines = [COLUMNS, tuple("---" for _ in COLUMNS), *(row.cells() for row in rows)]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"
