"""How far an update goes beside the distance to the lowest point on its line: the relative step α of Cockpit.

Loss and slope along the update are known at both ends, each as the mean over a mini-batch with its variance. A parabola
is fitted to these four, weighted by what they are worth, and its lowest point compared with the length of the update:
α = 0 lands on it, α < 0 falls short, α = 1 lands as high on the other side, and beyond that it climbs.
Source: Schneider et al. 2021 (Cockpit), section 2.1 and appendix C.
"""

from __future__ import annotations

import numpy as np

from diagnostics.seed_spread import Floats

LEAST_VARIANCE = 1e-12  # relative to the largest of the four, so that an exact observation leaves a solvable system


@np.errstate(all="ignore")
def relative_step(length: Floats, means: Floats, variances: Floats) -> Floats:
    """Return α = 2t/ᾱ - 1 with ᾱ = -μ₁/μ₂, for the parabola μ₀ + μ₁ τ + μ₂ τ² fitted by weighted least squares.

    Parameters
    ----------
    length : array (…)
        t, of the update.
    means, variances : array (…, 4)
        Of the loss at both ends, then of the slope along the update at both ends.

    Returns
    -------
    array (…)
        -1 where the parabola opens downwards, so that there is no lowest point; NaN for what is not finite.
    """
    zero, one = np.zeros_like(length), np.ones_like(length)
    rows = [(one, zero, zero), (one, length, length**2), (zero, one, zero), (zero, one, 2 * length)]
    design = np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)
    scale = np.maximum(variances.max(axis=-1, keepdims=True), np.finfo(np.float64).tiny)
    weights = 1 / np.maximum(variances / scale, LEAST_VARIANCE)
    is_known = np.isfinite(means).all(axis=-1) & np.isfinite(weights).all(axis=-1) & (length > 0)
    normal = np.einsum("...ki,...k,...kj->...ij", design, weights, design)
    right = np.einsum("...ki,...k,...k->...i", design, weights, means)
    normal = np.where(is_known[..., None, None], normal, np.eye(3))
    fitted = np.linalg.solve(normal, np.where(is_known[..., None], right, 0.0)[..., None])[..., 0]
    alpha = np.where(fitted[..., 2] > 0, 2 * length * -fitted[..., 2] / fitted[..., 1] - 1, -1.0)
    return np.where(is_known, alpha, np.nan)
