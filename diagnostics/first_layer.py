"""What the first layer looks for: the weights into each of its units, as images or by the names of the features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diagnostics.seed_spread import Floats
from models.arrays import Array
from models.graph import INPUT, Node
from models.network import Network

MOST_UNITS = 32
READ_AS_IS = ("flatten", "dropout", "batch_norm", "layer_norm")  # what may stand before the first weights


@dataclass(frozen=True, eq=False)
class FirstLayerReport:
    """The weights into some units of one seed.

    Attributes
    ----------
    weights : array (U, height, width, channels) or (U, D)
        Of the shown units: for images as the unit sees them.
    units : array (U,)
        Their numbers: first the strongest, then always the one that differs most from those before it.
    share : float
        Of the squared weights of the whole layer that stand in the shown units.
    feature_names : tuple of str
        D; empty for images.
    """

    weights: Floats
    units: NDArray[np.int64]
    share: float
    layer: str
    n_units: int
    feature_names: tuple[str, ...]
    seed: int = 0
    step: int = 0
    run_id: str = ""

    @property
    def is_image(self) -> bool:
        """Whether the weights of a unit are an image."""
        return self.weights.ndim == 4


def first_layer(
    network: Network, params: Array, feature_names: Sequence[str] = (), *, most: int = MOST_UNITS
) -> FirstLayerReport:
    """Return the weights of the first layer that has any.

    Parameters
    ----------
    network : Network
    params : array (n_parameters,)
        Of one seed: units of different seeds do not correspond.
    feature_names : sequence of str
        Of a table.
    most : int
        Units to show.

    Raises
    ------
    ValueError
        If the first layer is neither dense nor a convolution, or reads what other layers have changed.
    """
    node = next(node for node in network.nodes if node.has_weights)
    weights = _by_unit(network, node, np.asarray(network.views(params)[f"{node.name}/W"], np.float64))
    rows = weights.reshape(len(weights), -1)
    units = strong_and_different(rows, most)
    total = float(np.square(rows).sum())
    n_features = rows.shape[1]
    names = feature_names if len(feature_names) == n_features else [f"feature {i}" for i in range(n_features)]
    return FirstLayerReport(
        weights=weights[units],
        units=units,
        share=float(np.square(rows[units]).sum()) / total if total > 0 else 1.0,
        layer=node.name,
        n_units=len(weights),
        feature_names=() if weights.ndim == 4 else tuple(names),
    )


def _by_unit(network: Network, node: Node, weights: Floats) -> Floats:
    """Return the weights (U, …) in the shape of what the units see."""
    if node.type == "convolution":
        return np.moveaxis(weights, 3, 0).transpose(0, 2, 3, 1)
    shape = _shape_before(network, node)
    if node.type not in ("dense", "output") or shape is None:
        raise ValueError(
            f"the weights of {node.name} are no pattern of the input: look at them as a Hinton diagram instead"
        )
    if len(shape) == 3 and len(weights) == np.prod(shape):  # the engine reads an image channel after channel
        return weights.T.reshape(-1, *shape).transpose(0, 2, 3, 1)
    return weights.T


def _shape_before(network: Network, node: Node) -> tuple[int, ...] | None:
    """Return the shape of the input, features first, if the node reads it unchanged in its order."""
    by_name = {one.name: one for one in network.nodes}
    while node.inputs != (INPUT,):
        if len(node.inputs) > 1 or by_name[node.inputs[0]].type not in READ_AS_IS:
            return None
        node = by_name[node.inputs[0]]
    return node.input_shapes[0]


def strong_and_different(rows: Floats, most: int) -> NDArray[np.int64]:
    """Return up to `most` row numbers: first the longest, then always the row with the longest rest.

    The rest is what the rows before it do not span (a QR decomposition with pivoting, Golub 1965); once nothing is
    left, the longest come first.
    """
    lengths = np.linalg.norm(rows, axis=1)
    rest, left = rows.copy(), np.ones(len(rows), bool)
    chosen: list[int] = []
    while len(chosen) < min(most, len(rows)):
        rests = np.linalg.norm(rest, axis=1)
        spanned = rests.max(initial=0.0, where=left) <= 1e-9 * lengths.max(initial=0.0)
        row = int(np.argmax(np.where(left, lengths if spanned else rests, -1.0)))
        if not spanned:
            direction = rest[row] / rests[row]
            rest = rest - np.outer(rest @ direction, direction)
        left[row] = False
        chosen.append(row)
    return np.array(chosen, np.int64)
