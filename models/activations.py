"""The nonlinearities: each is a function and its derivative in one object, and states its own asymptotes.

Start at `ACTIVATIONS`. A new one is one class here and one line in that table. Like a layer, an activation does not
compute when it is asked: it takes down the calls to be made (`models.site`). `value` and `slope_at` make them at once.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.arrays import Array
from models.site import Calls, Desk

SELU_SCALE = 1.0507009873554804934193349852946
SELU_ALPHA = 1.6732632423543772848170429916717
ROOT_TWO_PI = math.sqrt(2 * math.pi)


@dataclass(frozen=True)
class Activation(ABC):
    """A function of one number, applied to each element.

    `asymptotes` are the values it tends to below and above (None: it does not); `silent_below` says that a unit can be
    off on all examples (dead); `max_derivative` is the largest slope.
    """

    asymptotes: tuple[float | None, float | None] = (None, None)
    silent_below: bool = False
    max_derivative: float = 1.0

    @property
    def bounded(self) -> bool:
        """Whether all values lie within [-1, 1]."""
        low, high = self.asymptotes
        return low is not None and high is not None and low >= -1 and high <= 1

    @abstractmethod
    def forward(self, desk: Desk, z: Array, a: Array) -> None:
        """Take down a = f(z); `a` is not `z`, and has the same shape."""

    @abstractmethod
    def slope(self, desk: Desk, z: Array, a: Array, out: Array) -> None:
        """Take down out = f'(z), given a = f(z); `out` is neither `z` nor `a`."""

    def backward(self, desk: Desk, z: Array, a: Array, grad: Array) -> None:
        """Take down grad = grad · f'(z): from the gradient with respect to a to that with respect to z."""
        slope = desk.transient(*z.shape)
        self.slope(desk, z, a, slope)
        desk.call(np.multiply, grad, slope, grad)

    def value(self, z: Array) -> Array:
        """Return f(z), computed at once; the same shape and type."""
        a, desk = np.empty_like(z), Desk(Calls(), z.dtype.name)
        self.forward(desk, z, a)
        desk.call.replay()
        return a

    def slope_at(self, z: Array) -> Array:
        """Return f'(z), computed at once; the same shape and type."""
        a, out, desk = self.value(z), np.empty_like(z), Desk(Calls(), z.dtype.name)
        self.slope(desk, z, a, out)
        desk.call.replay()
        return out


def sigmoid(desk: Desk, z: Array, out: Array) -> None:
    """Take down out = 1/(1+exp(-z)) = (1 + tanh(z/2))/2, which overflows nowhere; `out` may be `z`.

    It is exact to one rounding of 1, 6e-8 in float32, and not relative to its own size: from z = -20 down it is 0
    where exp would give 2e-9. It takes two thirds of the time.
    """
    half = desk.constant(0.5)
    desk.call(np.multiply, z, half, out)
    desk.call(np.tanh, out, out)
    desk.call(np.multiply, out, half, out)
    desk.call(np.add, out, half, out)


class Linear(Activation):
    """f(z) = z."""

    def forward(self, desk: Desk, z: Array, a: Array) -> None:
        desk.call(np.copyto, a, z)

    def slope(self, desk: Desk, z: Array, a: Array, out: Array) -> None:
        desk.call(out.fill, 1.0)


class Sigmoid(Activation):
    """f(z) = 1/(1 + exp(-z)); f' = a(1 - a)."""

    def forward(self, desk: Desk, z: Array, a: Array) -> None:
        sigmoid(desk, z, a)

    def slope(self, desk: Desk, z: Array, a: Array, out: Array) -> None:
        desk.call(np.subtract, desk.constant(1), a, out)
        desk.call(np.multiply, out, a, out)


class Tanh(Activation):
    """f(z) = tanh z; f' = 1 - a²."""

    def forward(self, desk: Desk, z: Array, a: Array) -> None:
        desk.call(np.tanh, z, a)

    def slope(self, desk: Desk, z: Array, a: Array, out: Array) -> None:
        desk.call(np.multiply, a, a, out)
        desk.call(np.subtract, desk.constant(1), out, out)


class Softsign(Activation):
    """f(z) = z/(1 + |z|); f' = 1/(1 + |z|)² = (1 - |a|)²."""

    def forward(self, desk: Desk, z: Array, a: Array) -> None:
        desk.call(np.abs, z, a)
        desk.call(np.add, a, desk.constant(1), a)
        desk.call(np.divide, z, a, a)

    def slope(self, desk: Desk, z: Array, a: Array, out: Array) -> None:
        desk.call(np.abs, a, out)
        desk.call(np.subtract, desk.constant(1), out, out)
        desk.call(np.multiply, out, out, out)


class Relu(Activation):
    """f(z) = max(z, 0); f'(0) = 0."""

    def forward(self, desk: Desk, z: Array, a: Array) -> None:
        desk.call(np.maximum, z, desk.zeros_beside(z), out=a)

    def backward(self, desk: Desk, z: Array, a: Array, grad: Array) -> None:
        is_on = np.empty(z.shape, bool)
        desk.call(np.greater, a, desk.constant(0), is_on)
        desk.call(np.multiply, grad, is_on, grad)

    def slope(self, desk: Desk, z: Array, a: Array, out: Array) -> None:
        is_on = np.empty(z.shape, bool)
        desk.call(np.greater, a, desk.constant(0), is_on)
        desk.call(np.copyto, out, is_on)


class LeakyRelu(Activation):
    """f(z) = z above 0, 0.01 z below; f'(0) = 0.01."""

    below = 0.01

    def forward(self, desk: Desk, z: Array, a: Array) -> None:
        desk.call(np.multiply, z, desk.constant(self.below), a)
        desk.call(np.maximum, a, z, out=a)

    def slope(self, desk: Desk, z: Array, a: Array, out: Array) -> None:
        is_on = np.empty(z.shape, bool)
        desk.call(np.greater, z, desk.constant(0), is_on)
        desk.call(np.multiply, is_on, desk.constant(1 - self.below), out)
        desk.call(np.add, out, desk.constant(self.below), out)


class Elu(Activation):
    """f(z) = scale·z above 0, scale·alpha·(exp z - 1) below (Clevert et al. 2016; selu: Klambauer et al. 2017)."""

    scale = 1.0
    alpha = 1.0

    def forward(self, desk: Desk, z: Array, a: Array) -> None:
        positive = desk.transient(*z.shape)
        desk.call(np.minimum, z, desk.constant(0), out=a)
        desk.call(np.expm1, a, a)
        desk.call(np.multiply, a, desk.constant(self.alpha), a)
        desk.call(np.maximum, z, desk.constant(0), out=positive)
        desk.call(np.add, a, positive, a)
        desk.call(np.multiply, a, desk.constant(self.scale), a)

    def slope(self, desk: Desk, z: Array, a: Array, out: Array) -> None:
        is_on = np.empty(z.shape, bool)
        desk.call(np.minimum, z, desk.constant(0), out=out)
        desk.call(np.exp, out, out)
        desk.call(np.multiply, out, desk.constant(self.scale * self.alpha), out)
        desk.call(np.greater, z, desk.constant(0), is_on)
        desk.call(np.copyto, out, desk.constant(self.scale), where=is_on)


class Selu(Elu):
    """The self-normalizing `Elu` (Klambauer et al. 2017)."""

    scale = SELU_SCALE
    alpha = SELU_ALPHA


class Softplus(Activation):
    """f(z) = log(1 + exp z); f' = sigmoid(z)."""

    def forward(self, desk: Desk, z: Array, a: Array) -> None:
        desk.call(np.logaddexp, z, desk.constant(0), a)

    def slope(self, desk: Desk, z: Array, a: Array, out: Array) -> None:
        sigmoid(desk, z, out)


class Silu(Activation):
    """f(z) = z·sigmoid(z); f' = s + z s (1 - s)."""

    def forward(self, desk: Desk, z: Array, a: Array) -> None:
        sigmoid(desk, z, a)
        desk.call(np.multiply, a, z, a)

    def slope(self, desk: Desk, z: Array, a: Array, out: Array) -> None:
        share = np.empty_like(z)
        sigmoid(desk, z, share)
        desk.call(np.subtract, desk.constant(1), share, out)
        desk.call(np.multiply, out, a, out)
        desk.call(np.add, out, share, out)


def _gelu(z: Array, a: Array) -> None:
    from models.error_function import normal_distribution

    np.multiply(z, normal_distribution(z), a)


def _gelu_slope(z: Array, out: Array) -> None:
    from models.error_function import normal_distribution

    with np.errstate(over="ignore", under="ignore"):
        np.multiply(z, z, out)
        np.multiply(out, -0.5, out)
        np.exp(out, out)
    np.multiply(out, z, out)
    np.multiply(out, 1 / ROOT_TWO_PI, out)
    np.add(out, normal_distribution(z), out)


class Gelu(Activation):
    """f(z) = z Φ(z), exact and not by tanh (Hendrycks & Gimpel 2016); f' = Φ + z φ(z)."""

    def forward(self, desk: Desk, z: Array, a: Array) -> None:
        desk.call(_gelu, z, a)

    def slope(self, desk: Desk, z: Array, a: Array, out: Array) -> None:
        desk.call(_gelu_slope, z, out)


class HardTanh(Activation):
    """f(z) = z clipped to [-1, 1]; f' = 0 at and beyond the corners."""

    def forward(self, desk: Desk, z: Array, a: Array) -> None:
        desk.call(np.maximum, z, desk.constant(-1), out=a)
        desk.call(np.minimum, a, desk.constant(1), out=a)

    def slope(self, desk: Desk, z: Array, a: Array, out: Array) -> None:
        is_inside = np.empty(z.shape, bool)
        desk.call(np.abs, z, out)
        desk.call(np.less, out, desk.constant(1), is_inside)
        desk.call(np.copyto, out, is_inside)


ACTIVATIONS: Mapping[str, Activation] = {
    "sigmoid": Sigmoid((0.0, 1.0), max_derivative=0.25),
    "tanh": Tanh((-1.0, 1.0)),
    "softsign": Softsign((-1.0, 1.0)),
    "relu": Relu((0.0, None), silent_below=True),
    "leaky_relu": LeakyRelu(),
    "elu": Elu((-1.0, None)),
    "selu": Selu((-SELU_SCALE * SELU_ALPHA, None), max_derivative=SELU_SCALE * SELU_ALPHA),
    "gelu": Gelu((0.0, None), max_derivative=1.1289),
    "silu": Silu((0.0, None), max_derivative=1.0998),
    "softplus": Softplus((0.0, None)),
    "hard_tanh": HardTanh((-1.0, 1.0)),
    "linear": Linear(),
}
