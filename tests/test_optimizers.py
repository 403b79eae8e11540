"""Update rules against a second, naive implementation, number by number."""

from __future__ import annotations

import math

import numpy as np
import pytest

from models import OPTIMIZERS
from models.optimizers import optimizer_settings, update_at_once

GRADIENTS = np.random.default_rng(3).normal(size=(6, 4))


def naive_sgd(gradients: list[float], eta: float, mu: float, nesterov: bool) -> float:
    theta = velocity = 0.0
    for g in gradients:
        velocity = mu * velocity + g
        theta -= eta * (g + mu * velocity if nesterov else velocity)
    return theta


def naive_adam(gradients: list[float], eta: float, beta1: float, beta2: float, epsilon: float) -> float:
    theta = m = v = 0.0
    for t, g in enumerate(gradients, 1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        theta -= eta * (m / (1 - beta1**t)) / (math.sqrt(v / (1 - beta2**t)) + epsilon)
    return theta


def run(entry: dict[str, object]) -> np.ndarray:
    """Where six updates from zero with the gradients above lead to."""
    return update_at_once(entry, GRADIENTS, np.zeros(4))[-1]


@pytest.mark.parametrize(("momentum", "nesterov"), [(0.0, False), (0.9, False), (0.9, True)])
def test_sgd_moves_like_the_formula(momentum: float, nesterov: bool) -> None:
    theta = run({"type": "sgd", "learning_rate": 0.3, "momentum": momentum, "nesterov": nesterov})
    expected = [naive_sgd(list(column), 0.3, momentum, nesterov) for column in GRADIENTS.T]
    np.testing.assert_allclose(theta, expected, rtol=1e-12)


def test_adam_moves_like_the_formula() -> None:
    theta = run({"type": "adam", "learning_rate": 0.01, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3})
    expected = [naive_adam(list(column), 0.01, 0.8, 0.95, 1e-3) for column in GRADIENTS.T]
    np.testing.assert_allclose(theta, expected, rtol=1e-12)


def test_the_first_step_of_adam_has_the_size_of_the_learning_rate() -> None:
    path = update_at_once({"type": "adam", "learning_rate": 0.5}, np.array([[3.0, -0.001]]), np.zeros(2))
    np.testing.assert_allclose(path[0], [-0.5, 0.5], rtol=1e-4)  # epsilon 1e-8 beside 1e-3


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"type": "sgd", "nesterov": True}, "nesterov needs a momentum above 0"),
        ({"type": "adam", "learning_rate": -1.0}, "learning_rate must lie between"),
        ({"type": "adam", "momentum": 0.9}, "adam has no setting 'momentum'"),
        ({"type": "sgd", "momentum": "high"}, "momentum must be a number"),
    ],
)
def test_a_wrong_setting_is_named(entry: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        optimizer_settings(entry)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_field_has_a_default_in_its_range_and_a_line_that_explains_it(name: str) -> None:
    for field in OPTIMIZERS[name].fields:
        assert field.low <= field.default <= field.high
        assert len(field.explanation) > 20
