"""Multi-head self-attention over a sequence (features, positions)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from models.arrays import Array
from models.fields import Choice, Field
from models.layers.protocol import Parameter, Plain
from models.signal import Shape, features_last
from models.site import Site, transposed

FAR_BELOW = -1e9  # added to the score of a position that may not be looked at; exp of it is 0


def sinusoids(n_positions: int, n_features: int) -> Array:
    """Return the positional encoding (positions, features): sines and cosines of falling frequency, in turns.

    Source: Vaswani et al. 2017, section 3.5.
    """
    place = np.arange(n_positions)[:, None]
    pair = np.arange(n_features) // 2 * 2
    angle = place / 10000 ** (pair / n_features)
    return np.where(np.arange(n_features) % 2 == 0, np.sin(angle), np.cos(angle))


@dataclass(frozen=True)
class Attention(Plain):
    """y = [softmax(Q Kᵀ/√d) V of each head] W_o + b_o, with Q, K, V = x W + b (Vaswani et al. 2017, section 3.2).

    W (D, 3 D) holds queries, keys and values side by side, each head by head; W_out is (D, D). Inside, the examples
    stand first, because every example and head has a small matrix of its own.
    """

    heads: int = 4
    causal: bool = False
    positional: bool = False

    fields: ClassVar[tuple[Field | Choice, ...]] = (
        Field("heads", 4, 1, 64, "How many ways of looking there are; must divide the features.", integer=True),
        Field("causal", False, 0, 1, "A position sees only itself and what comes before it.", boolean=True),
        Field("positional", False, 0, 1, "Add sinusoids to the input that tell the positions apart.", boolean=True),
    )
    joined: ClassVar[Mapping[str, str]] = {"W": "b", "W_out": "b_out"}

    def output_shape(self, *inputs: Shape) -> Shape:
        if len(inputs[0]) != 2:
            raise ValueError(f"attention needs a sequence (features, positions), got {inputs[0]}")
        if inputs[0][0] % self.heads:
            raise ValueError(
                f"attention with {self.heads} heads needs a number of features that {self.heads} divides, got "
                f"{inputs[0][0]}: change the heads, or the units of the layer before"
            )
        return inputs[0]

    def parameters(self, *inputs: Shape) -> dict[str, Parameter]:
        d = inputs[0][0]
        return {
            "W": Parameter((d, 3 * d), d, d, blocks=3),
            "b": Parameter((3 * d,)),
            "W_out": Parameter((d, d), d, d),
            "b_out": Parameter((d,)),
        }

    def forward(self, site: Site) -> None:
        d, n_positions = site.inputs[0].shape
        n_seeds, n = site.n_seeds, site.n_examples
        x, mixed = (np.ones((n_seeds, n, n_positions, d + 1), site.dtype) for _ in range(2))
        seen = features_last(site.inputs[0].array)
        if self.positional:
            site.call(np.add, seen, sinusoids(n_positions, d).astype(site.dtype), x[..., :d])
        else:
            site.call(np.copyto, x[..., :d], seen)
        projected = site.scratch(n_seeds, n * n_positions, 3 * d)
        site.product(_rows(x), site.joined["W"], projected)
        q, k, v = self._by_head(projected.reshape(n_seeds, n, n_positions, 3 * d))
        weights = site.scratch(n_seeds, n, self.heads, n_positions, n_positions)
        self._softmax_of_scores(site, (q, k), weights)
        site.call(np.matmul, weights, v, self._heads(mixed[..., :d]))
        y = site.scratch(n_seeds, n * n_positions, d)
        site.product(_rows(mixed), site.joined["W_out"], y)
        site.call(np.copyto, features_last(site.output.array), y.reshape(n_seeds, n, n_positions, d))
        site.notes |= {"x": x, "mixed": mixed, "projected": projected, "weights": weights}

    def _softmax_of_scores(self, site: Site, queries_keys: tuple[Array, Array], weights: Array) -> None:
        q, k = queries_keys
        n_positions = weights.shape[-1]
        row = site.scratch(*weights.shape[:-1], 1)
        site.call(np.matmul, q, transposed(k), weights)
        site.call(np.multiply, weights, site.constant(1 / math.sqrt(q.shape[-1])), weights)
        if self.causal:
            hidden = np.triu(np.full((n_positions, n_positions), FAR_BELOW, site.dtype), 1)
            site.call(np.add, weights, hidden, weights)
        site.call(np.maximum.reduce, weights, -1, None, row, True)
        site.call(np.subtract, weights, row, weights)
        site.call(np.exp, weights, weights)
        site.call(np.add.reduce, weights, -1, None, row, True)
        site.call(np.divide, weights, row, weights)

    def backward(self, site: Site) -> None:
        x, mixed, projected, weights = (site.notes[name] for name in ("x", "mixed", "projected", "weights"))
        n_seeds, n, n_positions, d = *x.shape[:3], x.shape[3] - 1
        q, k, v = self._by_head(projected.reshape(n_seeds, n, n_positions, 3 * d))
        grad_y, grad_mixed = site.scratch(n_seeds, n, n_positions, d), site.transient(*x.shape)
        site.call(np.copyto, grad_y, features_last(site.grad_output.array))
        site.product(transposed(_rows(mixed)), _rows(grad_y), site.grad_joined["W_out"])
        site.product(_rows(grad_y), transposed(site.joined["W_out"]), _rows(grad_mixed))
        grad_heads = self._heads(grad_mixed[..., :d])
        grad_projected = site.scratch(*projected.shape)
        grad_q, grad_k, grad_v = self._by_head(grad_projected.reshape(n_seeds, n, n_positions, 3 * d))
        grad_scores = site.scratch(*weights.shape)
        site.call(np.matmul, transposed(weights), grad_heads, grad_v)
        site.call(np.matmul, grad_heads, transposed(v), grad_scores)
        self._through_softmax(site, weights, grad_scores)
        site.call(np.multiply, grad_scores, site.constant(1 / math.sqrt(q.shape[-1])), grad_scores)
        site.call(np.matmul, grad_scores, k, grad_q)
        site.call(np.matmul, transposed(grad_scores), q, grad_k)
        site.product(transposed(_rows(x)), grad_projected, site.grad_joined["W"])
        if site.grad_inputs[0] is not None:
            grad_x = site.transient(*x.shape)
            site.product(grad_projected, transposed(site.joined["W"]), _rows(grad_x))
            site.call(np.copyto, features_last(site.grad_inputs[0].array), grad_x[..., :d])

    @staticmethod
    def _through_softmax(site: Site, weights: Array, grad: Array) -> None:
        """grad = s ∘ (grad - Σ s ∘ grad), along the positions looked at; `grad` is overwritten."""
        part, row = site.transient(*weights.shape), site.scratch(*weights.shape[:-1], 1)
        site.call(np.multiply, grad, weights, part)
        site.call(np.add.reduce, part, -1, None, row, True)
        site.call(np.subtract, grad, row, grad)
        site.call(np.multiply, grad, weights, grad)

    def _heads(self, array: Array) -> Array:
        """Return (R, N, positions, D) as (R, N, heads, positions, D/heads)."""
        return array.reshape(*array.shape[:-1], self.heads, -1).swapaxes(2, 3)

    def _by_head(self, projected: Array) -> tuple[Array, Array, Array]:
        d = projected.shape[-1] // 3
        return tuple(self._heads(projected[..., k * d : (k + 1) * d]) for k in range(3))  # type: ignore[return-value]


def _rows(array: Array) -> Array:
    """Return (R, N, positions, columns) as one matrix for each seed."""
    return array.reshape(len(array), -1, array.shape[-1])
