"""Where a layer does its work: the `Site` hands it its arrays, and takes down the calls that its pass consists of.

A layer does not compute when its `forward` is called: it says, once, which NumPy functions are to be called with which
arrays, and the network replays those calls at every step. The inner loop of training therefore allocates nothing and
looks up nothing, and a layer still reads like the formula it stands for.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.arrays import Array, stream
from models.signal import Signal

Function = Callable[..., object]
CACHED_NUMBERS = 4096


class Calls:
    """Calls that were bound to their arguments once and can be replayed."""

    def __init__(self) -> None:
        self._calls: list[tuple[Function, tuple[Any, ...]]] = []

    def __call__(self, function: Function, *arguments: object, **named: object) -> None:
        """Take down one call."""
        self._calls.append((partial(function, **named) if named else function, arguments))

    def __len__(self) -> int:
        return len(self._calls)

    @property
    def bound(self) -> tuple[tuple[Function, tuple[Any, ...]], ...]:
        """All calls, in order."""
        return tuple(self._calls)

    def extend(self, others: Calls) -> None:
        """Take down the calls of another list."""
        self._calls.extend(others._calls)

    def split(self, n: int) -> tuple[Calls, Calls]:
        """Return the first n calls, and all others."""
        parts = Calls(), Calls()
        parts[0]._calls, parts[1]._calls = self._calls[:n], self._calls[n:]
        return parts

    def replay(self) -> None:
        """Make all calls, in order."""
        for function, arguments in self._calls:
            function(*arguments)


class Draws:
    """Random numbers of a training step, each from its seed, a name and the number of the step."""

    def __init__(self, seeds: tuple[int, ...]) -> None:
        self.seeds = seeds
        self.step = 0

    def uniform(self, name: str, out: Array) -> None:
        """Fill `out` (R, …) with numbers from [0, 1), each row from the stream of its seed."""
        if len(self.seeds) != len(out):
            raise ValueError(
                f"{name} draws for {len(out)} seeds, but {len(self.seeds)} are given: hand draws to the pass"
            )
        for row, seed in enumerate(self.seeds):
            stream(seed, name, self.step).random(dtype=out.dtype.type, out=out[row])


@dataclass
class Desk:
    """What is needed to take down calls on arrays of one type: a list of calls, constants and scratch arrays."""

    call: Calls
    dtype: str
    constants: dict[float, Array] = field(default_factory=dict)
    transients: dict[tuple[int, ...], Array] = field(default_factory=dict)

    def constant(self, value: float) -> Array:
        """Return a number as an array without axes: NumPy takes it in half the time of a Python number."""
        if value not in self.constants:
            self.constants[value] = np.array(value, self.dtype)
        return self.constants[value]

    def scratch(self, *shape: int) -> Array:
        """Return an array to be used as the caller likes; it is nobody else's."""
        return np.empty(shape, self.dtype)

    def transient(self, *shape: int) -> Array:
        """Return an array whose content need not outlive the layer's own calls: the next layer may write to it."""
        if shape not in self.transients:
            self.transients[shape] = np.empty(shape, self.dtype)
        return self.transients[shape]

    def zeros_beside(self, array: Array) -> Array:
        """Return zeros that broadcast to `array`: the maximum with an array takes half the time of that with a number.

        As many of the last axes as stay in the processor's first cache.
        """
        shape = array.shape[-1:]
        for length in reversed(array.shape[:-1]):
            if math.prod(shape) * length > CACHED_NUMBERS:
                break
            shape = (length, *shape)
        return np.zeros(shape, self.dtype)

    def product(self, a: Array, b: Array, out: Array) -> None:
        """Take down out = a b, matrix by matrix along the leading axis (R)."""
        single = out.ndim == 3 and len(out) == 1 and len(a) == len(b) == 1
        if single and out[0].flags.c_contiguous and _is_dense(a[0]) and _is_dense(b[0]):
            self.call(np.dot, a[0], b[0], out[0])  # half the time of matmul where the matrices are small
        else:
            self.call(np.matmul, a, b, out)


def _is_dense(matrix: Array) -> bool:
    return matrix.flags.c_contiguous or matrix.flags.f_contiguous


def transposed(matrices: Array) -> Array:
    """Return a view with the last two axes exchanged."""
    return matrices.swapaxes(-1, -2)


@dataclass
class Site(Desk):
    """A layer's place in one pass.

    Attributes
    ----------
    name : str
        Of the node.
    parameters, gradients : dict of array (R, …)
        By short name, ``"W"``; a layer writes the gradients.
    joined, grad_joined : dict of array (R, fan_in + 1, fan_out)
        By the weight's short name: a weight with its bias as last row, in the same memory.
    buffers : dict of array (R, …)
        What is neither parameter nor tape, such as running means.
    inputs, output : Signal
        What the layer reads, and its pre-activation.
    grad_inputs : list of Signal or None
        Where the gradients with respect to the inputs go; None where nobody wants it.
    grad_output : Signal
        The gradient with respect to the pre-activation.
    training : bool
        Whether dropout drops and batch normalization uses the batch.
    draws : Draws
    notes, integers : dict
        What `forward` leaves for `backward` of the same pass.
    """

    name: str = ""
    parameters: dict[str, Array] = field(default_factory=dict)
    gradients: dict[str, Array] = field(default_factory=dict)
    joined: dict[str, Array] = field(default_factory=dict)
    grad_joined: dict[str, Array] = field(default_factory=dict)
    buffers: dict[str, Array] = field(default_factory=dict)
    inputs: tuple[Signal, ...] = ()
    output: Signal = field(default_factory=lambda: Signal(np.zeros((1, 1, 1))))
    grad_inputs: tuple[Signal | None, ...] = ()
    grad_output: Signal = field(default_factory=lambda: Signal(np.zeros((1, 1, 1))))
    training: bool = True
    draws: Draws = field(default_factory=lambda: Draws(()))
    notes: dict[str, Array] = field(default_factory=dict)
    integers: dict[str, NDArray[np.intp]] = field(default_factory=dict)

    @property
    def n_seeds(self) -> int:
        """R."""
        return int(self.output.memory.shape[0])

    @property
    def n_examples(self) -> int:
        """N."""
        return int(self.output.memory.shape[-1])
