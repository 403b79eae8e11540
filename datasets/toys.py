"""Small studies in one and two dimensions, each a function of its size, its noise and a seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]


def moons(n: int, noise: float, seed: int) -> pd.DataFrame:
    """Two half circles, one inside the other."""
    from sklearn.datasets import make_moons

    x, y = make_moons(n, noise=noise, random_state=seed)
    return _plane(x, np.where(y == 0, "upper", "lower"))


def circles(n: int, noise: float, seed: int) -> pd.DataFrame:
    """A small circle inside a large one."""
    from sklearn.datasets import make_circles

    x, y = make_circles(n, noise=noise, factor=0.5, random_state=seed)
    return _plane(x, np.where(y == 0, "outer", "inner"))


def xor(n: int, noise: float, seed: int) -> pd.DataFrame:
    """Two classes in opposite quadrants: no line divides them. Points lie in [-1, 1]² before noise."""
    generator = np.random.default_rng(seed)
    clean = generator.uniform(-1, 1, (n, 2))
    y = np.where(clean[:, 0] * clean[:, 1] > 0, "same sign", "other sign")
    return _plane(clean + noise * generator.normal(size=(n, 2)), y)


def two_spirals(n: int, noise: float, seed: int) -> pd.DataFrame:
    """Two spirals that wind around each other one and a half times, radius growing from 0 to 1."""
    generator = np.random.default_rng(seed)
    arm = np.arange(n) % 2
    along = np.sqrt(generator.uniform(0.01, 1, n))
    angle = 3 * np.pi * along + np.pi * arm
    x = np.stack([along * np.cos(angle), along * np.sin(angle)], axis=1)
    return _plane(x + noise * generator.normal(size=(n, 2)), np.where(arm == 0, "first", "second"))


def blobs(n: int, noise: float, seed: int) -> pd.DataFrame:
    """Three round clouds on a triangle."""
    generator = np.random.default_rng(seed)
    y = np.arange(n) % 3
    centers = np.array([[0.0, 1.0], [-0.9, -0.5], [0.9, -0.5]])
    return _plane(centers[y] + noise * generator.normal(size=(n, 2)), np.array(["a", "b", "c"])[y])


def linear(n: int, noise: float, seed: int) -> pd.DataFrame:
    """Two classes on the two sides of a line; noise moves the points after they were named."""
    generator = np.random.default_rng(seed)
    clean = generator.uniform(-1, 1, (n, 2))
    y = np.where(clean[:, 0] + 0.5 * clean[:, 1] > 0, "right", "left")
    return _plane(clean + noise * generator.normal(size=(n, 2)), y)


def sine(n: int, noise: float, seed: int) -> pd.DataFrame:
    """y = sin 2πx for x in [-1, 1]."""
    return _line(n, noise, seed, kind="sine")


def step(n: int, noise: float, seed: int) -> pd.DataFrame:
    """y = -1 left of 0 and 1 right of it."""
    return _line(n, noise, seed, kind="step")


def bump(n: int, noise: float, seed: int) -> pd.DataFrame:
    """y = x + 1.5·exp(-(x/0.2)²), which rises, falls and rises again."""
    return _line(n, noise, seed, kind="bump")


def _line(n: int, noise: float, seed: int, *, kind: str) -> pd.DataFrame:
    import pandas as pd

    generator = np.random.default_rng(seed)
    x = generator.uniform(-1, 1, n)
    values = {
        "sine": np.sin(2 * np.pi * x),
        "step": np.sign(x),
        "bump": x + 1.5 * np.exp(-((x / 0.2) ** 2)),
    }
    return pd.DataFrame({"x": x, "y": values[kind] + noise * generator.normal(size=n)})


def _plane(x: Floats, label: NDArray[np.str_]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({"x1": x[:, 0], "x2": x[:, 1], "class": label})
