"""From an experiment to its runs: trained here and now, or started in the background and found again in the store.

A stored run belongs to an experiment if its settings and its data are those of one of the experiment's networks,
whoever started it and whatever it is called. So several experiments share a run, and a refresh loses nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from datasets import CATALOG, Prepared, load_dataset
from datasets.shapeset import CLASSES, SIDE
from models.experiment import Experiment
from models.network import Network
from models.pretraining import n_pretraining_steps
from runs.cost import BUSY, cost_of
from runs.events import pretraining_of
from runs.laboratory.entry import Arm, Runs, Size
from runs.laboratory.networks import DIGITS, DIGITS_EXTENT, TRAINING_SHARE
from runs.launch import train_run

if TYPE_CHECKING:
    from diagnostics.run import Run
    from runs.computations import Report
    from runs.jobs import Job, Registry
    from runs.store import Entry, RunStore

SECONDS_PER_IMAGE = 2e-5  # of Shapeset-3×2, drawn anew
LIVE = ("queued", "running", "paused")
CAN_GO_ON = ("stopped", "interrupted")


@dataclass(frozen=True)
class Standing:
    """How far one network is: its run in the store, if there is one, and the job that makes it now."""

    arm: Arm
    entry: Entry | None = None
    job: Job | None = None

    @property
    def state(self) -> str:
        """That of the job while there is one, else of the stored run; "absent" without one."""
        if self.job is not None and self.job.state in LIVE:
            return self.job.state
        return "absent" if self.entry is None else self.entry.state

    @property
    def is_made_here(self) -> bool:
        """Whether a job of this process makes it now."""
        return self.job is not None and self.job.state in LIVE

    @property
    def fraction(self) -> float:
        """The share that is done."""
        if self.state in LIVE and self.job is not None:
            return self.job.progress.fraction
        return 1.0 if self.state == "finished" else 0.0


def standings(size: Size, entries: Sequence[Entry], registry: Registry) -> tuple[Standing, ...]:
    """Return where each network of an experiment stands, given the list of stored runs, newest first."""
    result = []
    for arm in size.arms:
        matching = [entry for entry in entries if _is_of(entry, arm)]
        matching.sort(key=lambda entry: _rank(entry.state))
        best = matching[0] if matching else None
        result.append(Standing(arm, best, None if best is None else registry.job(best.id)))
    return tuple(result)


def _rank(state: str) -> int:
    return 0 if state == "finished" else 1 if state in LIVE else 2 if state in CAN_GO_ON else 3


def _is_of(entry: Entry, arm: Arm) -> bool:
    data = entry.experiment.data
    return (
        data.get("options") == dict(arm.options)
        and data.get("name") == CATALOG[arm.dataset].title
        and replace(entry.experiment, data={}) == replace(arm.experiment, data={})
        and entry.pretraining == pretraining_of(arm.events)
    )


@functools.lru_cache(maxsize=2)
def _data(name: str, options: tuple[tuple[str, float], ...]) -> Prepared:
    chosen: dict[str, float] = dict(options)
    return load_dataset(name, split_seed=0, folder=None, **chosen)


def prepared(arm: Arm) -> Prepared:
    """Return the data of a network; the last ones are kept."""
    return _data(arm.dataset, tuple(sorted(arm.options.items())))


def seconds(arms: Sequence[Arm]) -> tuple[float, float]:
    """Return roughly how long it takes to train networks: on a machine that does little else, and on a busy one."""
    total = sum(map(_seconds, arms))
    return total, BUSY * total


@functools.lru_cache(maxsize=256)
def _seconds_by_settings(settings: str, dataset: str, options: tuple[tuple[str, int], ...]) -> tuple[float, float]:
    """Seconds of a training by the rule of thumb of `runs.cost`, and of one of its updates."""
    experiment = Experiment.from_json(settings)
    shape, n_classes, n_train = _extent(dataset, dict(options))
    cost = cost_of(experiment, Network.build(experiment, shape, "classification", n_classes), n_train)
    drawn = cost.steps * experiment.batch_size if dict(options).get("fresh") else 0
    return cost.seconds + drawn * SECONDS_PER_IMAGE, cost.seconds_per_step


def _seconds(arm: Arm) -> float:
    found, per_step = _seconds_by_settings(arm.experiment.to_json(), arm.dataset, tuple(sorted(arm.options.items())))
    if arm.pretraining is None:
        return found
    n_train = _extent(arm.dataset, arm.options)[2]
    return found + n_pretraining_steps(arm.experiment, n_train, arm.pretraining) * per_step


def _extent(dataset: str, options: Mapping[str, int]) -> tuple[tuple[int, ...], int, int]:
    """Shape of an example, classes and training examples, without making the data, so that a page need not wait."""
    if dataset == DIGITS:
        return DIGITS_EXTENT
    return (SIDE, SIDE, 1), len(CLASSES), int(TRAINING_SHARE * options["n"])


def start(size: Size, *, store: RunStore, registry: Registry, owner: str | None) -> tuple[str, ...]:
    """Start in the background what is missing of an experiment, and return the ids of what was started.

    A run that was stopped or interrupted goes on from its checkpoint, if it belongs to `owner` or to nobody.
    """
    started = []
    for one in standings(size, store.list(owner), registry):
        if one.state == "finished" or one.state in LIVE:
            continue
        if one.entry is not None and one.state in CAN_GO_ON:
            started.append(registry.resume_run(one.entry.id, store=store, owner=owner))
            continue
        data = prepared(one.arm)
        arm = one.arm
        run_id = registry.train(arm.settings, data, store=store, owner=owner, name=arm.run_name, events=arm.events)
        started.append(run_id)
    return tuple(started)


def stop(found: Sequence[Standing], *, owner: str | None) -> None:
    """Stop what is being made of an experiment."""
    for one in found:
        if one.job is not None and one.state in LIVE:
            one.job.stop(owner=owner)


def loaded(found: Sequence[Standing], store: RunStore, report: Report = lambda share: True) -> Runs:
    """Return the runs of an experiment whose networks are all finished, by label.

    `report` is told the share that is done.

    Raises
    ------
    InterruptedError
        If `report` says to end it.
    """
    runs: dict[str, Run] = {}
    for number, one in enumerate(found):
        if not report(number / len(found)):
            raise InterruptedError("the reading of the runs was cancelled")
        if one.entry is not None:
            runs[one.arm.label] = store.load(one.entry.id)
    return runs


def conduct(
    size: Size,
    *,
    store: RunStore | None = None,
    progress: Callable[[str, float], object] | None = None,
) -> Runs:
    """Train every network of an experiment, one after the other, and return the runs by label.

    Parameters
    ----------
    size : Size
    store : RunStore, optional
        Where to write them as they happen; what it holds already is not trained again.
    progress : callable, optional
        Is called with the label and the share that is done.
    """
    result = {}
    for arm in size.arms:
        known = [] if store is None else [e for e in store.list() if e.state == "finished" and _is_of(e, arm)]
        if store is not None and known:
            result[arm.label] = store.load(known[0].id)
            continue
        told = None if progress is None else functools.partial(progress, arm.label)
        result[arm.label] = train_run(
            arm.settings, prepared(arm), store=store, name=arm.run_name, progress=told, events=arm.events
        )
    return result
