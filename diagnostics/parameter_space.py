"""The networks of a run by their weights, beside the same networks by what they compute. Start at `weight_map`.

Many weights give one function (`symmetries`), so that distances in weights need not be distances between functions:
`symmetry_report` makes other weights for one and the same function and measures both.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from diagnostics.projection import pca
from diagnostics.seed_spread import Floats
from diagnostics.symmetries import KINDS, Buffers, NodeSymmetries, drawn, symmetries
from diagnostics.weight_points import Interrupted
from models.arrays import Array, stream
from models.evaluation import predict
from models.network import Network

MOST_EXAMPLES = 300
COPIES = 3  # of each kind
ALL = "all together"


def _go_on(share: float) -> bool:
    return True


@dataclass(frozen=True, eq=False)
class PointMap:
    """Points of many dimensions in two.

    Attributes
    ----------
    points : array (n, 2)
    shares : pair of float
        Of the variance, along the two axes.
    """

    points: Floats
    shares: tuple[float, float]


@dataclass(frozen=True, eq=False)
class WeightMapReport:
    """All seeds at the kept states, by weights and by function.

    Attributes
    ----------
    steps : array (T,) of int
    seeds : tuple of int, R
    weights, function : PointMap
        n = T·R, the seeds of one state after one another; all of them embedded jointly by PCA.
    from_start, function_from_start : array (T, R)
        Distance of each network from where it started: of its weights; of its outputs, as root mean square over
        examples and outputs.
    between, function_between : array (T,)
        Mean distance of two seeds; NaN for one seed.
    n_examples, n_outputs, n_parameters : int
    """

    steps: NDArray[np.int64]
    seeds: tuple[int, ...]
    weights: PointMap
    function: PointMap
    from_start: Floats
    function_from_start: Floats
    between: Floats
    function_between: Floats
    n_examples: int
    n_outputs: int
    n_parameters: int
    run_id: str = ""


def outputs_of(network: Network, params: Array, buffers: Mapping[str, Array], x: Array) -> Floats:
    """Return the predictions on up to 300 examples at equal distances, in float64: (R, N·outputs).

    Probabilities of classes and labels; numbers as the network gives them.
    """
    rows = np.linspace(0, len(x) - 1, min(len(x), MOST_EXAMPLES)).astype(int)
    double = replace(network, dtype="float64")
    wide = {name: array.astype(np.float64) for name, array in buffers.items()}
    predicted = predict(double, params.astype(np.float64), x[rows], wide)
    return np.asarray(predicted.reshape(len(params), -1), np.float64)


def weight_map(
    network: Network,
    params: Array,
    buffers: Sequence[Mapping[str, Array]],
    x: Array,
    *,
    steps: NDArray[np.int64],
    seeds: tuple[int, ...],
    progress: Callable[[float], bool] = _go_on,
) -> WeightMapReport:
    """Return the map of parameters (T, R, n_parameters), with the running means of each state, on examples x (N, D).

    Raises
    ------
    Interrupted
        If `progress`, which is told the share that is done, returned False.
    """
    outputs = []
    for k, (some, means) in enumerate(zip(params, buffers, strict=True)):
        outputs.append(outputs_of(network, some, means, x))
        if not progress((k + 1) / (len(params) + 1)):
            raise Interrupted
    weights, function = params.astype(np.float64), np.stack(outputs)
    scale = np.sqrt(function.shape[-1])
    n = min(len(x), MOST_EXAMPLES)
    return WeightMapReport(
        steps, seeds, point_map(weights.reshape(-1, weights.shape[-1])),
        point_map(function.reshape(-1, function.shape[-1])),
        np.linalg.norm(weights - weights[0], axis=2), np.linalg.norm(function - function[0], axis=2) / scale,
        _between(weights), _between(function) / scale, n, function.shape[-1] // n, network.n_parameters,
    )  # fmt: skip


def point_map(rows: Floats) -> PointMap:
    """Return rows (n, d) in two dimensions, by PCA."""
    centered = rows - rows.mean(axis=0)
    if centered.shape[1] > len(centered):  # the same points in as many dimensions as there are points, or fewer
        values, vectors = np.linalg.eigh(centered @ centered.T)
        centered = vectors[:, ::-1] * np.sqrt(np.maximum(values[::-1], 0))
    points, shares = pca(centered)
    first, second = (*shares[:2].tolist(), 0.0, 0.0)[:2]
    return PointMap(points, (first, second))


def _between(rows: Floats) -> Floats:
    """Return the mean distance of two different seeds at each state, of rows (T, R, d); NaN for one seed."""
    pairs = list(itertools.combinations(range(rows.shape[1]), 2))
    if not pairs:
        return np.full(len(rows), np.nan)
    return np.array([np.mean([np.linalg.norm(one[i] - one[j]) for i, j in pairs]) for one in rows])


@dataclass(frozen=True, eq=False)
class SymmetryReport:
    """Other weights for the function of one network: copies of it, made by changes that should alter nothing.

    Attributes
    ----------
    nodes : tuple of NodeSymmetries
        What holds where, and why not elsewhere.
    kinds : tuple of str
        Of each copy (C,): "permutation", "rescaling", "sign flips", "all together".
    weight_distance : array (C,)
        Of each copy from the network.
    function_distance : array (C,)
        The largest difference of any output, in float64.
    weight_norm : float
        The length of the network's weights.
    seed_distance, seed_function_distance : float
        Mean distance of the other seeds from it, for comparison; the latter the mean of their largest differences. NaN
        without other seeds.
    weights, function : PointMap
        First the T states of the network, then the R - 1 other seeds at the last of them, then the C copies.
    steps : array (T,) of int
    n_examples, n_outputs : int
    """

    nodes: tuple[NodeSymmetries, ...]
    kinds: tuple[str, ...]
    weight_distance: Floats
    function_distance: Floats
    weight_norm: float
    seed_distance: float
    seed_function_distance: float
    weights: PointMap
    function: PointMap
    steps: NDArray[np.int64]
    seed: int
    others: tuple[int, ...]
    n_examples: int
    n_outputs: int
    run_id: str = ""


def symmetry_report(
    network: Network,
    params: Array,
    buffers: Sequence[Buffers],
    x: Array,
    *,
    steps: NDArray[np.int64],
    seeds: tuple[int, ...],
    row: int = 0,
    draw: int = 0,
) -> SymmetryReport:
    """Return copies of one seed's network at the last state, three of each kind that holds anywhere.

    Parameters
    ----------
    network : Network
    params : array (T, R, n_parameters)
    buffers : sequence of dict of array (R, …)
        Of each state.
    x : array (N, D)
    steps : array (T,)
    seeds : tuple of int
    row : int
        Which seed, by its place in `seeds`.
    draw : int
        Another number, other copies.
    """
    double, last = replace(network, dtype="float64"), params[-1, row : row + 1].astype(np.float64)
    means = {name: array[row : row + 1].astype(np.float64) for name, array in buffers[-1].items()}
    nodes = symmetries(double)
    holding = [kind for kind in KINDS if any(not one.reasons[kind] for one in nodes)]
    kinds, copies, outputs = list[str](), list[Array](), list[Floats]()
    for kind in [*holding, *([ALL] if len(holding) > 1 else [])]:
        for number in range(COPIES):
            generator = stream(draw, "symmetries", kind, number)
            copy, running = drawn(double, last, means, holding if kind == ALL else [kind], generator)
            kinds.append(kind)
            copies.append(copy[0])
            outputs.append(outputs_of(double, copy, running, x)[0])
    path = params[:, row].astype(np.float64)
    path_outputs = [
        outputs_of(double, params[t, row : row + 1], {k: v[row : row + 1] for k, v in buffers[t].items()}, x)[0]
        for t in range(len(params))
    ]
    rest = [k for k in range(len(seeds)) if k != row]
    others, other_outputs = params[-1].astype(np.float64)[rest], outputs_of(double, params[-1], buffers[-1], x)[rest]
    here = path_outputs[-1]
    n = min(len(x), MOST_EXAMPLES)
    return SymmetryReport(
        nodes, tuple(kinds),
        np.array([np.linalg.norm(copy - last[0]) for copy in copies]),
        np.array([np.abs(one - here).max() for one in outputs]),
        float(np.linalg.norm(last)),
        float(np.linalg.norm(others - last[0], axis=1).mean()) if rest else float("nan"),
        float(np.abs(other_outputs - here).max(axis=1).mean()) if rest else float("nan"),
        point_map(np.stack([*path, *others, *copies])), point_map(np.stack([*path_outputs, *other_outputs, *outputs])),
        steps, seeds[row], tuple(seeds[k] for k in rest), n, len(here) // n,
    )  # fmt: skip
