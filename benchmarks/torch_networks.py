"""The same networks in PyTorch, with the engine's own weights: the peer of every comparison. Needs torch."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import nn

from models.arrays import Array
from models.network import Network, Node

ACTIVATIONS = {"tanh": nn.Tanh, "relu": nn.ReLU, "sigmoid": nn.Sigmoid, "linear": nn.Identity}


class TorchNetwork(nn.Module):
    """A network of the engine, node by node. Examples as PyTorch wants them: channels first, sequences batch first."""

    def __init__(self, network: Network, params: Mapping[str, Array]) -> None:
        super().__init__()
        self.nodes = network.nodes
        self.parts = nn.ModuleDict({node.name: _module(node, params) for node in network.nodes})
        self.after = nn.ModuleDict({node.name: ACTIVATIONS[node.layer.activation]() for node in network.nodes})

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the logits (N, K)."""
        values = {"input": x}
        for node in self.nodes:
            read = [values[name] for name in node.inputs]
            values[node.name] = self.after[node.name](_applied(node, self.parts[node.name], read))
        return values["output"]


def _applied(node: Node, module: nn.Module, read: list[torch.Tensor]) -> torch.Tensor:
    x = read[0]
    if node.type in ("add", "residual"):
        return read[0] + read[1]
    if node.type == "lstm":
        return module(x)[0][:, -1]
    if node.type == "attention":
        return module(x, x, x, need_weights=False)[0]
    if node.type == "flatten" and x.ndim == 3:  # a sequence: the engine flattens feature after feature
        return x.transpose(1, 2).flatten(1)
    if node.type == "dense" and x.ndim == 4:
        return module(x.flatten(1))
    return module(x)


def _module(node: Node, params: Mapping[str, Array]) -> nn.Module:
    own = {short: torch.tensor(np.asarray(params[f"{node.name}/{short}"])) for short in node.parameters}
    with torch.no_grad():
        return _MAKERS[node.type](node, own)


def _dense(node: Node, own: Mapping[str, torch.Tensor]) -> nn.Module:
    module = nn.Linear(*own["W"].shape)
    module.weight.copy_(own["W"].T)
    module.bias.copy_(own["b"])
    return module


def _convolution(node: Node, own: Mapping[str, torch.Tensor]) -> nn.Module:
    layer = node.layer
    c_in, size, _, c_out = own["W"].shape
    options = {name: getattr(layer, name) for name in ("stride", "padding", "dilation")}
    module = nn.Conv2d(c_in, c_out, size, **options)
    module.weight.copy_(own["W"].permute(3, 0, 1, 2))
    module.bias.copy_(own["b"])
    return module


def _lstm(node: Node, own: Mapping[str, torch.Tensor]) -> nn.Module:
    units = own["b"].shape[0] // 4
    d = own["W"].shape[0] - units
    module = nn.LSTM(d, units, batch_first=True)
    order = torch.cat(
        [torch.arange(k * units, (k + 1) * units) for k in (0, 1, 3, 2)]
    )  # i f g o, the engine has i f o g
    module.weight_ih_l0.copy_(own["W"][:d].T[order])
    module.weight_hh_l0.copy_(own["W"][d:].T[order])
    module.bias_ih_l0.copy_(own["b"][order])
    module.bias_hh_l0.zero_()
    module.bias_hh_l0.requires_grad_(False)  # one bias, as in the engine
    return module


def _attention(node: Node, own: Mapping[str, torch.Tensor]) -> nn.Module:
    d = own["W_out"].shape[0]
    module = nn.MultiheadAttention(d, node.layer.heads, batch_first=True)
    module.in_proj_weight.copy_(own["W"].T)
    module.in_proj_bias.copy_(own["b"])
    module.out_proj.weight.copy_(own["W_out"].T)
    module.out_proj.bias.copy_(own["b_out"])
    return module


def _layer_norm(node: Node, own: Mapping[str, torch.Tensor]) -> nn.Module:
    module = nn.LayerNorm(own["scale"].shape[0])
    module.weight.copy_(own["scale"])
    module.bias.copy_(own["shift"])
    return module


_MAKERS = {
    "dense": _dense,
    "convolution": _convolution,
    "lstm": _lstm,
    "attention": _attention,
    "layer_norm": _layer_norm,
    "max_pool": lambda node, own: nn.MaxPool2d(node.layer.size, node.layer.stride or None),
    "flatten": lambda node, own: nn.Flatten(),
    "residual": lambda node, own: nn.Identity(),
    "add": lambda node, own: nn.Identity(),
}
