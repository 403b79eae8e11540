"""A new run that goes on from a kept state of another one, which stays as it is. Start at `forked`.

What the other run recorded until then is taken over, so that the curves of the new run begin at their beginning.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from models.experiment import Experiment
from models.training import LEARNING_RATE_FACTOR, STOPPED
from runs.events import FORKED_FROM, Event, check_change
from runs.launch import fresh_id, made, measured_in
from runs.run_folder import LAST

if TYPE_CHECKING:
    from diagnostics.run import Run
    from runs.making import RunInMaking
    from runs.store import RunStore

BEST = "best"
_SUFFIX = re.compile(r", from step \d+$")


@dataclass(frozen=True)
class KeptState:
    """A state of a run to go on from: its name in the store, the updates done, the factor of the learning rate."""

    name: str
    step: int
    factor: float


def kept_states(run_id: str, store: RunStore) -> tuple[KeptState, ...]:
    """Return what a run can be gone on from: the best validation loss, the last, then the others, latest first.

    A damaged one is left out; so is one that stands where the last one does.
    """
    found = []
    for name in store.checkpoints(run_id):
        try:
            step, control = store.checkpoint_head(run_id, name)
        except (ValueError, OSError):
            continue
        found.append(KeptState(name, step, float(str(control.get(LEARNING_RATE_FACTOR, 1.0)))))
    last = max((state.step for state in found if state.name == LAST), default=-1)
    shown = [state for state in found if state.name in (BEST, LAST) or state.step != last]
    order = {BEST: 0, LAST: 1}
    return tuple(sorted(shown, key=lambda state: (order.get(state.name, 2), -state.step)))


def may_be_longer(experiment: Experiment) -> bool:
    """Tell whether more epochs leave what was trained already as it is: where the learning rate follows no schedule."""
    return experiment.schedule["type"] == "constant" and experiment.max_steps is None


def changes_repeated(events: Sequence[Event], step: int) -> tuple[Event, ...]:
    """Return the changes that a run saw from `step` on, which an unchanged fork makes, too."""
    return tuple(event for event in events if int(str(event["step"])) >= step and event["field"] != FORKED_FROM)


def forked(
    run_id: str,
    state: str,
    *,
    store: RunStore,
    owner: str | None,
    learning_rate_factor: float | None = None,
    epochs: int | None = None,
) -> RunInMaking:
    """Return a new run in the making, kept in the store, which stands where `run_id` stood in one of its kept states.

    Parameters
    ----------
    run_id, state : str
        The other run, and the name of a state: "last", "best", "step-000100", … (`RunStore.checkpoints`).
    store : RunStore
    owner : str or None
        Whose the new run is.
    learning_rate_factor : float, optional
        What the learning rate of the settings is multiplied by from there on. If it is not given, everything goes on
        as it did, with the later changes of the other run: bit for bit the same path.
    epochs : int, optional
        How long the new run is in all; as long as the other one if not given.

    Raises
    ------
    ValueError
        If there is no such state, nothing is left to train, or the factor is no number from 0 up.
    KeyError
        If the run or its data are not in the store.
    """
    if learning_rate_factor is not None:
        check_change(LEARNING_RATE_FACTOR, learning_rate_factor)
    entry, run, start = store.entry(run_id), store.load(run_id), store.checkpoint(run_id, state)
    if start is None:
        raise ValueError(f"the run {entry.name} has no state {state!r}: choose one of {store.checkpoints(run_id)}")
    experiment = _lengthened(run.experiment, epochs)
    making = made(
        experiment,
        store.load_data(entry.data_digest),
        name=f"{_SUFFIX.sub('', entry.name)}, from step {start.step}",
        run_id=fresh_id(),
        events=_events(run, start.step, learning_rate_factor),
        record_every=int(str(run.info.get("record_every", 0))),
        measures=measured_in(run),
    )
    if start.step >= making.recorder.total:
        raise ValueError(
            f"nothing is left to train: the run ends after {making.recorder.total} updates, and this state has done "
            f"{start.step}: choose an earlier one, or more epochs"
        )
    ended = {str(seed) for name in (STOPPED, "ended") for seed in dict(_mapping(start.control.get(name)))}
    if ended >= set(map(str, experiment.seeds)):
        raise ValueError(
            "in this state every network has diverged or was ended by early stopping, so none would learn any further: "
            "choose an earlier one"
        )
    making.recorder.set_state("queued")
    making.fork_in(store, owner, run, start)
    return making


def _mapping(value: object) -> Mapping[object, object]:
    return value if isinstance(value, Mapping) else {}


def _lengthened(experiment: Experiment, epochs: int | None) -> Experiment:
    if epochs is None or epochs == experiment.epochs:
        return experiment
    if not may_be_longer(experiment):
        raise ValueError(
            "the number of epochs can only be changed where the learning rate is constant and no number of updates is "
            "set: else what was trained already would have been trained with other rates"
        )
    return replace(experiment, epochs=epochs)


def _events(run: Run, step: int, factor: float | None) -> tuple[Event, ...]:
    """What had happened, a note of the fork, and what happens from there on."""
    before = [event for event in run.events if int(str(event["step"])) < step]
    earlier_forks = [event for event in run.events if event not in before and event["field"] == FORKED_FROM]
    before += [event for event in earlier_forks if int(str(event["step"])) == step]
    note: Event = {"step": step, "field": FORKED_FROM, "value": run.id}
    if factor is None:
        return (*before, note, *changes_repeated(run.events, step))
    return (*before, note, {"step": step, "field": LEARNING_RATE_FACTOR, "value": factor})
