"""What is exported from a stored run: the whole way from the cells of a CSV file to predictions."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from exported_networks import ROUND_OFF, alone

from datasets import prepare, read_csv
from models import Experiment, TrainingState
from models.training import STOPPED
from runs import RunStore, train_run
from runs.model_export import (
    FORMATS,
    archive_name,
    export_archive,
    trained_network,
)
from runs.prediction import predict_rows

ROWS = [
    (
        None if i % 9 == 0 else round(1.5 * i - 20, 2),
        ("red", "blue", "green", "")[i % 4],
        i % 5,
        ("cat", "dog")[i // 20 % 2],
    )
    for i in range(60)
]
TABLE = "size,colour,legs,kind\n" + "\n".join(",".join("" if c is None else str(c) for c in row) for row in ROWS)
NEW_ROWS = """id;legs;colour;size
a;4;red;3.5
b;;blue;
c;2;violet;-7
d;1;;1e2
"""
TARGETS = ("kind", "size")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> RunStore:
    return RunStore(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def runs(store: RunStore) -> dict[str, str]:
    """A classification and a regression, three seeds each."""
    layers = [{"type": "dense", "units": 6}, {"type": "batch_norm"}, {"type": "dropout", "rate": 0.2}]
    experiment = Experiment(layers=layers, epochs=3, seeds=(0, 1, 4))
    data = {target: prepare(read_csv(TABLE.encode()), target=target) for target in TARGETS}
    return {target: train_run(experiment, data[target], store=store, name="../É = table").id for target in TARGETS}


def unpacked(archive: bytes, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(archive)) as packed:
        names = packed.namelist()
        packed.extractall(folder)
    inner = {name.split("/")[0] for name in names}
    assert len(inner) == 1
    return folder / inner.pop()


LIBRARIES = {"numpy": "numpy", "torch": "torch", "onnx": "onnxruntime"}


@pytest.mark.parametrize(("target", "seed"), [("kind", None), ("size", None), ("size", 4)])
@pytest.mark.parametrize("file_format", FORMATS)
def test_the_script_predicts_raw_rows_as_the_app_does(
    file_format: str, target: str, seed: int | None, store: RunStore, runs: dict[str, str], tmp_path: Path
) -> None:
    pytest.importorskip(LIBRARIES[file_format])
    folder = unpacked(export_archive(runs[target], store, file_format, seed=seed), tmp_path)
    new = NEW_ROWS if target == "kind" else NEW_ROWS.replace("size", "kind").replace("3.5", "cat")
    (tmp_path / "rows.csv").write_text(new, encoding="utf-8")
    said = read_csv(alone(folder / "predict.py", tmp_path / "rows.csv").encode(), header=True).frame
    expected = predict_rows(runs[target], store, new.encode(), seed=seed)[list(said.columns)]
    assert len(said) == 4
    for column in said:
        if column == "predicted kind":
            assert said[column].tolist() == expected[column].tolist()
        else:
            np.testing.assert_allclose(said[column], expected[column], rtol=1e-4, atol=ROUND_OFF)


def test_an_archive_explains_itself_and_its_names_are_plain(store: RunStore, runs: dict[str, str]) -> None:
    with zipfile.ZipFile(io.BytesIO(export_archive(runs["size"], store, "numpy"))) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    assert {name.split("/")[0] for name in files} == {"e-table-numpy"}
    assert {name.split("/")[1] for name in files} == {
        "README.txt", "experiment.json", "predict.py", "recipe.json", "weights.npz",
    }  # fmt: skip
    readme = files["e-table-numpy/README.txt"].decode()
    assert "Seeds: 0, 1, 4; the mean of their predictions is taken." in readme
    assert "python predict.py rows.csv" in readme
    assert "dense1 (6 tanh), batch_norm1 (6), dropout1 (6), output (1)" in readme
    recipe = json.loads(files["e-table-numpy/recipe.json"])
    assert [column["column"] for column in recipe["columns"]] == ["colour", "legs", "kind"]
    assert "É" not in files["e-table-numpy/predict.py"].decode()


def test_names_of_archives_are_sanitized() -> None:
    assert archive_name("../../etc/passwd", "onnx") == "etc-passwd-onnx"
    assert archive_name("日本", "numpy") == "network-numpy"
    assert archive_name("Wine, 2 layers " + "x" * 100, "torch") == "wine-2-layers-" + "x" * 46 + "-torch"


def test_a_name_in_the_data_never_becomes_code(store: RunStore, tmp_path: Path) -> None:
    evil = '"""; raise SystemExit(1) #'
    frame = read_csv(TABLE.encode()).frame.rename(columns={"size": evil, "kind": f"kind{evil}"})
    data = prepare(frame, target=f"kind{evil}", name=evil)
    run = train_run(Experiment(layers=[], epochs=1, seeds=(0,)), data, store=store, name=evil)
    for file_format in ("numpy", "torch", "onnx"):
        with zipfile.ZipFile(io.BytesIO(export_archive(run.id, store, file_format))) as packed:
            (source,) = [packed.read(name).decode() for name in packed.namelist() if name.endswith("predict.py")]
        assert "raise SystemExit(1)" not in source


def test_the_script_says_which_column_is_missing_and_which_cell_is_no_number(
    store: RunStore, runs: dict[str, str], tmp_path: Path
) -> None:
    folder = unpacked(export_archive(runs["kind"], store, "numpy"), tmp_path)
    rows = tmp_path / "rows.csv"
    for content, words in [
        ("size,colour\n1,red\n", "lacks the columns legs"),
        ("size,colour,legs\n1,red,four\n", "column 'legs', row 1: 'four' is no number"),
        ("", "is empty"),
    ]:
        rows.write_text(content, encoding="utf-8")
        failed = subprocess.run(
            [sys.executable, "-I", folder / "predict.py", rows], capture_output=True, text=True, timeout=60
        )
        assert failed.returncode != 0
        assert words in failed.stderr
        assert "Traceback" not in failed.stderr


def test_a_diverged_seed_is_left_out_of_the_mean_and_refused_by_itself(store: RunStore, runs: dict[str, str]) -> None:
    run_id = runs["kind"]
    folder, lock = store.reopen(run_id)
    state = store.checkpoint(run_id)
    assert state is not None
    marked = TrainingState(state.params, state.buffers, state.slots, state.step, {STOPPED: {"1": 2}})
    folder.save_checkpoint(store.entry(run_id).experiment, marked)
    try:
        assert trained_network(run_id, store).seeds == (0, 4)
        with pytest.raises(ValueError, match="seed 1 diverged"):
            trained_network(run_id, store, seed=1)
        with pytest.raises(ValueError, match="no seed 7: choose one of 0, 1, 4"):
            trained_network(run_id, store, seed=7)
    finally:
        folder.save_checkpoint(store.entry(run_id).experiment, state)
        lock.release()


def test_another_checkpoint_can_be_exported(store: RunStore, runs: dict[str, str]) -> None:
    state = store.checkpoint(runs["kind"], "best")
    assert state is not None
    np.testing.assert_array_equal(trained_network(runs["kind"], store, checkpoint="best").params, state.params)
    with pytest.raises(ValueError, match="has no checkpoint 'step-999999'; it has best, last"):
        export_archive(runs["kind"], store, "numpy", checkpoint="step-999999")


def test_an_unknown_format_is_refused(store: RunStore, runs: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="use one of onnx, torch, numpy"):
        export_archive(runs["kind"], store, "pickle")
