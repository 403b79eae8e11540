"""What a network answers on a plane through its inputs, with seeds and data: shared by slices and the PCA plane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from diagnostics.data_density import kernel, usual_density, veil
from diagnostics.run import AnyArray
from diagnostics.seed_spread import Floats

MOST_IN_DENSITY = 1500
PROBABILITY, CLASS, NUMBER = "probability", "class", "number"


@dataclass(frozen=True, eq=False)
class Meaning:
    """What outputs (…, K) mean, and which of them is looked at.

    Attributes
    ----------
    task : str
        "classification", "multi_label" or "regression".
    names : tuple of str
        Of the classes, labels or targets, K.
    output : int or None
        The one that is shown; None: the most probable class.
    target : str
        What is predicted.
    """

    task: str
    names: tuple[str, ...]
    output: int | None = None
    target: str = ""

    @property
    def kind(self) -> str:
        """What a surface shows: the "class", a "probability" or a "number"."""
        if self.task == "regression":
            return NUMBER
        return CLASS if self.output is None else PROBABILITY

    @property
    def name(self) -> str:
        """The output that is shown."""
        return "most probable class" if self.output is None else self.names[self.output]

    def shown(self, outputs: Floats) -> Floats:
        """Return what is shown of outputs (…, K): a probability, a number, or the number of a class."""
        return outputs.argmax(axis=-1).astype(np.float64) if self.output is None else outputs[..., self.output]

    def target_of(self, y: AnyArray) -> Floats:
        """Return what the output should be, (N,): the class, 0 or 1 for a label, the number."""
        return np.asarray(y if y.ndim == 1 else y[:, self.output or 0], dtype=np.float64)

    def agreement(self, one: Floats, other: Floats) -> float:
        """Return how far two sets of mean outputs (N, K) agree, 0 to 1.

        Of numbers the squared correlation, else the share of the rows with the same class (or the label on one side of
        one half in both).
        """
        if self.kind == NUMBER:
            a, b = self.shown(one), self.shown(other)
            if len(a) < 2 or a.std() == 0 or b.std() == 0:
                return float("nan")
            return float(np.corrcoef(a, b)[0, 1] ** 2)
        if self.task == "multi_label":
            return float(((self.shown(one) > 0.5) == (self.shown(other) > 0.5)).mean())
        return float((one.argmax(axis=1) == other.argmax(axis=1)).mean())


@dataclass(frozen=True, eq=False)
class PlaneAxis:
    """One axis: its name, where the surface is computed (G,), and the categories if it has some."""

    name: str
    places: Floats
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class DataPoints:
    """Rows on the plane: `x`, `y` (N,), what was wanted (N,), whether of the validation part, numbers in the table."""

    x: Floats
    y: Floats
    wanted: Floats
    is_validation: NDArray[np.bool_]
    rows: NDArray[np.int64]
    far: Floats = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True, eq=False)
class PlaneSurface:
    """The answers on the plane; H places along the second axis, G along the first, R seeds.

    Attributes
    ----------
    values : array (H, G)
        The mean over the seeds of the probability or number, or the class that is most probable on their average.
    each_seed : array (R, H, G)
        The same of each seed.
    disagreement : array (H, G)
        Standard deviation over the seeds; of classes the share of the seeds that say another class.
    veil : array (H, G)
        0 where there are data, 1 where there are none (`diagnostics.data_density`).
    """

    axes: tuple[PlaneAxis, PlaneAxis]
    values: Floats
    each_seed: Floats
    disagreement: Floats
    veil: Floats

    @property
    def n_seeds(self) -> int:
        """R."""
        return len(self.each_seed)

    @property
    def mean_disagreement(self) -> float:
        """The mean of the disagreement where the veil is not thickest."""
        there = self.veil < 1
        return float(self.disagreement[there].mean()) if there.any() else float("nan")


def places_of(axes: tuple[PlaneAxis, PlaneAxis]) -> tuple[Floats, Floats]:
    """Return the coordinates of all places (H·G,), the first axis running fastest."""
    x, y = np.meshgrid(axes[0].places, axes[1].places)
    return x.ravel(), y.ravel()


def plane_surface(
    outputs: Floats, axes: tuple[PlaneAxis, PlaneAxis], meaning: Meaning, data: Sequence[Floats]
) -> PlaneSurface:
    """Return the surface of outputs (R, H·G, K), veiled by the data, whose two coordinates (N,) are given."""
    shape = len(axes[1].places), len(axes[0].places)
    seeds, mean = meaning.shown(outputs), meaning.shown(outputs.mean(axis=0))
    differ = (seeds != mean).mean(axis=0) if meaning.kind == CLASS else seeds.std(axis=0)
    return PlaneSurface(
        axes, mean.reshape(shape), seeds.reshape(len(seeds), *shape), differ.reshape(shape), _veil(axes, data)
    )


def _veil(axes: tuple[PlaneAxis, PlaneAxis], data: Sequence[Floats]) -> Floats:
    every = max(1, -(-len(data[0]) // MOST_IN_DENSITY))
    given = [one[::every] for one in data]
    numeric = [not axis.categories for axis in axes]
    n_numeric = sum(numeric)
    pairs = list(zip(given, numeric, axes, strict=True))
    x, y = (kernel(one, axis.places, n_numeric, is_numeric=number) for one, number, axis in pairs)
    own = [kernel(one, one, n_numeric, is_numeric=number) for one, number, _ in pairs]
    return veil(y @ x.T, usual_density(own[0] * own[1]))
