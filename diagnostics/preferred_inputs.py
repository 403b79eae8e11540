"""What a unit answers to most: the examples with the largest responses, and an input made for it.

The input is made by gradient ascent on the response, within the range of the data and no farther from their mean than
the data themselves. Source: Erhan, Bengio, Courville & Vincent 2009, "Visualizing higher-layer features of a deep
network", section 3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diagnostics.seed_spread import Floats
from models.arrays import Array
from models.network import Network
from models.unit_response import UnitResponse, check_unit, node_called, responses

MOST_UNITS = 8
N_EXAMPLES = 9
N_STEPS = 150
FIRST_STEP = 0.1  # of the radius
LONGER, SHORTER = 1.3, 0.5  # the next step after one that raised the response, and after one that did not


@dataclass(frozen=True, eq=False)
class Region:
    """Where an input may lie: within a box, and within a distance of a centre that lies in the box.

    Attributes
    ----------
    low, high, center : array (D,)
    radius : float
    """

    low: Floats
    high: Floats
    center: Floats
    radius: float

    @classmethod
    def of_data(cls, x: Array) -> Region:
        """Return the box of the examples x (N, D), their mean, and the median of their distances from it.

        Raises
        ------
        ValueError
            If there is no example.
        """
        if not len(x):
            raise ValueError("the range of the data needs at least one example")
        rows = np.asarray(x, np.float64).reshape(len(x), -1)
        center = rows.mean(axis=0)
        radius = float(np.median(np.linalg.norm(rows - center, axis=1)))
        return cls(rows.min(axis=0), rows.max(axis=0), center, radius)

    def nearest(self, x: Floats) -> Floats:
        """Return inputs (U, D) cut to the box, then drawn straight towards the centre as far as needed."""
        away = np.clip(x, self.low, self.high) - self.center
        length = np.linalg.norm(away, axis=1, keepdims=True)
        inside: Floats = self.center + away * np.minimum(1.0, self.radius / np.maximum(length, 1e-300))
        return inside


@dataclass(frozen=True, eq=False)
class TopExamplesReport:
    """The examples to which units respond most.

    Attributes
    ----------
    units : array (U,)
    examples : array (U, k, D)
        Largest response first.
    places : array (U, k)
        Which of the examples they are.
    responses : array (U, k)
    mean_response : array (U,)
        Over all examples.
    labels : array (U, k) of int64, or None
        Classes of the examples.
    purity : array (U,) or None
        Share of the most frequent class among the k.
    prior : float
        Share of the most frequent class among all examples.
    """

    layer: str
    units: NDArray[np.int64]
    examples: Floats
    places: NDArray[np.int64]
    responses: Floats
    mean_response: Floats
    labels: NDArray[np.int64] | None
    purity: Floats | None
    prior: float
    n_examples: int
    n_units: int
    input_shape: tuple[int, ...] = ()
    feature_names: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()
    is_output: bool = False
    seed: int = 0
    step: int = 0
    run_id: str = ""


@dataclass(frozen=True, eq=False)
class PreferredInputReport:
    """Inputs made for units.

    Attributes
    ----------
    units : array (U,)
    start, inputs : array (U, D)
    path : array (T + 1, U)
        Responses from the start on; they never fall.
    best_example : array (U,)
        The largest response to an example, or NaN.
    radius : float
        How far from the mean of the data an input may lie: as far as half of the data do.
    """

    layer: str
    units: NDArray[np.int64]
    start: Floats
    inputs: Floats
    path: Floats
    best_example: Floats
    radius: float
    n_units: int
    input_shape: tuple[int, ...] = ()
    feature_names: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()
    is_output: bool = False
    seed: int = 0
    step: int = 0
    run_id: str = ""


def top_examples(
    network: Network,
    params: Array,
    x: Array,
    layer: str,
    units: Sequence[int] = (),
    *,
    labels: NDArray[np.int64] | None = None,
    buffers: Mapping[str, Array] | None = None,
) -> TopExamplesReport:
    """Return the nine examples of x (N, D) with the largest responses of each unit.

    Parameters
    ----------
    network : Network
    params : array (n_parameters,)
        Of one seed.
    x : array (N, D)
    layer : str
    units : sequence of int
        Those whose responses differ most from example to example, up to eight, if not given.
    labels : array (N,) of int64, optional
        Classes.
    buffers : dict of array (1, …), optional

    Raises
    ------
    ValueError
        If the layer, a unit or an example is not there.
    """
    node = node_called(network, layer)
    if not len(x):
        raise ValueError("there are no examples to choose from")
    tape = network.forward(params[None], x, dict(buffers) if buffers is not None else None)
    response = np.asarray(responses(tape.pre_activation[layer])[0], np.float64)  # (N, units)
    chosen = np.array(units if len(units) else lively_units(response), np.int64)
    for unit in chosen:
        check_unit(node, int(unit))
    places = np.argsort(-response[:, chosen], axis=0, kind="stable")[:N_EXAMPLES].T
    found = labels[places] if labels is not None else None
    purity = None if found is None else np.array([np.bincount(row).max() / len(row) for row in found])
    return TopExamplesReport(
        layer=layer,
        units=chosen,
        examples=np.asarray(x, np.float64).reshape(len(x), -1)[places],
        places=places,
        responses=np.take_along_axis(response[:, chosen].T, places, axis=1),
        mean_response=response[:, chosen].mean(axis=0),
        labels=found,
        purity=purity,
        prior=float(np.bincount(labels).max() / len(labels)) if labels is not None else float("nan"),
        n_examples=len(x),
        n_units=node.units,
        input_shape=network.input_shape,
        is_output=node is network.nodes[-1],
    )


def lively_units(response: Floats, most: int = MOST_UNITS) -> NDArray[np.int64]:
    """Return the units whose responses (N, units) have the largest standard deviation, in their order."""
    return np.sort(np.argsort(-response.std(axis=0), kind="stable")[:most])


def preferred_input(
    network: Network,
    params: Array,
    layer: str,
    units: Sequence[int],
    region: Region,
    *,
    start: Floats | None = None,
    buffers: Mapping[str, Array] | None = None,
) -> PreferredInputReport:
    """Return an input for each unit that it responds to as strongly as gradient ascent can make it.

    Each unit has a step of its own, which grows while its response rises and shrinks when it would fall.

    Parameters
    ----------
    network : Network
    params : array (n_parameters,)
        Of one seed.
    layer : str
        "output" gives a prototype of each class.
    units : sequence of int
    region : Region
        `Region.of_data` of the training examples.
    start : array (D,) or (U, D), optional
        The centre of the region if not given.
    buffers : dict of array (1, …), optional

    Raises
    ------
    ValueError
        If the layer or a unit is not there, or the network reads tokens.
    """
    respond = UnitResponse(network, params, layer, units, buffers=buffers)
    first = region.center if start is None else np.asarray(start, np.float64)
    here = region.nearest(np.broadcast_to(first, (len(units), len(region.center))).copy())
    begun = here
    value, slope = respond(here)
    length = np.full((len(units), 1), FIRST_STEP * region.radius)
    path = [value]
    for _ in range(N_STEPS):
        norm = np.linalg.norm(slope, axis=1, keepdims=True)
        there = region.nearest(here + length * slope / np.maximum(norm, 1e-30))
        new_value, new_slope = respond(there)
        rises = (new_value > value)[:, None]
        here, slope = np.where(rises, there, here), np.where(rises, new_slope, slope)
        value = np.where(rises[:, 0], new_value, value)
        length = length * np.where(rises, LONGER, SHORTER)
        path.append(value)
    node = node_called(network, layer)
    return PreferredInputReport(
        layer=layer,
        units=np.array(units, np.int64),
        start=begun,
        inputs=here,
        path=np.array(path, np.float64),
        best_example=np.full(len(units), np.nan),
        radius=region.radius,
        n_units=node.units,
        input_shape=network.input_shape,
        is_output=node is network.nodes[-1],
    )
