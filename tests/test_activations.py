"""Every activation against its definition, its slope against differences, its stated facts against both."""

from __future__ import annotations

import math

import numpy as np
import pytest

from models import ACTIVATIONS
from models.error_function import erf, normal_distribution

NAIVE = {
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "tanh": math.tanh,
    "softsign": lambda z: z / (1 + abs(z)),
    "relu": lambda z: max(z, 0.0),
    "leaky_relu": lambda z: z if z > 0 else 0.01 * z,
    "elu": lambda z: z if z > 0 else math.exp(z) - 1,
    "selu": lambda z: 1.0507009873554805 * (z if z > 0 else 1.6732632423543772 * (math.exp(z) - 1)),
    "gelu": lambda z: 0.5 * z * (1 + math.erf(z / math.sqrt(2))),
    "silu": lambda z: z / (1 + math.exp(-z)),
    "softplus": lambda z: math.log(1 + math.exp(z)),
    "hard_tanh": lambda z: max(-1.0, min(1.0, z)),
    "linear": lambda z: z,
}
POINTS = np.linspace(-8.05, 8.05, 162)  # passes by the corners at -1, 0 and 1


def values(name: str, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    activation = ACTIVATIONS[name]
    return activation.value(z), activation.slope_at(z)


def test_the_table_and_the_definitions_name_the_same_functions() -> None:
    assert set(NAIVE) == set(ACTIVATIONS)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_value_is_that_of_the_definition(name: str) -> None:
    a, _ = values(name, POINTS)
    np.testing.assert_allclose(a, [NAIVE[name](z) for z in POINTS], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_slope_is_that_of_central_differences(name: str) -> None:
    h = 1e-5
    _, slope = values(name, POINTS)
    numeric = (values(name, POINTS + h)[0] - values(name, POINTS - h)[0]) / (2 * h)
    np.testing.assert_allclose(slope, numeric, atol=1e-8)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_stated_largest_slope_is_the_largest(name: str) -> None:
    _, slope = values(name, np.linspace(-10, 10, 20001))
    assert slope.max() == pytest.approx(ACTIVATIONS[name].max_derivative, rel=1e-3)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_stated_asymptotes_are_where_the_function_goes(name: str) -> None:
    far = values(name, np.array([-1e4, 1e4]))[0]
    for limit, value in zip(ACTIVATIONS[name].asymptotes, far, strict=True):
        if limit is None:
            assert abs(value) > 50
        else:
            assert value == pytest.approx(limit, abs=2e-4)  # softsign: 1e-4 away from 1 at 1e4


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_float32_stays_float32_and_close(name: str) -> None:
    single, single_slope = values(name, POINTS.astype(np.float32))
    double, double_slope = values(name, POINTS.astype(np.float32).astype(np.float64))
    assert single.dtype == single_slope.dtype == np.float32
    np.testing.assert_allclose(single, double, rtol=2e-6, atol=2e-6)
    np.testing.assert_allclose(single_slope, double_slope, rtol=5e-6, atol=5e-6)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_huge_inputs_give_finite_slopes(name: str) -> None:
    with np.errstate(over="ignore"):
        _, slope = values(name, np.array([-1e4, 1e4], dtype=np.float32))
    assert np.isfinite(slope).all()


def test_erf_agrees_with_the_standard_library() -> None:
    z = np.linspace(-7, 7, 1401)
    expected = np.array([math.erf(value) for value in z])
    assert np.abs(erf(z) - expected).max() < 2e-15
    assert np.abs(erf(z.astype(np.float32)) - expected).max() < 2e-7
    assert np.isnan(erf(np.array([np.nan], dtype=np.float32)))


def test_the_normal_distribution_is_that_of_erf_in_both_precisions() -> None:
    z = np.linspace(-8, 8, 20001).astype(np.float32)
    expected = np.array([0.5 * (1 + math.erf(value / math.sqrt(2))) for value in z.astype(np.float64)])
    assert np.abs(normal_distribution(z.astype(np.float64)) - expected).max() < 1e-15
    assert np.abs(normal_distribution(z) - expected).max() < 1.2e-7  # twice the spacing of float32 below 1
    np.testing.assert_array_equal(normal_distribution(np.float32([-100, 100, np.inf])), np.float32([0, 1, 1]))
    large = np.random.default_rng(0).normal(size=(3, 50, 301)).astype(np.float32)[:, 1:, ::2]  # in several blocks
    np.testing.assert_array_equal(normal_distribution(large)[2, 40], normal_distribution(large[2, 40]))


def test_gelu_in_single_precision_is_the_exact_one_and_not_its_tanh_approximation() -> None:
    z = np.linspace(-6, 6, 4001).astype(np.float32)
    exact = np.array([NAIVE["gelu"](value) for value in z.astype(np.float64)])
    by_tanh = 0.5 * z * (1 + np.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3)))
    assert np.abs(values("gelu", z)[0] - exact).max() < 1e-6  # three units in the last place of 6
    assert np.abs(by_tanh - exact).max() > 4e-4
