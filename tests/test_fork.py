"""A run that goes on from a kept state of another: unchanged it is the same path, and it says where it comes from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from app_pages import SMALL

from datasets import load_dataset
from diagnostics import Run
from runs import RunStore, train_run
from runs.fork import forked, kept_states
from runs.jobs import Registry

DATA = load_dataset("moons")
LONG = replace(SMALL, epochs=12)
LATER = {"step": 100, "field": "learning_rate_factor", "value": 0.5}
CLOCK = "time/seconds"  # the only thing that is not repeated


def parent(store: RunStore) -> Run:
    """A finished run with a change of its rate at step 100; its states are kept every 21 updates, the last at 168."""
    return train_run(LONG, DATA, store=store, events=[LATER], measures=("gradient_noise", "sharpness"))


def fork(store: RunStore, run_id: str, state: str, **changes: float) -> Run:
    """A fork made in the background, to its end."""
    work = Registry(1)
    factor, epochs = changes.get("factor"), changes.get("epochs")
    own = work.fork_run(
        run_id,
        state,
        store=store,
        owner="me",
        learning_rate_factor=factor,
        epochs=None if epochs is None else int(epochs),
    )
    job = work.job(own)
    assert job is not None
    job.wait(60)
    assert job.state == "finished", job.error
    return store.load(own)


def test_an_unchanged_fork_is_bit_for_bit_the_same_path_and_the_old_run_stays(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    old = parent(store)
    new = fork(store, old.id, "step-000063")
    ends = [store.checkpoint(run_id) for run_id in (old.id, new.id)]
    np.testing.assert_array_equal(ends[0].params, ends[1].params)  # type: ignore[union-attr]
    assert set(new.series) == set(old.series)
    for name in set(old.series) - {CLOCK}:
        np.testing.assert_array_equal(new.series[name].steps, old.series[name].steps)
        kept = np.ones(len(old.series[name].steps), bool)
        if name.endswith("cosine_of_successive"):  # the gradient before the first update of a fork is not known
            kept = old.series[name].steps != 64
            assert np.isnan(new.series[name].values[~kept]).all()
        np.testing.assert_array_equal(new.series[name].values[kept], old.series[name].values[kept])
    note = {"step": 63, "field": "forked_from", "value": old.id}
    assert new.events == (note, LATER)
    assert store.load(old.id).events == old.events
    assert store.entry(new.id).name == f"{old.info['name']}, from step 63"
    assert (store.entry(new.id).owner, store.entry(old.id).owner) == ("me", None)
    again = train_run(LONG, DATA, events=new.events)  # settings and events repeat it from the beginning
    np.testing.assert_array_equal(again.series["test/loss"].values, new.series["test/loss"].values)


def test_with_another_rate_only_what_follows_differs(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    old = parent(store)
    new = fork(store, old.id, "step-000063", factor=3.0)
    assert [event["step"] for event in new.events] == [63, 63]  # what the old run changed at step 100 is not repeated
    rate = new.series["learning_rate"]
    np.testing.assert_allclose(rate.values / rate.values[0], np.where(rate.steps <= 63, 1, 3))
    loss, before = new.series["train/loss"], old.series["train/loss"]
    n = int((before.steps <= 63).sum())
    np.testing.assert_array_equal(loss.values[:n], before.values[:n])
    assert (loss.values[-1] != before.values[-1]).all()


def test_a_finished_run_goes_on_for_more_epochs(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    old = parent(store)
    with pytest.raises(ValueError, match="nothing is left to train"):
        forked(old.id, "last", store=store, owner=None)
    new = fork(store, old.id, "last", epochs=15)
    longer = train_run(replace(LONG, epochs=15), DATA, events=[LATER])
    np.testing.assert_array_equal(new.series["test/loss"].values, longer.series["test/loss"].values)
    falling = train_run(replace(LONG, schedule="cosine"), DATA, store=store)
    with pytest.raises(ValueError, match="only be changed where the learning rate is constant"):
        forked(falling.id, "last", store=store, owner=None, epochs=15)


def test_the_states_on_offer_say_what_they_are(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    run = parent(store)
    states = kept_states(run.id, store)
    assert [state.name for state in states[:3]] == ["best", "last", "step-000147"]
    assert [state.step for state in states[1:]] == [168, 147, 126, 105, 84, 63, 42, 21, 16, 8, 4, 2, 1]
    assert [state.factor for state in states[1:]] == [0.5] * 4 + [1.0] * 9
    (tmp_path / "runs" / run.id / "checkpoint-step-000042.npz").write_bytes(b"no archive")
    assert 42 not in [state.step for state in kept_states(run.id, store)]


def test_of_another_persons_run_nothing_is_forked(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    run = train_run(replace(SMALL, epochs=1), DATA, store=store, owner="you")
    with pytest.raises(PermissionError):
        Registry(1).fork_run(run.id, "last", store=store, owner="me", epochs=2)
    with pytest.raises(ValueError, match="has no state 'worst'"):
        forked(run.id, "worst", store=store, owner="you")
    with pytest.raises(ValueError, match="must lie between 0 and"):
        forked(run.id, "last", store=store, owner="you", learning_rate_factor=-1.0)
