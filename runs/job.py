"""A training in the background, in a thread of its own: it can be watched, paused, resumed, stepped and stopped."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from diagnostics.recording.kernels import begin as begin_to_compile
from diagnostics.run import Run
from runs.launch import sentence
from runs.making import RunInMaking
from runs.slots import Slots

State = Literal["queued", "running", "paused", "finished", "stopped", "failed"]
FIRST_GUESS = 1.0  # seconds of training before the time left is told: the first steps are recorded, and slow
IDLE = 5.0  # seconds after a training in which its page is drawn
LIVE = ("queued", "running", "paused")
_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Progress:
    """How far a job is: share done, steps, seconds left (None: unknown), place in the queue (0: not waiting).

    A pre-training counts in the share and in the time, not in the steps.
    """

    fraction: float
    step: int
    total: int
    seconds_left: float | None
    queue_position: int
    message: str = ""


class Job:
    """A training in the background. Reading is free; acting needs the owner's name."""

    def __init__(self, run_id: str, owner: str | None, making: RunInMaking, slots: Slots, *, paused: bool) -> None:
        self.id, self.owner = run_id, owner
        self._making, self._slots = making, slots
        self._state: State = "queued"
        self._error = ""
        self._wake = threading.Condition()
        self._allowance = 1 if paused else -1  # steps that may be made before it waits; -1: as many as there are
        self._stopping = False
        self._started = (time.monotonic(), 0)
        self._thread = threading.Thread(target=self._work, name=f"training {run_id}", daemon=True)

    def start(self) -> None:
        """Begin, or get in line."""
        self._thread.start()

    @property
    def state(self) -> State:
        """What it is doing."""
        return self._state

    @property
    def error(self) -> str:
        """What failed, in a sentence; "" if nothing did."""
        return self._error

    @property
    def version(self) -> int:
        """Grows with everything recorded."""
        return self._making.recorder.version

    @property
    def steps_per_epoch(self) -> int:
        """Updates in one pass over the training part."""
        return int(str(self._making.recorder.info["steps_per_epoch"]))

    @property
    def progress(self) -> Progress:
        """How far it is."""
        done, total = self._making.work
        since, at_first = self._started
        left = None
        passed = time.monotonic() - since
        if done > at_first and passed > FIRST_GUESS and self._state == "running":
            left = passed / (done - at_first) * (total - done)
        steps = self._making.done, self._making.recorder.total
        return Progress(done / max(total, 1), *steps, left, self._slots.position(self.id))

    def snapshot(self, prefixes: tuple[str, ...] | None = None) -> Run:
        """Return the run as it stands (the series that begin with one of `prefixes`)."""
        return self._making.recorder.snapshot(prefixes)

    def pause(self, *, owner: str | None) -> None:
        """Wait after the next step.

        Raises
        ------
        PermissionError
            If `owner` is not who started it.
        """
        self._act(owner, lambda: setattr(self, "_allowance", 0))

    def resume(self, *, owner: str | None) -> None:
        """Go on."""
        self._act(owner, lambda: setattr(self, "_allowance", -1))

    def advance(self, steps: int, *, owner: str | None) -> None:
        """Make so many steps and wait again."""
        self._act(owner, lambda: setattr(self, "_allowance", max(self._allowance, 0) + steps))

    def change_learning_rate(self, factor: float, *, owner: str | None) -> None:
        """Multiply the learning rate of the settings by `factor` from the next update on; the run notes it.

        Raises
        ------
        ValueError
            If that is no number from 0 up.
        """
        self._act(owner, lambda: self._making.change_learning_rate(factor))

    def stop(self, *, owner: str | None) -> None:
        """End the run here; what was recorded is kept."""
        self._act(owner, lambda: setattr(self, "_stopping", True))

    def wait(self, seconds: float | None = None) -> None:
        """Wait until it has ended."""
        self._thread.join(seconds)

    def _act(self, owner: str | None, change: Callable[[], None]) -> None:
        if self.owner is not None and owner != self.owner:
            raise PermissionError("this run belongs to somebody else: you can look at it, and not act on it")
        with self._wake:
            change()
            self._wake.notify_all()

    def _work(self) -> None:
        try:
            end = self._train()
            self._making.finish(end)
        except Exception as error:  # whatever it is, it is shown on this run and harms no other
            _logger.exception("training %s failed", self.id)
            end, self._error = "failed", sentence(error)
            try:
                self._making.finish("failed", self._error)
            except Exception:
                _logger.exception("the end of training %s could not be written", self.id)
        finally:
            self._slots.leave(self.id)
            begin_to_compile(after=IDLE)
        self._state = end

    def _train(self) -> State:
        """Make steps until there are none left, waiting where it is asked to.

        It does not sleep between steps: the interpreter gives a page its turn every 5 ms anyway.
        """
        if not self._enter():
            return "stopped"
        while not self._stopping:
            if self._allowance == 0:
                self._rest()
                continue
            if not self._making.advance():
                return "finished"
            if self._allowance > 0:
                with self._wake:
                    self._allowance = max(self._allowance - 1, 0)
        return "stopped"

    def _enter(self) -> bool:
        """Get a place to run in; False if it was stopped while it waited."""
        began = time.monotonic()
        self._state = "queued"
        if not self._slots.enter(self.id, lambda: not self._stopping):
            return False
        now = time.monotonic()
        self._making.recorder.idle(now - began)
        self._making.recorder.set_state("running")
        self._started = (now, self._making.work[0])
        self._state = "running"
        return True

    def _rest(self) -> None:
        """Wait for a person; others may use the place meanwhile."""
        began = time.monotonic()
        self._making.pause()
        self._slots.leave(self.id)
        self._state = "paused"
        with self._wake:
            while self._allowance == 0 and not self._stopping:
                self._wake.wait()
        self._making.recorder.idle(time.monotonic() - began)
        if not self._stopping:
            self._enter()
