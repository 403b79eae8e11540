"""Trainings against PyTorch: same first weights, same batches, every optimizer, loss and setting of the update."""

from __future__ import annotations

import numpy as np
import pytest
from engine_training import trained
from training_cases import RULES, WHOLE

from models import LOSSES, OPTIMIZERS, train
from models.training import network_for

torch = pytest.importorskip(
    "torch", reason="PyTorch is not installed; test_reference_arrays.py compares with stored numbers"
)

import torch_training  # noqa: E402 — after the question whether PyTorch is there


def test_every_optimizer_and_every_loss_is_compared() -> None:
    assert {str(training.experiment.optimizer["type"]) for training in RULES.values()} == set(OPTIMIZERS)
    assert {training.experiment.loss for training in RULES.values()} - {"auto"} == set(LOSSES)


@pytest.mark.parametrize("name", RULES)
def test_twenty_steps_agree_with_pytorch(name: str) -> None:
    """To 1e-9 in float64: rounding of 1e-16 hardly grows in so few steps."""
    losses, path, _ = trained(RULES[name])
    expected_losses, expected_path, _ = torch_training.trained(RULES[name])
    assert losses.shape == expected_losses.shape == (20, 2)
    np.testing.assert_allclose(losses, expected_losses, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(path, expected_path, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("name", WHOLE)
def test_fifty_steps_of_a_whole_network_in_float32_have_the_losses_of_pytorch(name: str) -> None:
    """To 1e-4 of a loss of about 1. The parameters may part: a bias before batch normalization has no gradient but
    rounding, of which Adam makes full steps.
    """
    losses, _, state = trained(WHOLE[name])
    expected, _, buffers = torch_training.trained(WHOLE[name])
    assert losses.dtype == np.float32
    np.testing.assert_allclose(losses, expected, rtol=0, atol=1e-4)
    assert losses[-5:].mean() < 0.8 * losses[:5].mean()  # it learns
    for key, array in state.buffers.items():
        if key.endswith("/variance"):
            np.testing.assert_allclose(array, buffers[key], rtol=1e-4)


def test_a_gradient_clipped_by_length_is_as_long_as_asked_and_pytorchs_a_little_shorter() -> None:
    """PyTorch divides by the length + 1e-6, so that its own is shorter by the share 1e-6/length."""
    training = RULES["clipping by length"]
    experiment, data = training.experiment, training.data
    steps = train(experiment, data)
    next(steps)
    step = next(steps)
    update, gradient = step.update, step.gradient
    assert update is not None
    assert gradient is not None
    for row in range(2):
        length = np.linalg.norm(gradient[row])
        assert length > 0.2
        parameter = torch.zeros(network_for(experiment, data).n_parameters, dtype=torch.float64, requires_grad=True)
        parameter.grad = torch.tensor(gradient[row])
        torch.nn.utils.clip_grad_norm_([parameter], 0.2)
        mine = -update[row] / 0.3  # the learning rate; the velocity was zero
        assert np.linalg.norm(mine) == pytest.approx(0.2, rel=1e-12)
        np.testing.assert_allclose(parameter.grad.numpy() * (1 + 1e-6 / length), mine, rtol=1e-12)
