"""The layers of a network as PyTorch computes them: imported only where PyTorch is installed.

Parameters are leaves in the engine's own layout, and what PyTorch lays out otherwise is taken from them by reordering;
so its gradients come out in the engine's layout, too. Signals are (N, features, *rest).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
import torch
from engine_pass import Trial
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional

from models import Network
from models.arrays import Array
from models.layers import Add, Dense, Flatten, Layer
from models.layers.attention import Attention
from models.layers.convolution import AveragePool, Convolution, MaxPool
from models.layers.joining import Concatenate, Dropout, Embedding
from models.layers.normalization import BatchNorm, LayerNorm
from models.layers.recurrent import Lstm, Recurrent

torch.set_num_threads(1)  # on arrays this small its threads wait for each other, up to a hundred times longer

Named = Mapping[str, Tensor]

ACTIVATIONS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "softsign": functional.softsign,
    "relu": functional.relu,
    "leaky_relu": functional.leaky_relu,
    "elu": functional.elu,
    "selu": functional.selu,
    "gelu": lambda z: functional.gelu(z, approximate="none"),
    "silu": functional.silu,
    # PyTorch returns z itself beyond a threshold of 20, which is 2e-9 off; 700 is where exp z would overflow
    "softplus": lambda z: functional.softplus(z, threshold=700),
    "hard_tanh": functional.hardtanh,
    "linear": lambda z: z,
}


def run(
    network: Network, named: Named, x: Tensor, buffers: Mapping[str, Tensor] | None = None, *, training: bool = False
) -> dict[str, Tensor]:
    """Return what every node gives for examples x (N, *input_shape), features last.

    Parameters
    ----------
    network : Network
    named : dict of Tensor
        The parameters of one seed by full name.
    x : Tensor
    buffers : dict of Tensor, optional
        Running means and variances by full name; in training they are changed in place.
    training : bool
    """
    values = {"input": x.movedim(-1, 1)}
    for node in network.nodes:
        mine = {name.split("/")[1]: tensor for name, tensor in named.items() if name.split("/")[0] == node.name}
        kept = {name.split("/")[1]: t for name, t in (buffers or {}).items() if name.split("/")[0] == node.name}
        read = [values[source] for source in node.inputs]
        if isinstance(node.layer, BatchNorm):
            z = _batch_norm(node.layer, mine, read[0], kept, training)
        elif isinstance(node.layer, Dropout):
            assert node.layer.rate == 0 or not training, "PyTorch draws other masks"
            z = read[0]
        else:
            z = LAYERS[type(node.layer)](node.layer, mine, *read)
        values[node.name] = ACTIVATIONS[node.layer.activation](z)
    return values


def results(trial: Trial) -> dict[str, Array]:
    """Return what `Trial.results` should be, before the pass is replayed."""
    by_seed = [_results_of_one(trial, row) for row in range(len(trial.params))]
    return {name: np.stack([result[name] for result in by_seed]) for name in by_seed[0]}


def _results_of_one(trial: Trial, row: int) -> dict[str, Array]:
    network = trial.network
    named = {name: torch.tensor(view[row], requires_grad=True) for name, view in network.views(trial.params).items()}
    buffers = {name: torch.tensor(array[row]) for name, array in trial.buffers.items()}
    x = torch.tensor(trial.x[row if trial.training else 0], requires_grad=True)
    logits = run(network, named, x, buffers, training=trial.training)["output"].movedim(1, -1)
    logits.backward(torch.tensor(trial.grad_output[row]))
    gradients = [named[name].grad.numpy().reshape(-1) for name in network.shapes]
    result = {"outputs": logits.detach().numpy(), "gradients": np.concatenate(gradients)}
    if not trial.case.vocabulary:
        result["grad_input"] = x.grad.numpy()
    return result | {name: tensor.numpy() for name, tensor in buffers.items()}


def _dense(layer: Dense, mine: Named, x: Tensor) -> Tensor:
    if x.ndim == 3:  # a sequence
        return functional.linear(x.transpose(1, 2), mine["W"].T, mine["b"]).transpose(1, 2)
    return functional.linear(torch.flatten(x, 1), mine["W"].T, mine["b"])


def _convolution(layer: Convolution, mine: Named, x: Tensor) -> Tensor:
    kernel = mine["W"].permute(3, 0, 1, 2)
    return functional.conv2d(x, kernel, mine["b"], layer.stride, layer.padding, layer.dilation)


def _max_pool(layer: MaxPool, mine: Named, x: Tensor) -> Tensor:
    return functional.max_pool2d(x, layer.size, layer.stride or None)


def _average_pool(layer: AveragePool, mine: Named, x: Tensor) -> Tensor:
    return functional.avg_pool2d(x, layer.size, layer.stride or None)


def _recurrent(layer: Recurrent, mine: Named, x: Tensor) -> Tensor:
    d = x.shape[1]
    if layer.unit_activation not in ("tanh", "relu"):  # those that nn.RNN knows
        h, states = x.new_zeros(len(x), layer.units), []
        for x_t in x.unbind(2):
            h = ACTIVATIONS[layer.unit_activation](torch.cat([x_t, h], 1) @ mine["W"] + mine["b"])
            states.append(h)
        return states[-1] if layer.returns == "last" else torch.stack(states, 2)
    module = nn.RNN(d, layer.units, nonlinearity=layer.unit_activation, batch_first=True, dtype=x.dtype)
    return _walked(layer, module, _in_two(mine["W"], mine["b"], d), x)


def _lstm(layer: Lstm, mine: Named, x: Tensor) -> Tensor:
    """PyTorch's gates stand in the order i, f, g, o; the engine's i, f, o, g."""
    i, f, o, g = mine["W"].chunk(4, 1)
    b_i, b_f, b_o, b_g = mine["b"].chunk(4)
    module = nn.LSTM(x.shape[1], layer.units, batch_first=True, dtype=x.dtype)
    parameters = _in_two(torch.cat([i, f, g, o], 1), torch.cat([b_i, b_f, b_g, b_o]), x.shape[1])
    return _walked(layer, module, parameters, x)


def _in_two(w: Tensor, b: Tensor, d: int) -> dict[str, Tensor]:
    """PyTorch keeps the weights of x and h apart, and a bias for each; the second one stays at zero."""
    zero = torch.zeros_like(b)
    return {"weight_ih_l0": w[:d].T, "weight_hh_l0": w[d:].T, "bias_ih_l0": b, "bias_hh_l0": zero}


def _walked(layer: Recurrent | Lstm, module: nn.Module, parameters: Named, x: Tensor) -> Tensor:
    states = functional_call(module, dict(parameters), (x.transpose(1, 2),))[0]
    return states[:, -1] if layer.returns == "last" else states.transpose(1, 2)


def _attention(layer: Attention, mine: Named, x: Tensor) -> Tensor:
    d, n_positions = x.shape[1:]
    seen = x.transpose(1, 2)
    if layer.positional:
        encoding = [
            [(math.cos if k % 2 else math.sin)(t / 10000 ** ((k - k % 2) / d)) for k in range(d)]
            for t in range(n_positions)
        ]
        seen = seen + torch.tensor(encoding, dtype=x.dtype)
    module = nn.MultiheadAttention(d, layer.heads, batch_first=True, dtype=x.dtype)
    parameters = {
        "in_proj_weight": mine["W"].T,
        "in_proj_bias": mine["b"],
        "out_proj.weight": mine["W_out"].T,
        "out_proj.bias": mine["b_out"],
    }
    mask = torch.ones(n_positions, n_positions, dtype=torch.bool).triu(1) if layer.causal else None
    settings = {"attn_mask": mask, "need_weights": False}
    return functional_call(module, parameters, (seen, seen, seen), settings)[0].transpose(1, 2)


def _batch_norm(layer: BatchNorm, mine: Named, x: Tensor, kept: Named, training: bool) -> Tensor:
    return functional.batch_norm(
        x, kept["mean"], kept["variance"], mine["scale"], mine["shift"], training, layer.momentum, layer.epsilon
    )


def _layer_norm(layer: LayerNorm, mine: Named, x: Tensor) -> Tensor:
    """Over the features alone, at each position: PyTorch's with the features last."""
    y = functional.layer_norm(x.movedim(1, -1), x.shape[1:2], mine["scale"], mine["shift"], layer.epsilon)
    return y.movedim(-1, 1)


def _embedding(layer: Embedding, mine: Named, x: Tensor) -> Tensor:
    return functional.embedding(x.long(), mine["W"]).transpose(1, 2)


LAYERS: Mapping[type[Layer], Callable[..., Tensor]] = {
    Dense: _dense,
    Convolution: _convolution,
    MaxPool: _max_pool,
    AveragePool: _average_pool,
    Flatten: lambda layer, mine, x: torch.flatten(x, 1),
    Recurrent: _recurrent,
    Lstm: _lstm,
    Attention: _attention,
    Add: lambda layer, mine, *read: sum(read[1:], read[0]),
    Concatenate: lambda layer, mine, *read: torch.cat(read, 1),
    LayerNorm: _layer_norm,
    Embedding: _embedding,
}
