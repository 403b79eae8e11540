"""Recording of gradient noise: what a step leaves is reduced to a few numbers for each example, and these in bulk.

The mini-batch's own pass is read, so that no further pass is needed. `NoiseReader` is the set that is always on:
lengths of the gradients of the examples, norm test, noise scale, and the cosine between successive gradients.
`diagnostics.recording.noise_tests` has what costs more. Nothing here writes to an array of the training.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from diagnostics.gradient_noise import NETWORK, cosine, diversity, noise_scale, norm_test, signal, trace
from diagnostics.recording.example_gradients import ExampleGradients
from diagnostics.run import QUANTILES, AnyArray
from models.arrays import Array, BoolArray
from models.network import Network
from models.passes import Pass
from models.site import Calls
from models.training import Step

Rows = dict[str, AnyArray]
"""By the name of a series, the rows of several steps, (T, R, …)."""

MOST_STEPS = 256
RING_NUMBERS = 2**18  # of lengths of gradients of examples: a megabyte in float32


@dataclass
class Reduction:
    """The calls that reduce a pass to squared lengths, bound once; they write to `lengths` (L, R, N)."""

    made_by: Pass
    gradients: ExampleGradients
    calls: Calls
    lengths: Array
    places: tuple[slice, ...]


@dataclass
class _Taken:
    """What was taken of some steps: lengths (T, L, R, N), and ‖g‖², g·g₋₁ and ‖g₋₁‖² of each layer, (T, 3, L, R)."""

    lengths: Array
    products: Array
    steps: list[int] = field(default_factory=list)
    active: list[BoolArray] = field(default_factory=list)


class NoiseReader:
    """Takes steps and hands out their numbers.

    Parameters
    ----------
    network : Network
    n_seeds : int
    """

    def __init__(self, network: Network, n_seeds: int) -> None:
        self._network, self._n_seeds = network, n_seeds
        self._names = tuple(node.name for node in network.nodes if node.parameters)
        self._before = np.zeros((n_seeds, network.n_parameters), network.dtype)
        self._before_step = self._last = -1
        self._last_squared = np.zeros((len(self._names), n_seeds), network.dtype)
        self._reductions: dict[int, Reduction] = {}
        self._taken: dict[int, _Taken] = {}
        self._ready: list[tuple[NDArray[np.int64], Rows]] = []

    def keep_gradient(self, step: Step) -> None:
        """Copy the gradient of a step, if the next one is to be compared with it."""
        if step.gradient is not None:
            np.copyto(self._before, step.gradient)
            self._before_step = step.number

    def take(self, step: Step) -> tuple[Array, ExampleGradients]:
        """Reduce an update; return its squared lengths (L, R, N), valid until the next is taken, and its gradients."""
        assert step.tape is not None
        assert step.gradient is not None
        reduction = self.reduction(step.tape.made_by)
        n = reduction.gradients.n
        if n not in self._taken:  # the last mini-batch of an epoch may be smaller
            self._taken[n] = self._room(reduction.lengths)
        taken = self._taken[n]
        row, gradient = len(taken.steps), step.gradient
        reduction.calls.replay()
        np.copyto(taken.lengths[row], reduction.lengths)
        products, is_next = taken.products[row], self._before_step == step.number - 1
        is_known = self._last == step.number - 1
        for k, place in enumerate(reduction.places):
            now, before = gradient[:, place], self._before[:, place]
            np.vecdot(now, now, products[0, k])
            if is_next:
                np.vecdot(now, before, products[1, k])
                if not is_known:
                    np.vecdot(before, before, products[2, k])
        if not is_next:
            products[1:] = np.nan
        elif is_known:
            products[2] = self._last_squared
        self._last, self._last_squared = step.number, products[0].copy()
        taken.steps.append(step.number)
        taken.active.append(step.active)
        if row + 1 == len(taken.lengths):
            self._reduce()
        return reduction.lengths, reduction.gradients

    @property
    def has_reduced(self) -> bool:
        """Whether there are rows to be handed out."""
        return bool(self._ready)

    def finished(self, everything: bool = False) -> Iterator[tuple[NDArray[np.int64], Rows]]:
        """Yield (steps (T,), rows) of what has been reduced; of all that was taken, if `everything` is asked for."""
        if everything:
            self._reduce()
        while self._ready:
            yield self._ready.pop(0)

    def release(self) -> None:
        """Let go of the passes."""
        self._reductions.clear()
        self._taken.clear()

    def reduction(self, made_by: Pass) -> Reduction:
        """Return the calls for a pass, bound at its first use."""
        found = self._reductions.get(made_by.n_examples)
        if found is None or found.made_by is not made_by:
            found = self._reductions[made_by.n_examples] = _reduction(made_by)
        return found

    def _room(self, lengths: Array) -> _Taken:
        n_steps = max(1, min(MOST_STEPS, RING_NUMBERS // max(lengths.size, 1)))
        room = np.empty((n_steps, *lengths.shape), lengths.dtype)
        return _Taken(room, np.empty((n_steps, 3, *lengths.shape[:2]), lengths.dtype))

    def _reduce(self) -> None:
        """Reduce what was taken of mini-batches of every size, and put it in order."""
        parts = [self._rows_of(taken) for taken in self._taken.values() if taken.steps]
        for taken in self._taken.values():
            taken.steps.clear()
            taken.active.clear()
        if not parts:
            return
        steps = np.concatenate([steps for steps, _ in parts])
        order = np.argsort(steps)
        rows = {name: np.concatenate([rows[name] for _, rows in parts])[order] for name in parts[0][1]}
        self._ready.append((steps[order], rows))

    @np.errstate(all="ignore")  # what is not finite is recorded as such
    def _rows_of(self, taken: _Taken) -> tuple[NDArray[np.int64], Rows]:
        n = len(taken.steps)
        lengths, products = taken.lengths[:n].swapaxes(0, 1), np.moveaxis(taken.products[:n], 0, 2).astype(np.float64)
        rows: Rows = {}
        for k, name in enumerate(self._names):
            rows |= _named(f"{name}/weight_gradient", lengths[k], *products[:, k])
        total = lengths.sum(axis=0, dtype=np.float64)
        rows |= _named(NETWORK, total, *products.sum(axis=1)) | _of_examples(total)
        rows[f"{NETWORK}/diversity"] = diversity(total, products[0].sum(axis=0))
        return np.array(taken.steps, np.int64), masked(rows, np.array(taken.active))


def masked(rows: Rows, active: BoolArray) -> Rows:
    """Return rows (T, R, …) in single precision, with NaN where a seed is not trained any more, (T, R)."""
    result = {}
    for name, values in rows.items():
        single = values if values.dtype.kind == "u" else values.astype(np.float32)
        single[~active] = 0 if single.dtype.kind == "u" else np.nan
        result[name] = single
    return result


def _named(head: str, lengths: Array, squared: Array, with_before: Array, before: Array) -> Rows:
    """Return what is said of a layer or of the network, from lengths (T, R, N) and the three products (T, R)."""
    n, spread = lengths.shape[-1], trace(lengths, squared)
    estimate = signal(spread, squared, n)
    return {
        f"{head}/norm": np.sqrt(squared),
        f"{head}/trace": spread,
        f"{head}/signal": estimate,
        f"{head}/norm_test": norm_test(spread, squared, n),
        f"{head}/noise_scale": noise_scale(spread, estimate),
        f"{head}/cosine_of_successive": cosine(with_before, squared, before),
    }


def _of_examples(squared_lengths: Array) -> Rows:
    """Return mean, largest and quantiles of the lengths of the gradients of single examples, (T, R, N)."""
    lengths = np.sqrt(squared_lengths)
    quantiles = np.moveaxis(np.quantile(lengths, QUANTILES, axis=-1), 0, -1)
    head = f"{NETWORK}/example_norm"
    return {
        f"{head}/mean": lengths.mean(axis=-1),
        f"{head}/maximum": lengths.max(axis=-1),
        f"{head}/quantiles": quantiles,
    }


def _reduction(made_by: Pass) -> Reduction:
    gradients, calls = ExampleGradients(made_by), Calls()
    shape = (len(gradients.nodes), made_by.n_seeds, made_by.n_examples)
    lengths = np.zeros(shape, made_by.network.dtype)
    scale = np.array(float(made_by.n_examples) ** 2, lengths.dtype)
    for node, out in zip(gradients.nodes, lengths, strict=True):
        if (factors := gradients.single(node)) is None:
            calls(lambda node=node, out=out: np.copyto(out, gradients.squared_lengths(node)))
            continue
        sums = [np.empty_like(out) for _ in factors]
        for array, total in zip(factors, sums, strict=True):
            part = np.empty(array.shape, array.dtype)
            calls(np.multiply, array, array, part)
            calls(np.add.reduce, part, 1, None, total)
        calls(np.multiply, sums[0], sums[1], out)
        calls(np.multiply, out, scale, out)
    return Reduction(made_by, gradients, calls, lengths, tuple(map(gradients.place, gradients.nodes)))
