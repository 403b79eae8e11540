"""Recording at every step: what a step leaves is copied into a ring, and many steps are reduced at once.

The mini-batch's own pass is read (its tape, its gradients), so that no further pass is needed. Copying costs a few
microseconds a step; the statistics are made by the compiled kernel in a thread of its own, which needs no interpreter.
Start at `DenseReader`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diagnostics.histogram import BINNINGS
from diagnostics.probes import near_asymptote
from diagnostics.run import AnyArray
from diagnostics.statistics import statistics
from models.arrays import Array, BoolArray
from models.network import Network, Node
from models.passes import Pass
from models.training import Step

RING_NUMBERS = 2**20  # of one half of the ring: four megabytes in float32
MOST_STEPS = 256
MOST_BYTES = 64 * 2**20
QUANTITIES = ("activation", "gradient", "weight", "weight_gradient")

Rows = dict[str, AnyArray]
"""By the name of a series, the rows of several steps, (T, R, …)."""


@dataclass
class _Half:
    """One half of the ring: room for some steps on batches of one size."""

    n_examples: int
    steps: list[int]
    active: list[BoolArray]
    params: Array
    gradient: Array
    update: Array
    activations: dict[str, Array]
    gradients: dict[str, Array]
    reduction: Future[tuple[NDArray[np.int64], Rows]] | None = None


class DenseReader:
    """Copies steps and hands out their statistics, in order, some time later.

    Parameters
    ----------
    network : Network
    every : int
        Updates between two records, at least.
    total : int
        Updates planned.
    n_seeds : int

    Attributes
    ----------
    every : int
        Updates between two records, so that the histograms take at most 64 megabytes.
    """

    def __init__(self, network: Network, every: int, total: int, n_seeds: int) -> None:
        self._network = network
        self._nodes = [node for node in network.nodes if node.has_weights]
        slots = max(binning.n_slots for binning in BINNINGS.values())
        n_records = max(1, MOST_BYTES // (4 * slots * n_seeds * len(QUANTITIES) * len(self._nodes)))
        self.every = max(every, -(-total // n_records))
        self._halves: dict[int, list[_Half]] = {}
        self._current: _Half | None = None
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="dense recording")
        self._waiting: list[Future[tuple[NDArray[np.int64], Rows]]] = []

    def take(self, step: Step) -> None:
        """Copy what an update read and wrote."""
        assert step.tape is not None
        made_by = step.tape.made_by
        half = self._current
        if half is None or half.n_examples != made_by.n_examples:
            self._hand_over()
            half = self._current = self._free_half(made_by)
        k = len(half.steps)
        half.steps.append(step.number)
        half.active.append(step.active)
        np.copyto(half.params[k], step.state.params)
        np.copyto(half.gradient[k], step.gradient)  # type: ignore[arg-type]  # there is one at every update
        np.copyto(half.update[k], step.update)  # type: ignore[arg-type]
        for name, array in half.activations.items():
            np.copyto(array[k], made_by.activation(name))
        for name, array in half.gradients.items():
            np.copyto(array[k], made_by.grad_pre_activation(name))
        if k + 1 == len(half.params):
            self._hand_over()

    def finished(self, everything: bool = False) -> Iterator[tuple[NDArray[np.int64], Rows]]:
        """Yield (steps (T,), rows) of what has been reduced; of all that was taken, if `everything` is asked for."""
        if everything:
            self._hand_over()
        while self._waiting and (everything or self._waiting[0].done()):
            yield self._waiting.pop(0).result()

    def _hand_over(self) -> None:
        """Let the worker reduce the current half."""
        half, self._current = self._current, None
        if half is None or not half.steps:
            return
        steps, active = np.array(half.steps, np.int64), np.array(half.active)
        half.steps, half.active = [], []
        half.reduction = self._worker.submit(self._reduced, half, steps, active)
        self._waiting.append(half.reduction)

    def _free_half(self, made_by: Pass) -> _Half:
        """Return that of the two halves for batches of that size which is not being filled, once it has been read."""
        halves = self._halves.setdefault(made_by.n_examples, [])
        if len(halves) < 2:
            halves.append(self._half(made_by))
            return halves[-1]
        halves.reverse()
        if halves[1].reduction is not None:
            halves[1].reduction.result()
        return halves[1]

    def _half(self, made_by: Pass) -> _Half:
        params = made_by.params
        arrays = {node.name: made_by.activation(node.name) for node in self._nodes}
        numbers = 3 * params.size + 2 * sum(array.size for array in arrays.values())
        n_steps = max(1, min(MOST_STEPS, RING_NUMBERS // numbers))

        def room(like: Array) -> Array:
            return np.empty((n_steps, *like.shape), like.dtype)

        activations, gradients = ({name: room(array) for name, array in arrays.items()} for _ in range(2))
        return _Half(made_by.n_examples, [], [], room(params), room(params), room(params), activations, gradients)

    def _reduced(self, half: _Half, steps: NDArray[np.int64], active: BoolArray) -> tuple[NDArray[np.int64], Rows]:
        n = len(steps)
        rows: Rows = {}
        for node in self._nodes:
            a, grad = half.activations[node.name][:n], half.gradients[node.name][:n]
            n_examples = a.shape[-1]
            weights = {
                "weight": self._weights(node, half.params[:n]),
                "weight_gradient": self._weights(node, half.gradient[:n]),
            }
            values: Mapping[str, Array] = {"activation": a, "gradient": grad * grad.dtype.type(n_examples), **weights}
            for quantity in QUANTITIES:
                is_linear = quantity == "activation" and node.activation.bounded
                array = values[quantity]
                found = statistics(array.reshape(n * array.shape[1], -1), BINNINGS["linear" if is_linear else "symlog"])
                rows |= {
                    f"{node.name}/{quantity}/{what}": numbers.reshape(n, -1, *numbers.shape[1:])
                    for what, numbers in found.items()
                }
            rows[f"{node.name}/update/update_ratio"] = self._update_ratio(node, half, n)
            rows |= _shares(node, a)
        if not active.all():  # a stopped seed: NaN, and no counts
            for series in rows.values():
                series[~active] = 0 if series.dtype.kind == "u" else np.nan
        return steps, rows

    def _weights(self, node: Node, flat: Array) -> Array:
        """Return all weights of a node, (T, R, n)."""
        n_steps, n_seeds = flat.shape[:2]
        return self._network.weights_of(node, flat.reshape(n_steps * n_seeds, -1)).reshape(n_steps, n_seeds, -1)

    def _update_ratio(self, node: Node, half: _Half, n: int) -> AnyArray:
        update = self._weights(node, half.update[:n])
        before = self._weights(node, half.params[:n]) - update
        lengths = [np.sqrt(np.vecdot(array, array)) for array in (update, before)]
        ratio = np.full(lengths[0].shape, np.nan, np.float32)
        np.divide(lengths[0], lengths[1], out=ratio, where=lengths[1] > 0, casting="same_kind")
        return ratio


def _shares(node: Node, a: Array) -> Rows:
    """Saturated and dead share of the activations (T, R, D, …, N)."""
    rows: Rows = {}
    near = near_asymptote(node.activation, a)
    nothing = np.full(a.shape[:2], np.nan, np.float32)
    flat = (*a.shape[:2], -1)
    rows[f"{node.name}/activation/saturated_share"] = (
        nothing if near is None else near.reshape(flat).mean(axis=2).astype(np.float32)
    )
    is_off = (a <= 0).reshape(*a.shape[:3], -1).all(axis=3)
    rows[f"{node.name}/activation/dead_share"] = (
        is_off.mean(axis=2).astype(np.float32) if node.activation.silent_below else nothing
    )
    return rows
