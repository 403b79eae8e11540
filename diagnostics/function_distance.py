"""How far apart two functions are, measured by what they answer on the same examples. Start at `function_distance`.

Outputs are (n, P, K): of n networks, on P examples, K probabilities or numbers. By task the distance is

- "classification": the Hellinger distance of the class probabilities, H² = 1 - Σ_c √(p_c q_c) = ½ Σ_c (√p_c - √q_c)²;
- "multi_label": that of each label's Bernoulli distribution (p, 1 - p);
- "regression": the difference of the predictions;

as the root of the mean square over examples (and labels or targets). So it is Euclidean between the rows of
`features`, which makes all pairs one matrix product and a classical map of it a principal component analysis. The
Hellinger distance lies between 0 and 1; a regression's is in standard deviations of the target, as recorded.

Hidden units can be permuted, or rescaled where the activation lets them, and the distance stays what it is.

Source: Hellinger 1909; Bhattacharyya 1943; for maps of networks Mao et al. 2024.
"""

from __future__ import annotations

import math

import numpy as np

from diagnostics.run import AnyArray
from diagnostics.seed_spread import Floats

LARGEST = 100.0  # what an infinite Bhattacharyya distance of one example counts as (Mao et al. 2024)
AT_ONCE = 7  # affinities of at least e⁻¹⁰⁰ whose product stays above the smallest double, 2e-308
IN_CACHE = 400_000  # pairs whose affinities stay in the cache while the examples pass
UNITS = {
    "classification": "Hellinger distance",
    "multi_label": "Hellinger distance",
    "regression": "standard deviations of the target",
}


def features(outputs: AnyArray, task: str) -> Floats:
    """Return rows (n, d) whose Euclidean distances are the function distances.

    Parameters
    ----------
    outputs : array (n, P, K)
    task : str
        "classification", "multi_label" or "regression".

    Raises
    ------
    ValueError
        For another task or another number of axes.
    """
    if task not in UNITS:
        raise ValueError(f"the task must be one of {', '.join(UNITS)}, not {task!r}")
    values = np.asarray(outputs, dtype=np.float64)
    if values.ndim != 3:
        raise ValueError(f"outputs must be (networks, examples, outputs), these have the shape {values.shape}")
    n, n_examples, n_outputs = values.shape
    if task == "regression":
        return values.reshape(n, -1) / math.sqrt(max(n_examples * n_outputs, 1))
    roots = np.sqrt(np.clip(values, 0.0, 1.0))
    if task == "multi_label":
        roots = np.concatenate([roots, np.sqrt(np.clip(1.0 - values, 0.0, 1.0))], axis=2)
        n_examples *= n_outputs
    return np.asarray(roots.reshape(n, -1) / math.sqrt(2 * max(n_examples, 1)))


def function_distance(outputs: AnyArray, others: AnyArray | None = None, *, task: str) -> Floats:
    """Return the distances (n, m) of each of `outputs` (n, P, K) to each of `others` (m, P, K), or among themselves.

    Raises
    ------
    ValueError
        For an unknown task, or other examples or outputs.
    """
    if others is None:
        return row_distances(features(outputs, task))
    if np.shape(outputs)[1:] != np.shape(others)[1:]:
        raise ValueError(f"{np.shape(outputs)[1:]} and {np.shape(others)[1:]} examples and outputs cannot be compared")
    return row_distances(features(outputs, task), features(others, task))


def row_distances(rows: Floats, others: Floats | None = None) -> Floats:
    """Return the Euclidean distances (n, m) of all pairs of rows: ‖a - b‖² = ‖a‖² + ‖b‖² - 2 a·b.

    The rows' mean is taken off before, since what is left of large equal numbers after subtraction is round-off; still,
    distances below about 1e-8 of the rows' spread are nothing else. Without `others` the diagonal is exactly 0.
    """
    center = rows.mean(axis=0) if len(rows) else np.zeros(rows.shape[1])
    a = rows - center
    b = a if others is None else others - center
    squares = np.einsum("nd,nd->n", a, a)[:, None] + np.einsum("nd,nd->n", b, b)[None] - 2 * (a @ b.T)
    result: Floats = np.sqrt(np.maximum(squares, 0.0, out=squares), out=squares)
    if others is None:
        np.fill_diagonal(result, 0.0)
    return result


def bhattacharyya(outputs: AnyArray, others: AnyArray | None = None, *, task: str) -> Floats:
    """Return the mean over the examples of -log Σ_c √(p_c q_c), (n, m), for all pairs.

    Of several labels it is the mean over them, too. Of a regression it is that of two normal distributions of variance
    1 around the predictions, (f - g)²/8. What is infinite (two networks sure of different classes) counts as 100.

    Parameters
    ----------
    outputs : array (n, P, K)
    others : array (m, P, K), optional
        Among themselves if not given.
    task : str

    Raises
    ------
    ValueError
        For an unknown task.
    """
    if task not in ("classification", "multi_label"):
        return np.asarray(np.square(function_distance(outputs, others, task=task)) / 8)
    left = _by_example(outputs, task)
    right = left if others is None else _by_example(others, task)
    n, m = left.shape[1], right.shape[1]
    at_once = max(1, IN_CACHE // max(m, 1))
    blocks = [_mean_of_logarithms(left[:, row : row + at_once], right) for row in range(0, n, at_once)]
    result = np.concatenate(blocks) if blocks else np.zeros((n, m))
    if others is None:
        np.fill_diagonal(result, 0.0)
    return result


def _mean_of_logarithms(left: Floats, right: Floats) -> Floats:
    """The distances (n, m) between (P, n, K) and (P, m, K), square roots of probabilities."""
    result = np.zeros((left.shape[1], right.shape[1]))
    smallest = math.exp(-LARGEST)
    product, affinity = np.empty_like(result), np.empty_like(result)
    for first in range(0, len(left), AT_ONCE):  # one logarithm for the product of several examples' affinities
        product.fill(1.0)
        for a, b in zip(left[first : first + AT_ONCE], right[first : first + AT_ONCE], strict=True):
            np.matmul(a, b.T, out=affinity)
            np.maximum(affinity, smallest, out=affinity)
            np.multiply(product, affinity, out=product)
        result -= np.log(product, out=product)
    result /= max(len(left), 1)
    return np.maximum(result, 0.0, out=result)


def _by_example(outputs: AnyArray, task: str) -> Floats:
    """Square roots of the probabilities, examples (and labels) first: (P, n, K) or (P·K, n, 2)."""
    values = np.asarray(outputs, dtype=np.float64)
    if task == "multi_label":
        values = values.reshape(len(values), -1, 1)
        values = np.concatenate([values, 1.0 - values], axis=2)
    return np.ascontiguousarray(np.sqrt(np.clip(values, 0.0, 1.0)).swapaxes(0, 1))
