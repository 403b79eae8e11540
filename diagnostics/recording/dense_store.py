"""Where the statistics of dense recording are kept, and what of a ring they are made of. Start at `Store`.

All series of a kind share one array, so that one compiled call writes the records of many steps; a series is a view.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from diagnostics.histogram import BINNINGS, Binning
from diagnostics.recording.kernels import compiled
from diagnostics.recording.probes import near_limits
from diagnostics.recording.statistics import MOMENTS, cells, in_numpy, ranks
from diagnostics.run import QUANTILES, AnyArray
from models.arrays import Array
from models.network import Network, Node

QUANTITIES = ("activation", "gradient", "weight", "weight_gradient")
SHARES = ("update/update_ratio", "activation/saturated_share", "activation/dead_share")
ORDER = tuple(BINNINGS)


def binning_of(node: Node, quantity: str) -> Binning:
    """Return the binning on which a quantity of a layer is counted."""
    return BINNINGS["linear" if quantity == "activation" and node.activation.bounded else "symlog"]


@dataclass(frozen=True, eq=False)
class Ring:
    """Room for what some steps leave, in one piece of memory.

    Attributes
    ----------
    memory : array
    parts : list of array (T, R, …)
        Views of it: parameters, gradient, update, then the activations of each layer, then their gradients.
    """

    memory: Array
    parts: list[Array]

    @classmethod
    def like(cls, arrays: list[Array], n_steps: int) -> Ring:
        """Return a ring for n_steps times arrays like these."""
        ends = np.cumsum([0, *(n_steps * array.size for array in arrays)])
        memory = np.empty(ends[-1], arrays[0].dtype)
        pairs = zip(arrays, ends, ends[1:], strict=False)
        return cls(memory, [memory[start:end].reshape(n_steps, *array.shape) for array, start, end in pairs])


class Store:
    """The records of all layers.

    Parameters
    ----------
    network : Network
    n_records, n_seeds : int
    n_largest : int
        The most numbers that are counted in one histogram; up to 65 535 are counted in sixteen bits.

    Attributes
    ----------
    moments, quantiles : array (records, J, 4, R) and (records, J, R, Q)
        Of each quantity of each layer.
    shares : array (records, L, 3, R)
        Update ratio, saturated and dead share.
    counts : array (records, slots)
    """

    def __init__(self, network: Network, n_records: int, n_seeds: int, n_largest: int) -> None:
        self.network, self.n_seeds = network, n_seeds
        self.nodes = [node for node in network.nodes if node.has_weights]
        self.jobs = [(node, quantity) for node in self.nodes for quantity in QUANTITIES]
        sizes = [n_seeds * binning_of(*job).n_slots for job in self.jobs]
        self.slots = np.cumsum([0, *sizes])
        n_jobs = len(self.jobs)
        self.moments = np.empty((n_records, n_jobs, len(MOMENTS), n_seeds), np.float32)
        self.quantiles = np.empty((n_records, n_jobs, n_seeds, len(QUANTILES)), np.float32)
        self.shares = np.empty((n_records, len(self.nodes), len(SHARES), n_seeds), np.float32)
        self.counts = np.empty((n_records, int(self.slots[-1])), np.uint16 if n_largest < 2**16 else np.uint32)

    def series(self) -> Iterator[tuple[str, AnyArray]]:
        """Yield the name of each series and its records, a view."""
        for k, (node, quantity) in enumerate(self.jobs):
            name = f"{node.name}/{quantity}"
            for i, moment in enumerate(MOMENTS):
                yield f"{name}/{moment}", self.moments[:, k, i]
            yield f"{name}/quantiles", self.quantiles[:, k]
            slots = self.counts[:, self.slots[k] : self.slots[k + 1]]
            yield f"{name}/histogram", slots.reshape(len(slots), self.n_seeds, -1)
        for k, node in enumerate(self.nodes):
            for i, share in enumerate(SHARES):
                yield f"{node.name}/{share}", self.shares[:, k, i]

    def reader(self, ring: Ring, n_examples: int) -> Reader:
        """Return what reduces the steps in a ring, which hold batches of so many examples."""
        return Reader(self, ring, n_examples)

    def blank(self, place: NDArray[np.int64], active: NDArray[np.bool_]) -> None:
        """Blank the records (T,) of stopped seeds: NaN, and no counts."""
        if active.all():
            return
        for _, series in self.series():
            rows = series[place]
            rows[~active] = 0 if series.dtype.kind == "u" else np.nan
            series[place] = rows


class Reader:
    """What a ring holds of each quantity, as the compiled kernel is told, and the reduction itself."""

    def __init__(self, store: Store, ring: Ring, n_examples: int) -> None:
        self._store, self._ring, self._n_examples = store, ring, n_examples
        params, gradient, _, *others = ring.parts
        n_nodes = len(store.nodes)
        self._parts = [
            part
            for k in range(n_nodes)
            for part in (others[k], others[n_nodes + k], params, gradient)  # as QUANTITIES
        ]
        spans = [store.network.weight_spans(node) for node in store.nodes]
        self._jobs = np.array(list(self._described(spans)), np.int64)
        self._spans = np.concatenate([np.stack([span[:, 0], span[:, 1] - span[:, 0]], axis=1) for span in spans])
        self._scales = np.tile(np.array([1, n_examples, 1, 1], np.float32), n_nodes)
        self._ranks = np.array([ranks(int(job[2])) for job in self._jobs])
        units = [a.shape[2] for a in others[:n_nodes]]
        updates = _offset(ring.memory, ring.parts[2])
        self._nodes = np.array([(4 * k, 4 * k + 2, updates, units[k]) for k in range(n_nodes)], np.int64)
        limits = [near_limits(node.activation) for node in store.nodes]
        self._limits = np.array([limit or (-np.inf, np.inf) for limit in limits], np.float32)
        self._undefined = [
            (k, i)
            for k, node in enumerate(store.nodes)
            for i, defined in ((1, limits[k]), (2, node.activation.silent_below))
            if not defined
        ]

    def _described(self, spans: list[NDArray[np.int64]]) -> Iterator[tuple[int, ...]]:
        """Yield start, stride, n, first span, number of spans, binning and first slot of each job."""
        first = np.cumsum([0, *map(len, spans)])
        for k, (node, quantity) in enumerate(self._store.jobs):
            part, layer = self._parts[k], k // len(QUANTITIES)
            start, stride = _offset(self._ring.memory, part), part[0, 0].size
            place = (ORDER.index(binning_of(node, quantity).name), int(self._store.slots[k]))
            if quantity in ("activation", "gradient"):
                yield (start, stride, stride, 0, 0, *place)
            else:
                n = int(np.diff(spans[layer]).sum())
                yield (start, stride, n, int(first[layer]), len(spans[layer]), *place)

    def reduce(self, place: NDArray[np.int64]) -> None:
        """Write the statistics of the first steps of the ring as the records `place` (T,)."""
        store, kernels = self._store, compiled()
        if kernels is None or self._ring.memory.dtype != np.float32:
            self._reduce_in_numpy(place)
        else:
            kernels.records(
                self._ring.memory,
                place,
                store.n_seeds,
                self._jobs,
                self._spans,
                self._scales,
                self._ranks,
                *_cells_of_both(),
                self._nodes,
                self._limits,
                store.moments,
                store.quantiles,
                store.shares,
                store.counts,
            )
        for node, share in self._undefined:
            store.shares[place, node, share] = np.nan

    def _reduce_in_numpy(self, place: NDArray[np.int64]) -> None:
        store, n_steps = self._store, len(place)
        for k, (node, quantity) in enumerate(store.jobs):
            rows = self._rows(k, n_steps) * self._ring.memory.dtype.type(self._scales[k])
            found = in_numpy(rows, binning_of(node, quantity))
            for i, moment in enumerate(MOMENTS):
                store.moments[place, k, i] = found[moment].reshape(n_steps, -1)
            store.quantiles[place, k] = found["quantiles"].reshape(n_steps, store.n_seeds, -1)
            store.counts[place, store.slots[k] : store.slots[k + 1]] = found["histogram"].reshape(n_steps, -1)
        for k, (activations, weights, _, units) in enumerate(self._nodes):
            update = self._rows(weights, n_steps, self._ring.parts[2]).astype(np.float64)
            before = np.linalg.norm(self._rows(weights, n_steps) - update, axis=1)
            ratio = np.full(len(before), np.nan)
            np.divide(np.linalg.norm(update, axis=1), before, out=ratio, where=before > 0)
            a, (low, high) = self._rows(activations, n_steps), self._limits[k]
            is_off = (a <= 0).reshape(len(a), units, -1).all(axis=2)
            shares = ratio, ((a < low) | (a > high)).mean(axis=1), is_off.mean(axis=1)
            store.shares[place, k] = np.stack([share.reshape(n_steps, -1) for share in shares], axis=1)

    def _rows(self, job: int, n_steps: int, part: Array | None = None) -> Array:
        """Return the numbers of a job, or those at its places in another part, (T·R, n)."""
        part = (self._parts[job] if part is None else part)[:n_steps]
        rows = part.reshape(n_steps * part.shape[1], -1)
        first, n_spans = self._jobs[job, 3:5]
        if n_spans == 0:
            return rows
        return np.concatenate([rows[:, begin : begin + n] for begin, n in self._spans[first : first + n_spans]], axis=1)


@cache
def _cells_of_both() -> tuple[NDArray[np.uint16], NDArray[np.float32], NDArray[np.int64]]:
    """Return places and edges of the cells (2, 65536), and how many slots and which zeros' bin (2, 2), as in ORDER."""
    tables = [cells(name) for name in ORDER]
    binnings = [(BINNINGS[name].n_slots, table[2]) for name, table in zip(ORDER, tables, strict=True)]
    places, edges = (np.array([table[k] for table in tables]) for k in (0, 1))
    return places, edges, np.array(binnings, np.int64)


def _offset(memory: Array, part: Array) -> int:
    """Where a view begins in the memory of a ring, in numbers."""
    pointers = [int(array.__array_interface__["data"][0]) for array in (part, memory)]
    return (pointers[0] - pointers[1]) // memory.itemsize
