"""A run in the making: training, recorder and store, one step at a time. Headless training and jobs both use it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from diagnostics.recorder import Recorder
from diagnostics.run import Run
from models.experiment import Experiment
from models.training import Step, TrainingState, train
from models.training_data import TrainingData
from runs.run_folder import RunFolder
from runs.run_lock import RunLock

if TYPE_CHECKING:
    from runs.store import RunStore

FLUSH_SECONDS = 0.9
CHECKPOINT_PATIENCE = 20  # a checkpoint is written when the last one's duration is at most 1/20 of the time since


class RunInMaking:
    """One training with its recorder and, if there is a store, its folder.

    `advance` makes one step, `flush` writes what was recorded since, `finish` ends it. Not for use by two threads at
    once, except for `recorder.snapshot`.
    """

    def __init__(self, experiment: Experiment, data: TrainingData, recorder: Recorder) -> None:
        self.experiment, self.data, self.recorder = experiment, data, recorder
        self.step: Step | None = None
        self._steps: Iterator[Step] = train(experiment, data)
        self._folder: RunFolder | None = None
        self._lock: RunLock | None = None
        self._flushed = self._checkpointed = time.monotonic()
        self._checkpoint_seconds = 0.0

    def keep_in(self, store: RunStore, owner: str | None) -> None:
        """Write the run into a store from now on."""
        self._folder, self._lock = store.create(self.recorder.snapshot(), owner)

    def resume_in(self, store: RunStore, run: Run, state: TrainingState | None) -> None:
        """Go on with a stored run from its checkpoint; records that are later than it are made anew."""
        self._folder, self._lock = store.reopen(run.id)
        done = -1 if state is None else state.step
        series = {name: kept for name, values in run.series.items() if len((kept := values.until(done)).steps)}
        self.recorder.restore(Run(run.id, run.experiment, run.events, run.layers, series, run.constants, run.info))
        self.recorder.set_state("running")
        self._folder.replace(self.recorder.snapshot())
        self._steps = train(self.experiment, self.data, state)

    def advance(self) -> bool:
        """Make one step; return whether there was one left. Writes to disk at least every second."""
        step = next(self._steps, None)
        if step is None:
            return False
        self.step = step
        self.recorder.observe(step)
        if time.monotonic() - self._flushed >= FLUSH_SECONDS:
            self.flush()
        return True

    def flush(self) -> None:
        """Write what was recorded since the last time, and a checkpoint if that is cheap enough."""
        if self._folder is None:
            return
        self._folder.append(self.recorder.drain(), self.recorder.snapshot(()))
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
            self._folder.replace(run)
        if self._lock is not None:
            self._lock.release()
        return run
