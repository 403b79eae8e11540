"""Which hidden unit of one network does what a unit of another does: the second one's units in the order of the first.

Units are numbered by chance, so that two seeds may have learned the same with their units in another order. In each
layer the pairs are those with the largest sum of correlations over the same examples (Li et al. 2015, "Convergent
learning"); where a unit may be flipped, the size of its correlation counts and its sign decides on the flip. The
function of the second network stays exactly as it was (`diagnostics.symmetries`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from diagnostics.symmetries import FLIPS, PERMUTATION, Buffers, Change, symmetries, transformed
from models.arrays import Array
from models.network import Network


@dataclass(frozen=True, eq=False)
class Match:
    """The second network with its units in the order of the first.

    Attributes
    ----------
    params : array (n_parameters,)
    buffers : dict of array (1, …)
    nodes : tuple of str
        Whose units were matched.
    agreement : tuple of float
        Mean correlation of the pairs, for each of them.
    left : dict
        Nodes that stay as they are, with the reason.
    """

    params: Array
    buffers: Buffers
    nodes: tuple[str, ...]
    agreement: tuple[float, ...]
    left: dict[str, str]


def matched(network: Network, first: Array, second: Array, x: Array, buffers: tuple[Buffers, Buffers]) -> Match:
    """Return the second network (n_parameters,) with its hidden units matched to those of the first.

    Parameters
    ----------
    network : Network
    first, second : array (n_parameters,)
    x : array (N, D)
        What the units respond to.
    buffers : two dicts of array (1, …)
        Running means of both.
    """
    joined = {name: np.concatenate([part[name] for part in buffers]) for name in buffers[0]}
    tape = network.forward(np.stack([first, second]), x, joined)
    params, running, nodes, agreement = second[None], dict(buffers[1]), [], []
    left, with_weights = {}, {node.name for node in network.nodes if node.has_weights}
    for one in symmetries(network):
        if one.node not in with_weights:  # what normalizes follows the layer before it
            continue
        if reason := one.reasons[PERMUTATION]:
            left[one.node] = reason
            continue
        responses = tape.activation[one.node]
        correlation = _correlation(*responses.reshape(2, -1, responses.shape[-1]).astype(np.float64))
        change, mean = _best(correlation, flips=not one.reasons[FLIPS])
        params, running = transformed(network, params, running, one.node, change)
        nodes.append(one.node)
        agreement.append(mean)
    return Match(params[0], running, tuple(nodes), tuple(agreement), left)


def _best(correlation: Array, *, flips: bool) -> tuple[Change, float]:
    from scipy.optimize import linear_sum_assignment

    score = np.abs(correlation) if flips else correlation
    rows, columns = linear_sum_assignment(-score)
    signs = np.where(flips & (correlation[rows, columns] < 0), -1.0, 1.0)
    return Change(columns.astype(np.int64), signs), float(score[rows, columns].mean())


def _correlation(first: Array, second: Array) -> Array:
    """Return the correlations of the columns of two tables (N, H), (H, H); 0 with a unit that is constant."""
    parts = []
    for table in (first, second):
        centered = table - table.mean(axis=0)
        length = np.linalg.norm(centered, axis=0)
        parts.append(np.nan_to_num(centered / np.where(length > 0, length, 1)))
    return np.asarray(parts[0].T @ parts[1])


def reasons_in_words(left: Mapping[str, str]) -> str:
    """Return which nodes stay as they are, and why, in a sentence; "" if there are none."""
    if not left:
        return ""
    return "Left as they are: " + "; ".join(f"{node} ({reason})" for node, reason in left.items()) + "."
