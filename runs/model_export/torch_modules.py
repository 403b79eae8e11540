"""The layers as modules of PyTorch: how each is made, how it is called, and its arrays under their names there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from models.arrays import Array
from models.graph import Node
from models.layers.attention import Attention
from models.layers.convolution import AveragePool, Convolution, Flatten, MaxPool
from models.layers.dense import Dense
from models.layers.joining import Add, Concatenate, Dropout, Embedding
from models.layers.normalization import BatchNorm, LayerNorm
from models.layers.protocol import Layer
from models.layers.recurrent import Lstm, Recurrent
from runs.model_export.trained import not_exported

ACTIVATIONS: Mapping[str, str] = {
    "sigmoid": "torch.sigmoid",
    "tanh": "torch.tanh",
    "softsign": "F.softsign",
    "relu": "torch.relu",
    "leaky_relu": "F.leaky_relu",
    "elu": "F.elu",
    "selu": "F.selu",
    "gelu": "F.gelu",
    "silu": "F.silu",
    "softplus": "F.softplus",
    "hard_tanh": "F.hardtanh",
    "linear": "nn.Identity()",
}
Weights = Mapping[str, Array]


@dataclass(frozen=True)
class Written:
    """How a layer stands in the script.

    Attributes
    ----------
    call : str
        Its value, of ``{0}``, ``{1}``, … (what it reads) and ``{self}`` (its module).
    module : str
        What makes its module; "" if it has none.
    arrays : dict of array
        By the names that the module has for them.
    """

    call: str
    module: str = ""
    arrays: Mapping[str, Array] | None = None


def _rank(node: Node) -> int:
    """1 for a table, 2 for a sequence, 3 for an image."""
    return len(node.input_shapes[0])


def _linear(weights: Weights, name: str = "") -> dict[str, Array]:
    return {f"{name}weight": weights["W"].T, f"{name}bias": weights["b"]}


def _dense(node: Node, layer: Dense, weights: Weights) -> Written:
    x = "flatten({0})" if _rank(node) == 3 else "{0}"
    fan_in, units = weights["W"].shape
    return Written(f"{{self}}({x})", f"nn.Linear({fan_in}, {units})", _linear(weights))


def _convolution(node: Node, layer: Convolution, weights: Weights) -> Written:
    """W is (channels in, size, size, channels) here and (channels, channels in, size, size) there."""
    module = f"nn.Conv2d({node.input_shapes[0][0]}, {layer.channels}, {layer.kernel_size}, stride={layer.stride}, "
    module += f"padding={layer.padding}, dilation={layer.dilation})"
    arrays = {"weight": weights["W"].transpose(3, 0, 1, 2), "bias": weights["b"]}
    return Written("{self}({0})", module, arrays)


def _pool(node: Node, layer: MaxPool | AveragePool, weights: Weights) -> Written:
    kind = "MaxPool2d" if isinstance(layer, MaxPool) else "AvgPool2d"
    return Written("{self}({0})", f"nn.{kind}({layer.window.size}, stride={layer.window.stride})")


def _flatten(node: Node, layer: Flatten, weights: Weights) -> Written:
    return Written("flatten({0})")


def _recurrent(node: Node, layer: Recurrent, weights: Weights) -> Written:
    module = f"Recurrent({node.input_shapes[0][0]}, {layer.units}, {ACTIVATIONS[layer.unit_activation]}, "
    return Written("{self}({0})", module + f'"{layer.returns}")', _linear(weights, "step."))


def _lstm(node: Node, layer: Lstm, weights: Weights) -> Written:
    """The gates i, f, g, o stand below one another there, i, f, o, g side by side here; one of its two biases is 0."""
    h, d = layer.units, node.input_shapes[0][0]
    gates = np.concatenate([np.arange(k * h, (k + 1) * h) for k in (0, 1, 3, 2)])
    w, b = weights["W"][:, gates].T, weights["b"][gates]
    arrays = {"weight_ih_l0": w[:, :d], "weight_hh_l0": w[:, d:], "bias_ih_l0": b, "bias_hh_l0": np.zeros_like(b)}
    call = "{self}({0})[0]" + ("" if layer.returns == "all" else "[:, -1]")
    return Written(call, f"nn.LSTM({d}, {h}, batch_first=True)", arrays)


def _attention(node: Node, layer: Attention, weights: Weights) -> Written:
    arrays = {
        "look.in_proj_weight": weights["W"].T,
        "look.in_proj_bias": weights["b"],
        "look.out_proj.weight": weights["W_out"].T,
        "look.out_proj.bias": weights["b_out"],
    }
    settings = f"{node.units}, {layer.heads}, causal={layer.causal}, positional={layer.positional}"
    return Written("{self}({0})", f"Attention({settings})", arrays)


def _add(node: Node, layer: Add, weights: Weights) -> Written:
    return Written(" + ".join(f"{{{number}}}" for number in range(len(node.inputs))))


def _concatenate(node: Node, layer: Concatenate, weights: Weights) -> Written:
    inputs = ", ".join(f"{{{number}}}" for number in range(len(node.inputs)))
    return Written(f"torch.cat([{inputs}], dim={2 if _rank(node) == 2 else 1})")


def _batch_norm(node: Node, layer: BatchNorm, weights: Weights) -> Written:
    arrays = {
        "weight": weights["scale"],
        "bias": weights["shift"],
        "running_mean": weights["mean"],
        "running_var": weights["variance"],
    }
    kind = "BatchNorm2d" if _rank(node) == 3 else "BatchNorm1d"
    module = f"nn.{kind}({node.units}, eps={layer.epsilon!r}, momentum={layer.momentum!r})"
    call = "{self}({0}.transpose(1, 2)).transpose(1, 2)" if _rank(node) == 2 else "{self}({0})"
    return Written(call, module, arrays)


def _layer_norm(node: Node, layer: LayerNorm, weights: Weights) -> Written:
    arrays = {"weight": weights["scale"], "bias": weights["shift"]}
    call = "{self}({0}.movedim(1, -1)).movedim(-1, 1)" if _rank(node) == 3 else "{self}({0})"
    return Written(call, f"nn.LayerNorm({node.units}, eps={layer.epsilon!r})", arrays)


def _dropout(node: Node, layer: Dropout, weights: Weights) -> Written:
    return Written("{self}({0})", f"nn.Dropout({layer.rate!r})")


def _embedding(node: Node, layer: Embedding, weights: Weights) -> Written:
    call = f"{{self}}({{0}}.long().clamp(0, {layer.vocabulary - 1}))"
    return Written(call, f"nn.Embedding({layer.vocabulary}, {layer.units})", {"weight": weights["W"]})


MODULES: Mapping[type[Layer], Callable[..., Written]] = {
    Dense: _dense,
    Convolution: _convolution,
    MaxPool: _pool,
    AveragePool: _pool,
    Flatten: _flatten,
    Recurrent: _recurrent,
    Lstm: _lstm,
    Attention: _attention,
    Add: _add,
    Concatenate: _concatenate,
    BatchNorm: _batch_norm,
    LayerNorm: _layer_norm,
    Dropout: _dropout,
    Embedding: _embedding,
}


def written(node: Node, weights: Weights) -> Written:
    """Return how a node stands in the script, its nonlinearity included.

    Raises
    ------
    ValueError
        If the layer or the nonlinearity is unknown here.
    """
    layer = node.layer
    if type(layer) not in MODULES or layer.activation not in ACTIVATIONS:
        raise ValueError(not_exported(node, "as a PyTorch script"))
    plain = MODULES[type(layer)](node, layer, weights)
    if layer.activation == "linear":
        return plain
    return Written(f"{ACTIVATIONS[layer.activation]}({plain.call})", plain.module, plain.arrays)
