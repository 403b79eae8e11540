"""Where in a plane the data lie: a kernel density, and the veil that it draws over regions without data.

A network answers everywhere, also where it never saw an example; a surface that does not say so misleads.
"""

from __future__ import annotations

import numpy as np

from diagnostics.seed_spread import Floats

USUAL = 0.1  # nine rows of ten lie where the density is at least the usual one
EMPTY = 1 / 20  # of the usual density: there the veil is thickest


def kernel(data: Floats, at: Floats, n_numeric: int, *, is_numeric: bool) -> Floats:
    """Return how near each row is to each place along one axis, (M, N), 1 where they are equal.

    Along numbers a Gaussian of Scott's width, σ n^(-1/(d + 4)), with Silverman's robust σ, the smaller one of standard
    deviation and interquartile range/1.34. Between categories 1 if they are the same, else 0.
    Source: Scott 1992, section 6.3; Silverman 1986, section 3.4.2.

    Parameters
    ----------
    data : array (N,)
    at : array (M,)
    n_numeric : int
        d, how many of the axes are numbers.
    is_numeric : bool
        Whether this one is.
    """
    if not is_numeric:
        return np.asarray(np.round(at)[:, None] == np.round(data)[None, :], dtype=np.float64)
    quarters = np.percentile(data, [25, 75]) if len(data) else np.zeros(2)
    widths = [width for width in (float(data.std()), float(quarters[1] - quarters[0]) / 1.34) if width > 0]
    width = (min(widths) if widths else 1.0) * len(data) ** (-1 / (n_numeric + 4))
    return np.asarray(np.exp(-0.5 * np.square((at[:, None] - data[None, :]) / width)))


def usual_density(kernels: Floats) -> float:
    """Return the density that nine rows of ten have around them, each left out of its own; `kernels` is (N, N)."""
    own = kernels.sum(axis=1) - np.diag(kernels)
    usual = float(np.quantile(own, USUAL)) if len(own) else 0.0
    return usual if usual > 0 else float(own[own > 0].min(initial=1.0))


def veil(density: Floats, usual: float) -> Floats:
    """Return how thick the veil is, 0 to 1: none from the usual density up, thickest from a twentieth of it down.

    In between it follows the logarithm of the density.
    """
    with np.errstate(divide="ignore"):
        fallen = np.log(usual / density)
    return np.asarray(np.clip(fallen / -np.log(EMPTY), 0.0, 1.0))
