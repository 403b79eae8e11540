"""Every kind of task is learned: small networks of each kind, trained for a second or so, beat what is easily said."""

from __future__ import annotations

import numpy as np
import pandas as pd

from datasets import Prepared, load_dataset, prepare
from diagnostics.confusion import confusion
from diagnostics.decision_surface import decision_surface
from diagnostics.fitted_function import fitted_function
from diagnostics.run import Run
from diagnostics.trajectories import function_map
from models import Experiment
from runs import train_run

Layers = list[dict[str, object]]


def trained(data: Prepared, layers: Layers, epochs: int, rate: float = 0.01, batch_size: int = 32) -> Run:
    """Three seeds of a network with Adam."""
    optimizer = {"type": "adam", "learning_rate": rate}
    experiment = Experiment(
        layers=layers, epochs=epochs, optimizer=optimizer, batch_size=batch_size, seeds=(0, 1, 2), loss="auto"
    )
    return train_run(experiment, data)


def at_the_end(run: Run, metric: str) -> float:
    """The metric on the test part, mean over the seeds."""
    return float(run.series[f"test/{metric}"].values[-1].mean())


def test_a_convolution_reads_digits() -> None:
    layers: Layers = [
        {"type": "convolution", "channels": 8},
        {"type": "max_pool"},
        {"type": "dense", "units": 32, "activation": "relu"},
    ]
    run = trained(load_dataset("digits"), layers, epochs=15)
    assert at_the_end(run, "accuracy") > 0.95
    assert run.info["input_shape"] == [8, 8, 1]
    assert run.series["validation/precision"].values.shape[1:] == (3, 10)


def test_an_lstm_adds_the_marked_numbers() -> None:
    run = trained(load_dataset("adding_problem", n=1000, length=10), [{"type": "lstm", "units": 16}], epochs=20)
    assert at_the_end(run, "r2") > 0.9  # saying the mean has 0
    assert at_the_end(run, "rmse") < 0.3  # and 1


def test_an_lstm_learns_the_rule_of_parity() -> None:
    # 180 of the 256 patterns are seen; a memory of them is right in half of the others or fewer
    run = trained(load_dataset("parity"), [{"type": "lstm", "units": 8}], epochs=310, batch_size=16)
    assert at_the_end(run, "accuracy") > 0.8
    assert at_the_end(run, "roc_auc") > 0.8


def test_attention_copies() -> None:
    data = load_dataset("copy_task", n=400, length=3)
    layers: Layers = [
        {"type": "embedding", "vocabulary": data.vocabulary, "units": 16},
        {"type": "attention", "heads": 2, "positional": True},
        {"type": "dense", "units": 32, "activation": "tanh"},
    ]
    run = trained(data, layers, epochs=20)
    assert at_the_end(run, "accuracy") > 0.95  # always saying blank has 0.5
    report = confusion(run)
    assert report.n_examples == 60 * 6  # every position of the validation part
    assert np.diagonal(report.share).min() > 0.9
    assert function_map([run]).snapshots.outputs.shape[1] == 60 * 6


def test_characters_are_guessed_better_than_by_their_frequency() -> None:
    data = load_dataset("characters", n=100, length=16)
    layers: Layers = [
        {"type": "embedding", "vocabulary": data.vocabulary, "units": 12},
        {"type": "recurrent", "units": 32, "returns": "all"},
    ]
    run = trained(data, layers, epochs=15)
    most_frequent = np.bincount(data.test.y.ravel()).max() / data.test.y.size
    assert at_the_end(run, "accuracy") > most_frequent + 0.1


def two_inputs(n: int = 400) -> pd.DataFrame:
    """Points in a square with two numbers and three labels that depend on them."""
    x = np.random.default_rng(0).uniform(-1, 1, (n, 2))
    return pd.DataFrame(
        {
            "x1": x[:, 0],
            "x2": x[:, 1],
            "wave": 10 + 5 * np.sin(3 * x[:, 0]),
            "slope": x[:, 0] - 2 * x[:, 1],
            "right": (x[:, 0] > 0).astype(int),
            "near": (np.hypot(x[:, 0], x[:, 1]) < 0.6).astype(int),
            "same sign": (x[:, 0] * x[:, 1] > 0).astype(int),
        }
    )


DENSE: Layers = [{"type": "dense", "units": 32, "activation": "tanh"}] * 2


def test_two_numbers_are_learned_at_once() -> None:
    data = prepare(two_inputs(), target=["wave", "slope"], features=["x1", "x2"])
    run = trained(data, DENSE, epochs=40)
    assert at_the_end(run, "r2") > 0.97
    assert run.series["probe/output"].values.shape[-1] == 2
    assert decision_surface(run).kind == "number"


def test_three_labels_are_learned_at_once() -> None:
    data = prepare(two_inputs(), target=["right", "near", "same sign"], features=["x1", "x2"])
    run = trained(data, DENSE, epochs=40)
    assert at_the_end(run, "accuracy") > 0.93  # always saying the more frequent has about 0.6
    assert at_the_end(run, "roc_auc") > 0.97
    assert run.info["class_names"] == ["right", "near", "same sign"]


def test_one_number_of_two_is_drawn_in_its_own_unit() -> None:
    data = prepare(two_inputs(), target=["wave", "slope"], features=["x1"])
    report = fitted_function(trained(data, DENSE, epochs=20))
    assert report.target_name == "wave"
    np.testing.assert_allclose(report.points_y, 10 + 5 * np.sin(3 * _unscaled(data, report.points_x)), atol=1e-5)
    assert abs(report.values.mean() - 10) < 2


def _unscaled(data: Prepared, x: np.ndarray) -> np.ndarray:
    column = data.recipe.columns[0]
    return x * column.std + column.mean  # type: ignore[union-attr]
