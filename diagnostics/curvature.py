"""The largest eigenvalue of the Hessian of the loss on fixed examples, for each seed. Start at `Curvature`.

Everything is computed in float64, in evaluation: dropout drops nothing, and batch normalization goes by its running
means, so that the loss is a function of the parameters alone. It is the loss of the data, without penalties.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from models.arrays import Array, Targets, stream
from models.directional import DirectionalPass
from models.network import Network
from models.passes import Pass

MOST_EXAMPLES = 500
MOST_NUMBERS = 2**22  # of activations in a pass, all layers and seeds together: 32 megabytes
MOST_BYTES = 2**27  # of the vectors that the iteration keeps
LARGEST_BASIS, SMALLEST_BASIS = 20, 3
TOLERANCE = 1e-2
MOST_PRODUCTS = 60
FRESH_SHARE = 0.1  # of a warm start is random, so that a direction that has overtaken the last one is found
DIFFERENCE = 1e-5


@dataclass(frozen=True, eq=False)
class Eigenpair:
    """The largest eigenvalue of each seed, (R,), and its direction, (R, n).

    `residual` (R,) is ‖Hv - λv‖/|λ|, which bounds the relative error of λ (the error itself is about its square);
    `n_products` is how many products with the Hessian it took.
    """

    values: Array
    vectors: Array
    residual: Array
    n_products: int


class Curvature:
    """The Hessian of the mean loss over fixed examples.

    Parameters
    ----------
    network : Network
    n_seeds : int
    x, y : array
        Up to 500 of them are used, at equal distances; fewer where a pass would take too much memory.
    smoothing : float
        Label smoothing of the training.

    Attributes
    ----------
    n_examples : int
        How many are used.
    exact : bool
        Whether products with the Hessian are exact to rounding; otherwise, for a user's own layer, they are central
        differences of gradients with a step of 1e-5 along the direction: truncation and rounding are about 1e-10 of
        the third derivative and 1e-11 of the gradient, as long as the loss is smooth.
    """

    def __init__(self, network: Network, n_seeds: int, x: Array, y: Targets, *, smoothing: float = 0.0) -> None:
        self.network = replace(network, dtype="float64")
        per_example = 4 * n_seeds * sum(math.prod(node.shape) for node in network.nodes)
        self.n_examples = min(len(x), MOST_EXAMPLES, max(32, MOST_NUMBERS // per_example))
        rows = np.linspace(0, len(x) - 1, self.n_examples).astype(int)
        self._params = np.zeros((n_seeds, network.n_parameters))
        self._buffers = self.network.init_buffers(n_seeds)
        self._pass = Pass(self.network, self._params, self.n_examples, buffers=self._buffers)
        self._pass.load(np.asarray(x, np.float64)[rows])
        self._pass.load_targets(self.network.loss.encode(y[rows], self.network.nodes[-1].units, smoothing))
        self._times: Callable[[Array], Array]
        try:
            self._times, self.exact = DirectionalPass(self._pass).hessian_times, True
        except NotImplementedError:
            self._times, self.exact = self._differences, False

    def place(self, params: Array, buffers: Mapping[str, Array]) -> None:
        """Look at these parameters (R, n_parameters) and running means from now on."""
        np.copyto(self._params, params)
        for name, array in self._buffers.items():
            np.copyto(array, buffers[name])

    def gradient(self) -> Array:
        """Return the gradient of the loss, (R, n_parameters)."""
        with np.errstate(all="ignore"):
            self._pass.replay()
        return self._pass.gradients.copy()

    def times(self, directions: Array) -> Array:
        """Return H d (R, n_parameters) for a direction of each seed."""
        with np.errstate(all="ignore"):
            return self._times(directions)

    def largest_eigenvalue(self, start: Array | None = None, tolerance: float = TOLERANCE) -> Eigenpair:
        """Return the largest eigenvalue; NaN for a seed whose parameters are not finite.

        Parameters
        ----------
        start : array (R, n_parameters), optional
            Where to begin: the direction found a while ago. Random directions, always the same, if not given.
        tolerance : float
            Of the residual.
        """
        is_finite = np.isfinite(self._params).all(axis=1)
        self._params[~is_finite] = 0
        generator = stream(0, "curvature")
        first = _unit(generator.normal(size=self._params.shape))
        if start is not None:
            first = _unit(np.where(np.isfinite(start), start, 0) + FRESH_SHARE * first)
        found = lanczos(self.times, first, tolerance)
        found.values[~is_finite] = np.nan
        return found

    def _differences(self, directions: Array) -> Array:
        length = np.linalg.norm(directions, axis=1, keepdims=True)
        length[length == 0] = 1
        start, ends = self._params.copy(), []
        for sign in (1, -1):
            np.copyto(self._params, start + sign * DIFFERENCE / length * directions)
            ends.append(self.gradient())
        np.copyto(self._params, start)
        return np.asarray((ends[0] - ends[1]) * length / (2 * DIFFERENCE))


def lanczos(times: Callable[[Array], Array], start: Array, tolerance: float = TOLERANCE) -> Eigenpair:
    """Return the largest eigenvalue of a symmetric matrix for each seed, all seeds abreast.

    Lanczos' iteration with full orthogonalization, begun anew from the best direction when its basis is full; it ends
    when ‖Av - λv‖ ≤ tolerance·|λ| for all seeds, or after 60 products. Source: Golub & Van Loan 2013, section 10.1.

    Parameters
    ----------
    times : callable
        v (R, n) -> A v (R, n).
    start : array (R, n)
        Of length 1 for each seed.
    tolerance : float
    """
    n_seeds, n = start.shape
    size = min(LARGEST_BASIS, max(SMALLEST_BASIS, MOST_BYTES // (8 * start.size)), n)
    vectors = start
    values, residual, done = np.full(n_seeds, np.nan), np.full(n_seeds, np.inf), np.zeros(n_seeds, bool)
    n_products = 0
    while n_products < MOST_PRODUCTS and not done.all():
        basis, projected = [vectors], np.zeros((n_seeds, size, size))
        for k in range(size):
            rest = times(basis[k])
            n_products += 1
            for _ in range(2):  # twice is enough (Golub & Van Loan, section 5.2.10)
                for j in range(k + 1):
                    share = np.vecdot(basis[j], rest)
                    projected[:, j, k] += share
                    rest -= share[:, None] * basis[j]
            length = np.linalg.norm(rest, axis=1)
            value, weights = _largest(projected[:, : k + 1, : k + 1])
            error = np.abs(length * weights[:, k]) / np.maximum(np.abs(value), np.finfo(np.float64).tiny)
            is_new = ~done & np.isfinite(value)
            values, residual = np.where(is_new, value, values), np.where(is_new, error, residual)
            done = done | (error <= tolerance) | ~np.isfinite(value)
            if done.all() or n_products >= MOST_PRODUCTS or k + 1 == size:
                break
            basis.append(rest / np.where(length > 0, length, 1)[:, None])
        mixed = sum(weights[:, j, None] * basis[j] for j in range(k + 1))
        vectors = _unit(np.asarray(mixed))
        done = done | (size == n)  # the basis spans everything: nothing is left to find
    return Eigenpair(values, vectors, residual, n_products)


def _largest(projected: Array) -> tuple[Array, Array]:
    """Return the largest eigenvalue (R,) and its vector (R, k) of symmetric matrices (R, k, k), upper halves given."""
    is_finite = np.asarray(np.isfinite(projected).all(axis=(1, 2)))
    values, vectors = np.linalg.eigh(np.where(is_finite[:, None, None], projected, 0), UPLO="U")
    return np.where(is_finite, values[:, -1], np.nan), vectors[:, :, -1]


def _unit(vectors: Array) -> Array:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(length > 0, length, 1))
