"""Recording at every step: what a step leaves is copied into a ring, and many steps are reduced at once.

The mini-batch's own pass is read (its tape, its gradients), so that no further pass is needed. Copying costs a few
microseconds a step; the statistics are made in a thread of its own, by one compiled call that needs no interpreter: a
thread that asks for the interpreter would wait five milliseconds for it each time. Start at `DenseReader`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from diagnostics.histogram import BINNINGS
from diagnostics.recording.dense_store import QUANTITIES, Reader, Ring, Store
from diagnostics.run import AnyArray
from models.arrays import Array, BoolArray
from models.network import Network
from models.passes import Pass
from models.training import Step

RING_NUMBERS = 2**20  # of one half of the ring: four megabytes in float32
MOST_STEPS = 128
MOMENT = 1e-4  # seconds in which the worker gets the interpreter and begins; else it would wait for five milliseconds
MOST_BYTES = 64 * 2**20


@dataclass
class _Half:
    """One half of the ring: room for some steps on batches of one size.

    Attributes
    ----------
    sources : list of array
        What is copied at each step beside parameters, gradient and update: activations, then gradients, of each node.
    slots : list of list of array
        For each step its places in the ring.
    reader : Reader
    """

    sources: list[Array]
    slots: list[list[Array]]
    reader: Reader
    steps: list[int] = field(default_factory=list)
    active: list[BoolArray] = field(default_factory=list)
    reduction: Future[NDArray[np.int64]] | None = None


class DenseReader:
    """Copies steps, and reduces them to statistics some time later.

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
        self._names = [node.name for node in network.nodes if node.has_weights]
        slots = max(binning.n_slots for binning in BINNINGS.values())
        n_records = max(1, MOST_BYTES // (4 * slots * n_seeds * len(QUANTITIES) * len(self._names)))
        self.every = max(every, -(-total // n_records))
        self._n_seeds, self._n_records = n_seeds, total // self.every
        self._store: Store | None = None
        self._n_taken = self._n_finished = 0
        self._halves: dict[int, list[_Half]] = {}
        self._filling: dict[int, _Half] = {}
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="dense recording")
        self._waiting: list[Future[NDArray[np.int64]]] = []

    def take(self, step: Step) -> bool:
        """Copy what an update read and wrote; return whether a half was full, so that others may be finished."""
        made_by = step.tape.made_by  # type: ignore[union-attr]  # there is one at every update
        half = self._filling.get(made_by.n_examples) or self._free_half(made_by)
        params, gradient, update, *others = half.slots[len(half.steps)]
        params[...], gradient[...], update[...] = step.state.params, step.gradient, step.update
        for place, source in zip(others, half.sources, strict=True):
            place[...] = source
        half.steps.append(step.number)
        half.active.append(step.active)
        if len(half.steps) < len(half.slots):
            return False
        self._hand_over()
        return True

    def finished(self, everything: bool = False) -> Iterator[tuple[NDArray[np.int64], int, dict[str, AnyArray]]]:
        """Yield the steps (T,) that have been reduced, where their records begin, and all series by name; of all that
        was taken, if `everything` is asked for."""
        if everything:
            self._hand_over()
        while self._waiting and (everything or self._waiting[0].done()):
            steps = self._waiting.pop(0).result()
            assert self._store is not None
            yield steps, self._n_finished, dict(self._store.series())
            self._n_finished += len(steps)

    def _hand_over(self) -> None:
        """Let the worker reduce what has been filled."""
        halves, self._filling = list(self._filling.values()), {}
        if not halves:
            return
        reduction = self._worker.submit(self._reduced, halves, self._n_taken)
        self._n_taken += sum(len(half.steps) for half in halves)
        self._waiting.append(reduction)
        for half in halves:
            half.reduction = reduction
        time.sleep(MOMENT)

    def _free_half(self, made_by: Pass) -> _Half:
        """Begin to fill that of the two halves for batches of that size which is free, or will be."""
        halves = self._halves.setdefault(made_by.n_examples, [])
        if len(halves) < 2:
            halves.insert(0, self._half(made_by))
        else:
            halves.reverse()
        half = self._filling[made_by.n_examples] = halves[0]
        if half.reduction is not None:
            half.reduction.result()
        half.steps, half.active = [], []
        return half

    def _half(self, made_by: Pass) -> _Half:
        sources = [*map(made_by.activation, self._names), *map(made_by.grad_pre_activation, self._names)]
        arrays = [*([made_by.params] * 3), *sources]
        if self._store is None:
            n_largest = max(array[0].size for array in arrays)
            self._store = Store(self._network, self._n_records, self._n_seeds, n_largest)
        n_steps = max(1, min(MOST_STEPS, RING_NUMBERS // sum(array.size for array in arrays)))
        ring = Ring.like(arrays, n_steps)
        slots = [[part[k] for part in ring.parts] for k in range(n_steps)]
        return _Half(sources, slots, self._store.reader(ring, made_by.n_examples))

    def _reduced(self, halves: list[_Half], first: int) -> NDArray[np.int64]:
        """Write the records of some halves, in the order of their steps, behind the `first` ones."""
        assert self._store is not None
        steps = np.array([number for half in halves for number in half.steps], np.int64)
        active = np.array([row for half in halves for row in half.active])
        places = np.empty(len(steps), np.int64)
        places[np.argsort(steps)] = first + np.arange(len(steps))
        start = 0
        for half in halves:
            end = start + len(half.steps)
            half.reader.reduce(places[start:end])
            start = end
        self._store.blank(places, active)
        return np.sort(steps)
