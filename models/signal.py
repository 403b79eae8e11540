"""A `Signal`: the numbers of one place in a network, features first and examples last.

With the examples last every operation runs along contiguous memory, gates and channels are blocks of rows, and a row of
ones behind the features puts the bias of a layer into its matrix product. Outside of the engine arrays have their
examples first and their features last; `Signal.examples` is that view.
"""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np

from models.arrays import Array

Shape = tuple[int, ...]
"""Of one example, features first: (D,), (D, positions), (channels, height, width)."""


class Signal:
    """Values at one place of the network for R seeds and N examples.

    Parameters
    ----------
    memory : array (R, D + ones, *rest, N)
        For examples of shape (D, *rest).
    ones : int
        1 if a feature that is 1 throughout stands behind the others (what a layer with a bias reads), else 0.

    Attributes
    ----------
    shape : tuple of int
        (D, *rest).
    """

    def __init__(self, memory: Array, ones: int = 0) -> None:
        self.memory, self._ones = memory, ones
        self.shape: Shape = (memory.shape[1] - ones, *memory.shape[2:-1])

    @classmethod
    def empty(cls, n_seeds: int, shape: Shape, n_examples: int, dtype: str, ones: int = 0) -> Signal:
        """Return a signal to be written to."""
        memory = np.zeros((n_seeds, shape[0] + ones, *shape[1:], n_examples), dtype)
        memory[:, shape[0] :] = 1
        return cls(memory, ones)

    @cached_property
    def array(self) -> Array:
        """The values, (R, D, *rest, N)."""
        return self.memory[:, : self.shape[0]]

    @cached_property
    def with_ones(self) -> Array:
        """The values as one matrix for each seed, and the row of ones: (R, D + 1, positions·N)."""
        assert self._ones, "this signal has no row of ones"
        return self._rows

    @cached_property
    def matrix(self) -> Array:
        """The values as one matrix for each seed, (R, D, positions·N)."""
        return self._rows[:, : self.shape[0]]

    @cached_property
    def flattened(self) -> Signal:
        """The same memory as a signal of shape (D·rest,), channel after channel."""
        if len(self.shape) == 1:
            return self
        n_seeds, n_examples = self.memory.shape[0], self.memory.shape[-1]
        used = (math.prod(self.shape) + self._ones) * n_examples  # behind it stand more ones
        rows = self.memory.reshape(n_seeds, -1)[:, :used].reshape(n_seeds, -1, n_examples)
        return Signal(rows, self._ones)

    @cached_property
    def examples(self) -> Array:
        """The values as the rest of the world sees them, (R, N, *rest, D)."""
        return features_last(self.array)

    @property
    def _rows(self) -> Array:
        return self.memory.reshape(*self.memory.shape[:2], -1)


def features_last(array: Array) -> Array:
    """Return a view (R, N, *rest, D) of an array (R, D, *rest, N)."""
    return np.moveaxis(np.moveaxis(array, -1, 1), 2, -1)


def features_first(shape: Shape) -> Shape:
    """Return the shape of an example inside the engine, (D, *rest), for one seen from outside, (*rest, D)."""
    return (shape[-1], *shape[:-1])
