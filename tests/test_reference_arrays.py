"""The engine against numbers that PyTorch gave, stored in tests/reference: layers, activations, and trainings.

PyTorch itself is not needed here; benchmarks/reference_arrays.py made the numbers.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from engine_training import trained
from stored_trials import TRIALS, take
from training_cases import RULES, WHOLE

from models import ACTIVATIONS
from models.arrays import Array

FOLDER = Path(__file__).resolve().parent / "reference"
# In float64; the numbers are about 1, and of some tens of them one is the sum.
TOLERANCES = {"outputs": 1e-12, "gradients": 1e-10, "grad_input": 1e-10}


@cache
def stored(name: str) -> dict[str, Array]:
    """The arrays of one file."""
    with np.load(FOLDER / f"{name}.npz", allow_pickle=False) as file:
        return dict(file)


def test_all_cases_are_stored_and_small() -> None:
    advice = "run python -m benchmarks.reference_arrays"
    assert set(stored("layers")) == set(TRIALS), advice
    assert set(stored("activations")) == {"points", *ACTIVATIONS}, advice
    assert {key.split("/")[0] for key in stored("trainings")} == {*RULES, *WHOLE}, advice
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 300_000


@pytest.mark.parametrize("name", TRIALS)
def test_a_layer_gives_the_outputs_and_gradients_of_pytorch(name: str) -> None:
    trial = TRIALS[name]()
    expected = take(trial, stored("layers")[name])
    trial.replay()
    for what, numbers in trial.results.items():
        tolerance = TOLERANCES.get(what, 1e-12)  # others: running means and variances
        np.testing.assert_allclose(numbers, expected[what], rtol=tolerance, atol=tolerance, err_msg=what)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_has_the_values_and_slopes_of_pytorch(name: str) -> None:
    points, (value, slope) = stored("activations")["points"], stored("activations")[name]
    np.testing.assert_allclose(ACTIVATIONS[name].value(points), value, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(ACTIVATIONS[name].slope_at(points), slope, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", RULES)
def test_twenty_steps_end_where_pytorch_ends(name: str) -> None:
    losses, path, _ = trained(RULES[name], stored("trainings")[f"{name}/start"])
    np.testing.assert_allclose(losses, stored("trainings")[f"{name}/losses"], rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(path[-1], stored("trainings")[f"{name}/end"], rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("name", WHOLE)
def test_fifty_steps_of_a_whole_network_have_the_losses_of_pytorch(name: str) -> None:
    """In float32, to 1e-4 of a loss of about 1."""
    losses, _, _ = trained(WHOLE[name], stored("trainings")[f"{name}/start"])
    np.testing.assert_allclose(losses, stored("trainings")[f"{name}/losses"], rtol=0, atol=1e-4)
