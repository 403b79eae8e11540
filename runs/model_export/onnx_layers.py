"""The layers as ONNX operations, one short function each. Start at `LAYERS_IN_ONNX`.

A table is (N, features), a sequence (N, positions, features), an image (N, channels, height, width).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.activations import SELU_ALPHA, SELU_SCALE, LeakyRelu
from models.arrays import Array
from models.graph import Node
from models.layers.attention import Attention, sinusoids
from models.layers.convolution import AveragePool, Convolution, Flatten, MaxPool
from models.layers.dense import Dense
from models.layers.joining import Add, Concatenate, Dropout, Embedding
from models.layers.normalization import BatchNorm, LayerNorm
from models.layers.protocol import Layer
from models.layers.recurrent import Lstm, Recurrent
from runs.model_export.onnx_graph import Graph

MASKED = -1e9
INT64 = 7  # the number of that type in ONNX


@dataclass(frozen=True)
class Place:
    """Where a layer is written: the graph, the node, its parameters, and the names of what it reads."""

    graph: Graph
    node: Node
    parameters: Mapping[str, Array]
    inputs: Sequence[str]

    @property
    def x(self) -> str:
        """What it reads."""
        return self.inputs[0]

    @property
    def rank(self) -> int:
        """1 for a table, 2 for a sequence, 3 for an image."""
        return len(self.node.input_shapes[0])

    def parameter(self, name: str) -> str:
        """Add a parameter as it is and return its name."""
        return self.graph.constant(self.parameters[name], name)

    def with_features_last(self, x: str) -> str:
        """Exchange the channels of an image with its last axis."""
        return self.graph.add("Transpose", x, perm=[0, 2, 3, 1]) if self.rank == 3 else x

    def with_features_second(self, x: str) -> str:
        """Take the features of a sequence to the second axis; they stand there in tables and images."""
        return self.graph.add("Transpose", x, perm=[0, 2, 1]) if self.rank == 2 else x


def dense(place: Place, layer: Dense) -> str:
    """x W + b; an image is read as one vector, a sequence position by position."""
    x = place.graph.add("Flatten", place.x, axis=1) if place.rank == 3 else place.x
    return _affine(place, x, "W", "b")


def _affine(place: Place, x: str, weight: str, bias: str) -> str:
    product = place.graph.add("MatMul", x, place.parameter(weight))
    return place.graph.add("Add", product, place.parameter(bias))


def convolution(place: Place, layer: Convolution) -> str:
    """W is (channels in, size, size, channels) here and (channels, channels in, size, size) there."""
    kernel = place.graph.constant(place.parameters["W"].transpose(3, 0, 1, 2), "W")
    return place.graph.add(
        "Conv",
        place.x,
        kernel,
        place.parameter("b"),
        kernel_shape=[layer.kernel_size] * 2,
        strides=[layer.stride] * 2,
        pads=[layer.padding] * 4,
        dilations=[layer.dilation] * 2,
    )


def max_pool(place: Place, layer: MaxPool) -> str:
    """The largest in each window."""
    return place.graph.add("MaxPool", place.x, **_window(layer))


def average_pool(place: Place, layer: AveragePool) -> str:
    """The mean of each window."""
    return place.graph.add("AveragePool", place.x, **_window(layer))


def _window(layer: MaxPool | AveragePool) -> dict[str, list[int]]:
    return {"kernel_shape": [layer.window.size] * 2, "strides": [layer.window.stride] * 2}


def flatten(place: Place, layer: Flatten) -> str:
    """One vector, feature after feature."""
    return place.graph.add("Flatten", place.with_features_second(place.x), axis=1)


def recurrent(place: Place, layer: Recurrent) -> str:
    """A Scan, since ONNX's own RNN knows few nonlinearities."""
    graph = place.graph
    weight, bias = place.parameter("W"), place.parameter("b")
    body = Graph(f"{place.node.name}_step")
    columns = body.add("Concat", "value", "state", axis=1)
    z = body.add("Add", body.add("MatMul", columns, weight), bias)
    h = activation(body, layer.unit_activation, z)
    n_examples = graph.add("Shape", place.x, start=0, end=1)
    sizes = graph.add("Concat", n_examples, graph.integers(layer.units), axis=0)
    start = graph.add("Expand", graph.number(0.0), sizes)
    last, states = graph.scan(body, start, place.x, (body.add("Identity", h), body.add("Identity", h)))
    return states if layer.returns == "all" else last


def lstm(place: Place, layer: Lstm) -> str:
    """ONNX's LSTM has the gates i, o, f, g below one another, and an axis for its directions."""
    graph, h = place.graph, layer.units
    gates = [slice(k * h, (k + 1) * h) for k in (0, 2, 1, 3)]
    w, b = place.parameters["W"], place.parameters["b"]
    stacked = np.concatenate([w[:, gate].T for gate in gates])[None]
    biases = np.concatenate([b[gate] for gate in gates])[None]
    d = w.shape[0] - h
    states, last = graph.add_several(
        "LSTM",
        2,
        graph.add("Transpose", place.x, perm=[1, 0, 2]),
        graph.constant(stacked[:, :, :d], "W"),
        graph.constant(stacked[:, :, d:], "R"),
        graph.constant(np.concatenate([biases, np.zeros_like(biases)], axis=1), "B"),
        hidden_size=h,
    )
    if layer.returns == "last":
        return graph.add("Squeeze", last, graph.integers(0))
    return graph.add("Transpose", graph.add("Squeeze", states, graph.integers(1)), perm=[1, 0, 2])


def attention(place: Place, layer: Attention) -> str:
    """[softmax(Q Kᵀ/√d) V of each head] W_out + b_out."""
    graph, (d, n_positions) = place.graph, place.node.shape
    x = place.x
    if layer.positional:
        x = graph.add("Add", x, graph.constant(sinusoids(n_positions, d), "positions"))
    parts = graph.add_several("Split", 3, _affine(place, x, "W", "b"), graph.integers(d, d, d), axis=2)
    by_head = graph.integers(0, n_positions, layer.heads, d // layer.heads)
    q, k, v = (graph.add("Reshape", part, by_head) for part in parts)
    q, v = (graph.add("Transpose", part, perm=[0, 2, 1, 3]) for part in (q, v))
    scores = graph.add("MatMul", q, graph.add("Transpose", k, perm=[0, 2, 3, 1]))
    scores = graph.add("Mul", scores, graph.number(1 / math.sqrt(d // layer.heads)))
    if layer.causal:
        hidden = np.triu(np.full((n_positions, n_positions), MASKED, np.float32), 1)
        scores = graph.add("Add", scores, graph.constant(hidden, "hidden"))
    mixed = graph.add("MatMul", graph.add("Softmax", scores, axis=-1), v)
    rows = graph.add("Transpose", mixed, perm=[0, 2, 1, 3])
    return _affine(place, graph.add("Reshape", rows, graph.integers(0, n_positions, d)), "W_out", "b_out")


def add(place: Place, layer: Add) -> str:
    """The sum."""
    return place.graph.add("Sum", *place.inputs)


def concatenate(place: Place, layer: Concatenate) -> str:
    """The features one after another."""
    return place.graph.add("Concat", *place.inputs, axis=2 if place.rank == 2 else 1)


def batch_norm(place: Place, layer: BatchNorm) -> str:
    """By the running mean and variance."""
    names = [place.parameter(name) for name in ("scale", "shift", "mean", "variance")]
    x = place.with_features_second(place.x)
    return place.with_features_second(place.graph.add("BatchNormalization", x, *names, epsilon=layer.epsilon))


def layer_norm(place: Place, layer: LayerNorm) -> str:
    """Over the features of each example and position."""
    x = place.with_features_last(place.x)
    names = [place.parameter(name) for name in ("scale", "shift")]
    y = place.graph.add("LayerNormalization", x, *names, axis=-1, epsilon=layer.epsilon)
    return place.graph.add("Transpose", y, perm=[0, 3, 1, 2]) if place.rank == 3 else y


def dropout(place: Place, layer: Dropout) -> str:
    """Nothing: numbers are dropped in training only."""
    return place.graph.add("Identity", place.x)


def embedding(place: Place, layer: Embedding) -> str:
    """Row t of W for token t."""
    graph = place.graph
    tokens = graph.add("Cast", place.x, to=INT64)
    low, high = (graph.constant(np.array(value, np.int64), "limit") for value in (0, layer.vocabulary - 1))
    return graph.add("Gather", place.parameter("W"), graph.add("Clip", tokens, low, high), axis=0)


def activation(graph: Graph, name: str, z: str) -> str:
    """Write a nonlinearity of `ACTIVATIONS`.

    Raises
    ------
    ValueError
        For one that stands not here.
    """
    if name == "linear":
        return z
    if name in OPERATIONS:
        operation, attributes = OPERATIONS[name]
        return graph.add(operation, z, **attributes)
    if name == "silu":
        return graph.add("Mul", z, graph.add("Sigmoid", z))
    if name == "gelu":
        share = graph.add("Erf", graph.add("Mul", z, graph.number(math.sqrt(0.5))))
        doubled = graph.add("Mul", z, graph.add("Add", share, graph.number(1.0)))
        return graph.add("Mul", doubled, graph.number(0.5))
    if name == "hard_tanh":
        return graph.add("Clip", z, graph.number(-1.0), graph.number(1.0))
    raise ValueError(f"the nonlinearity {name} cannot be written as ONNX: enter it in runs/model_export/onnx_layers.py")


OPERATIONS: Mapping[str, tuple[str, dict[str, float]]] = {
    "sigmoid": ("Sigmoid", {}),
    "tanh": ("Tanh", {}),
    "softsign": ("Softsign", {}),
    "relu": ("Relu", {}),
    "leaky_relu": ("LeakyRelu", {"alpha": LeakyRelu.below}),
    "elu": ("Elu", {"alpha": 1.0}),
    "selu": ("Selu", {"alpha": SELU_ALPHA, "gamma": SELU_SCALE}),
    "softplus": ("Softplus", {}),
}
LAYERS_IN_ONNX: Mapping[type[Layer], Callable[..., str]] = {
    Dense: dense,
    Convolution: convolution,
    MaxPool: max_pool,
    AveragePool: average_pool,
    Flatten: flatten,
    Recurrent: recurrent,
    Lstm: lstm,
    Attention: attention,
    Add: add,
    Concatenate: concatenate,
    BatchNorm: batch_norm,
    LayerNorm: layer_norm,
    Dropout: dropout,
    Embedding: embedding,
}
