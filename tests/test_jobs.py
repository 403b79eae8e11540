"""Trainings in the background: pause, step, resume, stop; the queue; whose they are; errors that harm nobody else."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from app_pages import SMALL

from datasets import load_dataset
from models import Experiment
from runs import RunStore, train_run
from runs.computations import Report
from runs.jobs import Job, Registry, registry

LONG = replace(SMALL, epochs=3000)


def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for something to become true."""
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "it did not happen in time"
        time.sleep(0.01)


def started(work: Registry, store: RunStore, experiment: Experiment = LONG, *, paused: bool = False) -> Job:
    run_id = work.train(experiment, load_dataset("moons"), store=store, owner="me", paused=paused)
    job = work.job(run_id)
    assert job is not None
    return job


def test_a_job_ends_with_the_same_run_as_a_headless_training(tmp_path: Path) -> None:
    store, data = RunStore(tmp_path), load_dataset("moons")
    job = started(Registry(1), store, SMALL)
    job.wait(60)
    assert job.state == "finished"
    expected = train_run(SMALL, data)
    found = store.load(job.id)
    np.testing.assert_array_equal(found.series["train/loss"].values, expected.series["train/loss"].values)
    assert job.progress.fraction == 1.0


def test_paused_it_waits_steps_and_goes_on(tmp_path: Path) -> None:
    job = started(Registry(1), RunStore(tmp_path), paused=True)
    until(lambda: job.state == "paused")
    assert job.progress.step == 0
    assert len(job.snapshot().series["train/loss"].steps) == 1
    job.advance(1, owner="me")
    until(lambda: job.progress.step == 1 and job.state == "paused")
    job.advance(job.steps_per_epoch, owner="me")
    until(lambda: job.progress.step == 1 + job.steps_per_epoch and job.state == "paused")
    job.resume(owner="me")
    until(lambda: job.progress.step > 40)
    job.pause(owner="me")
    until(lambda: job.state == "paused")
    assert RunStore(tmp_path).entry(job.id).state == "paused"
    job.stop(owner="me")
    job.wait(20)
    assert job.state == "stopped"
    assert RunStore(tmp_path).entry(job.id).state == "stopped"


def test_a_stopped_run_can_be_resumed(tmp_path: Path) -> None:
    store, work = RunStore(tmp_path), Registry(1)
    experiment = replace(SMALL, epochs=40)
    job = started(work, store, experiment, paused=True)
    until(lambda: job.state == "paused")
    job.advance(50, owner="me")
    until(lambda: job.progress.step == 50)
    job.stop(owner="me")
    job.wait(20)
    with pytest.raises(PermissionError):
        work.resume_run(job.id, store=store, owner="you")
    work.resume_run(job.id, store=store, owner="me")
    again = work.job(job.id)
    assert again is not None
    again.wait(60)
    assert again.state == "finished"
    expected = train_run(experiment, load_dataset("moons"))
    last = store.load(job.id).series["validation/loss"].values[-1]
    np.testing.assert_array_equal(last, expected.series["validation/loss"].values[-1])


def test_only_the_owner_acts(tmp_path: Path) -> None:
    job = started(Registry(1), RunStore(tmp_path), paused=True)
    for act in (job.pause, job.resume, job.stop):
        with pytest.raises(PermissionError, match="belongs to somebody else"):
            act(owner="you")
    job.stop(owner="me")
    job.wait(20)


def test_who_finds_no_place_waits_in_line(tmp_path: Path) -> None:
    store, work = RunStore(tmp_path), Registry(1)
    first = started(work, store)
    until(lambda: first.state == "running")
    second, third = started(work, store, SMALL), started(work, store, SMALL)
    until(lambda: third.progress.queue_position == 2)
    assert (second.state, second.progress.queue_position) == ("queued", 1)
    third.stop(owner="me")
    third.wait(20)
    assert third.state == "stopped"
    first.pause(owner="me")  # a paused training gives its place to the next
    second.wait(60)
    assert second.state == "finished"
    first.stop(owner="me")
    first.wait(20)
    assert first.state == "stopped"


def test_an_error_is_shown_on_its_run_and_harms_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, work = RunStore(tmp_path), Registry(2)
    broken, healthy = started(work, store, paused=True), started(work, store, SMALL)
    until(lambda: broken.state == "paused")

    def fail(step: object) -> None:
        raise MemoryError("no room for the histogram")

    monkeypatch.setattr(broken._making.recorder, "observe", fail)
    broken.resume(owner="me")
    broken.wait(20)
    healthy.wait(60)
    assert (broken.state, healthy.state) == ("failed", "finished")
    assert broken.error == "MemoryError: no room for the histogram"
    entry = store.entry(broken.id)
    assert (entry.state, entry.error) == ("failed", broken.error)
    assert len(store.load(broken.id).series["train/loss"].steps) == 1


def test_a_computation_is_shared_by_its_key_and_can_be_cancelled() -> None:
    work, calls = Registry(1), []

    def function(report: Report) -> int:
        calls.append(1)
        for i in range(1000):
            if not report(i / 1000):
                return -1
            time.sleep(0.005)
        return 7

    first = work.compute("a", function, owner="me")
    assert work.compute("a", function, owner="you") is first
    until(lambda: first.fraction > 0)
    with pytest.raises(PermissionError):
        first.cancel(owner="you")
    first.cancel(owner="me")
    first.wait(10)
    assert first.state == "cancelled"
    quick = work.compute("b", lambda report: 42, owner=None)
    quick.wait(10)
    assert (quick.state, quick.result) == ("finished", 42)
    bad = work.compute("c", lambda report: 1 // 0, owner=None)
    bad.wait(10)
    assert (bad.state, bad.error) == ("failed", "ZeroDivisionError: integer division or modulo by zero")
    assert len(calls) == 1


def test_there_is_one_registry_for_the_process() -> None:
    assert registry() is registry()
