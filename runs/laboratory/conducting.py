"""From an experiment to its runs: trained here and now, or started in the background and found again in the store.

A stored run belongs to an experiment if its settings and its data are those of one of the experiment's networks,
whoever started it and whatever it is called. So several experiments share a run, and a refresh loses nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from datasets import CATALOG, Prepared, load_dataset
from datasets.shapeset import CLASSES, SIDE
from models.network import Network
from models.pretraining import n_pretraining_steps
from runs.cost import cost_of, per_step
from runs.events import pretraining_of
from runs.laboratory.entry import Arm, Runs, Size
from runs.laboratory.networks import DIGITS, DIGITS_EXTENT, TRAINING_SHARE
from runs.launch import train_run

if TYPE_CHECKING:
    from runs.jobs import Job, Registry
    from runs.store import Entry, RunStore

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


def seconds(arms: Sequence[Arm]) -> float:
    """Return roughly how long it takes to train networks, by the rule of thumb of `runs.cost`."""
    total = 0.0
    for arm in arms:
        shape, n_classes, n_train = _extent(arm)
        network = Network.build(arm.experiment, shape, "classification", n_classes)
        cost = cost_of(arm.experiment, network, n_train)
        total += cost.seconds
        if arm.pretraining is not None:
            n_before = n_pretraining_steps(arm.experiment, n_train, arm.pretraining)
            total += n_before * per_step(2 * cost.operations_per_step)  # a decoder as large as the layer
    return total


def _extent(arm: Arm) -> tuple[tuple[int, ...], int, int]:
    """Shape of an example, classes and training examples, without making the data, so that a page need not wait."""
    if arm.dataset == DIGITS:
        return DIGITS_EXTENT
    return (SIDE, SIDE, 1), len(CLASSES), int(TRAINING_SHARE * arm.options["n"])


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


def loaded(found: Sequence[Standing], store: RunStore) -> Runs:
    """Return the runs of an experiment whose networks are all finished, by label."""
    return {one.arm.label: store.load(one.entry.id) for one in found if one.entry is not None}


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
