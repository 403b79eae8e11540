"""Work in the background: one registry for the whole process, which outlives pages, refreshes and closed tabs.

A training is a `Job`; an analysis of more than a second is a `Computation` (`runs.computations`). At most as many
trainings run at once as the machine has cores to spare; the others wait in a queue. Start at `registry`.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
import types
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar

from diagnostics.run import Run
from models.experiment import Experiment
from runs.computations import Computation, Report
from runs.launch import fresh_id, made, sentence
from runs.making import RunInMaking

if TYPE_CHECKING:
    from datasets import Prepared
    from runs.store import RunStore

Item = TypeVar("Item")
State = Literal["queued", "running", "paused", "finished", "stopped", "failed"]
LIVE = ("queued", "running", "paused")
KEPT = 40  # jobs and computations that have ended and are still remembered
_HOME = "_backscope_registry"
_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Progress:
    """How far a job is: share done, steps, seconds left (None: not known), place in the queue from 1 (0: not waiting)."""

    fraction: float
    step: int
    total: int
    seconds_left: float | None
    queue_position: int
    message: str = ""


class Slots:
    """Places for so many trainings at once; who waits is served in order."""

    def __init__(self, n: int) -> None:
        self.n = n
        self._waiting: deque[str] = deque()
        self._inside: set[str] = set()
        self._changed = threading.Condition()

    def enter(self, key: str, wanted: Callable[[], bool]) -> bool:
        """Wait for a place; return False if it is no longer wanted."""
        with self._changed:
            self._waiting.append(key)
            while wanted() and not (self._waiting[0] == key and len(self._inside) < self.n):
                self._changed.wait(0.2)
            self._waiting.remove(key)
            entered = wanted()
            if entered:
                self._inside.add(key)
            self._changed.notify_all()
            return entered

    def leave(self, key: str) -> None:
        """Give the place back."""
        with self._changed:
            self._inside.discard(key)
            self._changed.notify_all()

    def position(self, key: str) -> int:
        """Return the place in the queue, from 1; 0 if not waiting."""
        with self._changed:
            return self._waiting.index(key) + 1 if key in self._waiting else 0


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
        step, total = self._making.step, self._making.recorder.total
        done = 0 if step is None else step.number
        since, at_first = self._started
        left = None
        if done > at_first and self._state == "running":
            left = (time.monotonic() - since) / (done - at_first) * (total - done)
        return Progress(done / max(total, 1), done, total, left, self._slots.position(self.id))

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
        self._state = end

    def _train(self) -> State:
        """Make steps until there are none left, waiting where it is asked to."""
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
            time.sleep(0)  # lets a page have its turn
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
        self._started = (now, 0 if self._making.step is None else self._making.step.number)
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


class Registry:
    """All work of this process.

    Parameters
    ----------
    n_slots : int, optional
        Trainings at once; the number of cores less one, at least one.
    """

    def __init__(self, n_slots: int | None = None) -> None:
        self._slots = Slots(n_slots or max(1, (os.cpu_count() or 2) - 1))
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._computations: OrderedDict[str, Computation] = OrderedDict()
        self._lock = threading.Lock()

    def train(
        self,
        experiment: Experiment,
        prepared: Prepared,
        *,
        store: RunStore,
        owner: str | None,
        name: str = "",
        paused: bool = False,
    ) -> str:
        """Start a training in the background and return the id of its run.

        Parameters
        ----------
        experiment, prepared
            The settings and the data.
        store : RunStore
            Where the run is written as it happens.
        owner : str or None
            Who may act on it; None: everybody.
        name : str
            What it is called; the data's name if not given.
        paused : bool
            Record the untrained networks and wait.

        Raises
        ------
        ValueError
            If the settings do not fit the data.
        """
        making = made(experiment, prepared, name=name, run_id=fresh_id())
        store.save_data(prepared, owner)
        making.recorder.set_state("queued")
        making.keep_in(store, owner)
        return self._start(making, owner, paused=paused)

    def resume_run(self, run_id: str, *, store: RunStore, owner: str | None) -> str:
        """Go on with a stored run from its last checkpoint; from the start, if it never came to one.

        Raises
        ------
        PermissionError
            If the run belongs to somebody else.
        KeyError
            If the run or its data are not in the store.
        RuntimeError
            If it is being trained already.
        """
        entry = store.entry(run_id)
        if entry.owner is not None and entry.owner != owner:
            raise PermissionError("this run belongs to somebody else: you can look at it, and not act on it")
        run, state = store.load(run_id), store.checkpoint(run_id)
        prepared = store.load_data(entry.data_digest)
        making = made(run.experiment, prepared, name=entry.name, run_id=run_id)
        kept = {key: run.info[key] for key in ("name", "created") if key in run.info}
        making.recorder.info |= kept
        making.resume_in(store, run, state)
        return self._start(making, entry.owner, paused=False)

    def job(self, run_id: str) -> Job | None:
        """Return the job that makes, or has made, this run in this process; None if there is none."""
        return self._jobs.get(run_id)

    def compute(self, key: str, function: Callable[[Report], object], *, owner: str | None) -> Computation:
        """Return the computation of this key, started now unless it is there already and did not fail.

        Parameters
        ----------
        key : str
            Says exactly what is computed: the same key gives the same result to everybody who asks.
        function : callable
            Gets a callback ``report(share) -> keep_going`` and returns the result.
        owner : str or None
            Who may cancel it.
        """
        with self._lock:
            known = self._computations.get(key)
            if known is not None and known.state not in ("failed", "cancelled"):
                self._computations.move_to_end(key)
                return known
            fresh = Computation(key, function, owner)
            self._computations[key] = fresh
            _forget(self._computations, lambda one: one.state == "running")
        fresh.start()
        return fresh

    def _start(self, making: RunInMaking, owner: str | None, *, paused: bool) -> str:
        job = Job(making.recorder.run_id, owner, making, self._slots, paused=paused)
        with self._lock:
            self._jobs[job.id] = job
            _forget(self._jobs, lambda one: one.state in LIVE)
        job.start()
        return job.id


def _forget(items: OrderedDict[str, Item], is_live: Callable[[Item], bool]) -> None:
    """Drop the oldest that have ended, beyond `KEPT`."""
    ended = [key for key, item in items.items() if not is_live(item)]
    for key in ended[: max(0, len(ended) - KEPT)]:
        del items[key]


def registry() -> Registry:
    """Return the registry of this process; it stands in a module of its own, which no reload of this file replaces."""
    home = sys.modules.setdefault(_HOME, types.ModuleType(_HOME))
    found = home.__dict__.setdefault("registry", None)
    if found is None:
        with _creating:
            found = home.__dict__["registry"] = home.__dict__["registry"] or Registry()
    result: Registry = found
    return result


_creating = threading.Lock()
