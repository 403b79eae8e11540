"""The store: what is written comes back, whatever happens to the process, and nobody acts on what is not theirs."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from app_pages import SMALL

from datasets import load_dataset
from diagnostics import Run
from models import Experiment
from runs import RunStore, train_run

ROOT = Path(__file__).resolve().parents[1]
LONG = """
import sys
from datasets import load_dataset
from models import Experiment
from runs import RunStore, train_run
layers = [{"type": "dense", "units": 16, "activation": "tanh"}] * 2
experiment = Experiment(layers=layers, epochs=5000, seeds=(0, 1))
train_run(experiment, load_dataset("moons"), store=RunStore(sys.argv[1]), owner="me")
"""


def same_series(one: Run, other: Run, *, but: tuple[str, ...] = ("time/seconds",)) -> None:
    assert set(one.series) == set(other.series)
    for name in set(one.series) - set(but):
        np.testing.assert_array_equal(one.series[name].values, other.series[name].values, err_msg=name)
        np.testing.assert_array_equal(one.series[name].steps, other.series[name].steps)


def test_a_run_comes_back_from_the_store_as_it_was(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    run = train_run(SMALL, load_dataset("moons"), store=store, owner="me", name="first")
    again = RunStore(tmp_path).load(run.id)
    same_series(run, again, but=())
    assert again.experiment == run.experiment
    entry = store.entry(run.id)
    assert (entry.name, entry.owner, entry.state, entry.data_name) == ("first", "me", "finished", "Moons")
    mean, _ = entry.summary["test/accuracy"]
    assert mean == pytest.approx(float(run.series["test/accuracy"].values[-1].mean()))


def test_a_run_kept_in_a_store_is_the_same_as_one_that_is_not(tmp_path: Path) -> None:
    data = load_dataset("moons")
    same_series(train_run(SMALL, data), train_run(SMALL, data, store=RunStore(tmp_path)))


def test_everybody_sees_their_own_runs_and_those_without_an_owner(tmp_path: Path) -> None:
    store, data = RunStore(tmp_path), load_dataset("moons")
    ids = {owner: train_run(SMALL, data, store=store, owner=owner).id for owner in (None, "me", "you")}
    assert {entry.id for entry in store.list("me")} == {ids[None], ids["me"]}
    assert {entry.id for entry in store.list()} == set(ids.values())
    assert [entry.colour for entry in store.list()] == [2, 1, 0]
    assert store.list_data("me") == (data.digest,)
    assert store.load_data(data.digest).digest == data.digest


def test_the_format_is_documented_well_enough_to_read_it(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    run = train_run(SMALL, load_dataset("moons"), store=store)
    text = (ROOT / "docs" / "run_format.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(example, "run_format.md", "exec"), names)
    steps, values = names["read_series"](tmp_path / "runs" / run.id, "train/loss")  # type: ignore[operator]
    np.testing.assert_array_equal(steps, run.series["train/loss"].steps)
    np.testing.assert_array_equal(values, run.series["train/loss"].values)


def test_weights_and_data_are_where_the_format_says(tmp_path: Path) -> None:
    run = train_run(SMALL, load_dataset("moons"), store=RunStore(tmp_path))
    folder = tmp_path / "runs" / run.id
    meta = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    first = meta["layers"][0]
    with np.load(folder / "checkpoint.npz", allow_pickle=False) as checkpoint:
        weights = checkpoint["params"][:, : first["fan_in"] * first["units"]]
    positive = 10 ** (-8 + np.arange(193) / 16)
    edges = np.concatenate([-positive[::-1], positive])
    histogram = run.series[f"{first['name']}/weight/histogram"].values[-1]
    for seed, numbers in enumerate(weights):
        counts, _ = np.histogram(numbers, edges)
        np.testing.assert_array_equal(histogram[seed, :385], counts)
    with np.load(tmp_path / "data" / f"{meta['info']['data_digest']}.npz", allow_pickle=False) as data:
        rows = np.concatenate([data[f"{part}_rows"] for part in ("train", "validation", "test")])
        assert sorted(rows) == list(range(600))
        assert json.loads(str(data["meta"]))["name"] == "Moons"
        np.testing.assert_allclose(data["train_x"].mean(axis=0), 0, atol=1e-12)  # standardized on the training part
    with np.load(folder / "constants.npz", allow_pickle=False) as constants:
        assert {"probe/x", "probe/y", "points/x", "points/y", "grid/x", "grid/axes"} <= set(constants.files)


@pytest.mark.parametrize("run_id", ["../../etc", "", "absent123456", ".hidden", "A" * 12])
def test_ids_that_are_none_lead_nowhere(tmp_path: Path, run_id: str) -> None:
    with pytest.raises(KeyError, match="there is no run"):
        RunStore(tmp_path).load(run_id)


def test_a_damaged_run_is_left_out_and_told(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    run = train_run(SMALL, load_dataset("moons"), store=store)
    other = train_run(SMALL, load_dataset("moons"), store=store)
    (tmp_path / "runs" / run.id / "run.json").write_text("{half")
    assert [entry.id for entry in RunStore(tmp_path).list()] == [other.id]
    assert RunStore(tmp_path).damaged() == (run.id,)
    RunStore(tmp_path).delete(run.id)
    assert RunStore(tmp_path).damaged() == ()


JUNK = (None, "x", [], {}, -1, 1e300, [1, {"type": "nonsense"}])


def test_whatever_run_json_holds_one_run_is_damaged_and_no_other(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    few_series = replace(SMALL, layers=[], max_steps=1, seeds=(0,))  # they are read again after each change
    run, other = (train_run(few_series, load_dataset("moons"), store=store, measures=()) for _ in range(2))
    path = tmp_path / "runs" / run.id / "run.json"
    whole = json.loads(path.read_text(encoding="utf-8"))
    texts = ["", "[]", "null", "[" * 100_000, json.dumps({"format": 99})]
    for key in whole:
        texts += [json.dumps({**whole, key: junk}) for junk in JUNK]
        texts.append(json.dumps({name: value for name, value in whole.items() if name != key}))
    for key in whole["info"]:
        texts += [json.dumps({**whole, "info": {**whole["info"], key: junk}}) for junk in JUNK]
    for number, text in enumerate(texts):
        path.write_text(text, encoding="utf-8")
        os.utime(path, ns=(number, number))  # a clock that is coarse must not hide the change
        assert other.id in {entry.id for entry in store.list()}, text[:200]
        with contextlib.suppress(ValueError):
            store.load(run.id)
        assert set(store.damaged()) <= {run.id}


@pytest.mark.parametrize("name", ["series-*", "constants", "checkpoint"])
@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "other"])
def test_a_damaged_file_of_a_run_is_told_in_a_sentence(tmp_path: Path, name: str, damage: str) -> None:
    store = RunStore(tmp_path)
    run = train_run(SMALL, load_dataset("moons"), store=store)
    (path,) = (tmp_path / "runs" / run.id).glob(f"{name}.npz")
    content = path.read_bytes()
    flipped = bytes(255 - byte for byte in content[200:300])
    path.write_bytes(
        {"cut": content[: len(content) // 2], "flipped": content[:200] + flipped + content[300:]}.get(
            damage, b"" if damage == "empty" else b"no archive"
        )
    )
    with pytest.raises(ValueError, match="is damaged"):
        store.checkpoint(run.id) if name == "checkpoint" else store.load(run.id)
    assert store.entry(run.id).state == "finished"


def test_chunks_are_read_from_the_folder_of_the_run_only(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    few_series = replace(SMALL, layers=[], max_steps=1, seeds=(0,))  # they are read again after each change
    run, other = (train_run(few_series, load_dataset("moons"), store=store, measures=()) for _ in range(2))
    path = tmp_path / "runs" / run.id / "run.json"
    whole = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**whole, "chunks": [f"../{other.id}/{chunk}x" for chunk in whole["chunks"]]}))
    with pytest.raises(ValueError, match="lacks a file"):
        store.load(run.id)


def test_damaged_data_are_told_in_a_sentence(tmp_path: Path) -> None:
    store, data = RunStore(tmp_path), load_dataset("moons")
    digest = store.save_data(data, "me")
    path = tmp_path / "data" / f"{digest}.npz"
    content = path.read_bytes()
    for junk in (b"", b"no archive", content[: len(content) // 2], content[:300] + b"?" * 50 + content[350:]):
        path.write_bytes(junk)
        with pytest.raises(ValueError, match="damaged"):
            store.load_data(digest)
    np.savez(path, meta=np.array("{}"))
    with pytest.raises(ValueError, match="damaged"):
        store.load_data(digest)
    (tmp_path / "data" / f"{digest}.json").write_text("[1, 2]")
    assert store.list_data("me") == ()


def test_a_killed_process_loses_at_most_the_last_flush_and_can_be_resumed(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", LONG, str(tmp_path)], cwd=ROOT)
    store = RunStore(tmp_path)
    for _ in range(600):
        entries = store.list()
        if entries and entries[0].seconds > 1.5:
            break
        time.sleep(0.1)
    run_id = entries[0].id
    assert store.entry(run_id).state == "running"
    with pytest.raises(RuntimeError, match="stop it first"):
        store.delete(run_id)
    before = time.time()
    seen = store.entry(run_id).seconds
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    written = (tmp_path / "runs" / run_id / "run.json").stat().st_mtime
    assert before - written < 2.5  # a flush each 0.9 s, and a slow machine
    entry = store.entry(run_id)
    assert entry.state == "interrupted"
    assert entry.seconds >= seen
    run, state = store.load(run_id), store.checkpoint(run_id)
    assert state is not None
    # 5000 epochs of 14 steps; the loss of every 35th mini-batch is recorded, so the last record is less than 35 behind
    assert 0 < state.step < int(run.series["train/batch_loss"].steps[-1]) + 35

    from runs.launch import made

    data = store.load_data(entry.data_digest)
    making = made(run.experiment, data, run_id=run_id)
    making.resume_in(store, run, state)
    start = state.step
    for _ in range(40):
        making.advance()
    making.finish("stopped")
    resumed = store.load(run_id)
    assert resumed.info["state"] == "stopped"
    steps = resumed.series["train/batch_loss"].steps
    assert (np.diff(steps) > 0).all()
    assert steps[-1] == start + 40


def test_stopped_and_resumed_a_run_ends_bit_for_bit_as_uninterrupted(tmp_path: Path) -> None:
    from runs.launch import made

    data = load_dataset("moons")
    experiment = Experiment(layers=SMALL.layers, epochs=4, seeds=(0, 1))
    whole = train_run(experiment, data)
    store = RunStore(tmp_path)
    making = made(experiment, data)
    making.keep_in(store, "me")
    for _ in range(20):
        making.advance()
    making.pause()
    assert making._lock is not None
    making._lock.release()  # as when the process dies
    run_id = making.recorder.run_id
    second = made(store.load(run_id).experiment, data, run_id=run_id)
    second.resume_in(store, store.load(run_id), store.checkpoint(run_id))
    while second.advance():
        pass
    same_series(second.finish("finished"), whole)
    same_series(store.load(run_id), whole)
