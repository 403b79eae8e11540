"""What is changed while it trains: applied at its step, kept in the run, repeated; and checkpoints to go back to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from app_pages import SMALL

from datasets import load_dataset
from models import TrainingState
from runs import RunStore, train_run
from runs.events import EventList
from runs.jobs import Registry
from runs.launch import made

DATA = load_dataset("moons")
HALVED = {"step": 5, "field": "learning_rate_factor", "value": 0.5}


def test_an_event_acts_from_its_step_on_and_stands_in_the_run() -> None:
    run = train_run(SMALL, DATA, events=[HALVED])
    plain = train_run(SMALL, DATA)
    rate = run.series["learning_rate"]
    full = plain.series["learning_rate"].values[0]
    np.testing.assert_allclose(rate.values[rate.steps <= 5], full)
    np.testing.assert_allclose(rate.values[rate.steps > 5], full / 2)
    assert run.events == (HALVED,)
    loss, before = run.series["train/loss"], plain.series["train/loss"]
    np.testing.assert_array_equal(loss.values[loss.steps <= 5], before.values[before.steps <= 5])
    assert (loss.values[-1] != before.values[-1]).all()


def test_the_events_of_a_run_repeat_it_bit_for_bit() -> None:
    making = made(SMALL, DATA)
    for number in range(30):
        if number == 7:
            making.change_learning_rate(3.0)
        if number == 20:
            making.change_learning_rate(0.0)
        making.advance()
    run = making.finish("stopped")
    assert [(event["step"], event["value"]) for event in run.events] == [(6, 3.0), (19, 0.0)]
    again = train_run(replace(SMALL, max_steps=29), DATA, events=run.events)
    for name in ("train/loss", "dense1/weight/mean"):
        shared = np.intersect1d(run.series[name].steps, again.series[name].steps)
        rows = [series.values[np.isin(series.steps, shared)] for series in (run.series[name], again.series[name])]
        np.testing.assert_array_equal(*rows)
        assert shared[-1] == 29


def test_a_resumed_run_goes_on_with_its_events(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    whole = train_run(SMALL, DATA, events=[HALVED, {**HALVED, "step": 30, "value": 0.1}])
    making = made(SMALL, DATA, events=[HALVED, {**HALVED, "step": 30, "value": 0.1}])
    making.keep_in(store, None)
    store.save_data(DATA, None)
    for _ in range(20):
        making.advance()
    making.pause()
    run_id = making.recorder.run_id
    making._lock.release()  # type: ignore[union-attr]  # as if the process had died
    work = Registry(1)
    work.resume_run(run_id, store=store, owner=None)
    job = work.job(run_id)
    assert job is not None
    job.wait(60)
    resumed = store.load(run_id)
    np.testing.assert_array_equal(resumed.series["train/loss"].values[:20], whole.series["train/loss"].values[:20])
    assert [event["step"] for event in resumed.events] == [5]  # the one at step 30 had not happened when it died


def test_a_job_takes_a_change_while_it_runs(tmp_path: Path) -> None:
    work, store = Registry(1), RunStore(tmp_path)
    run_id = work.train(SMALL, DATA, store=store, owner="me", paused=True)
    job = work.job(run_id)
    assert job is not None
    with pytest.raises(PermissionError):
        job.change_learning_rate(2.0, owner="you")
    with pytest.raises(ValueError, match="must lie between 0 and"):
        job.change_learning_rate(-1.0, owner="me")
    job.change_learning_rate(2.0, owner="me")
    job.resume(owner="me")
    job.wait(60)
    run = store.load(run_id)
    assert [event["value"] for event in run.events] == [2.0]
    rates = run.series["learning_rate"].values
    assert rates[-1] == pytest.approx(2 * rates[0])


def test_only_what_can_be_changed_may_be_asked_for() -> None:
    with pytest.raises(ValueError, match="cannot be changed while it trains"):
        EventList((), 0).ask("batch_size", 3)
    state = TrainingState(np.zeros((1, 1)), step=4)
    assert not EventList([{**HALVED, "step": 3}], 4).apply(state)
    assert EventList([{**HALVED, "step": 4}], 4).apply(state)
    assert state.control["learning_rate_factor"] == 0.5


def test_checkpoints_stand_at_equal_distances_and_at_the_best_validation_loss(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    run = train_run(replace(SMALL, epochs=20), DATA, store=store)
    total = int(str(run.info["planned_steps"]))
    names = store.checkpoints(run.id)
    assert {"last", "best"} <= set(names)
    steps = [int(name.removeprefix("step-")) for name in names if name.startswith("step-")]
    distance = -(-total // 8)
    early = [2**power for power in range(20) if 2**power < distance]
    assert steps == [*early, *range(distance, total + 1, distance)]
    best, loss = store.checkpoint(run.id, "best"), run.series["validation/loss"]
    assert best is not None
    means = np.asarray(loss.values, np.float64).mean(axis=1)
    assert best.step == loss.steps[1:][means[1:].argmin()]


def test_what_follows_a_checkpoint_is_what_followed_in_the_run_it_comes_from(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    run = train_run(replace(SMALL, epochs=20), DATA, store=store)
    first = next(name for name in store.checkpoints(run.id) if name.startswith("step-"))
    state = store.checkpoint(run.id, first)
    assert state is not None
    train_run(replace(SMALL, epochs=20), DATA, store=store, name="again", state=state)
    again = next(entry for entry in store.list() if entry.name == "again")
    ends = [store.checkpoint(run_id) for run_id in (run.id, again.id)]
    np.testing.assert_array_equal(ends[0].params, ends[1].params)  # type: ignore[union-attr]
    assert state.step == int(first.removeprefix("step-"))


def test_a_checkpoint_of_a_strange_name_is_refused(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    run = train_run(replace(SMALL, epochs=1), DATA, store=store)
    with pytest.raises(ValueError, match="a checkpoint is called"):
        store.checkpoint(run.id, "../../etc/passwd")
