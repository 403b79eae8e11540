"""What the exported PyTorch script needs beside the modules of torch.nn; never imported by Backscope itself.

A table is (N, features), a sequence (N, positions, features), an image (N, channels, height, width).
"""

import json
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

TYPES = {"F32": torch.float32, "F64": torch.float64}


def flatten(x: Tensor) -> Tensor:
    """Return the numbers of each example as one vector, feature after feature."""
    first = x.transpose(1, 2) if x.ndim == 3 else x
    return first.flatten(1)


def sinusoids(n_positions: int, n_features: int) -> Tensor:
    """Return sines and cosines of falling frequency that tell the positions apart (Vaswani et al. 2017)."""
    feature = torch.arange(n_features)
    angle = torch.arange(n_positions)[:, None] / 10000.0 ** (feature // 2 * 2 / n_features).double()
    return torch.where(feature % 2 == 0, torch.sin(angle), torch.cos(angle))


class Recurrent(nn.Module):
    """h_t = f(W [x_t, h_(t-1)] + b): after the last position, or after each."""

    def __init__(self, features: int, units: int, activation: Callable[[Tensor], Tensor], returns: str) -> None:
        super().__init__()
        self.step = nn.Linear(features + units, units)
        self.units, self.activation, self.returns = units, activation, returns

    def forward(self, x: Tensor) -> Tensor:
        h = x.new_zeros(len(x), self.units)
        states = []
        for t in range(x.shape[1]):
            h = self.activation(self.step(torch.cat([x[:, t], h], dim=1)))
            states.append(h)
        return torch.stack(states, dim=1) if self.returns == "all" else h


class Attention(nn.Module):
    """Multi-head self-attention; `causal`: a position sees only itself and what comes before it."""

    def __init__(self, features: int, heads: int, causal: bool, positional: bool) -> None:
        super().__init__()
        self.look = nn.MultiheadAttention(features, heads, batch_first=True)
        self.causal, self.positional = causal, positional

    def forward(self, x: Tensor) -> Tensor:
        n_positions, n_features = x.shape[1:]
        if self.positional:
            x = x + sinusoids(n_positions, n_features).to(x)
        hidden = torch.ones(n_positions, n_positions, dtype=torch.bool, device=x.device).triu(1)
        return self.look(x, x, x, attn_mask=hidden if self.causal else None, need_weights=False)[0]


def read_weights(path: Path) -> dict[str, Tensor]:
    """Return the arrays of a safetensors file by name; safetensors.torch.load_file does the same."""
    content = bytearray(path.read_bytes())
    start = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:start].decode())
    header.pop("__metadata__", None)
    weights = {}
    for name, entry in header.items():
        first, end = entry["data_offsets"]
        numbers = torch.frombuffer(content[start + first : start + end], dtype=TYPES[entry["dtype"]])
        weights[name] = numbers.reshape(entry["shape"])
    return weights
