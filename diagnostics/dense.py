"""Recording at every step: what a step leaves is copied into a ring, and many steps are reduced at once.

The mini-batch's own pass is read (its tape, its gradients), so that no further pass is needed. Copying costs a few
microseconds a step; the statistics are made by compiled kernels in a thread of its own, which needs no interpreter.
Start at `DenseReader`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from diagnostics.growing_series import GrowingSeries
from diagnostics.histogram import BINNINGS
from diagnostics.probes import near_limits
from diagnostics.run import QUANTILES, AnyArray
from diagnostics.statistics import MOMENTS, Rows, reduce, shares, update_ratios
from models.arrays import Array, BoolArray
from models.network import Network, Node
from models.passes import Pass
from models.training import Step

RING_NUMBERS = 2**20  # of one half of the ring: four megabytes in float32
MOST_STEPS = 256
MOST_BYTES = 64 * 2**20
QUANTITIES = ("activation", "gradient", "weight", "weight_gradient")

Room = dict[str, AnyArray]
"""By the name of a series, the rows of several steps, (T, R, …)."""


@dataclass
class _Half:
    """One half of the ring: room for some steps on batches of one size.

    Attributes
    ----------
    sources : list of array
        What is copied at each step beside parameters, gradient and update: activations, then gradients, of each node.
    rings : list of array (T, …)
        Parameters, gradient, update, then as `sources`.
    slots : list of list of array
        For each step its places in the rings.
    """

    made_by: Pass
    sources: list[Array]
    rings: list[Array]
    slots: list[list[Array]]
    steps: list[int] = field(default_factory=list)
    active: list[BoolArray] = field(default_factory=list)
    reduction: Future[tuple[NDArray[np.int64], Room]] | None = None


class DenseReader:
    """Copies steps, and writes their statistics into series, in order, some time later.

    Parameters
    ----------
    network : Network
    every : int
        Updates between two records, at least.
    total : int
        Updates planned.
    n_seeds : int
    series : callable
        Returns the series of a name, given a row like those that it will hold.

    Attributes
    ----------
    every : int
        Updates between two records, so that the histograms take at most 64 megabytes.
    """

    def __init__(
        self,
        network: Network,
        every: int,
        total: int,
        n_seeds: int,
        series: Callable[[str, AnyArray], GrowingSeries],
    ) -> None:
        self._network = network
        self._nodes = [node for node in network.nodes if node.has_weights]
        slots = max(binning.n_slots for binning in BINNINGS.values())
        n_records = max(1, MOST_BYTES // (4 * slots * n_seeds * len(QUANTITIES) * len(self._nodes)))
        self.every = max(every, -(-total // n_records))
        self._n_seeds, self._n_records, self._open = n_seeds, total // self.every, series
        self._series: dict[str, GrowingSeries] = {}
        self._counts = {
            name: np.empty((MOST_STEPS * n_seeds, binning.n_slots), np.uint32) for name, binning in BINNINGS.items()
        }
        self._halves: dict[int, list[_Half]] = {}
        self._filling: dict[int, _Half] = {}
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="dense recording")
        self._waiting: list[Future[tuple[NDArray[np.int64], Room]]] = []

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

    def finished(self, everything: bool = False) -> Iterator[tuple[NDArray[np.int64], Room]]:
        """Yield (steps (T,), rows) of what has been written where it was promised; of all that was taken, if
        `everything` is asked for."""
        if everything:
            self._hand_over()
        while self._waiting and (everything or self._waiting[0].done()):
            yield self._waiting.pop(0).result()

    def _hand_over(self) -> None:
        """Let the worker reduce what has been filled."""
        halves, self._filling = list(self._filling.values()), {}
        if not halves:
            return
        if not self._series:
            self._series = self._opened(halves[0])
        steps = np.array([number for half in halves for number in half.steps], np.int64)
        active = np.array([row for half in halves for row in half.active])
        room = {name: series.promise(len(steps)) for name, series in self._series.items()}
        reduction = self._worker.submit(self._reduced, halves, steps, active, room)
        self._waiting.append(reduction)
        for half in halves:
            half.reduction = reduction

    def _opened(self, half: _Half) -> dict[str, GrowingSeries]:
        """Open all series; counts in sixteen bits where there are not more numbers than that."""
        number = np.zeros(self._n_seeds, np.float32)
        opened: Room = {}
        for node, a in zip(self._nodes, half.sources, strict=False):
            n_weights = int(np.diff(self._spans(node)).sum())
            for quantity, n in zip(QUANTITIES, (a[0].size, a[0].size, n_weights, n_weights), strict=True):
                slots, width = BINNINGS[_binning(node, quantity)].n_slots, np.uint16 if n < 2**16 else np.uint32
                rows: Room = dict.fromkeys(MOMENTS, number)
                rows["quantiles"] = np.zeros((self._n_seeds, len(QUANTILES)), np.float32)
                rows["histogram"] = np.zeros((self._n_seeds, slots), width)
                opened |= {f"{node.name}/{quantity}/{what}": row for what, row in rows.items()}
            for name in ("update/update_ratio", "activation/saturated_share", "activation/dead_share"):
                opened[f"{node.name}/{name}"] = number
        result = {name: self._open(name, row) for name, row in opened.items()}
        for series in result.values():
            series.reserve(series.n + self._n_records)
        return result

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
        names = [node.name for node in self._nodes]
        sources = [*map(made_by.activation, names), *map(made_by.grad_pre_activation, names)]
        arrays = [*([made_by.params] * 3), *sources]
        n_steps = max(1, min(MOST_STEPS, RING_NUMBERS // sum(array.size for array in arrays)))
        rings = [np.empty((n_steps, *array.shape), array.dtype) for array in arrays]
        return _Half(made_by, sources, rings, [[ring[k] for ring in rings] for k in range(n_steps)])

    def _reduced(
        self, halves: list[_Half], steps: NDArray[np.int64], active: BoolArray, room: Room
    ) -> tuple[NDArray[np.int64], Room]:
        """Write the statistics of some halves, in the order of their steps, into the room that was promised to them."""
        places: list[slice | NDArray[np.int64]] = [slice(None)]
        if len(halves) > 1:  # batches of several sizes
            order = np.argsort(steps)
            ends = np.cumsum([len(half.steps) for half in halves])
            places = list(np.split(np.argsort(order), ends[:-1]))
            steps, active = steps[order], active[order]
        for half, place in zip(halves, places, strict=True):
            for name, values in self._statistics(half):
                room[name][place] = values.reshape(len(half.steps), *room[name].shape[1:])
        if not active.all():  # a stopped seed: NaN, and no counts
            for series in room.values():
                series[~active] = 0 if series.dtype.kind == "u" else np.nan
        return steps, room

    def _statistics(self, half: _Half) -> Iterator[tuple[str, AnyArray]]:
        """Yield the name of each series and its rows (T·R, …); they are valid until the next are drawn."""
        rows = np.arange(len(half.steps) * self._n_seeds)
        params, gradient, update, *others = half.rings
        n_parameters = self._network.n_parameters
        for node, a, grad in zip(self._nodes, others, others[len(self._nodes) :], strict=False):
            n = a[0, 0].size
            spans = self._spans(node)
            quantities = {
                "activation": Rows(a.reshape(-1), rows * n, n),
                "gradient": Rows(grad.reshape(-1), rows * n, n, scale=a.shape[-1]),
                "weight": _weights(params.reshape(-1), rows * n_parameters, spans),
                "weight_gradient": _weights(gradient.reshape(-1), rows * n_parameters, spans),
            }
            for quantity, numbers in quantities.items():
                binning = _binning(node, quantity)
                for what, values in reduce(numbers, BINNINGS[binning], self._counts[binning]).items():
                    yield f"{node.name}/{quantity}/{what}", values
            starts, ends = (rows[:, None] * n_parameters + spans[:, end] for end in (0, 1))
            yield (
                f"{node.name}/update/update_ratio",
                update_ratios(update.reshape(-1), params.reshape(-1), starts, ends),
            )
            limits = near_limits(node.activation)
            units = a.shape[2]
            near, off = shares(quantities["activation"], units, n // units, limits or (-np.inf, np.inf))
            yield f"{node.name}/activation/saturated_share", near if limits else np.full_like(near, np.nan)
            is_silent = node.activation.silent_below
            yield f"{node.name}/activation/dead_share", off if is_silent else np.full_like(off, np.nan)

    def _spans(self, node: Node) -> NDArray[np.int64]:
        """Where the weights of a node stand among the parameters of a seed: starts and ends, (S, 2)."""
        places = [self._network.places[name] for name in node.shapes if self._network.parameters[name].is_weight]
        return np.array([(place.start, place.stop) for place in places], np.int64)


def _binning(node: Node, quantity: str) -> str:
    return "linear" if quantity == "activation" and node.activation.bounded else "symlog"


def _weights(memory: Array, starts: NDArray[np.int64], spans: NDArray[np.int64]) -> Rows:
    """Return all weights of a node; where they stand in several places, in an array of their own."""
    if len(spans) == 1:
        return Rows(memory, starts + spans[0, 0], int(spans[0, 1] - spans[0, 0]))
    places = np.concatenate([np.arange(start, end) for start, end in spans])
    gathered = memory[starts[:, None] + places]
    return Rows(gathered.reshape(-1), np.arange(len(starts)) * len(places), len(places))
