"""A run in the making: training, recorder and store, one step at a time. Headless training and jobs both use it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from diagnostics.recording.recorder import Recorder
from diagnostics.run import Run
from models.experiment import Experiment
from models.pretraining import PretrainingStep, n_pretraining_steps, pretrain
from models.training import LEARNING_RATE_FACTOR, Step, initial_state, train
from models.training_data import TrainingData
from models.training_state import TrainingState
from runs.events import PRETRAINING, Event, EventList, pretraining_of
from runs.kept_states import KeptStates
from runs.run_folder import RunFolder
from runs.run_lock import RunLock

if TYPE_CHECKING:
    from runs.store import RunStore

FLUSH_SECONDS = 0.9
CHECKPOINT_PATIENCE = 20  # a checkpoint is written when the last one's duration is at most 1/20 of the time since


class RunInMaking:
    """One training with its recorder and, if there is a store, its folder.

    `advance` makes one step, `flush` writes what was recorded since, `finish` ends it. Not for use by two threads at
    once, except for `recorder.snapshot` and `change_learning_rate`. With an event "pretraining" and no state to begin
    at, the first steps are those of the pre-training; `step` is None until they are done.
    """

    def __init__(
        self,
        experiment: Experiment,
        data: TrainingData,
        recorder: Recorder,
        *,
        events: Sequence[Event] = (),
        state: TrainingState | None = None,
    ) -> None:
        self.experiment, self.data, self.recorder = experiment, data, recorder
        self.step: Step | None = None
        self._planned = tuple(events)
        self._begin(None if state is None else state.copy(), events)
        self._folder: RunFolder | None = None
        self._lock: RunLock | None = None
        self._flushed = self._checkpointed = time.monotonic()
        self._checkpoint_seconds = 0.0
        self._kept = KeptStates(recorder.total)

    def _begin(self, state: TrainingState | None, events: Sequence[Event]) -> None:
        settings = pretraining_of(events) if state is None else None
        self._state = state or initial_state(self.experiment, self.recorder.network)
        self._before, self._n_before = 0, 0  # updates of the pre-training, done and in all
        self._pretraining: Iterator[PretrainingStep] | None = None
        if settings is not None:
            self._n_before = n_pretraining_steps(self.experiment, len(self.data.x_train), settings)
            self._pretraining = pretrain(self.experiment, self.data, settings, self._state)
            self._errors: dict[str, list[list[float]]] = {}
        self._steps: Iterator[Step] = train(self.experiment, self.data, self._state)
        self._events = EventList(events, self._state.step)
        self.recorder.events = self._events.past

    @property
    def done(self) -> int:
        """Updates done, those of an earlier part of the run or of the run it was forked from included."""
        return self._state.step

    @property
    def work(self) -> tuple[int, int]:
        """Updates done and planned, those of the pre-training included."""
        return self._before + self.done, self._n_before + self.recorder.total

    def change_learning_rate(self, factor: float) -> None:
        """Multiply the learning rate that the settings say by `factor` in all further updates.

        Raises
        ------
        ValueError
            If that is no number from 0 up.
        """
        self._events.ask(LEARNING_RATE_FACTOR, factor)

    def keep_in(self, store: RunStore, owner: str | None) -> None:
        """Write the run into a store from now on."""
        self._folder, self._lock = store.create(self.recorder.snapshot(), owner)

    def resume_in(self, store: RunStore, run: Run, state: TrainingState | None) -> None:
        """Go on with a stored run from its checkpoint; records that are later than it are made anew."""
        self._folder, self._lock = store.reopen(run.id)
        self._go_on(run, state, run.events)
        self.recorder.set_state("running")
        self._folder.replace(self.recorder.snapshot())

    def fork_in(self, store: RunStore, owner: str | None, run: Run, state: TrainingState) -> None:
        """Go on from a state of another run in a folder of its own, with what that run had recorded until then."""
        self._go_on(run, state.copy(), self._planned)
        self.keep_in(store, owner)
        assert self._folder is not None
        self._folder.replace(self.recorder.snapshot())
        self._folder.save_checkpoint(self.experiment, self._state)

    def _go_on(self, run: Run, state: TrainingState | None, events: Sequence[Event]) -> None:
        """Take over what a run recorded until it came to that state, and begin there."""
        done = -1 if state is None or state.step == 0 else state.step  # step 0 is recorded when it is drawn
        series = {name: kept for name, values in run.series.items() if len((kept := values.until(done)).steps)}
        self.recorder.restore(Run(run.id, run.experiment, run.events, run.layers, series, run.constants, run.info))
        if PRETRAINING in run.info and state is not None:
            self.recorder.info[PRETRAINING] = run.info[PRETRAINING]
        self._begin(state, events)
        losses = np.asarray(series["validation/loss"].values)[1:] if "validation/loss" in series else np.empty((0, 1))
        best = float(losses.mean(axis=1).min(initial=np.inf))
        self._kept = KeptStates(self.recorder.total, max(done, 0), best)

    def advance(self) -> bool:
        """Make one step; return whether there was one left. Writes to disk at least every second."""
        if self._pretraining is not None:
            return self._advance_pretraining(self._pretraining)
        if self._events.apply(self._state):
            self.recorder.events = self._events.past
        step = next(self._steps, None)
        if step is None:
            return False
        self.step = step
        evaluated = self.recorder.observe(step)
        self._kept.see(step, self.recorder.newest("validation/loss") if evaluated else None)
        if time.monotonic() - self._flushed >= FLUSH_SECONDS:
            self.flush()
        return True

    def _advance_pretraining(self, steps: Iterator[PretrainingStep]) -> bool:
        """Make one of its steps; when the last one is done, note the errors and keep the state that it leads to."""
        if (step := next(steps, None)) is not None:
            self._before = step.number
            self._errors.setdefault(step.layer, []).append(step.error.tolist())
            return True
        self._pretraining = None
        per_epoch = int(str(self.recorder.info["steps_per_epoch"]))
        self.recorder.info[PRETRAINING] = {
            layer: {"first_epoch": _mean(errors[:per_epoch]), "last_epoch": _mean(errors[-per_epoch:])}
            for layer, errors in self._errors.items()
        }
        if self._folder is not None:
            self._folder.save_checkpoint(self.experiment, self._state)
        return True

    def flush(self) -> None:
        """Write what was recorded since the last time, and a checkpoint if that is cheap enough."""
        if self._folder is None:
            return
        self._folder.append(self.recorder.drain(), self.recorder.snapshot(()))
        self._kept.write(self._folder, self.experiment)
        self._flushed = time.monotonic()
        if self._flushed - self._checkpointed >= CHECKPOINT_PATIENCE * self._checkpoint_seconds:
            self.save_checkpoint()

    def save_checkpoint(self) -> None:
        """Write where the training could go on from."""
        if self._folder is not None and self.step is not None:
            start = time.monotonic()
            self._folder.save_checkpoint(self.experiment, self.step.state)
            self._checkpointed = time.monotonic()
            self._checkpoint_seconds = self._checkpointed - start

    def pause(self) -> None:
        """Write everything, because nobody knows for how long."""
        self.recorder.set_state("paused")
        self.flush()
        self.save_checkpoint()

    def finish(self, state: str, error: str = "") -> Run:
        """End the run as "finished", "stopped" or "failed", and return it."""
        self.recorder.finish(state, error)
        run = self.recorder.snapshot()
        if self._folder is not None:
            if state != "failed":
                self.save_checkpoint()
                self._kept.write(self._folder, self.experiment)
            self._folder.replace(run)
        if self._lock is not None:
            self._lock.release()
        return run


def _mean(errors: list[list[float]]) -> list[float]:
    """The mean square error of each seed over some updates."""
    return [float(error) for error in np.mean(errors, axis=0)]
