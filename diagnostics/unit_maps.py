"""What each hidden unit answers at every point of a plane of two features, and into how many linear pieces it is cut.

A network of relu and its like is linear wherever no unit changes its piece (relu: off or on). The points at which all
units up to a layer are on the same pieces make one region; they are counted on a grid, so that a region which lies
between its points is missed. A region behind a layer lies in one of those before it: their number can only grow with
depth. Start at `unit_maps`. Source: Montúfar et al. 2014, "On the number of linear regions of deep neural networks".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diagnostics.seed_spread import Floats
from models.arrays import Array
from models.graph import Node
from models.network import Network

SIDE = 151  # points of the grid along each feature
COARSE = 3  # every third of them is drawn in the map of a unit
MOST_UNITS = 16  # of a layer whose maps are kept
BATCH = 4096  # points at once
KINKS: Mapping[str, tuple[float, ...]] = {"linear": (), "relu": (0.0,), "leaky_relu": (0.0,), "hard_tanh": (-1.0, 1.0)}
"""Where the nonlinearities that are made of straight lines have their corners."""
LINEAR_TYPES = frozenset({"dense", "batch_norm", "dropout", "add", "concatenate", "flatten"})
"""Layers that are linear in evaluation but for their nonlinearity."""


@dataclass(frozen=True, eq=False)
class UnitMapsReport:
    """The hidden layers over a plane, G × G points.

    Attributes
    ----------
    layers : tuple of str
        The hidden layers with weights, L.
    units : dict of tuple of int
        Of each layer those whose maps are kept: up to 16 that vary most over the plane, in ascending order.
    n_units : dict of int
        How many each layer has.
    maps : dict of array (units, G', G')
        Their activations at every third point; rows along the second feature.
    axes : array (2, G)
    regions : array (L', G, G)
        The number of the region of each point behind each of the first L' layers, whose pieces are all linear.
    n_regions : array (R, L')
        How many there are, for each seed; the first one is that of the maps.
    curved : str
        The nonlinearity, or the type, of the first layer that is not made of linear pieces; "" if there is none.
    """

    layers: tuple[str, ...]
    units: dict[str, tuple[int, ...]]
    n_units: dict[str, int]
    maps: dict[str, Floats]
    axes: Floats
    regions: NDArray[np.int64]
    n_regions: NDArray[np.int64]
    curved: str
    feature_names: tuple[str, ...] = ()
    seed: int = 0
    step: int = 0
    run_id: str = ""


def unit_maps(
    network: Network, params: Array, spans: Floats, buffers: Mapping[str, Array] | None = None, *, side: int = SIDE
) -> UnitMapsReport:
    """Return the maps of the first seed, and the linear regions of all.

    Parameters
    ----------
    network : Network
        That reads two features.
    params : array (R, n_parameters)
    spans : array (2, 2)
        The least and the largest value of each feature.
    buffers : dict of array (R, …), optional
    side : int
        Points of the grid along each feature.

    Raises
    ------
    ValueError
        If the network does not read two features, or has no hidden layer.
    """
    if network.input_shape != (2,):
        raise ValueError(f"maps are drawn over two features, and this network reads {network.input_shape}")
    hidden = [node for node in network.nodes[:-1] if node.has_weights]
    if not hidden:
        raise ValueError("the network has no hidden layer")
    axes = np.linspace(spans[:, 0], spans[:, 1], side, axis=1)
    straight = _straight(network)
    counted = [node for node in hidden if node in straight]
    said, numbers = _over_grid(network, params, axes, buffers, counted)
    drawn = {node.name: _varied_units(said[node.name]) for node in hidden}
    maps = {
        name: np.moveaxis(said[name].reshape(side, side, -1)[::COARSE, ::COARSE, units], -1, 0).astype(np.float64)
        for name, units in drawn.items()
    }
    curved = next((node for node in network.nodes[:-1] if node not in straight), None)
    return UnitMapsReport(
        layers=tuple(node.name for node in hidden),
        units={name: tuple(units) for name, units in drawn.items()},
        n_units={node.name: node.units for node in hidden},
        maps=maps,
        axes=axes,
        regions=numbers[0].reshape(len(counted), side, side),
        n_regions=numbers.max(axis=2, initial=-1) + 1,
        curved="" if curved is None else curved.layer.activation if curved.type in LINEAR_TYPES else curved.type,
    )


def _straight(network: Network) -> list[Node]:
    """The hidden nodes up to the first one that is not made of linear pieces."""
    result: list[Node] = []
    for node in network.nodes[:-1]:
        if node.type not in LINEAR_TYPES or node.layer.activation not in KINKS:
            break
        result.append(node)
    return result


def _over_grid(
    network: Network, params: Array, axes: Floats, buffers: Mapping[str, Array] | None, counted: list[Node]
) -> tuple[dict[str, Array], NDArray[np.int64]]:
    """Return what each layer of the first seed says, (points, units), and the regions (R, L', points)."""
    across, up = np.meshgrid(axes[0], axes[1])
    points = np.stack([across.ravel(), up.ravel()], axis=1).astype(np.float32)
    said: dict[str, list[Array]] = {node.name: [] for node in network.nodes[:-1]}
    pieces: dict[str, list[NDArray[np.uint8]]] = {node.name: [] for node in network.nodes[:-1]}
    straight = _straight(network)
    for start in range(0, len(points), BATCH):
        one = network.forward(params, points[start : start + BATCH], dict(buffers) if buffers is not None else None)
        for node in network.nodes[:-1]:
            said[node.name].append(one.activation[node.name][0].copy())
        for node in straight:
            pieces[node.name].append(_pieces(node, one.pre_activation[node.name]))
    numbers = np.zeros((len(params), len(counted), len(points)), np.int64)
    for seed in range(len(params)):
        region, place = np.zeros(len(points), np.int64), 0
        for node in straight:
            region = _refined(region, np.concatenate([part[seed] for part in pieces[node.name]]))
            if node in counted:
                numbers[seed, place], place = region, place + 1
    return {name: np.concatenate(parts) for name, parts in said.items()}, numbers


def _pieces(node: Node, z: Array) -> NDArray[np.uint8]:
    """Return on which piece of its nonlinearity each unit is, (R, N, bytes), eight answers in a byte."""
    kinks = KINKS[node.layer.activation]
    above = [z.reshape(*z.shape[:2], -1) > kink for kink in kinks]
    return np.packbits(np.concatenate(above, axis=2), axis=2) if above else np.zeros((*z.shape[:2], 0), np.uint8)


def _refined(region: NDArray[np.int64], pieces: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the number of the region of each point when regions (N,) are cut by pieces (N, bytes)."""
    rows = np.concatenate([region.astype("<i8")[:, None].view(np.uint8), pieces], axis=1)
    keys = np.ascontiguousarray(rows).view([("bytes", np.void, rows.shape[1])]).ravel()
    return np.asarray(np.unique(keys, return_inverse=True)[1], np.int64).ravel()


def _varied_units(said: Array) -> list[int]:
    """Up to 16 units that vary most over the plane."""
    order = np.argsort(-said.std(axis=0), kind="stable")
    return sorted(int(unit) for unit in order[:MOST_UNITS])
