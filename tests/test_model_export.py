"""Exported networks say what the engine says: by onnxruntime, by PyTorch, by plain NumPy, each by itself."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from exported_networks import CASES, engine_says, examples, made

from datasets import prepare, read_csv
from models import ACTIVATIONS, LAYERS, LOSSES, Experiment, Network, TrainingState, register_layer
from models.layers import Residual
from models.layers.custom import Own
from models.training import STOPPED
from runs import RunStore, train_run
from runs.model_export import (
    FORMATS,
    OnnxUnavailable,
    archive_name,
    export_archive,
    export_numpy,
    export_onnx,
    export_torch,
    onnx_model,
    trained,
    trained_network,
)
from runs.model_export.numpy_script import CALLS
from runs.model_export.onnx_layers import LAYERS_IN_ONNX
from runs.model_export.source import definitions
from runs.model_export.torch_modules import ACTIVATIONS as TORCH_ACTIVATIONS
from runs.model_export.torch_modules import MODULES
from runs.model_export.trained import NUMBERS, outputs_kind
from runs.prediction import predict_rows

ROUND_OFF = 1e-5  # float32 has 1e-7; sums over some hundred terms in another order, through a few layers
ALL_IN_ONE_PROCESS = """
import runpy, sys
from pathlib import Path
import numpy as np
for folder in sorted(Path(sys.argv[1]).iterdir()):
    said = runpy.run_path(str(folder / "predict.py"))["outputs_of"](np.load(folder / "x.npy"))
    np.save(folder / "said.npy", said)
for forbidden in sys.argv[2:]:
    assert forbidden not in sys.modules, forbidden
"""


def write(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def alone(*arguments: object) -> str:
    """What Python prints that sees neither this repository nor anything of this process."""
    made_by = subprocess.run(
        [sys.executable, "-I", "-W", "error", *map(str, arguments)], capture_output=True, text=True, timeout=300
    )
    assert made_by.returncode == 0, made_by.stderr
    return made_by.stdout


def all_cases(folder: Path, file_format: str, *forbidden: str) -> dict[str, np.ndarray]:
    """What the scripts of all cases say, each case in a folder of its own, all in one process."""
    names = dict(zip((f"case{number:02d}" for number in range(len(CASES))), CASES, strict=True))
    export = {"numpy": export_numpy, "torch": export_torch}[file_format]
    for short, name in names.items():
        write(folder / short, export(made(name)))
        np.save(folder / short / "x.npy", examples(name))
    alone("-c", ALL_IN_ONE_PROCESS, folder, *forbidden)
    return {name: np.load(folder / short / "said.npy") for short, name in names.items()}


@pytest.fixture(scope="module")
def by_numpy(tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    return all_cases(tmp_path_factory.mktemp("numpy"), "numpy", "torch", "onnxruntime", "pandas", "models")


@pytest.fixture(scope="module")
def by_torch(tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    pytest.importorskip("torch", reason="PyTorch is not installed")
    return all_cases(tmp_path_factory.mktemp("torch"), "torch", "onnxruntime", "pandas", "models")


@pytest.mark.parametrize("name", CASES)
def test_the_numpy_script_says_what_the_engine_says(name: str, by_numpy: dict[str, np.ndarray]) -> None:
    np.testing.assert_allclose(by_numpy[name], engine_says(name)[1], rtol=ROUND_OFF, atol=ROUND_OFF)
    assert by_numpy[name].dtype == CASES[name].dtype


@pytest.mark.parametrize("name", CASES)
def test_the_pytorch_script_says_what_the_engine_says(name: str, by_torch: dict[str, np.ndarray]) -> None:
    np.testing.assert_allclose(by_torch[name], engine_says(name)[1], rtol=ROUND_OFF, atol=ROUND_OFF)
    assert by_torch[name].dtype == CASES[name].dtype


def onnx_says(model: bytes, x: np.ndarray) -> dict[str, np.ndarray]:
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(model)
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {"x": x.astype(np.float32)}), strict=True))


@pytest.mark.parametrize("name", CASES)
def test_the_onnx_model_says_what_the_engine_says(name: str) -> None:
    given, (logits, said) = made(name), engine_says(name)
    found = onnx_says(export_onnx(given.network, given.params, given.buffers), examples(name))
    answer = "prediction" if CASES[name].task == "regression" else "probabilities"
    if len(given.seeds) == 1:
        found, logits, said = {f"{key}_by_seed": value[None] for key, value in found.items()}, logits, said
    np.testing.assert_allclose(found["logits_by_seed"], logits, rtol=ROUND_OFF, atol=ROUND_OFF)
    np.testing.assert_allclose(found[f"{answer}_by_seed"], said, rtol=ROUND_OFF, atol=ROUND_OFF)
    if len(given.seeds) > 1:
        np.testing.assert_allclose(found[answer], said.mean(axis=0), rtol=ROUND_OFF, atol=ROUND_OFF)
        np.testing.assert_allclose(found["spread"], said.std(axis=0), rtol=ROUND_OFF, atol=ROUND_OFF)
    else:
        assert set(found) == {"logits_by_seed", f"{answer}_by_seed"}


def test_one_seed_can_be_given_without_its_axis() -> None:
    given, x = made("residual blocks, norms and dropout"), examples("residual blocks, norms and dropout")
    buffers = {name: array[0] for name, array in given.buffers.items()}
    flat = onnx_says(export_onnx(given.network, given.params[0], buffers), x)
    np.testing.assert_array_equal(
        flat["logits"], onnx_says(export_onnx(given.network, given.params, given.buffers), x)["logits"]
    )


def test_any_number_of_examples_can_be_given_to_the_onnx_model() -> None:
    given = made("recurrent, last")
    model = export_onnx(given.network, given.params, given.buffers)
    x = examples("recurrent, last")
    one_by_one = [onnx_says(model, row[None])["logits"][0] for row in x]
    np.testing.assert_allclose(one_by_one, onnx_says(model, x)["logits"], atol=ROUND_OFF)


def test_every_layer_and_nonlinearity_is_known_to_every_format_and_tried() -> None:
    built_in = {cls for cls in LAYERS.values() if not issubclass(cls, Own)} - {Residual}
    for table in (LAYERS_IN_ONNX, MODULES, CALLS):
        assert set(table) == built_in
    tried = {type(node.layer) for name in CASES for node in made(name).network.nodes}
    assert tried == built_in
    functions = definitions("numpy_layers")
    assert {function for function, _ in CALLS.values()} <= set(functions)
    assert set(ACTIVATIONS) - {"linear"} <= set(functions) & set(TORCH_ACTIVATIONS)
    used = {node.layer.activation for node in made("every activation").network.nodes}
    assert used == set(ACTIVATIONS)


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_is_known(name: str) -> None:
    logits = np.array([[0.3, -1.2]])
    if outputs_kind(LOSSES[name]) == NUMBERS:
        np.testing.assert_array_equal(LOSSES[name].probabilities(logits), logits)
    else:
        assert LOSSES[name].tasks[0] == "classification"


class Doubled:
    """A layer of somebody's own."""

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return shape

    def parameters(self, shape: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
        return {}

    def forward(self, parameters: object, x: np.ndarray) -> np.ndarray:
        return 2 * x

    def backward(
        self, parameters: object, x: np.ndarray, grad_y: np.ndarray
    ) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        return 2 * grad_y, {}


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_layer_that_a_format_does_not_know_is_named(file_format: str) -> None:
    register_layer("windows", Doubled)  # as one of the pieces of the NumPy script
    try:
        network = Network.build(Experiment(layers=[{"type": "windows"}]), 3, "regression", 1)
        with pytest.raises(ValueError, match=r"windows1: a layer windows .* cannot be exported"):
            FORMATS[file_format].make(trained(network, network.init((0,))))
    finally:
        del LAYERS["windows"]


def test_the_weights_are_read_by_the_library_of_safetensors(tmp_path: Path) -> None:
    library = pytest.importorskip("safetensors.numpy")
    given = made("several seeds")
    write(tmp_path / "torch", export_torch(given))
    arrays = library.load_file(tmp_path / "torch" / "weights.safetensors")
    assert set(arrays) >= {"seed3.dense1.weight", "seed8.output.bias", "seed5.batch_norm1.running_mean"}
    weights = given.network.views(given.params)["dense1/W"]
    np.testing.assert_array_equal(arrays["seed5.dense1.weight"], weights[1].T)


def test_without_onnx_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_model.importlib.util, "find_spec", lambda name: None)
    given = made("no hidden layer")
    with pytest.raises(OnnxUnavailable, match="pip install onnx"):
        export_onnx(given.network, given.params)


# From a stored run: the whole way from the cells of a CSV file to predictions.

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
