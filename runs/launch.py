"""From data and settings to a run, without a screen. Start at `train_run`."""

from __future__ import annotations

import datetime
import platform
import secrets
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from diagnostics.recording.measures import ALWAYS, MEASURES
from diagnostics.recording.recorder import Recorder
from diagnostics.run import Run
from models.experiment import Experiment
from models.training_data import TrainingData
from models.training_state import TrainingState
from runs.events import Event
from runs.making import RunInMaking

if TYPE_CHECKING:
    from datasets import Prepared
    from runs.store import RunStore


def train_run(
    experiment: Experiment,
    data: Prepared,
    *,
    store: RunStore | None = None,
    owner: str | None = None,
    name: str = "",
    progress: Callable[[float], object] | None = None,
    events: Sequence[Event] = (),
    state: TrainingState | None = None,
    record_every: int = 0,
    measures: Sequence[str] = ALWAYS,
) -> Run:
    """Train, record everything, and return the run.

    Parameters
    ----------
    experiment : Experiment
    data : Prepared
        From `datasets.prepare` or `datasets.load_dataset`.
    store : RunStore, optional
        Where to write the run as it happens.
    owner : str, optional
        Whose run it is; a run without an owner is seen by all.
    name : str
        What it is called; the data's name if not given.
    progress : callable, optional
        Is called with the share that is done, after each step.
    events : sequence of mapping
        What is changed while it trains; ``run.events`` repeats another run's. `runs.events.pretraining_event` lets it
        begin with a pre-training.
    state : TrainingState, optional
        Where to begin instead of at fresh weights, for instance ``store.checkpoint(run_id, "best")``; it is not
        changed. What follows is bit for bit what follows in the run that it comes from.
    record_every : int
        Record the layers at every so many updates, on the mini-batch of that update; 0: about 44 times, dense at the
        start and sparse later, on the probe examples.
    measures : sequence of str
        What else is measured, some of `diagnostics.recording.measures.MEASURES`: gradient noise if not given.

    Raises
    ------
    ValueError
        If the settings do not fit the data.
    """
    making = made(experiment, data, name=name, events=events, state=state, record_every=record_every, measures=measures)
    if store is not None:
        store.save_data(data, owner)
        making.keep_in(store, owner)
    try:
        while making.advance():
            if progress is not None:
                progress(making.work[0] / max(making.work[1], 1))
    except BaseException as error:
        making.finish("stopped" if isinstance(error, KeyboardInterrupt) else "failed", sentence(error))
        raise
    return making.finish("finished")


def made(
    experiment: Experiment,
    data: Prepared,
    *,
    name: str = "",
    run_id: str = "",
    events: Sequence[Event] = (),
    state: TrainingState | None = None,
    record_every: int = 0,
    measures: Sequence[str] = ALWAYS,
) -> RunInMaking:
    """Return a new run in the making; its id is `run_id`, or a fresh one."""
    entry = {"name": data.name, "digest": data.digest, "split_seed": data.split_seed}
    experiment = experiment.with_data({**experiment.data, **entry})
    arrays = training_data(data)
    recorder = start_recorder(experiment, data, run_id or fresh_id(), name, record_every, measures)
    return RunInMaking(experiment, arrays, recorder, events=events, state=state)


def fresh_id() -> str:
    """Return an id that nobody can guess: 12 hexadecimal digits."""
    return secrets.token_hex(6)


def training_data(prepared: Prepared) -> TrainingData:
    """Return the plain arrays that the engine trains on."""
    train, validation = prepared.train, prepared.validation
    return TrainingData(
        train.x,
        train.y,
        validation.x,
        validation.y,
        prepared.task,
        prepared.n_outputs,
        input_shape=prepared.input_shape,
        fresh=prepared.fresh,
    )


def start_recorder(
    experiment: Experiment,
    data: Prepared,
    run_id: str,
    name: str,
    record_every: int = 0,
    measures: Sequence[str] = ALWAYS,
) -> Recorder:
    """Return a recorder that knows what the data are called."""
    info: dict[str, object] = {
        **origin(name or data.name),
        "data_name": data.name,
        "data_digest": data.digest,
        "feature_names": [] if data.input_shape else list(data.feature_names),
        "input_shape": list(data.input_shape),
        "class_names": list(data.class_names),
        "target_name": data.target_name,
        "target_names": list(data.target_names),
        "target_mean": data.recipe.target.mean,
        "target_std": data.recipe.target.std,
        "record_every": record_every,
        "measures": list(measures),
    }
    arrays = training_data(data)
    return Recorder(
        experiment,
        arrays,
        run_id=run_id,
        info=info,
        x_test=data.test.x,
        y_test=data.test.y,
        dense=record_every,
        measures=measures,
    )


def measured_in(run: Run) -> tuple[str, ...]:
    """Return the measures of a stored run, so that it goes on as it began; none of one made before there were any."""
    names = run.info.get("measures", ())
    assert isinstance(names, (list, tuple))
    return tuple(str(name) for name in names if name in MEASURES)


def origin(name: str) -> dict[str, object]:
    """Return what a run is called, and when and with what it is made."""
    return {
        "name": name,
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds"),
        "versions": {"python": platform.python_version(), "numpy": np.__version__},
    }


def sentence(error: BaseException) -> str:
    """Return what an error says, for a person: its kind and its words."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
