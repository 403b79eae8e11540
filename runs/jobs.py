"""Work in the background: one registry for the whole process, which outlives pages, refreshes and closed tabs.

A training is a `Job`; an analysis of more than a second is a `Computation`. At most as many trainings run at once as
the machine has cores to spare; the others wait in a queue. Start at `registry`.
"""

from __future__ import annotations

import os
import sys
import threading
import types
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from models.experiment import Experiment
from runs.computations import Computation, Report
from runs.events import Event
from runs.fork import forked
from runs.job import LIVE, Job, Progress
from runs.launch import fresh_id, made, measured_in
from runs.making import RunInMaking
from runs.slots import Slots

if TYPE_CHECKING:
    from datasets import Prepared
    from runs.store import RunStore

__all__ = ["Computation", "Job", "Progress", "Registry", "registry"]
Item = TypeVar("Item")
KEPT = 40  # jobs and computations that have ended and are still remembered
_HOME = "_backscope_registry"


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
        events: Sequence[Event] = (),
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
        events : sequence of mapping
            What is changed while it trains, or how it begins; see `runs.events`.

        Raises
        ------
        ValueError
            If the settings do not fit the data.
        """
        making = made(experiment, prepared, name=name, run_id=fresh_id(), events=events)
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
        _check_owner(entry.owner, owner)
        run, state = store.load(run_id), store.checkpoint(run_id)
        prepared = store.load_data(entry.data_digest)
        every = int(str(run.info.get("record_every", 0)))
        measures = measured_in(run)
        making = made(run.experiment, prepared, name=entry.name, run_id=run_id, record_every=every, measures=measures)
        kept = {key: run.info[key] for key in ("name", "created") if key in run.info}
        making.recorder.info |= kept
        making.resume_in(store, run, state)
        return self._start(making, entry.owner, paused=False)

    def fork_run(
        self,
        run_id: str,
        state: str,
        *,
        store: RunStore,
        owner: str | None,
        learning_rate_factor: float | None = None,
        epochs: int | None = None,
    ) -> str:
        """Go on from a kept state of a run as a new run, and return its id; see `runs.fork.forked`.

        Raises
        ------
        PermissionError
            If the run belongs to somebody else.
        KeyError
            If the run or its data are not in the store.
        ValueError
            If there is no such state, or nothing is left to train.
        """
        _check_owner(store.entry(run_id).owner, owner)
        making = forked(
            run_id, state, store=store, owner=owner, learning_rate_factor=learning_rate_factor, epochs=epochs
        )
        return self._start(making, owner, paused=False)

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

    def computation(self, key: str) -> Computation | None:
        """Return the computation of this key; None if nobody has asked for it, or it is forgotten."""
        return self._computations.get(key)

    def _start(self, making: RunInMaking, owner: str | None, *, paused: bool) -> str:
        job = Job(making.recorder.run_id, owner, making, self._slots, paused=paused)
        with self._lock:
            self._jobs[job.id] = job
            _forget(self._jobs, lambda one: one.state in LIVE)
        job.start()
        return job.id


def _check_owner(owner: str | None, asking: str | None) -> None:
    if owner is not None and owner != asking:
        raise PermissionError("this run belongs to somebody else: you can look at it, and not act on it")


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
