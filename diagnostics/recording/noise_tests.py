"""What costs more than `diagnostics.recording.noise_reader`: tests along the gradient, signal-to-noise, relative step.

For every layer and the whole network inner-product and orthogonality test and the mean cosine between two examples, by
products of examples or along the gradient, whichever is less work; signal-to-noise of the elements; the length of the
update and the distance from the first weights; a histogram of the gradients of single examples, of up to 128 elements
of each layer that are drawn once and stay the same. For the whole network the relative step, which needs the next
mini-batch, too, so that its record follows one update later.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from diagnostics.gradient_noise import NETWORK, inner_product_test, mean_cosine, orthogonality_test, signal_to_noise
from diagnostics.histogram import BINNINGS
from diagnostics.recording.example_gradients import ExampleGradients
from diagnostics.recording.relative_step import relative_step
from diagnostics.recording.statistics import statistics
from diagnostics.run import AnyArray
from models.arrays import Array, IntArray, stream
from models.experiment import Experiment
from models.graph import Node
from models.network import Network
from models.optimizers import optimizer_settings
from models.passes import Pass
from models.site import Calls, Desk
from models.training import Step

ELEMENTS = 128  # of each layer whose gradients of single examples go into a histogram
QUANTITIES = ("tests", "signal_to_noise", "relative_step", "distances", "example_gradients")
Row = dict[str, AnyArray]
"""By the name of a series, one row, (R, …)."""


class NoiseTests:
    """Reads steps; keeps the last update, for the relative step, and the first weights.

    Parameters
    ----------
    experiment : Experiment
    network : Network
    chosen : sequence of str
        Some of `QUANTITIES`.
    """

    def __init__(self, experiment: Experiment, network: Network, chosen: tuple[str, ...] = QUANTITIES) -> None:
        self._network, self._chosen = network, chosen
        self._first = network.init(experiment.seeds) if "distances" in chosen else None
        self._update = np.zeros((len(experiment.seeds), network.n_parameters), network.dtype)
        self._start: tuple[int, Array, Array] | None = None
        self._plain = _is_plain(experiment)
        self._elements = {node.name: _elements(node.name, node.shapes) for node in network.nodes if node.parameters}
        self._losses: dict[int, _Losses] = {}

    def row(self, step: Step, gradients: ExampleGradients, lengths: Array) -> Row:
        """Return the numbers of an update, given the squared lengths (L, R, N); notes what the relative step needs."""
        rows: Row = {}
        with_mean = None
        if "tests" in self._chosen:
            with_mean = self._tests(gradients, lengths, rows)
        if "signal_to_noise" in self._chosen:
            rows |= _signal_to_noise(gradients)
        assert step.update is not None
        updates = [step.update[:, gradients.place(node)] for node in gradients.nodes]
        squared = [np.vecdot(update, update) for update in updates]
        for node, size in zip(gradients.nodes, squared, strict=True):
            if "distances" in self._chosen:
                rows[f"{node.name}/update/norm"] = np.sqrt(size)
                rows[f"{node.name}/weight/distance"] = self._distance(step, gradients.place(node))
            if "example_gradients" in self._chosen:
                rows |= self._histogram(gradients, node)
        if "relative_step" in self._chosen:
            self._note_start(step, gradients, with_mean, np.sqrt(np.sum(squared, axis=0)))
        return rows

    def awaits(self, number: int) -> bool:
        """Whether the relative step of the update before `number` lacks that update's mini-batch only."""
        return self._start is not None and self._start[0] == number - 1

    def relative_step(self, step: Step) -> tuple[int, Row]:
        """Return the number of the update before, and its relative step; `awaits` says whether it can be told."""
        assert step.tape is not None
        assert self._start is not None
        number, start, length = self._start
        self._start = None
        gradients = ExampleGradients(step.tape.made_by)
        end = self._observed(step.tape.made_by, self._slopes(gradients, length))
        means, variances = (np.stack([start[k], end[k]], axis=2).reshape(len(length), 4) for k in (0, 1))
        return number, {f"{NETWORK}/relative_step": relative_step(length.astype(np.float64), means, variances)}

    def release(self) -> None:
        """Let go of the passes."""
        self._losses.clear()
        self._start = None

    def _tests(self, gradients: ExampleGradients, lengths: Array, rows: Row) -> Array:
        """Add the tests to the rows, and return gᵢ·g of the whole network, (R, N)."""
        n = gradients.n
        total_lengths = lengths.sum(axis=0)
        scaled = _inverse_root(total_lengths)
        along = np.zeros_like(total_lengths)
        squared, of_units = (np.zeros(len(scaled), scaled.dtype) for _ in range(2))
        for node, own in zip(gradients.nodes, lengths, strict=True):
            products, gradient = gradients.products(node), gradients.gradient(node)
            with_mean, size = products.with_mean(), np.vecdot(gradient, gradient)
            rows |= _named(f"{node.name}/weight_gradient", own, with_mean, size)
            cosine = mean_cosine(products.squared_sum(_inverse_root(own)), n)
            rows[f"{node.name}/weight_gradient/mean_cosine"] = cosine
            along, squared = along + with_mean, squared + size
            of_units += products.squared_sum(scaled)
        rows |= _named(NETWORK, total_lengths, along, squared)
        rows[f"{NETWORK}/mean_cosine"] = mean_cosine(of_units, n)
        return np.asarray(along)

    def _distance(self, step: Step, place: slice) -> Array:
        assert self._first is not None
        moved = step.state.params[:, place] - self._first[:, place]
        return np.asarray(np.sqrt(np.vecdot(moved, moved)))

    def _histogram(self, gradients: ExampleGradients, node: Node) -> Row:
        numbers = gradients.sampled(node, self._elements[node.name])
        found = statistics(numbers.reshape(len(numbers), -1), BINNINGS["symlog"])
        return {f"{node.name}/example_gradient/{what}": values for what, values in found.items()}

    def _note_start(self, step: Step, gradients: ExampleGradients, with_mean: Array | None, length: Array) -> None:
        """Keep the update, and loss and slope along it where it begins; of plain descent, -ηg, the slope is known."""
        assert step.tape is not None
        assert step.update is not None
        np.copyto(self._update, step.update)
        slopes: Array
        if self._plain and with_mean is not None:
            slopes = -step.learning_rate * with_mean / np.where(length > 0, length, 1)[:, None]
        else:
            slopes = self._slopes(gradients, length)
        self._start = (step.number, self._observed(step.tape.made_by, slopes), length)

    def _slopes(self, gradients: ExampleGradients, length: Array) -> Array:
        """Return the slope of every example along the kept update, (R, N)."""
        total: Array = np.zeros((len(length), gradients.n), self._network.dtype)
        for node in gradients.nodes:
            total += gradients.along(node, self._update[:, gradients.place(node)])
        return total / np.where(length > 0, length, 1)[:, None]

    def _observed(self, made_by: Pass, slopes: Array) -> Array:
        """Return mean and variance of the mean of loss and slope, (2, R, 2)."""
        found = self._losses.get(made_by.n_examples)
        if found is None or found.made_by is not made_by:
            found = self._losses[made_by.n_examples] = _Losses(made_by)
        numbers = np.stack([found(), slopes], axis=1).astype(np.float64)
        n = numbers.shape[-1]
        return np.stack([numbers.mean(axis=2), numbers.var(axis=2, ddof=min(1, n - 1)) / n])


class _Losses:
    """The loss of every example of a pass, scaled as its gradient is: the mean over them is the loss of the batch."""

    def __init__(self, made_by: Pass) -> None:
        self.made_by = made_by
        self._calls = Calls()
        logits = made_by.logits.matrix
        self._costs = np.zeros((logits.shape[0], logits.shape[2]), logits.dtype)
        desk = Desk(self._calls, logits.dtype.name)
        made_by.network.loss.bind(desk, logits, made_by.target, self._costs, np.empty_like(logits))

    def __call__(self) -> Array:
        """Return them, (R, N)."""
        self._calls.replay()
        n = self.made_by.n_examples
        costs, weights = self._costs, self.made_by.weights
        if weights is not None:
            costs = costs * weights / weights.mean(axis=1, keepdims=True)
        return np.asarray(costs.reshape(len(costs), -1, n).mean(axis=1))


def _named(head: str, lengths: Array, products: Array, squared: Array) -> Row:
    return {
        f"{head}/inner_product_test": inner_product_test(products, squared),
        f"{head}/orthogonality_test": orthogonality_test(lengths, products, squared),
    }


def _signal_to_noise(gradients: ExampleGradients) -> Row:
    rows: Row = {}
    total, count = np.zeros(gradients.n_seeds), 0
    for node in gradients.nodes:
        gradient = gradients.gradient(node)
        found = signal_to_noise(gradients.squares(node) / gradient.dtype.type(gradients.n), gradient)
        rows[f"{node.name}/weight_gradient/signal_to_noise"] = found
        total, count = total + found * gradient.shape[1], count + gradient.shape[1]
    return rows | {f"{NETWORK}/signal_to_noise": total / count}


def _inverse_root(squared: Array) -> Array:
    """Return 1/√x, and 0 for 0."""
    return np.divide(1, np.sqrt(squared), out=np.zeros_like(squared), where=squared > 0)


def _elements(name: str, shapes: Mapping[str, tuple[int, ...]]) -> IntArray:
    n = sum(int(np.prod(shape)) for shape in shapes.values())
    return np.sort(stream(0, "example gradients", name).permutation(n)[:ELEMENTS])


def _is_plain(experiment: Experiment) -> bool:
    """Whether every update is the gradient times one negative number."""
    changed = (experiment.l1, experiment.l2, experiment.clip_value, experiment.clip_norm, experiment.layer_rates)
    settings = optimizer_settings(experiment.optimizer)
    return experiment.optimizer["type"] == "sgd" and not settings["momentum"] and not any(changed)
