"""Training as a generator of steps: watch, pause, stop and resume it with a plain ``for`` loop. Start at `train`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from models.arrays import Array, BoolArray, IntArray, stream
from models.experiment import Experiment
from models.network import Network, Workspace
from models.optimizers import OPTIMIZERS, Move, optimizer_settings
from models.schedules import SCHEDULES, schedule_settings
from models.training_data import TrainingData

LEARNING_RATE_FACTOR = "learning_rate_factor"
STOPPED = "stopped"


@dataclass
class TrainingState:
    """Everything that changes in training, and nothing else.

    Attributes
    ----------
    params : array (R, n_parameters)
    buffers : dict
        What is neither parameter nor tape, by name (none for dense layers).
    slots : dict
        The optimizer's arrays, each (R, n_parameters).
    step : int
        Updates done.
    control : dict
        Plain values: ``"stopped"``, {seed: step} of the seeds that diverged; ``"learning_rate_factor"``, which a
        caller may change between two steps.
    """

    params: Array
    buffers: dict[str, Array] = field(default_factory=dict)
    slots: dict[str, Array] = field(default_factory=dict)
    step: int = 0
    control: dict[str, object] = field(default_factory=dict)

    def copy(self) -> TrainingState:
        """Return a state that shares no array with this one."""
        stopped = self.control.get(STOPPED)
        control = dict(self.control) | ({STOPPED: dict(stopped)} if isinstance(stopped, Mapping) else {})
        buffers = {name: array.copy() for name, array in self.buffers.items()}
        slots = {name: array.copy() for name, array in self.slots.items()}
        return TrainingState(self.params.copy(), buffers, slots, self.step, control)


@dataclass(frozen=True)
class Step:
    """What one update did. The arrays are valid until the next step is drawn.

    Attributes
    ----------
    number, total : int
        Updates done, and planned in all.
    epoch, examples : float, int
        Passes over the training part done, and examples seen by each seed.
    network, state
        The network and the live state, after the update.
    batch_loss : array (R,)
        The mean loss of the mini-batch before the update; NaN at step 0 and for a stopped seed.
    learning_rate : float
        With schedule and factor.
    gradient, update : array (R, n_parameters), optional
        Of the mean loss of the mini-batch at the parameters before the update (no penalty in it), and what was added
        to the parameters; None at step 0.
    active : array (R,) of bool
        False for a seed that was stopped since its loss or its update was not finite; its parameters stay as they were.
    """

    number: int
    total: int
    epoch: float
    examples: int
    network: Network
    state: TrainingState
    batch_loss: Array
    learning_rate: float
    gradient: Array | None
    update: Array | None
    active: BoolArray

    @cached_property
    def gradients(self) -> dict[str, Array] | None:
        """The gradient as named views."""
        return None if self.gradient is None else self.network.views(self.gradient)

    @cached_property
    def updates(self) -> dict[str, Array] | None:
        """The update as named views."""
        return None if self.update is None else self.network.views(self.update)


def steps_per_epoch(experiment: Experiment, n_train: int) -> int:
    """Return the number of updates in one pass over `n_train` examples."""
    return -(-n_train // experiment.batch_size)


def planned_steps(experiment: Experiment, n_train: int) -> int:
    """Return the number of updates of a whole training."""
    steps = experiment.epochs * steps_per_epoch(experiment, n_train)
    return steps if experiment.max_steps is None else min(steps, experiment.max_steps)


def initial_state(experiment: Experiment, network: Network) -> TrainingState:
    """Return the state before the first update."""
    params = network.init(experiment.seeds)
    rule = OPTIMIZERS[str(experiment.optimizer["type"])]
    slots = {name: np.zeros_like(params) for name in rule.slots(optimizer_settings(experiment.optimizer))}
    return TrainingState(params, slots=slots, control={LEARNING_RATE_FACTOR: 1.0, STOPPED: {}})


def train(experiment: Experiment, data: TrainingData, state: TrainingState | None = None) -> Iterator[Step]:
    """Train, and yield after every update what it did.

    The first step yielded is number 0, at which nothing is updated yet. With a `state` that has done s > 0 updates the
    first is s + 1, and what follows is bit for bit what an uninterrupted training yields.

    Parameters
    ----------
    experiment : Experiment
    data : TrainingData
    state : TrainingState, optional
        Where to go on from; it is changed in place.

    Raises
    ------
    ValueError
        If the loss does not fit the task.
    """
    network = Network.build(experiment, data.x_train.shape[1], data.task, data.n_outputs)
    state = state or initial_state(experiment, network)
    loop = _Loop(experiment, data, network, state)
    if state.step == 0:
        yield loop.before()
    while state.step < loop.total and loop.active.any():
        yield loop.advance()


class _Loop:
    """The arrays and constants of one training."""

    def __init__(self, experiment: Experiment, data: TrainingData, network: Network, state: TrainingState) -> None:
        self.experiment, self.network, self.state = experiment, network, state
        self.x = np.ascontiguousarray(data.x_train, dtype=experiment.dtype)
        is_class = data.task == "classification"
        self.y = data.y_train if is_class else np.ascontiguousarray(data.y_train, dtype=experiment.dtype)
        self.rule = OPTIMIZERS[str(experiment.optimizer["type"])]
        self.settings = optimizer_settings(experiment.optimizer)
        self.schedule = SCHEDULES[str(experiment.schedule["type"])]
        self.schedule_settings = schedule_settings(experiment.schedule)
        self.steps_per_epoch = steps_per_epoch(experiment, len(self.x))
        self.total = planned_steps(experiment, len(self.x))
        self.spaces: dict[int, tuple[Workspace, Array]] = {}
        self.orders: tuple[int, IntArray] = (-1, np.empty((0, 0), np.int64))
        self.update, self.penalized = np.empty_like(state.params), np.empty_like(state.params)
        stopped = state.control.setdefault(STOPPED, {})
        assert isinstance(stopped, dict)
        self.stopped: dict[str, int] = stopped
        self.active: BoolArray = np.array([str(seed) not in stopped for seed in experiment.seeds])

    def before(self) -> Step:
        """Step 0."""
        nothing = np.full(len(self.experiment.seeds), np.nan, self.x.dtype)
        return self._step(nothing, None, None)

    def advance(self) -> Step:
        """Do one update."""
        with np.errstate(all="ignore"):  # what is not finite ends its seed, below
            loss, gradient = self._loss_and_gradient()
            self._stop(np.asarray(np.isfinite(loss)))
            moved = self._with_penalty(gradient)
            number = self.state.step + 1
            self.rule.update(self.settings, Move(moved, self.state.slots, self.learning_rate(), number), self.update)
            if not np.isfinite(self.update.sum()):
                self._stop(np.asarray(np.isfinite(self.update).all(axis=1)))
            if not self.active.all():
                self.update[~self.active] = 0
                loss = np.where(self.active, loss, np.nan).astype(loss.dtype)
            self.state.params += self.update
        rate = self.learning_rate()
        self.state.step = number
        return self._step(loss, gradient, self.update, rate)

    def learning_rate(self) -> float:
        """The rate of the next update."""
        factor = self.state.control.get(LEARNING_RATE_FACTOR, 1.0)
        scheduled = self.schedule.factor(self.schedule_settings, self.state.step, self.total)
        return float(self.settings["learning_rate"] * scheduled * float(str(factor)))

    def _loss_and_gradient(self) -> tuple[Array, Array]:
        rows = self._rows()
        space, x = self._space(rows.shape[1])
        np.take(self.x, rows, axis=0, out=x, mode="clip")
        tape = self.network.forward(self.state.params, x, space)
        grad_output = space.grad_activation["output"]
        loss = self.network.loss.value_and_gradient(tape.output, self.y[rows], grad_output)
        return loss, self.network.backward(tape, grad_output, space)

    def _rows(self) -> IntArray:
        """The rows of the next mini-batch, (R, N): each seed walks through its own order of each epoch."""
        epoch, position = divmod(self.state.step, self.steps_per_epoch)
        if self.orders[0] != epoch:
            n = len(self.x)
            orders = [stream(seed, "batches", epoch).permutation(n) for seed in self.experiment.seeds]
            self.orders = (epoch, np.array(orders))
        start = position * self.experiment.batch_size
        return self.orders[1][:, start : start + self.experiment.batch_size]

    def _space(self, n_examples: int) -> tuple[Workspace, Array]:
        if n_examples not in self.spaces:
            n_seeds = len(self.experiment.seeds)
            x = np.empty((n_seeds, n_examples, self.x.shape[1]), self.x.dtype)
            self.spaces[n_examples] = (self.network.workspace(n_seeds, n_examples), x)
        return self.spaces[n_examples]

    def _with_penalty(self, gradient: Array) -> Array:
        """Gradient + l2·W + l1·sign(W), on weights and not on biases."""
        l1, l2 = self.experiment.l1, self.experiment.l2
        if not l1 and not l2:
            return gradient
        np.multiply(self.state.params, l2, out=self.penalized)
        if l1:
            self.penalized += l1 * np.sign(self.state.params)
        self.penalized *= self.network.is_weight
        self.penalized += gradient
        return self.penalized

    def _stop(self, is_finite: BoolArray) -> None:
        """Stop the seeds that are not finite; what they had learned stays as it is."""
        for row in np.flatnonzero(self.active & ~is_finite):
            self.stopped[str(self.experiment.seeds[row])] = self.state.step + 1
        self.active = self.active & is_finite

    def _step(self, loss: Array, gradient: Array | None, update: Array | None, rate: float | None = None) -> Step:
        done, per_epoch, n = self.state.step, self.steps_per_epoch, len(self.x)
        epochs, position = divmod(done, per_epoch)
        examples = epochs * n + min(position * self.experiment.batch_size, n)
        return Step(
            number=done,
            total=self.total,
            epoch=examples / n,
            examples=examples,
            network=self.network,
            state=self.state,
            batch_loss=loss,
            learning_rate=self.learning_rate() if rate is None else rate,
            gradient=gradient,
            update=update,
            active=self.active,
        )
