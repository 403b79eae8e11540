"""What a method of embedding takes and gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from diagnostics.projection import Interrupted
from diagnostics.run import AnyArray
from diagnostics.seed_spread import Floats
from diagnostics.snapshots import Snapshots

__all__ = ["DEFAULT", "Embedding", "Interrupted", "Method", "Options", "check_dimensions", "go_on"]

Report = Callable[[float], bool]
Place = Callable[[AnyArray], Floats]


def go_on(share: float) -> bool:
    """Take a report of progress, and go on."""
    return True


@dataclass(frozen=True)
class Options:
    """What can be set; a method reads what concerns it and names that in `Embedding.settings`.

    Attributes
    ----------
    n_neighbors : int
        Isomap: neighbours to which each snapshot is joined, at least 1. Fewer keep paths apart that only start
        together, more come closer to `mds`.
    perplexity : float
        t-SNE: how many neighbours count for each snapshot, about.
    seed : int
        t-SNE: of the random numbers.

    Raises
    ------
    ValueError
        If a number is out of range.
    """

    n_neighbors: int = 20
    perplexity: float = 30.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the ranges."""
        if self.n_neighbors < 1:
            raise ValueError(f"each snapshot needs at least 1 neighbour, not {self.n_neighbors}")
        if not self.perplexity >= 1:
            raise ValueError(f"the perplexity must be at least 1, not {self.perplexity}")


DEFAULT = Options()


@dataclass(frozen=True, eq=False)
class Embedding:
    """A map.

    Attributes
    ----------
    points : array (n, n_dims)
        One for each snapshot. Its axes are in order of importance.
    method : str
        The method's name in `EMBEDDINGS`.
    shares : tuple of float
        Of each axis: its share of the variance (pca, mds), or of the sum of all |eigenvalues| (inpca, isomap); () for
        t-SNE, whose axes mean nothing.
    explained : float
        How much the map holds of what there was, at most 1; NaN for t-SNE.
    explained_what : str
        What `explained` is a share of, in words.
    negative : tuple of bool
        Of each axis whether its eigenvalue is negative (inpca): distances along it count less than nothing.
    settings : mapping
        What was set, to be printed under the map.
    notes : tuple of str
        What a reader of the map must know, in sentences.
    place : callable, optional
        Outputs (m, P, K) -> their points (m, n_dims) in this map, which stays as it is. None where there is no way.
    places_exactly : bool
        Whether `place` puts the snapshots of the map where the map has them.
    """

    points: Floats
    method: str
    shares: tuple[float, ...]
    explained: float
    explained_what: str
    place: Place | None
    places_exactly: bool = True
    negative: tuple[bool, ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def n_dims(self) -> int:
        """2 or 3."""
        return int(self.points.shape[1])


class Method(Protocol):
    """A method of embedding.

    Raises
    ------
    ValueError
        For another number of dimensions than 2 or 3, or too few snapshots.
    Interrupted
        If `progress`, which is told the share that is done, returned False.
    """

    def __call__(
        self, snapshots: Snapshots, n_dims: int = 2, *, options: Options = ..., progress: Report = ...
    ) -> Embedding:
        """Return the map of the snapshots."""


def check_dimensions(n_dims: int) -> None:
    """Refuse what cannot be drawn.

    Raises
    ------
    ValueError
        For another number than 2 or 3.
    """
    if n_dims not in (2, 3):
        raise ValueError(f"a map has 2 or 3 dimensions, not {n_dims}")
