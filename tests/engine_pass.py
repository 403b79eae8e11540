"""A pass of the engine with random numbers in all places, for tests that compare what it gives."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from layer_cases import Case

from models import Pass
from models.arrays import Array
from models.site import Draws

SEEDS = (3, 11)


class Trial:
    """One pass in float64, and the gradient of Σ grad_output ∘ logits.

    Parameters
    ----------
    case : Case
    training : bool
        In training each seed reads examples of its own; else all read the same.
    n : int
        How many examples.
    whole : bool
        Whether the inputs are multiples of ½, so that many of them are equal.
    seeds : tuple of int
        Some of `SEEDS`; the numbers that belong to a seed do not depend on the others.
    """

    def __init__(
        self, case: Case, *, training: bool = False, n: int = 5, whole: bool = False, seeds: tuple[int, ...] = SEEDS
    ) -> None:
        self.case, self.network, self.training = case, case.network(), training
        mine = [SEEDS.index(seed) for seed in seeds]
        generator = np.random.default_rng(8)
        self.params = (self.network.init(SEEDS) + 0.2 * generator.normal(size=(2, self.network.n_parameters)))[mine]
        numbers = generator.normal(size=(2, n, *case.shape))
        numbers = np.round(2 * numbers) / 2 if whole else numbers
        tokens = np.floor(case.vocabulary * generator.random(numbers.shape))
        self.x = (tokens if case.vocabulary else numbers)[mine if training else [0]]
        self.buffers = {
            name: array[mine] + generator.random(array.shape)[mine]
            for name, array in self.network.init_buffers(2).items()
        }
        self.one = Pass(self.network, self.params, n, buffers=self.buffers, training=training, draws=Draws(seeds))
        self.grad_output = generator.normal(size=(2, *self.one.logits.examples.shape[1:]))[mine]
        self.buffers_before: dict[str, Array] = {}

    def replay(self) -> Trial:
        """Forward and backward, once."""
        self.buffers_before = {name: array.copy() for name, array in self.buffers.items()}
        self.one.own_input.examples[...] = self.x
        self.one.forward.replay()
        self.one.grad_output.examples[...] = self.grad_output
        self.one.backward.replay()
        return self

    @property
    def outputs(self) -> Array:
        """The logits (R, N, …, K)."""
        return self.one.logits.examples

    @property
    def gradients(self) -> Array:
        """With respect to all parameters, (R, n_parameters)."""
        return self.one.gradients

    @property
    def named_gradients(self) -> Mapping[str, Array]:
        """The same by name."""
        return self.network.views(self.one.gradients)

    @property
    def grad_input(self) -> Array:
        """With respect to what the node reads that `Case.behind_a_node` put in front, (R, N, …)."""
        return self.one.tape.grad_pre_activation["dropout1"]

    @property
    def given(self) -> list[Array]:
        """Everything that goes into the pass; what is written to these arrays is what it works with."""
        return [self.params, self.x, self.grad_output, *self.buffers.values()]

    @property
    def results(self) -> dict[str, Array]:
        """Everything that comes out of it, by name; the buffers are those after the pass."""
        grad_input = {} if self.case.vocabulary else {"grad_input": self.grad_input}
        return {"outputs": self.outputs, "gradients": self.gradients, **grad_input, **self.buffers}

    def value_at(self, live: Array, numbers: Array) -> float:
        """Σ grad_output ∘ logits with other numbers in one of the arrays of the pass, which is put back afterwards."""
        kept = live.copy()
        live[...] = numbers
        self.one.own_input.examples[...] = self.x
        self.one.forward.replay()
        live[...] = kept
        return float((self.grad_output * self.outputs).sum())
