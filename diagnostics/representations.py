"""What the layers of a run's networks say on its probe examples, at several moments of their training.

`Moments` holds the parameters, which are few numbers; what the layers say is read anew for every question, a network
at a time, so that the memory is bounded. The questions: `layer_similarity`, `similarity_over_training`,
`example_maps`, `unit_trajectories`. Start at `Moments.read`.

Of a convolution every number counts, all positions and channels flattened (as in Kornblith et al. 2019), wherever
layers or examples are compared; where units are, a channel is a unit, averaged over the positions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from diagnostics.run import AnyArray
from models.arrays import Array
from models.graph import INPUT, OUTPUT
from models.network import Network
from models.passes import Pass

MOST_AT_ONCE = 2_000_000  # numbers that one pass keeps, all layers together
SAME = ("dropout", "flatten")  # layers that say what the one before them says, once training is over


def go_on(share: float) -> bool:
    """Take a report of progress, and go on."""
    return True


@dataclass(frozen=True, eq=False)
class Moments:
    """The networks of one run at T moments of their training, and the probe examples.

    Attributes
    ----------
    network : Network
    seeds : tuple of int
        R.
    steps : tuple of int
        T, ascending; 0 is before training.
    params : tuple of array (R, n_parameters)
        At each moment.
    buffers : tuple of dict of array (R, …)
        Running means, likewise.
    is_there : array (T, R) of bool
        Whether a seed had not diverged.
    x : array (P, D)
    y : array
        Classes, labels or numbers of the examples.
    task : str
    class_names : tuple of str
    run_id, run_name : str
    """

    network: Network
    seeds: tuple[int, ...]
    steps: tuple[int, ...]
    params: tuple[Array, ...]
    buffers: tuple[Mapping[str, Array], ...]
    is_there: NDArray[np.bool_]
    x: Array
    y: AnyArray
    task: str
    class_names: tuple[str, ...]
    run_id: str
    run_name: str

    @property
    def layers(self) -> tuple[str, ...]:
        """All layers that say something of their own, the output last; without the input."""
        return self.layers_of(self.network)

    @staticmethod
    def layers_of(network: Network) -> tuple[str, ...]:
        """Return these of a network."""
        return tuple(node.name for node in network.nodes if node.type not in SAME)

    @property
    def hidden_layers(self) -> tuple[str, ...]:
        """All but the output."""
        return tuple(name for name in self.layers if name != OUTPUT)

    @property
    def labels(self) -> NDArray[np.int64] | None:
        """The class of each example, (P,); None where there is not one class for each."""
        if self.task != "classification" or np.ndim(self.y) != 1:
            return None
        return np.asarray(self.y, np.int64)

    @property
    def class_words(self) -> tuple[str, ...]:
        """What the classes are called, by number; () where there are none."""
        if self.labels is None:
            return ()
        return self.class_names or tuple(map(str, range(int(self.labels.max(initial=0)) + 1)))

    def row(self, seed: int | None) -> int:
        """Return the place of a seed, of the first that never diverged if none is given.

        Raises
        ------
        ValueError
            If there is no such seed, or all diverged.
        """
        if seed is None:
            alive = np.flatnonzero(self.is_there.all(axis=0))
            if not len(alive):
                raise ValueError("every seed of this run diverged, so there is nothing to look at")
            return int(alive[0])
        if seed not in self.seeds:
            raise ValueError(f"the run has no seed {seed}: choose one of {', '.join(map(str, self.seeds))}")
        return self.seeds.index(seed)

    def place(self, step: int | None) -> int:
        """Return the place of a moment, the last if none is given.

        Raises
        ------
        ValueError
            If no state was kept there.
        """
        if step is None:
            return len(self.steps) - 1
        if step not in self.steps:
            kept = ", ".join(map(str, self.steps))
            raise ValueError(f"no state was kept at step {step}: choose one of {kept}")
        return self.steps.index(step)

    def read(self, place: int, row: int, layers: Sequence[str]) -> dict[str, Array]:
        """Return what some layers say, (P, …, units) each; "input" is the examples themselves.

        Parameters
        ----------
        place, row : int
            Of the moment and of the seed.
        layers : sequence of str
        """
        one = self._pass
        np.copyto(one.params, self.params[place][row : row + 1])
        for name, array in self.buffers[place].items():
            np.copyto(self._own_buffers[name], array[row : row + 1])
        said: dict[str, Array] = {}
        for start in range(0, len(self.x), one.n_examples):
            part = self.x[start : start + one.n_examples]
            n = len(part)
            full = part if n == one.n_examples else np.concatenate([part, np.repeat(part[:1], one.n_examples - n, 0)])
            one.load(full)
            with np.errstate(all="ignore"):
                one.forward.replay()
            for name in layers:
                if name == INPUT:
                    said[name] = self.x
                    continue
                values = one.tape.activation[name][0, :n]
                if name not in said:
                    said[name] = np.empty((len(self.x), *values.shape[1:]), values.dtype)
                said[name][start : start + n] = values
        return said

    @cached_property
    def _pass(self) -> Pass:
        """One pass over some of the examples; parameters and buffers are copied into it."""
        numbers = sum(math.prod(node.shape) for node in self.network.nodes)
        n = int(min(max(MOST_AT_ONCE // max(numbers, 1), 1), len(self.x)))
        return Pass(self.network, np.empty_like(self.params[0][:1]), n, buffers=self._own_buffers)

    @cached_property
    def _own_buffers(self) -> dict[str, Array]:
        return {name: np.array(array[:1]) for name, array in self.network.init_buffers(1).items()}


def chosen_moments(moments: Moments, most: int) -> tuple[int, ...]:
    """Return the places of up to `most` moments: the first, where most happens at once the one after it, the last.

    Those between are chosen evenly in steps.
    """
    n = len(moments.steps)
    if n <= most:
        return tuple(range(n))
    steps = np.array(moments.steps)
    wanted = np.linspace(steps[1], steps[-1], most - 1)
    nearest = np.abs(steps[None, 1:] - wanted[:, None]).argmin(axis=1) + 1
    return tuple(dict.fromkeys([0, *nearest.tolist()]))


def check_same_examples(one: Moments, other: Moments) -> None:
    """Refuse runs that were not probed with the same examples.

    Raises
    ------
    ValueError
        If they were not.
    """
    if one.x.shape != other.x.shape or not np.array_equal(one.x, other.x, equal_nan=True):
        raise ValueError(
            f"the runs {one.run_name!r} and {other.run_name!r} were not probed with the same examples, so that their "
            "layers cannot be compared: choose runs of the same data with the same split"
        )
