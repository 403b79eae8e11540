"""Exported networks say what the engine says: by onnxruntime, by PyTorch, by plain NumPy, each by itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from exported_networks import CASES, ROUND_OFF, alone, engine_says, examples, made, write

from models import ACTIVATIONS, LAYERS, LOSSES, Experiment, Network, register_layer
from models.layers import Residual
from models.layers.custom import Own
from runs.model_export import (
    FORMATS,
    OnnxUnavailable,
    export_numpy,
    export_onnx,
    export_torch,
    onnx_model,
    trained,
)
from runs.model_export.numpy_script import CALLS
from runs.model_export.onnx_layers import LAYERS_IN_ONNX
from runs.model_export.source import definitions
from runs.model_export.torch_modules import ACTIVATIONS as TORCH_ACTIVATIONS
from runs.model_export.torch_modules import MODULES
from runs.model_export.trained import NUMBERS, outputs_kind

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
