"""What follows of the gradients of single examples without ever holding them: lengths, products, squares.

For a layer z = Wᵀx + b the gradient of example i is the outer product of what the layer read and of the gradient with
respect to z, so that the length of each, their inner products and the sum of their squares follow from those two
(Goodfellow 2015, "Efficient per-example gradient computations"). The functions of arrays take x (R, rows, N) with the
row of ones that stands for the bias, and grad_z (R, columns, N), examples last as in the engine. `ExampleGradients`
applies them to a pass of any network: layers that use a weight at several positions, or in another way, state their
own parts (`models.layers.protocol.Layer`), which are made for a few examples at a time and reduced at once.

The gradient gᵢ of an example is scaled such that the gradient of the mini-batch is the mean of all gᵢ: that of its
loss, times N wᵢ/Σw if examples have weights. Penalties have no part in it. **Batch normalization couples the
examples** of a mini-batch, so that the loss of one depends on the others: gᵢ then is the part that row i of every layer
has in the gradient. The parts still add up to the gradient, but they are not independent draws, and what is estimated
from their spread is no unbiased estimate; `ExampleGradients.coupled` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from models.arrays import Array, IntArray
from models.graph import Node
from models.passes import Pass

CHUNK_NUMBERS = 2**21  # of gradients of single examples that are held at once: 8 megabytes in float32


def squared_lengths(x: Array, grad_z: Array) -> Array:
    """Return ‖gᵢ‖² = ‖xᵢ‖² ‖grad_zᵢ‖², (R, N)."""
    return np.asarray(np.square(x).sum(axis=1) * np.square(grad_z).sum(axis=1))


def inner_products(x: Array, grad_z: Array) -> Array:
    """Return the matrix of all gᵢ·gⱼ = (xᵢ·xⱼ)(grad_zᵢ·grad_zⱼ), (R, N, N)."""
    product: Array = np.matmul(x.swapaxes(1, 2), x)
    product *= np.matmul(grad_z.swapaxes(1, 2), grad_z)
    return product


def along(x: Array, grad_z: Array, direction: Array) -> Array:
    """Return gᵢ·D = xᵢᵀ D grad_zᵢ, (R, N), for D (R, rows, columns)."""
    product: Array = np.matmul(direction, grad_z)
    product *= x
    return np.asarray(product.sum(axis=1))


def combined(x: Array, grad_z: Array, weights: Array) -> Array:
    """Return Σ vᵢ gᵢ, (R, rows, columns), for weights v (R, N)."""
    return np.asarray(np.matmul(x, (grad_z * weights[:, None]).swapaxes(1, 2)))


def squares(x: Array, grad_z: Array) -> Array:
    """Return Σ gᵢ² element by element, (R, rows, columns)."""
    return np.asarray(np.matmul(np.square(x), np.square(grad_z).swapaxes(1, 2)))


def prefers_inner_products(n_rows: int, n_columns: int, n: int) -> bool:
    """Return whether N² (rows + columns) operations are fewer than the N rows·columns of `along`."""
    return n * (n_rows + n_columns) < n_rows * n_columns


class ExampleGradients:
    """The gradients of the single examples of a pass, as its last replay left it.

    Parameters
    ----------
    one : Pass
        After its backward pass. Its arrays are read at every call.

    Attributes
    ----------
    nodes : tuple of Node
        Those with parameters.
    coupled : bool
        Whether batch normalization mixes the examples, see above.
    """

    def __init__(self, one: Pass) -> None:
        self._one, self.n, self.n_seeds = one, one.n_examples, one.n_seeds
        self.nodes: tuple[Node, ...] = tuple(node for node in one.network.nodes if node.parameters)
        ends = np.cumsum([0, *(sum(int(np.prod(shape)) for shape in node.shapes.values()) for node in self.nodes)])
        self._places = {node.name: slice(a, b) for node, a, b in zip(self.nodes, ends[:-1], ends[1:], strict=True)}
        self.coupled = one.training and any(node.layer.couples_examples for node in one.network.nodes)

    def gradient(self, node: Node) -> Array:
        """Return the mean of all gᵢ, which is the gradient of the mini-batch, (R, parameters of the node)."""
        return self._one.gradients[:, self.place(node)]

    def place(self, node: Node) -> slice:
        """Return where the parameters of a node stand in the flat buffer."""
        return self._places[node.name]

    def squared_lengths(self, node: Node) -> Array:
        """Return ‖gᵢ‖² of the node's part, (R, N).

        For one weight that is used at several positions p, ‖gᵢ‖² = Σ_pq (x_p·x_q)(grad_p·grad_q) by the products of
        the positions, or by the gradient itself, whichever is less work.
        """
        scale = float(self.n) ** 2
        total: Array | None = None
        for pairs in self._one.factors(node).values():
            if len(pairs) > 1 or not _by_positions(*pairs[0]):
                total = None
                break
            x, grad = pairs[0]
            part = squared_lengths(x[:, :, 0], grad[:, :, 0]) if x.shape[2] == 1 else _positions_multiplied(x, grad)
            total = part if total is None else total + part
        if total is None:
            total = self._chunked(node, lambda g: np.vecdot(g, g))
        return np.asarray(total * total.dtype.type(scale))

    def along(self, node: Node, direction: Array) -> Array:
        """Return gᵢ·D, (R, N), for a direction D (R, parameters of the node)."""
        if (pair := self.single(node)) is not None:
            product = along(*pair, direction.reshape(len(direction), pair[0].shape[1], -1))
        else:
            product = self._chunked(node, lambda g: np.vecdot(g, direction[:, None]))
        return np.asarray(product * product.dtype.type(self.n))

    def combined(self, node: Node, weights: Array) -> Array:
        """Return Σ vᵢ gᵢ, (R, parameters of the node), for weights v (R, N)."""
        if (pair := self.single(node)) is not None:
            total = combined(*pair, weights).reshape(len(weights), -1)
        else:
            total = np.zeros_like(self.gradient(node))
            for chunk, gradients in self._explicit(node):
                total += np.matmul(weights[:, None, chunk], gradients)[:, 0]
        return np.asarray(total * total.dtype.type(self.n))

    def squares(self, node: Node) -> Array:
        """Return Σ gᵢ² element by element, (R, parameters of the node)."""
        if (pair := self.single(node)) is not None:
            total = squares(*pair).reshape(self._one.n_seeds, -1)
        else:
            total = np.zeros_like(self.gradient(node))
            for _, gradients in self._explicit(node):
                total += np.square(gradients).sum(axis=1)
        return np.asarray(total * total.dtype.type(self.n) ** 2)

    def products(self, node: Node) -> ExampleProducts:
        """Return the inner products of the gradients, by the route that is less work (`prefers_inner_products`)."""
        pair = self.single(node)
        if pair is None or not prefers_inner_products(pair[0].shape[1], pair[1].shape[1], self.n):
            return ExampleProducts(self, node, None)
        matrix = inner_products(*pair)
        matrix *= matrix.dtype.type(self.n) ** 2
        return ExampleProducts(self, node, matrix)

    def sampled(self, node: Node, parameters: IntArray) -> Array:
        """Return some numbers of all gᵢ, (R, len(parameters), N), by their places among the node's parameters."""
        if (pair := self.single(node)) is not None:
            x, grad = pair
            rows, columns = np.divmod(parameters, grad.shape[1])
            numbers = x[:, rows] * grad[:, columns]
        else:
            numbers = np.concatenate([g[..., parameters] for _, g in self._explicit(node)], axis=1).swapaxes(1, 2)
        return np.asarray(numbers * numbers.dtype.type(self.n))

    def single(self, node: Node) -> tuple[Array, Array] | None:
        """Return x (R, rows, N) and grad_z (R, columns, N) of a node with one weight, used once for each example."""
        factors = self._one.factors(node)
        if len(factors) != 1:
            return None
        ((x, grad), *others) = next(iter(factors.values()))
        return None if others or x.shape[2] > 1 else (x[:, :, 0], grad[:, :, 0])

    def _explicit(self, node: Node) -> Iterator[tuple[slice, Array]]:
        """Yield some examples and their gradients (R, examples, n), of the mean: not yet times N."""
        n_numbers = self.gradient(node).size
        size = max(1, CHUNK_NUMBERS // max(n_numbers, 1))
        for start in range(0, self.n, size):
            chunk = slice(start, min(start + size, self.n))
            yield chunk, self._one.example_gradients(node, chunk)

    def _chunked(self, node: Node, reduce: Callable[[Array], Array]) -> Array:
        return np.concatenate([reduce(gradients) for _, gradients in self._explicit(node)], axis=1)


class ExampleProducts:
    """Inner products gᵢ·gⱼ of one node's part, by their matrix (R, N, N); where that is None by sums of gradients."""

    def __init__(self, gradients: ExampleGradients, node: Node, matrix: Array | None) -> None:
        self._gradients, self._node, self._matrix = gradients, node, matrix

    def with_mean(self) -> Array:
        """Return gᵢ·g for the mean g, (R, N)."""
        if self._matrix is not None:
            return np.asarray(self._matrix.mean(axis=2))
        return self._gradients.along(self._node, self._gradients.gradient(self._node))

    def squared_sum(self, weights: Array) -> Array:
        """Return ‖Σ vᵢ gᵢ‖², (R,), for weights v (R, N)."""
        if self._matrix is not None:
            return np.asarray(np.vecdot(weights, np.matmul(self._matrix, weights[..., None])[..., 0]))
        total = self._gradients.combined(self._node, weights)
        return np.asarray(np.vecdot(total, total))


def _by_positions(x: Array, grad: Array) -> bool:
    """Whether the products of all pairs of positions are less work than the gradient of each example."""
    n_rows, n_columns, n_positions = x.shape[1], grad.shape[1], x.shape[2]
    return bool(n_positions == 1 or n_positions * (n_rows + n_columns) < n_rows * n_columns)


def _positions_multiplied(x: Array, grad: Array) -> Array:
    """Return Σ_pq (x_p·x_q)(grad_p·grad_q) of each example, (R, N), for x (R, rows, positions, N)."""
    left, right = (np.ascontiguousarray(np.moveaxis(array, -1, 1)) for array in (x, grad))
    products = np.matmul(left.swapaxes(2, 3), left)
    products *= np.matmul(right.swapaxes(2, 3), right)
    return np.asarray(products.sum(axis=(2, 3)))
