"""What becomes of the output when one unit, or some of the weights, are varied and all else stays as an example has it.

Two sliders: the value of a unit, from the least to the largest that it takes on the data (`varied_unit`), and a factor
on some of the weights (`varied_weights`), where 1 is the network as it is. Only what lies behind them changes.
Source: Bengio 2012, "Practical recommendations for gradient-based training of deep architectures", section 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from diagnostics.seed_spread import Floats
from models.arrays import Array
from models.network import Network
from models.passes import Pass
from models.unit_response import check_unit, node_called

N_VALUES = 41
FACTORS = (-1.0, 3.0)


@dataclass(frozen=True, eq=False)
class VariedReport:
    """Outputs along a slider, G positions, for E examples.

    Attributes
    ----------
    values : array (G,)
        Of the unit, or factors.
    outputs : array (E, G, K)
        Probabilities, or the predicted numbers.
    own : array (E,)
        Where the slider stands by itself: the unit's value for each example, or 1.
    own_outputs : array (E, K)
    maps : dict of array (E, G, …, units)
        What each layer says.
    own_maps : dict of array (E, …, units)
    kind : str
        "value" or "factor".
    what : str
        "unit 3 of dense1", "the weights into unit 3 of dense1".
    examples : array (E, D)
    """

    values: Floats
    outputs: Floats
    own: Floats
    own_outputs: Floats
    maps: dict[str, Array]
    own_maps: dict[str, Array]
    kind: Literal["value", "factor"]
    what: str
    examples: Floats
    is_classes: bool
    example_names: tuple[str, ...] = ()
    output_names: tuple[str, ...] = ()
    input_shape: tuple[int, ...] = ()
    seed: int = 0
    step: int = 0
    run_id: str = ""


def varied_unit(
    network: Network,
    params: Array,
    examples: Array,
    layer: str,
    unit: int,
    *,
    data: Array,
    buffers: Mapping[str, Array] | None = None,
) -> VariedReport:
    """Return the outputs when a unit is given each of 41 values and the layers behind it are computed anew.

    A unit of a convolution or of a sequence has a value at each place: all of them are multiplied by a factor from -1
    to 3 instead.

    Parameters
    ----------
    network : Network
    params : array (n_parameters,)
        Of one seed.
    examples : array (E, D)
    layer : str
    unit : int
    data : array (N, D)
        Examples that say how far the unit's value ranges.
    buffers : dict of array (1, …), optional

    Raises
    ------
    ValueError
        If the layer, the unit or an example is not there, or the layer is the output.
    """
    node = node_called(network, layer)
    check_unit(node, unit)
    if node is network.nodes[-1]:
        raise ValueError("nothing lies behind the output: choose another layer")
    _check_examples(examples)
    flat, has_places = params[None], len(node.shape) > 1
    if has_places:
        values = np.linspace(*FACTORS, N_VALUES)
    else:
        seen = network.forward(flat, data, dict(buffers) if buffers is not None else None).activation[layer][0, :, unit]
        values = np.linspace(float(seen.min()), float(seen.max()), N_VALUES)
    one, shape = _spread(network, flat, examples, layer, buffers), (len(examples), N_VALUES + 1)
    live = one.activation(layer)[0, unit].reshape(*node.shape[1:], *shape)
    own = np.ones(len(examples)) if has_places else np.array(live[..., -1], np.float64)
    with np.errstate(all="ignore"):
        live[..., :-1] = live[..., -1:] * values if has_places else values
        one.split_forward(layer)[1].replay()
    said = {name: array[0].reshape(*shape, *array.shape[2:]) for name, array in one.tape.activation.items()}
    return _report(network, said, (values, own), f"unit {unit} of {layer}", examples, has_places)


def _spread(network: Network, flat: Array, examples: Array, layer: str, buffers: Mapping[str, Array] | None) -> Pass:
    """Return a pass over 42 copies of each example in which all nodes up to `layer` have spoken.

    They say the same for all copies, so that they are computed once for each example.
    """
    few = Pass(network, flat, len(examples), buffers=buffers)
    few.load(np.asarray(examples))
    with np.errstate(all="ignore"):
        few.split_forward(layer)[0].replay()
    many = Pass(network, flat, len(examples) * (N_VALUES + 1), buffers=buffers)
    many.load(np.repeat(np.asarray(examples), N_VALUES + 1, axis=0))
    for node in network.nodes:
        said = few.activation(node.name)
        np.copyto(many.activation(node.name).reshape(*said.shape, -1), said[..., None])
        if node.name == layer:
            break
    return many


def varied_weights(
    network: Network,
    params: Array,
    examples: Array,
    chosen: NDArray[np.int64],
    *,
    what: str,
    buffers: Mapping[str, Array] | None = None,
) -> VariedReport:
    """Return the outputs when some of the parameters are multiplied by each of 41 factors from -1 to 3.

    Parameters
    ----------
    network : Network
    params : array (n_parameters,)
        Of one seed; it is not changed.
    examples : array (E, D)
    chosen : array of int64
        Places in the flat buffer; `weight_subsets.weights_into` names those of a unit.
    what : str
        What is varied, in words.
    buffers : dict of array (1, …), optional

    Raises
    ------
    ValueError
        If there is no example or no weight.
    """
    _check_examples(examples)
    if not len(chosen):
        raise ValueError("no weights are chosen")
    values = np.linspace(*FACTORS, N_VALUES)
    flat = params[None].copy()
    start = flat[0, chosen].copy()
    one = Pass(network, flat, len(examples), buffers=buffers)
    one.load(np.asarray(examples))
    said: dict[str, list[Array]] = {node.name: [] for node in network.nodes}
    with np.errstate(all="ignore"):
        for factor in (*values, 1.0):
            flat[0, chosen] = factor * start
            one.forward.replay()
            for name, array in one.tape.activation.items():
                said[name].append(array[0].copy())
    stacked = {name: np.stack(arrays, axis=1) for name, arrays in said.items()}
    return _report(network, stacked, (values, np.ones(len(examples))), what, examples, True)


def with_own(report: VariedReport, example: int = 0) -> VariedReport:
    """Return the report of one example, with the place where the slider stands by itself among its places.

    There everything is exactly what the network says by itself.
    """
    own = report.own[example]
    place = int(np.searchsorted(report.values, own))
    is_there = place < len(report.values) and report.values[place] == own
    outer = slice(place + 1 if is_there else place, None)

    def put(along: Array, itself: Array) -> Array:
        """Along the slider of the example, (1, G, …)."""
        return np.concatenate([along[example, :place], itself[example][None], along[example, outer]])[None]

    rows = slice(example, example + 1)
    return replace(
        report,
        values=np.concatenate([report.values[:place], [own], report.values[outer]]),
        outputs=np.asarray(put(report.outputs, report.own_outputs), np.float64),
        own=report.own[rows],
        own_outputs=report.own_outputs[rows],
        maps={name: put(along, report.own_maps[name]) for name, along in report.maps.items()},
        own_maps={name: itself[rows] for name, itself in report.own_maps.items()},
        examples=report.examples[rows],
        example_names=report.example_names[rows],
    )


def most_changed(report: VariedReport, example: int = 0) -> int:
    """Return the number of the place at which the outputs of an example are farthest from what they are themselves."""
    apart = np.abs(report.outputs[example] - report.own_outputs[example]).sum(axis=-1)
    return int(np.argmax(apart.reshape(len(report.values), -1).sum(axis=1)))


def _check_examples(examples: Array) -> None:
    if not len(examples):
        raise ValueError("choose at least one example")


def _report(
    network: Network,
    said: dict[str, Array],
    slider: tuple[Floats, Floats],
    what: str,
    examples: Array,
    is_factor: bool,
) -> VariedReport:
    """`said` holds what each layer says, (E, G + 1, …), at last as it is."""
    logits = said[network.nodes[-1].name]
    with np.errstate(all="ignore"):
        outputs = np.asarray(network.loss.probabilities(logits), np.float64)
    return VariedReport(
        values=slider[0],
        outputs=outputs[:, :-1],
        own=slider[1],
        own_outputs=outputs[:, -1],
        maps={name: array[:, :-1] for name, array in said.items()},
        own_maps={name: array[:, -1] for name, array in said.items()},
        kind="factor" if is_factor else "value",
        what=what,
        examples=np.asarray(examples, np.float64).reshape(len(examples), -1),
        is_classes=network.loss.task == "classification",
        input_shape=network.input_shape,
    )
