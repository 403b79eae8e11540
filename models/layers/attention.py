"""Multi-head self-attention over a sequence (features, positions)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from models.arrays import Array
from models.fields import Choice, Field
from models.layers.protocol import Factors, Parameter, Plain
from models.signal import Shape
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
    """y = W_outᵀ [V softmax(Kᵀ Q/√d) of each head] + b_out, with [Q; K; V] = Wᵀ x + b.

    W (D, 3 D) holds queries, keys and values side by side, each head by head; W_out is (D, D). Inside, the positions
    stand last, (features, examples, positions): so every example and head has its matrices in place, without a copy.
    Source: Vaswani et al. 2017, section 3.2.
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
        x, mixed = (np.ones((n_seeds, d + 1, n, n_positions), site.dtype) for _ in range(2))
        projected, y = site.scratch(n_seeds, 3 * d, n, n_positions), site.scratch(n_seeds, d, n, n_positions)
        seen = site.inputs[0].array.swapaxes(2, 3)
        if self.positional:
            places = sinusoids(n_positions, d).T[:, None].astype(site.dtype)
            site.call(np.add, seen, places, x[:, :-1])
        else:
            site.call(np.copyto, x[:, :-1], seen)
        site.product(transposed(site.joined["W"]), _columns(x), _columns(projected))
        q, k, v = self._by_head(projected)
        site.call(np.multiply, projected[:, :d], site.constant(1 / math.sqrt(d // self.heads)), projected[:, :d])
        weights = site.scratch(*q.shape[:3], n_positions, n_positions)
        site.call(np.matmul, transposed(k), q, weights)
        self._softmax(site, weights)
        site.call(np.matmul, v, weights, self._heads(mixed[:, :-1]))
        site.product(transposed(site.joined["W_out"]), _columns(mixed), _columns(y))
        site.call(np.copyto, site.output.array, y.swapaxes(2, 3))
        site.notes |= {"x": x, "mixed": mixed, "projected": projected, "weights": weights}

    def _softmax(self, site: Site, weights: Array) -> None:
        """Scores to weights over the positions looked at, which are the rows; a column is a position that looks."""
        n_positions = weights.shape[-1]
        row = site.scratch(*weights.shape[:-2], 1, n_positions)
        if self.causal:
            hidden = np.tril(np.full((n_positions, n_positions), FAR_BELOW, site.dtype), -1)
            site.call(np.add, weights, hidden, weights)
        site.call(np.maximum.reduce, weights, -2, None, row, True)
        site.call(np.subtract, weights, row, weights)
        site.call(np.exp, weights, weights)
        site.call(np.add.reduce, weights, -2, None, row, True)
        site.call(np.divide, weights, row, weights)

    def inner(self, site: Site) -> dict[str, Array]:
        """Where each position looks: weights (R, N, heads, positions that look, positions looked at), rows sum to 1."""
        return {"attention_weights": site.notes["weights"].transpose(0, 2, 1, 4, 3)}

    def backward(self, site: Site) -> None:
        x, mixed, projected, weights = (site.notes[name] for name in ("x", "mixed", "projected", "weights"))
        d = x.shape[1] - 1
        q, k, v = self._by_head(projected)
        grad_y, grad_mixed = site.transient(*x[:, :-1].shape), site.scratch(*x[:, :-1].shape)
        grad_projected, grad_scores = site.scratch(*projected.shape), site.scratch(*weights.shape)
        grad_q, grad_k, grad_v = self._by_head(grad_projected)
        site.call(np.copyto, grad_y, site.grad_output.array.swapaxes(2, 3))
        site.product(_columns(mixed), transposed(_columns(grad_y)), site.grad_joined["W_out"])
        site.product(site.parameters["W_out"], _columns(grad_y), _columns(grad_mixed))
        grad_heads = self._heads(grad_mixed)
        site.call(np.matmul, grad_heads, transposed(weights), grad_v)
        site.call(np.matmul, transposed(v), grad_heads, grad_scores)
        site.notes["grad_projected"] = grad_projected
        self._through_softmax(site, weights, grad_scores)
        site.call(np.matmul, k, grad_scores, grad_q)
        site.call(np.matmul, q, transposed(grad_scores), grad_k)
        scale = site.constant(1 / math.sqrt(d // self.heads))
        site.call(np.multiply, grad_projected[:, :d], scale, grad_projected[:, :d])
        site.product(_columns(x), transposed(_columns(grad_projected)), site.grad_joined["W"])
        if site.grad_inputs[0] is not None:
            site.product(site.parameters["W"], _columns(grad_projected), _columns(grad_y))
            site.call(np.copyto, site.grad_inputs[0].array, grad_y.swapaxes(2, 3))

    def factors(self, site: Site) -> Factors:
        x, mixed, grad_projected = (site.notes[name].swapaxes(2, 3) for name in ("x", "mixed", "grad_projected"))
        return {"W": [(x, grad_projected)], "W_out": [(mixed, site.grad_output.array)]}

    @staticmethod
    def _through_softmax(site: Site, weights: Array, grad: Array) -> None:
        """grad = s ∘ (grad - Σ s ∘ grad), over the positions looked at; `grad` is overwritten."""
        part, row = site.transient(*weights.shape), site.scratch(*weights.shape[:-2], 1, weights.shape[-1])
        site.call(np.multiply, grad, weights, part)
        site.call(np.add.reduce, part, -2, None, row, True)
        site.call(np.subtract, grad, row, grad)
        site.call(np.multiply, grad, weights, grad)

    def _heads(self, array: Array) -> Array:
        """Return (R, D, N, positions) as (R, heads, N, D/heads, positions)."""
        n_seeds, d, *rest = array.shape
        return array.reshape(n_seeds, self.heads, d // self.heads, *rest).swapaxes(2, 3)

    def _by_head(self, projected: Array) -> tuple[Array, Array, Array]:
        d = projected.shape[1] // 3
        q, k, v = (self._heads(projected[:, part * d : (part + 1) * d]) for part in range(3))
        return q, k, v


def _columns(array: Array) -> Array:
    """Return (R, rows, N, positions) as one matrix for each seed."""
    return array.reshape(*array.shape[:2], -1)
