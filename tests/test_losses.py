"""Every loss: numbers worked by hand, its gradient by differences, and no overflow at extreme logits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from gradient_check import check_gradient

from models import LOSSES
from models.losses import loss_for

GENERATOR = np.random.default_rng(2)


def example(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Logits (R, N, K) and targets that suit the loss."""
    n_outputs = 1 if name == "binary_cross_entropy" else 3
    logits = GENERATOR.normal(size=(2, 5, n_outputs)) * 2
    if LOSSES[name].task == "classification":
        return logits, np.arange(5) % max(n_outputs, 2)
    return logits, GENERATOR.normal(size=(5, n_outputs))


def value_and_gradient(name: str, logits: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    out = np.empty_like(logits)
    return LOSSES[name].value_and_gradient(logits, y, out), out


@pytest.mark.parametrize("name", LOSSES)
def test_the_gradient_is_that_of_central_differences(name: str) -> None:
    logits, y = example(name)
    _, gradient = value_and_gradient(name, logits, y)
    check_gradient(lambda at: float(LOSSES[name].value(at, y).sum()), logits, gradient)


@pytest.mark.parametrize("name", LOSSES)
def test_both_ways_to_the_value_agree(name: str) -> None:
    logits, y = example(name)
    np.testing.assert_allclose(value_and_gradient(name, logits, y)[0], LOSSES[name].value(logits, y), rtol=1e-12)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("size", [-1e4, 1e4])
def test_extreme_logits_in_float32_give_finite_numbers(name: str, size: float) -> None:
    logits, y = example(name)
    logits = np.full(logits.shape, size, dtype=np.float32)
    logits[..., 0] *= -1
    value, gradient = value_and_gradient(name, logits, y)
    assert np.isfinite(value).all()
    assert np.isfinite(gradient).all()
    assert value.dtype == gradient.dtype == np.float32


def test_cross_entropy_of_equal_logits_is_the_logarithm_of_the_number_of_classes() -> None:
    value, gradient = value_and_gradient("cross_entropy", np.zeros((1, 1, 4)), np.array([2]))
    assert value[0] == pytest.approx(math.log(4))
    np.testing.assert_allclose(gradient[0, 0], [0.25, 0.25, -0.75, 0.25])


def test_binary_cross_entropy_by_hand() -> None:
    # z = 0: log 2 for either class; z = 2, y = 1: log(1 + e^-2)
    value = LOSSES["binary_cross_entropy"].value(np.array([[[0.0], [2.0]]]), np.array([0, 1]))
    assert value[0] == pytest.approx((math.log(2) + math.log1p(math.exp(-2))) / 2)


def test_binary_and_two_class_cross_entropy_agree() -> None:
    z = np.linspace(-3, 3, 7)[None, :, None]
    y = np.arange(7) % 2
    pair = np.concatenate([np.zeros_like(z), z], axis=-1)
    np.testing.assert_allclose(LOSSES["binary_cross_entropy"].value(z, y), LOSSES["cross_entropy"].value(pair, y))
    np.testing.assert_allclose(
        LOSSES["binary_cross_entropy"].probabilities(z), LOSSES["cross_entropy"].probabilities(pair)
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mean_squared_error", (0.25 + 4.0) / 2),
        ("mean_absolute_error", (0.5 + 2.0) / 2),
        ("huber", (0.5 * 0.25 + 1.5) / 2),  # ½·0.5² and 2 - ½
    ],
)
def test_regression_losses_by_hand(name: str, expected: float) -> None:
    value = LOSSES[name].value(np.array([[[0.5], [-2.0]]]), np.zeros((2, 1)))
    assert value[0] == pytest.approx(expected)


def test_a_loss_that_does_not_fit_the_task_says_which_do() -> None:
    with pytest.raises(ValueError, match="use one of mean_squared_error"):
        loss_for("cross_entropy", "regression")
    with pytest.raises(ValueError, match="needs a target with 2 classes, this one has 3"):
        LOSSES["binary_cross_entropy"].n_outputs(3, "classification")
