"""A trained network as an ONNX model. Start at `export_onnx`."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping

from models.arrays import Array
from models.graph import INPUT, OUTPUT
from models.network import Network
from runs.model_export.onnx_graph import Graph, Sizes
from runs.model_export.onnx_layers import LAYERS_IN_ONNX, Place, activation
from runs.model_export.trained import NUMBERS, SOFTMAX, TWO_CLASSES, Trained, kind_of, not_exported, trained

BY_SEED = "_by_seed"


class OnnxUnavailable(RuntimeError):
    """The package onnx is not installed; the sentence says how to install it."""


def export_onnx(
    network: Network,
    params: Array,
    buffers: Mapping[str, Array] | None = None,
    *,
    metadata: Mapping[str, str] | None = None,
) -> bytes:
    """Return an ONNX model in float32.

    Its input "x" is (N, D), (N, positions, D), (N, height, width, channels) or tokens (N, positions). Of one seed its
    outputs are "logits" and "probabilities" (of a regression: "prediction", in the unit of the network), (N, K). Of
    several they are the mean of "probabilities" ("prediction") over the seeds, their standard deviation "spread", and
    by themselves "logits_by_seed" and "probabilities_by_seed" ("prediction_by_seed"), (R, N, K).

    Parameters
    ----------
    network : Network
    params : array (n_parameters,) or (R, n_parameters)
    buffers : dict of array, optional
        Running means, with the same leading axes; those of an untrained network if not given.
    metadata : mapping of str to str, optional
        What else is to stand in the model.

    Raises
    ------
    OnnxUnavailable
        If the package onnx is not installed.
    ValueError
        If a layer cannot be written as ONNX.
    """
    if importlib.util.find_spec("onnx") is None:
        raise OnnxUnavailable(
            "An ONNX model is written with the package onnx, which is not installed: pip install onnx"
        )
    given, graph = trained(network, params, buffers), Graph()
    x = graph.add("Transpose", "x", perm=[0, 3, 1, 2]) if len(network.input_shape) == 3 else "x"
    logits = [_logits(graph, given, row, x) for row in range(len(given.seeds))]
    last = network.nodes[-1].shape
    one: Sizes = ["N", *last[1:], last[0]]
    kind = kind_of(network)
    said: Sizes = ["N", *last[1:], 2 if kind == TWO_CLASSES else last[0]]
    name = answer_name(network)
    answers = [_said(graph, kind, value) for value in logits]
    if len(answers) == 1:
        outputs = {"logits": one, name: said}
        graph.rename(logits[0], "logits")
        graph.rename(answers[0], name)
    else:
        outputs = {name: said, "spread": said}
        outputs |= {f"logits{BY_SEED}": [len(answers), *one], f"{name}{BY_SEED}": [len(answers), *said]}
        graph.rename(_stacked(graph, logits), f"logits{BY_SEED}")
        _mean_and_spread(graph, _stacked(graph, answers), name)
    inputs: dict[str, Sizes] = {"x": ["N", *network.input_shape]}
    return graph.model(inputs, outputs, metadata or {})


def answer_name(network: Network) -> str:
    """Return what the output is called that a person wants."""
    return "prediction" if kind_of(network) == NUMBERS else "probabilities"


def _logits(graph: Graph, given: Trained, row: int, x: str) -> str:
    """Write the network of one seed and return the name of its logits."""
    values, weights = {INPUT: x}, given.weights(row)
    for node in given.network.nodes:
        if type(node.layer) not in LAYERS_IN_ONNX:
            raise ValueError(not_exported(node, "as ONNX"))
        graph.scope = f"{given.prefixes[row]}{node.name}"
        place = Place(graph, node, weights.get(node.name, {}), [values[source] for source in node.inputs])
        z = LAYERS_IN_ONNX[type(node.layer)](place, node.layer)
        values[node.name] = activation(graph, node.layer.activation, z)
    graph.scope = given.prefixes[row].rstrip(".")
    return values[OUTPUT]


def _said(graph: Graph, kind: str, logits: str) -> str:
    """Write how logits become probabilities."""
    if kind == NUMBERS:
        return logits
    if kind == SOFTMAX:
        return graph.add("Softmax", logits, axis=-1)
    share = graph.add("Sigmoid", logits)
    if kind != TWO_CLASSES:
        return share
    return graph.add("Concat", graph.add("Sub", graph.number(1.0), share), share, axis=-1)


def _stacked(graph: Graph, values: list[str]) -> str:
    graph.scope = "seeds"
    axis = graph.integers(0)
    return graph.add("Concat", *(graph.add("Unsqueeze", value, axis) for value in values), axis=0)


def _mean_and_spread(graph: Graph, stacked: str, name: str) -> None:
    mean = graph.add("ReduceMean", stacked, axes=[0], keepdims=0)
    error = graph.add("Sub", stacked, mean)
    variance = graph.add("ReduceMean", graph.add("Mul", error, error), axes=[0], keepdims=0)
    graph.rename(stacked, f"{name}{BY_SEED}")
    graph.rename(mean, name)
    graph.rename(graph.add("Sqrt", variance), "spread")
