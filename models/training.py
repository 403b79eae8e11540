"""Training as a generator of steps: watch, pause, stop and resume it with a plain ``for`` loop. Start at `train`."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from models.arrays import Array, BoolArray
from models.batches import Batches
from models.early_stopping import EarlyStopping, early_stopping_settings
from models.evaluation import Outputs
from models.experiment import Experiment
from models.network import Network
from models.optimizers import OPTIMIZERS, optimizer_settings
from models.passes import Pass, Tape
from models.schedules import SCHEDULES, schedule_settings
from models.site import Draws
from models.training_data import TrainingData
from models.training_state import TrainingState
from models.updating import KeptBuffers, Updating

LEARNING_RATE_FACTOR = "learning_rate_factor"
STOPPED = "stopped"


class Step:
    """What one update did. Numbers stay; the arrays are valid until the next step is drawn.

    Attributes
    ----------
    number : int
        Updates done.
    learning_rate : float
        With schedule and factor.
    batch_loss : array (R,)
        The mean loss of the mini-batch before the update; NaN at step 0 and for a stopped seed.
    gradient, update : array (R, n_parameters), optional
        Of the mean loss of the mini-batch at the parameters before the update (no penalty in it), and what was added
        to the parameters; None at step 0.
    active : array (R,) of bool
        False for a seed that was stopped, since its loss or its update was not finite or by early stopping; its
        parameters and buffers stay as they were.
    """

    __slots__ = ("_loop", "active", "batch_loss", "gradient", "learning_rate", "number", "update")

    def __init__(self, loop: _Loop, batch_loss: Array, learning_rate: float, moved: tuple[Array, Array] | None) -> None:
        self._loop, self.batch_loss, self.learning_rate = loop, batch_loss, learning_rate
        self.number, self.active = loop.state.step, loop.active
        self.gradient: Array | None = None if moved is None else moved[0]
        self.update: Array | None = None if moved is None else moved[1]

    @property
    def network(self) -> Network:
        """The network."""
        return self._loop.network

    @property
    def state(self) -> TrainingState:
        """The live state, after the update."""
        return self._loop.state

    @property
    def total(self) -> int:
        """Updates planned in all."""
        return self._loop.total

    @property
    def examples(self) -> int:
        """Examples seen by each seed."""
        batches = self._loop.batches
        epochs, position = divmod(self.number, batches.per_epoch)
        return epochs * batches.n + min(position * batches.size, batches.n)

    @property
    def epoch(self) -> float:
        """Passes over the training part done."""
        return self.examples / self._loop.batches.n

    @property
    def tape(self) -> Tape | None:
        """What the pass over the mini-batch left, at the parameters before the update; None at step 0."""
        return None if self.gradient is None else self._loop.last.tape

    @property
    def gradients(self) -> dict[str, Array] | None:
        """The gradient as named views."""
        return None if self.gradient is None else self.network.views(self.gradient)

    @property
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
    buffers = network.init_buffers(len(experiment.seeds))
    return TrainingState(params, buffers, slots, control={LEARNING_RATE_FACTOR: 1.0, STOPPED: {}})


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
    network = network_for(experiment, data)
    state = state or initial_state(experiment, network)
    loop = _Loop(experiment, data, network, state)
    if state.step == 0:
        yield loop.before()
    while state.step < loop.total and loop.active.any():
        yield loop.advance()


def network_for(experiment: Experiment, data: TrainingData) -> Network:
    """Return the network of an experiment for some data.

    Raises
    ------
    ValueError
        If they do not fit each other.
    """
    return Network.build(experiment, data.shape, data.task, data.n_outputs, per_position=data.per_position)


class _Watch:
    """The validation part, as early stopping looks at it."""

    def __init__(self, experiment: Experiment, data: TrainingData, network: Network, state: TrainingState) -> None:
        if len(data.x_validation) == 0:
            raise ValueError("early stopping needs validation rows: set a validation share, or switch it off")
        settings = early_stopping_settings(experiment.early_stopping)
        self.early_stopping = EarlyStopping(settings, experiment.seeds, state)
        self.every = -(-len(data.x_validation) // experiment.batch_size)  # updates
        self._network, self._y = network, data.y_validation
        self._outputs = Outputs(network, state.params, data.x_validation, state.buffers)

    def losses(self) -> Array:
        """The mean loss of each seed, (R,)."""
        with np.errstate(all="ignore"):
            return self._network.loss.value(self._outputs().astype(np.float64), self._y)


class _Loop:
    """The arrays and constants of one training."""

    def __init__(self, experiment: Experiment, data: TrainingData, network: Network, state: TrainingState) -> None:
        self.experiment, self.network, self.state = experiment, network, state
        self.batches = Batches(experiment, network, data)
        self.total = planned_steps(experiment, len(data.x_train))
        self.gradient = np.zeros_like(state.params)
        self.updating = Updating(experiment, network, state, self.gradient)
        self._draws = Draws(experiment.seeds)
        self._kept = KeptBuffers(state.buffers)
        self._passes: dict[int, Pass] = {}
        self._rate = float(optimizer_settings(experiment.optimizer)["learning_rate"])
        self._schedule = SCHEDULES[str(experiment.schedule["type"])]
        self._schedule_settings = schedule_settings(experiment.schedule)
        stopped = state.control.setdefault(STOPPED, {})
        assert isinstance(stopped, dict)
        self._stopped: dict[str, int] = stopped
        self.active: BoolArray = np.array([str(seed) not in stopped for seed in experiment.seeds])
        self._watch = _Watch(experiment, data, network, state) if experiment.early_stopping is not None else None
        if self._watch is not None:
            self.active &= self._watch.early_stopping.going_on
        self._all_active = bool(self.active.all())

    def before(self) -> Step:
        """Step 0."""
        nothing = np.full(len(self.experiment.seeds), np.nan, self.state.params.dtype)
        return Step(self, nothing, self.learning_rate(), None)

    def advance(self) -> Step:
        """Do one update."""
        state = self.state
        rate, number = self.learning_rate(), state.step + 1
        with np.errstate(all="ignore"):  # what is not finite ends its seed, below
            loss = self._loss_and_gradient(state.step)
            if not math.isfinite(sum(loss.tolist())):
                self._stop(np.asarray(np.isfinite(loss)))
            if not self.updating.compute(rate, number):
                self._stop(np.asarray(np.isfinite(self.updating.update).all(axis=1)))
            if not self._all_active:
                self.updating.update[~self.active] = 0
                self._kept.put_back(~self.active)
                loss = np.where(self.active, loss, np.nan).astype(loss.dtype)
            self.updating.apply()
        state.step = number
        step = Step(self, loss, rate, (self.gradient, self.updating.update))
        if self._watch is not None:
            self._look(self._watch, step)
        return step

    def _look(self, watch: _Watch, step: Step) -> None:
        """Let early stopping see the validation part, when it is time; what it ends is not updated any more."""
        if step.number % watch.every:
            return
        watch.early_stopping.look(watch.losses(), step.examples, step.number)
        self.active = self.active & watch.early_stopping.going_on
        self._all_active = bool(self.active.all())

    def learning_rate(self) -> float:
        """The rate of the next update."""
        factor = self.state.control.get(LEARNING_RATE_FACTOR, 1.0)
        assert isinstance(factor, (int, float))
        return self._rate * self._schedule.factor(self._schedule_settings, self.state.step, self.total) * factor

    def _loss_and_gradient(self, step: int) -> Array:
        self.last = self._pass(self.batches.n_examples(step))
        self._kept.keep()
        self._draws.step = step
        self.batches.load(step, self.last)
        self.last.replay()
        return self.last.loss

    def _pass(self, n_examples: int) -> Pass:
        if n_examples not in self._passes:
            self._passes[n_examples] = Pass(
                self.network,
                self.state.params,
                n_examples,
                buffers=self.state.buffers,
                training=True,
                draws=self._draws,
                gradients=self.gradient,
                weighted=self.batches.weights is not None,
            )
        return self._passes[n_examples]

    def _stop(self, is_finite: BoolArray) -> None:
        """Stop the seeds that are not finite; what they had learned stays as it is."""
        for row in np.flatnonzero(self.active & ~is_finite):
            self._stopped[str(self.experiment.seeds[row])] = self.state.step + 1
        self.active = self.active & is_finite
        self._all_active = bool(self.active.all())
