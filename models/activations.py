"""The nonlinearities: each is a function and its derivative in one object, and states its own asymptotes.

Start at `ACTIVATIONS`. A new one is one class here and one line in that table.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from models.arrays import Array

SELU_SCALE = 1.0507009873554804934193349852946
SELU_ALPHA = 1.6732632423543772848170429916717
SQRT_HALF = math.sqrt(0.5)
ROOT_TWO_PI = math.sqrt(2 * math.pi)


class Activation(Protocol):
    """A function of one number, applied to each element.

    `asymptotes` are the values it tends to below and above (None: it does not); `bounded` says that both exist and lie
    within [-1, 1]; `silent_below` that a unit can be off on all examples (dead); `max_derivative` is the largest slope.
    """

    @property
    def asymptotes(self) -> tuple[float | None, float | None]:
        """The limits below and above."""
        ...

    @property
    def silent_below(self) -> bool:
        """Whether a unit can be off."""
        ...

    @property
    def max_derivative(self) -> float:
        """The largest slope."""
        ...

    @property
    def bounded(self) -> bool:
        """Whether all values lie within [-1, 1]."""
        ...

    def forward(self, z: Array, out: Array) -> Array:
        """Write f(z) to `out`, which may not be `z`, and return it; same shape."""
        ...

    def derivative(self, z: Array, a: Array, out: Array) -> Array:
        """Write f'(z) to `out`, given a = f(z), and return it; `out` may be neither `z` nor `a`."""
        ...


@dataclass(frozen=True)
class _Asymptotic:
    """What all activations have in common: the facts about their tails."""

    asymptotes: tuple[float | None, float | None] = (None, None)
    silent_below: bool = False
    max_derivative: float = 1.0

    @property
    def bounded(self) -> bool:
        """Whether all values lie within [-1, 1]."""
        low, high = self.asymptotes
        return low is not None and high is not None and low >= -1 and high <= 1


def _sigmoid(z: Array, out: Array) -> Array:
    """1/(1+exp(-z)) = (1 + tanh(z/2))/2, which overflows nowhere."""
    np.multiply(z, 0.5, out=out)
    np.tanh(out, out=out)
    out *= 0.5
    out += 0.5
    return out


class Linear(_Asymptotic):
    """f(z) = z."""

    def forward(self, z: Array, out: Array) -> Array:
        np.copyto(out, z)
        return out

    def derivative(self, z: Array, a: Array, out: Array) -> Array:
        out.fill(1.0)
        return out


class Sigmoid(_Asymptotic):
    """f(z) = 1/(1 + exp(-z)); f' = a(1 - a)."""

    def forward(self, z: Array, out: Array) -> Array:
        return _sigmoid(z, out)

    def derivative(self, z: Array, a: Array, out: Array) -> Array:
        np.subtract(1.0, a, out=out)
        out *= a
        return out


class Tanh(_Asymptotic):
    """f(z) = tanh z; f' = 1 - a²."""

    def forward(self, z: Array, out: Array) -> Array:
        np.tanh(z, out=out)
        return out

    def derivative(self, z: Array, a: Array, out: Array) -> Array:
        np.multiply(a, a, out=out)
        np.subtract(1.0, out, out=out)
        return out


class Softsign(_Asymptotic):
    """f(z) = z/(1 + |z|); f' = 1/(1 + |z|)² = (1 - |a|)²."""

    def forward(self, z: Array, out: Array) -> Array:
        np.abs(z, out=out)
        out += 1.0
        np.divide(z, out, out=out)
        return out

    def derivative(self, z: Array, a: Array, out: Array) -> Array:
        np.abs(a, out=out)
        np.subtract(1.0, out, out=out)
        out *= out
        return out


class Relu(_Asymptotic):
    """f(z) = max(z, 0); f'(0) = 0."""

    def forward(self, z: Array, out: Array) -> Array:
        np.maximum(z, 0.0, out=out)
        return out

    def derivative(self, z: Array, a: Array, out: Array) -> Array:
        np.greater(a, 0.0, out=out, casting="unsafe")
        return out


class LeakyRelu(_Asymptotic):
    """f(z) = z above 0, 0.01 z below; f'(0) = 0.01."""

    slope = 0.01

    def forward(self, z: Array, out: Array) -> Array:
        np.multiply(z, self.slope, out=out)
        np.maximum(out, z, out=out)
        return out

    def derivative(self, z: Array, a: Array, out: Array) -> Array:
        np.greater(z, 0.0, out=out, casting="unsafe")
        out *= 1.0 - self.slope
        out += self.slope
        return out


class Elu(_Asymptotic):
    """f(z) = scale·z above 0, scale·alpha·(exp z - 1) below (Clevert et al. 2016; selu: Klambauer et al. 2017)."""

    scale = 1.0
    alpha = 1.0

    def forward(self, z: Array, out: Array) -> Array:
        np.minimum(z, 0.0, out=out)
        np.expm1(out, out=out)
        out *= self.alpha
        out += np.maximum(z, 0.0)
        if self.scale != 1.0:
            out *= self.scale
        return out

    def derivative(self, z: Array, a: Array, out: Array) -> Array:
        np.minimum(z, 0.0, out=out)
        np.exp(out, out=out)
        out *= self.scale * self.alpha
        out[z > 0] = self.scale
        return out


class Selu(Elu):
    """The self-normalizing `Elu` (Klambauer et al. 2017)."""

    scale = SELU_SCALE
    alpha = SELU_ALPHA


class Softplus(_Asymptotic):
    """f(z) = log(1 + exp z); f' = sigmoid(z)."""

    def forward(self, z: Array, out: Array) -> Array:
        np.logaddexp(z, 0.0, out=out)
        return out

    def derivative(self, z: Array, a: Array, out: Array) -> Array:
        return _sigmoid(z, out)


class Silu(_Asymptotic):
    """f(z) = z·sigmoid(z); f' = s + z s (1 - s)."""

    def forward(self, z: Array, out: Array) -> Array:
        _sigmoid(z, out)
        out *= z
        return out

    def derivative(self, z: Array, a: Array, out: Array) -> Array:
        _sigmoid(z, out)
        out += a * (1.0 - out)
        return out


def _normal_distribution(z: Array) -> Array:
    """Give Φ(z) of the standard normal distribution, by Cody's rational approximations of erf (Math. Comp. 1969)."""
    from models.error_function import erf

    return 0.5 * (1.0 + erf(z * SQRT_HALF))


class Gelu(_Asymptotic):
    """f(z) = z Φ(z), exact and not by tanh (Hendrycks & Gimpel 2016); f' = Φ + z φ(z)."""

    def forward(self, z: Array, out: Array) -> Array:
        np.multiply(z, _normal_distribution(z), out=out)
        return out

    def derivative(self, z: Array, a: Array, out: Array) -> Array:
        with np.errstate(over="ignore", under="ignore"):
            density = np.exp(-0.5 * z * z) / ROOT_TWO_PI
        np.multiply(z, density, out=out)
        out += _normal_distribution(z)
        return out


class HardTanh(_Asymptotic):
    """f(z) = z clipped to [-1, 1]; f' = 0 at and beyond the corners."""

    def forward(self, z: Array, out: Array) -> Array:
        np.clip(z, -1.0, 1.0, out=out)
        return out

    def derivative(self, z: Array, a: Array, out: Array) -> Array:
        np.less(np.abs(z), 1.0, out=out, casting="unsafe")
        return out


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
