"""Networks to be exported: together they hold every layer, every nonlinearity and every kind of output."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models import ACTIVATIONS, Experiment, Network
from models.evaluation import logits, predict
from runs.model_export import Trained

N_EXAMPLES = 6
ROUND_OFF = 1e-5  # float32 has 1e-7; sums over some hundred terms in another order, through a few layers
SEQUENCE, IMAGE, TOKENS = (7, 4), (9, 8, 2), (7,)


@dataclass(frozen=True)
class Case:
    """The settings of one network."""

    layers: list[dict[str, object]]
    inputs: tuple[int, ...]
    task: str = "classification"
    n_outputs: int = 3
    loss: str = "auto"
    per_position: bool = False
    seeds: tuple[int, ...] = (0,)
    dtype: str = "float32"


def dense(units: int = 8, activation: str = "tanh", **more: object) -> dict[str, object]:
    return {"type": "dense", "units": units, "activation": activation, **more}


def convolution(**more: object) -> dict[str, object]:
    return {"type": "convolution", "channels": 5, **more}


ALL_ACTIVATIONS: list[dict[str, object]] = [
    *(dense(4, name, inputs=["input"]) for name in ACTIVATIONS),
    {"type": "concatenate", "inputs": [f"dense{number}" for number in range(1, len(ACTIVATIONS) + 1)]},
]
ALL_WALKS: list[dict[str, object]] = [
    {"type": "recurrent", "units": 5, "returns": "all", "unit_activation": name} for name in ACTIVATIONS
]
RESIDUAL: dict[str, object] = {
    "type": "residual",
    "layers": [dense(8, "relu"), {"type": "batch_norm"}, dense(8, "linear")],
    "activation": "relu",
}
CASES: dict[str, Case] = {
    "no hidden layer": Case([], (4,)),
    "every activation": Case(ALL_ACTIVATIONS, (4,)),
    "two classes of one logit": Case([dense()], (4,), n_outputs=2, loss="binary_cross_entropy"),
    "labels": Case([dense()], (4,), "multi_label"),
    "numbers": Case([dense()], (4,), "regression", 2),
    "double precision": Case([dense()], (4,), dtype="float64"),
    "residual blocks, norms and dropout": Case(
        [dense(8), RESIDUAL, {"type": "layer_norm"}, RESIDUAL, {"type": "dropout"}], (4,)
    ),
    "a sum of three": Case(
        [dense(8), dense(8), dense(8), {"type": "add", "inputs": ["dense1", "dense2", "dense3"]}], (4,)
    ),
    "convolutions": Case(
        [
            convolution(padding=2, kernel_size=5),
            {"type": "batch_norm", "activation": "relu"},
            {"type": "max_pool"},
            convolution(stride=2, padding=2, dilation=2),
            {"type": "layer_norm"},
            {"type": "flatten"},
            dense(),
        ],
        IMAGE,
    ),
    "pooling with overlap": Case([{"type": "average_pool", "size": 3, "stride": 1}, {"type": "max_pool"}], IMAGE),
    "images joined": Case(
        [convolution(inputs=["input"]), convolution(inputs=["input"]), {"type": "concatenate", "inputs": [
            "convolution1", "convolution2"]}, {"type": "average_pool"}],
        IMAGE,
    ),
    "recurrent, last": Case([{"type": "recurrent", "units": 6}, dense()], SEQUENCE),
    "recurrent, all, every activation": Case([*ALL_WALKS, {"type": "recurrent", "units": 6}], SEQUENCE),
    "lstm, last": Case([{"type": "lstm", "units": 6}], SEQUENCE),
    "lstm, all, flattened": Case([{"type": "lstm", "units": 6, "returns": "all"}], SEQUENCE),
    "one answer for each position": Case(
        [{"type": "lstm", "units": 6, "returns": "all"}, dense()], SEQUENCE, per_position=True
    ),
    "norms of a sequence": Case([{"type": "batch_norm"}, dense(), {"type": "layer_norm"}, dense()], SEQUENCE),
    "sequences joined": Case(
        [dense(3, inputs=["input"]), dense(3, inputs=["input"]), {"type": "concatenate", "inputs": [
            "dense1", "dense2"]}, {"type": "flatten"}],
        SEQUENCE,
    ),
    "attention": Case([{"type": "attention", "heads": 2}, dense()], SEQUENCE),
    "causal attention with positions": Case(
        [{"type": "attention", "heads": 2, "causal": True, "positional": True}, dense()], SEQUENCE
    ),
    "a small transformer on tokens": Case(
        [
            {"type": "embedding", "vocabulary": 11, "units": 8},
            {"type": "residual", "layers": [{"type": "layer_norm"}, {"type": "attention", "positional": True}]},
            {"type": "residual", "layers": [{"type": "layer_norm"}, dense(16, "gelu"), dense(8, "linear")]},
        ],
        TOKENS,
    ),
    "several seeds": Case([dense(), {"type": "batch_norm"}], (4,), seeds=(3, 5, 8)),
    "several seeds, numbers": Case([dense(), {"type": "lstm", "units": 3}], SEQUENCE, "regression", 1, seeds=(0, 1)),
}  # fmt: skip


def made(name: str) -> Trained:
    """The network of a case, with parameters and running means that are all different from their start."""
    case = CASES[name]
    experiment = Experiment(layers=case.layers, loss=case.loss, seeds=case.seeds, dtype=case.dtype)
    network = Network.build(experiment, case.inputs, case.task, case.n_outputs, per_position=case.per_position)
    generator = np.random.default_rng(1)
    start = network.init(case.seeds)
    params = (start + 0.2 * generator.normal(size=start.shape)).astype(case.dtype)
    buffers = {
        full: (array + 0.5 * generator.random(array.shape)).astype(case.dtype)
        for full, array in network.init_buffers(len(case.seeds)).items()
    }
    return Trained(network, params, buffers, case.seeds)


def examples(name: str) -> np.ndarray:
    """Examples as the outside world has them: first axis N, features last."""
    case, generator = CASES[name], np.random.default_rng(2)
    shape = (N_EXAMPLES, *case.inputs)
    tokens = generator.integers(0, 11, shape).astype(float)  # the whole vocabulary; the engine refuses what lies beyond
    return tokens if case.inputs == TOKENS else generator.normal(size=shape)


def engine_says(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Logits, and probabilities or numbers, of each seed by the engine itself."""
    given, x = made(name), examples(name).reshape(N_EXAMPLES, -1)
    arguments = (given.network, given.params, x, given.buffers)
    return logits(*arguments).copy(), predict(*arguments)


def write(folder: Path, files: dict[str, bytes]) -> None:
    """Lay exported files into a new folder."""
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
