"""How alike two representations are, whatever names their units have: linear centred kernel alignment (CKA).

A representation is what a layer says on n examples. Two are compared by which examples they hold to be like which: by
the inner products K = X Xᵀ of all pairs of examples. So the units may be permuted, the axes turned and the scale
changed, and layers of any widths be compared.

Both estimators of the Hilbert-Schmidt independence criterion (HSIC) are here. The biased one, of Kornblith et al.
2019, is pulled towards 1 where a layer has as many units as there are examples, even if two representations have
nothing in common. The unbiased one (Song et al. 2012; for representations Nguyen et al. 2021) is 0 on average then and
is the default: probe examples are few. It can be slightly below 0.

Source: Kornblith et al. 2019, "Similarity of neural network representations revisited"; the double centring that
makes the unbiased estimate an inner product Székely & Rizzo 2014.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from diagnostics.run import AnyArray
from diagnostics.seed_spread import Floats

Estimator = Literal["unbiased", "biased"]
FEWEST = 4  # examples that the unbiased estimate needs
CHUNK = 4096  # numbers of each example that are turned into double precision at once
NOTHING = 1e-12  # share of the squared numbers: a layer that varies less says the same for every example


def linear_cka(x: AnyArray, y: AnyArray, estimator: Estimator = "unbiased") -> float:
    """Return the linear CKA of two representations of the same examples.

    Parameters
    ----------
    x, y : array (n, …)
        What two layers say on n examples, at least 4; axes behind the first are flattened.
    estimator : str
        "unbiased" (at most 1, about 0 for independent ones) or "biased" (0 to 1).

    Returns
    -------
    float
        NaN if one of them says the same for every example, or has numbers that are not finite.

    Raises
    ------
    ValueError
        For different numbers of examples, fewer than 4, or another estimator.
    """
    if len(x) != len(y):
        raise ValueError(f"both must be of the same examples: there are {len(x)} and {len(y)}")
    return float(np.vdot(signature(x, estimator), signature(y, estimator)))


def signature(x: AnyArray, estimator: Estimator = "unbiased") -> Floats:
    """Return the centred inner products of the examples, (n, n), of length 1: CKA is the inner product of two of them.

    NaN everywhere where CKA is not defined. Parameters and errors are those of `linear_cka`.
    """
    if estimator not in ("unbiased", "biased"):
        raise ValueError(f"the estimator must be 'unbiased' or 'biased', not {estimator!r}")
    n = len(x)
    if n < FEWEST:
        raise ValueError(f"CKA needs at least {FEWEST} examples, there are {n}")
    gram, size = _gram(np.asarray(x).reshape(n, -1))
    if not np.isfinite(gram).all() or not np.trace(gram) > NOTHING * size:
        return np.full((n, n), np.nan)
    centered = _u_centered(gram) if estimator == "unbiased" else gram
    length = float(np.linalg.norm(centered))
    return centered / length if length > 0 else np.full((n, n), np.nan)


def similarities(first: Floats, second: Floats) -> Floats:
    """Return the CKA (a, b) of every pair of signatures (a, n, n) and (b, n, n)."""
    return np.asarray(first.reshape(len(first), -1) @ second.reshape(len(second), -1).T)


def _gram(rows: AnyArray) -> tuple[Floats, float]:
    """The inner products of the rows (n, d) less their mean, (n, n), and the sum of squares before that."""
    n, d = rows.shape
    result, size = np.zeros((n, n)), 0.0
    with np.errstate(all="ignore"):
        for start in range(0, d, CHUNK):
            part = np.asarray(rows[:, start : start + CHUNK], np.float64)
            size += float(np.square(part).sum())
            part = part - part.mean(axis=0)
            result += part @ part.T
    return result, size


def _u_centered(gram: Floats) -> Floats:
    """The matrix Ã with ⟨Ã, B̃⟩ = n (n - 3) · HSIC, unbiased; its diagonal is 0.

    Ã_ij = A_ij - Σ_k A_ik / (n - 2) - Σ_k A_kj / (n - 2) + Σ_kl A_kl / ((n - 1)(n - 2)) off the diagonal, of A whose
    diagonal was set to 0. Source: Székely & Rizzo 2014, section 2.
    """
    n = len(gram)
    a = gram.copy()
    np.fill_diagonal(a, 0.0)
    rows = a.sum(axis=1) / (n - 2)
    a += a.sum() / ((n - 1) * (n - 2)) - rows[:, None] - rows[None, :]
    np.fill_diagonal(a, 0.0)
    return a
