"""The part of a symmetric-logarithmic axis that a figure shows, in whole bins.

Numbers of a layer may lie anywhere from 10⁻⁸ to 10⁴ on both sides of zero, but rarely everywhere. What lies outside of
the outermost filled bins is left out; nearly empty bins around zero are merged into one, so that the rest has room. The
bins themselves stay as they were recorded.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diagnostics.seed_spread import Floats

CLOSE_UP = 0.002  # a bin that holds less of every layer counts as empty
PER_DECADE = 3  # about so many bins: the view grows by a decade at a time, and seldom jumps
EXPONENTS = np.arange(-8, 5)
MOST_TICKS = 4  # on each side of zero: there is room for nine across a third of the page
NEAREST = 0.08  # of a side: nearer to zero a label would lie over that of zero


@dataclass(frozen=True, eq=False)
class SymlogView:
    """From `core` to `reach` bins away from the middle one; the middle one holds the core, too.

    Attributes
    ----------
    edges : array (B + 1,)
    core, reach : int
    """

    edges: Floats
    core: int
    reach: int

    @property
    def middle(self) -> int:
        """The bin that holds zero."""
        return (len(self.edges) - 1) // 2

    @property
    def places(self) -> Floats:
        """Where the shown bins stand on the axis: the middle one at 0, the others at distance 1."""
        side = self.reach - self.core
        return np.arange(-side, side + 1, dtype=np.float64)

    def shown(self, share: Floats) -> Floats:
        """Return the shares (…, B) of the shown bins."""
        m, core, reach = self.middle, self.core, self.reach
        inner = share[..., m - core : m + core + 1].sum(axis=-1, keepdims=True)
        left, right = share[..., m - reach : m - core], share[..., m + core + 1 : m + reach + 1]
        return np.concatenate([left, inner, right], axis=-1)

    def ticks(self) -> tuple[list[float], list[str]]:
        """Return places and labels of zero and of powers of ten."""
        half = len(self.edges) // 2
        positive = self.edges[half:]
        distance = np.interp(EXPONENTS, np.log10(positive), np.arange(len(positive))) + 0.5 - self.core
        there = (distance > max(1.0, NEAREST * (self.reach - self.core))) & (distance <= self.reach - self.core + 0.5)
        inside = list(zip(EXPONENTS[there].tolist(), distance[there].tolist(), strict=True))[::-1]
        places, labels = [0.0], ["0"]
        for exponent, place in inside[:: max(1, -(-len(inside) // MOST_TICKS))]:
            places += [place, -place]
            labels += [_power(exponent), f"−{_power(exponent)}"]
        return places, labels

    @property
    def in_words(self) -> str:
        """What the middle bin holds, if it holds more than zero; else nothing."""
        if self.core == 0:
            return ""
        digit, exponent = f"{self.edges[len(self.edges) // 2 + self.core]:.0e}".split("e")
        power = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        return f"The middle bin holds all that is nearer to 0 than {digit}·10{power}."


def symlog_view(edges: Floats, share: Floats) -> SymlogView:
    """Return the view that leaves nothing out of shares (…, B) but what is nearly empty."""
    middle = (len(edges) - 1) // 2
    largest = np.nan_to_num(share.reshape(-1, len(edges) - 1).max(axis=0)) if share.size else np.zeros(len(edges) - 1)
    filled = np.abs(np.flatnonzero(largest > CLOSE_UP) - middle)
    beside = filled[filled > 0]
    if len(beside) == 0:
        return SymlogView(edges, 0, middle)
    reach = min(-(-(int(beside.max()) + 1) // PER_DECADE) * PER_DECADE, middle)
    core = max((int(beside.min()) - 2) // PER_DECADE * PER_DECADE, 0)
    return SymlogView(edges, core, reach)


def _power(exponent: int) -> str:
    if exponent in (0, 1):
        return str(10**exponent)
    return f"10<sup>{exponent}</sup>".replace("-", "−")
