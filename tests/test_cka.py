"""Linear CKA: what it must not notice, against a slow computation, and where the biased estimate goes wrong."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from diagnostics.cka import Estimator, linear_cka, signature, similarities

ESTIMATORS: tuple[Estimator, ...] = ("unbiased", "biased")


def pair(n: int = 30, first: int = 8, second: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Two representations that have something in common."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(n, first)) + 3.0
    common = np.tanh(0.5 * (x[:, :second] - 3.0) @ generator.normal(size=(second, second)))
    return x, common + 0.3 * generator.normal(size=(n, second))


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_turning_scaling_shifting_and_permuting_units_change_nothing(estimator: Estimator) -> None:
    generator = np.random.default_rng(1)
    x, y = pair()
    plain = linear_cka(x, y, estimator)
    rotation, _ = np.linalg.qr(generator.normal(size=(8, 8)))
    for other in (x @ rotation, 1e4 * x, 1e-4 * x, x[:, generator.permutation(8)], x - 100.0):
        assert linear_cka(other, y, estimator) == pytest.approx(plain, abs=1e-10)
        assert linear_cka(other, x, estimator) == pytest.approx(1.0, abs=1e-10)
    assert linear_cka(y, x, estimator) == pytest.approx(plain, abs=1e-14)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_stretching_one_direction_is_noticed(estimator: Estimator) -> None:
    x, _ = pair()
    assert linear_cka(x * np.array([20.0, *[1.0] * 7]), x, estimator) < 0.9


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_a_representation_is_like_itself(estimator: Estimator) -> None:
    x, y = pair()
    assert linear_cka(x, x, estimator) == pytest.approx(1.0, abs=1e-12)
    assert 0.05 < linear_cka(x, y, estimator) < 0.95


def test_the_biased_estimate_is_the_formula_of_the_paper() -> None:
    """‖YᵀX‖² / (‖XᵀX‖ ‖YᵀY‖) of centred columns, without any matrix of examples."""
    x, y = (one - one.mean(axis=0) for one in pair())
    expected = np.linalg.norm(y.T @ x) ** 2 / (np.linalg.norm(x.T @ x) * np.linalg.norm(y.T @ y))
    assert linear_cka(*pair(), "biased") == pytest.approx(expected, abs=1e-12)


def test_the_unbiased_estimate_is_the_formula_of_the_paper() -> None:
    """Song et al. 2012, section 4: [tr KL + 1ᵀK1 1ᵀL1 / ((n-1)(n-2)) - 2/(n-2) 1ᵀKL1] / (n (n-3)), pair by pair."""
    x, y = pair(n=12)
    expected = _hsic(x, y) / np.sqrt(_hsic(x, x) * _hsic(y, y))
    assert linear_cka(x, y) == pytest.approx(expected, abs=1e-10)


def _inner(x: np.ndarray) -> list[list[float]]:
    n = len(x)
    return [
        [0.0 if i == j else sum(a * b for a, b in zip(x[i], x[j], strict=True)) for j in range(n)] for i in range(n)
    ]


def _hsic(x: np.ndarray, y: np.ndarray) -> float:
    k, l_ = _inner(x), _inner(y)
    n = len(x)
    trace = sum(k[i][j] * l_[j][i] for i in range(n) for j in range(n))
    rows = [sum(k[i]) for i in range(n)], [sum(l_[i]) for i in range(n)]
    mixed = sum(a * b for a, b in zip(*rows, strict=True))  # 1ᵀKL1
    return (trace + sum(rows[0]) * sum(rows[1]) / ((n - 1) * (n - 2)) - 2 / (n - 2) * mixed) / (n * (n - 3))


def test_the_unbiased_hsic_is_its_definition_over_all_groups_of_four_examples() -> None:
    """The mean of k_ij (l_ij + l_qr - 2 l_iq) over all i, j, q, r that differ: it sees no example with itself."""
    generator = np.random.default_rng(5)
    x, y = generator.normal(size=(6, 3)), generator.normal(size=(6, 2))
    k, l_ = x @ x.T, y @ y.T
    terms = [k[i, j] * (l_[i, j] + l_[q, r] - 2 * l_[i, q]) for i, j, q, r in permutations(range(6), 4)]
    assert _hsic(x, y) == pytest.approx(float(np.mean(terms)), rel=1e-10)


def test_independent_representations_are_unlike_only_by_the_unbiased_estimate() -> None:
    """20 examples, 200 units: the biased estimate is about 1 though there is nothing in common."""
    generator = np.random.default_rng(2)
    drawn = [(generator.normal(size=(20, 200)), generator.normal(size=(20, 200))) for _ in range(200)]
    unbiased = np.array([linear_cka(x, y) for x, y in drawn])
    assert abs(unbiased.mean()) < 4 * unbiased.std() / np.sqrt(200)  # four standard errors
    assert unbiased.std() < 0.15
    assert min(linear_cka(x, y, "biased") for x, y in drawn[:20]) > 0.8


def test_many_numbers_are_added_in_parts_and_images_are_flattened() -> None:
    generator = np.random.default_rng(3)
    wide = generator.normal(size=(10, 3, 50, 60)).astype(np.float32)  # 9000 numbers, three parts
    narrow = wide.reshape(10, -1)[:, :40].astype(np.float64) ** 2
    k = wide.reshape(10, -1).astype(np.float64)
    centered = k - k.mean(axis=0)
    gram = centered @ centered.T
    other = narrow - narrow.mean(axis=0)
    expected = np.sum(gram * (other @ other.T)) / np.linalg.norm(gram) / np.linalg.norm(other @ other.T)
    assert linear_cka(wide, narrow, "biased") == pytest.approx(expected, abs=1e-10)


def test_many_pairs_at_once_are_each_pair() -> None:
    x, y = pair()
    held = np.stack([signature(x), signature(y)])
    values = similarities(held, held)
    np.testing.assert_allclose(values, [[1, linear_cka(x, y)], [linear_cka(x, y), 1]], atol=1e-12)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_what_says_one_thing_to_all_or_is_not_finite_has_no_likeness(estimator: Estimator) -> None:
    x, _ = pair()
    constant = np.full((30, 4), 0.1, np.float32)
    assert np.isnan(linear_cka(constant, x, estimator))
    assert np.isnan(linear_cka(np.where(x > 3, np.inf, x), x, estimator))
    barely = constant.astype(np.float64) + 1e-3 * x[:, :4]
    assert linear_cka(barely, x[:, :4], estimator) == pytest.approx(1.0, abs=1e-9)


def test_what_cannot_be_compared_is_refused() -> None:
    x, y = pair()
    with pytest.raises(ValueError, match="30 and 29"):
        linear_cka(x, y[1:])
    with pytest.raises(ValueError, match="at least 4 examples, there are 3"):
        linear_cka(x[:3], y[:3])
    with pytest.raises(ValueError, match="'unbiased' or 'biased'"):
        linear_cka(x, y, "best")  # type: ignore[arg-type]
