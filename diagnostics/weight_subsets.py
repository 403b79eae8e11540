"""Where the weights into a unit stand in the flat buffer, and some of them by sign or size.

What becomes of the output when they are varied is found by `diagnostics.varied_unit`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.arrays import Array
from models.network import Network
from models.unit_response import check_unit, node_called

LARGEST_SHARE = 0.1
SUBSETS = {
    "all": "the weights",
    "positive": "the positive weights",
    "negative": "the negative weights",
    "largest": "the largest weights",
}
"""Which of the weights into a unit are varied, in words; the largest are a tenth of them, by absolute value."""


def weights_into(network: Network, layer: str, unit: int) -> NDArray[np.int64]:
    """Return where the weights into a unit stand in the flat buffer, without its bias.

    Raises
    ------
    ValueError
        If the layer has no weights whose last axis are its units.
    """
    node = node_called(network, layer)
    check_unit(node, unit)
    places = []
    for name, parameter in node.parameters.items():
        if parameter.is_weight and parameter.shape[-1] == node.units:
            place = network.places[f"{layer}/{name}"]
            whole = np.arange(place.start, place.stop).reshape(parameter.shape)
            places.append(whole[..., unit].ravel())
    if not places:
        raise ValueError(f"{layer} has no weights that belong to one unit each")
    return np.concatenate(places)


def subset_of(params: Array, places: NDArray[np.int64], which: str) -> NDArray[np.int64]:
    """Return those of some places in the flat buffer that one of `SUBSETS` names.

    Raises
    ------
    ValueError
        If there is no subset of that name, or no weight in it.
    """
    if which not in SUBSETS:
        raise ValueError(f"unknown subset {which!r}: use one of {', '.join(SUBSETS)}")
    values = params[places]
    n_largest = max(1, round(LARGEST_SHARE * len(places)))
    chosen = {
        "all": places,
        "positive": places[values > 0],
        "negative": places[values < 0],
        "largest": np.sort(places[np.argsort(-np.abs(values), kind="stable")[:n_largest]]),
    }[which]
    if not len(chosen):
        raise ValueError(f"none of the weights into this unit is {which}: choose others")
    return chosen
