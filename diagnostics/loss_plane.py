"""The loss on a plane through the space of weights, with the path of training projected into it. Start at `loss_plane`.

A plane is two directions of very many: it holds the share of the path's movement that is told beside it, and nothing is
known of what lies outside. Source: Li et al. 2018, "Visualizing the loss landscape of neural nets", sections 4 and 7.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diagnostics.seed_spread import Floats
from diagnostics.weight_points import TRAINING, WeightPoints
from models.arrays import Array, stream
from models.network import Network

N_SIDE = 31  # points along each side
REACH = 1.0  # of random directions: at 1 each unit's weights are as far away as they are long
MARGIN = 0.25  # around the path, of its larger extent
RANDOM, PATH = "random", "path"


def _go_on(share: float) -> bool:
    return True


@dataclass(frozen=True, eq=False)
class PlaneReport:
    """The loss on a grid.

    Attributes
    ----------
    kind : str
        "random" (two filter-normalized directions) or "path" (its two principal directions).
    x, y : array (G,)
        Along the two directions, from the state at the centre: in units of the filters ("random") or of weights.
    loss : array (G, G)
        Of the training part, rows along y; not finite where the network overflows.
    path : array (K, 2)
        The kept states, projected.
    path_loss : array (K,)
        Their true loss, which the surface has only where the plane passes through them.
    steps : array (K,) of int
    center : int
        Which of them the plane passes through.
    share : float
        Of the squared distances of the states from the centre, how much lies in the plane.
    cosine : float
        Of the two directions; 0 if they are at right angles.
    """

    kind: str
    x: Floats
    y: Floats
    loss: Array
    path: Floats
    path_loss: Array
    steps: NDArray[np.int64]
    center: int
    share: float
    cosine: float
    n_examples: int
    renormalized: bool
    seed: int = 0
    draw: int = 0
    run_id: str = ""


def loss_plane(
    network: Network,
    points: WeightPoints,
    states: Array,
    steps: NDArray[np.int64],
    *,
    kind: str = PATH,
    center: int = -1,
    draw: int = 0,
    progress: Callable[[float], bool] = _go_on,
) -> PlaneReport:
    """Return the loss of the training part on a plane through one of the states (K, n_parameters) of one seed.

    Parameters
    ----------
    network, points, states, steps
    kind : str
    center : int
        Which state.
    draw : int
        Of the random directions: another number, others.
    progress : callable

    Raises
    ------
    ValueError
        For an unknown kind, and if the states lie on a line, which spans no plane.
    Interrupted
        If `progress` returned False.
    """
    rows = states.astype(np.float64)
    center %= len(rows)
    moves = rows - rows[center]
    if kind == RANDOM:
        directions = np.stack([filter_normalized(network, rows[center], draw, number) for number in (0, 1)])
    elif kind == PATH:
        directions = principal_directions(moves)
    else:
        raise ValueError(f"the kind must be {RANDOM!r} or {PATH!r}, not {kind!r}")
    path = np.linalg.lstsq(directions.T, moves.T, rcond=None)[0].T
    x, y = _axes(path, kind)
    across, up = np.meshgrid(x, y)
    grid = np.stack([across.ravel(), up.ravel()], axis=1)
    loss = points.mixed(directions, grid, rows[center], progress).loss[TRAINING]
    total = float(np.sum(moves**2))
    share = float(np.sum((path @ directions) ** 2)) / total if total else float("nan")
    lengths = np.linalg.norm(directions, axis=1)
    cosine = float(directions[0] @ directions[1] / (lengths[0] * lengths[1]))
    return PlaneReport(
        kind, x, y, loss.reshape(len(y), len(x)), path, points(rows).loss[TRAINING], steps, center, share, cosine,
        points.n_examples[TRAINING], points.renormalized, draw=draw,
    )  # fmt: skip


def filter_normalized(network: Network, params: Array, draw: int, number: int) -> Array:
    """Return a random direction (n_parameters,) in which each unit's weights are as long as those of `params`.

    Biases and what normalizes stay where they are: 0. A unit is a column of a weight matrix or a kernel.
    """
    result = np.zeros(network.n_parameters)
    views, at = network.views(result), network.views(params)
    for name, parameter in network.parameters.items():
        if not parameter.is_weight:
            continue
        noise = stream(draw, "plane", number, name).normal(
            size=(int(np.prod(parameter.shape[:-1])), parameter.shape[-1])
        )
        target = np.linalg.norm(at[name].reshape(noise.shape), axis=0)
        views[name][...] = (noise / np.linalg.norm(noise, axis=0) * target).reshape(parameter.shape)
    return result


def principal_directions(moves: Array) -> Array:
    """Return the two directions (2, n) of length 1 that hold most of the squared length of rows (K, n).

    Raises
    ------
    ValueError
        If there are fewer than two.
    """
    values, vectors = np.linalg.eigh(moves @ moves.T)
    if len(values) < 2 or values[-2] <= 1e-12 * max(values[-1], 1e-300):
        raise ValueError("the kept states lie on a line, which spans no plane: keep more, or choose random directions")
    result = vectors[:, [-1, -2]].T @ moves
    result /= np.linalg.norm(result, axis=1, keepdims=True)
    largest = np.abs(result).argmax(axis=1)
    return np.asarray(result * np.sign(result[[0, 1], largest])[:, None])


def _axes(path: Floats, kind: str) -> tuple[Floats, Floats]:
    if kind == RANDOM:
        side = np.linspace(-REACH, REACH, N_SIDE)
        return side, side.copy()
    low, high = path.min(axis=0), path.max(axis=0)
    margin = MARGIN * float((high - low).max())
    x, y = (np.linspace(low[k] - margin, high[k] + margin, N_SIDE) for k in (0, 1))
    return x, y
