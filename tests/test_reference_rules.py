"""Activations, losses and update rules against PyTorch in float64, on numbers that Hypothesis draws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from training_cases import RULES

from models import ACTIVATIONS, LOSSES
from models.arrays import Array
from models.optimizers import update_at_once

torch = pytest.importorskip(
    "torch", reason="PyTorch is not installed; test_reference_arrays.py compares with stored numbers"
)

import torch_network  # noqa: E402 — after the question whether PyTorch is there
import torch_training  # noqa: E402

FEW = settings(max_examples=10, derandomize=True, deadline=None)
CORNERS = [-1.0, 0.0, 1.0]
numbers = st.one_of(st.floats(-12, 12), st.floats(-1e4, 1e4), st.sampled_from(CORNERS))


def drawn(seed: int, *shape: int, size: float = 3.0) -> Array:
    """Random numbers of a seed that Hypothesis drew: arrays of its own take long to draw."""
    return size * np.random.default_rng(seed).normal(size=shape)


@pytest.mark.parametrize("name", ACTIVATIONS)
@given(z=st.lists(numbers, min_size=1, max_size=20))
@FEW
def test_an_activation_and_its_slope_agree_with_pytorch(name: str, z: list[float]) -> None:
    """In the corners, too: PyTorch's slopes there are the engine's."""
    at = np.array(z + CORNERS)
    leaf = torch.tensor(at, requires_grad=True)
    value = torch_network.ACTIVATIONS[name](leaf)
    value.sum().backward()
    np.testing.assert_allclose(ACTIVATIONS[name].value(at), value.detach().numpy(), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(ACTIVATIONS[name].slope_at(at), leaf.grad.numpy(), rtol=1e-12, atol=1e-12)


def test_pytorchs_softplus_is_cut_off_at_20_unless_told_otherwise() -> None:
    z = np.array([20.5])
    cut = torch.nn.functional.softplus(torch.tensor(z)).numpy()
    assert ACTIVATIONS["softplus"].value(z)[0] - cut[0] == pytest.approx(np.log1p(np.exp(-20.5)), rel=1e-5)


def targets(name: str, k: int, shape: tuple[int, ...], seed: int) -> Array:
    """Targets of a loss for logits (*shape, k)."""
    generator = np.random.default_rng(seed)
    if name == "cross_entropy":
        return generator.integers(0, k, shape)
    if name == "binary_cross_entropy":
        return generator.integers(0, 2, shape if k == 1 else (*shape, k))
    return 3 * generator.normal(size=(*shape, k))


@pytest.mark.parametrize("name", LOSSES)
@given(
    k=st.integers(1, 4),
    shape=st.one_of(st.tuples(st.integers(1, 5)), st.tuples(st.integers(1, 4), st.integers(1, 4))),
    seed=st.integers(0, 1000),
    size=st.sampled_from([1.0, 50.0, 1e4]),
)
@FEW
def test_a_loss_and_its_gradient_agree_with_pytorch(
    name: str, k: int, shape: tuple[int, ...], seed: int, size: float
) -> None:
    """Also with one target at each position, shape (N, positions); the mean is over all of them."""
    logits, y = drawn(seed, 2, *shape, k, size=size), targets(name, k, shape, seed)
    gradient = np.empty_like(logits)
    value = LOSSES[name].value_and_gradient(logits, y, gradient)
    assert value.shape == (2,)
    leaf = torch.tensor(logits, requires_grad=True)
    expected = torch.stack([_mean(name, one, y) for one in leaf])
    expected.sum().backward()
    np.testing.assert_allclose(value, expected.detach().numpy(), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(gradient, leaf.grad.numpy(), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(LOSSES[name].value(logits, y), value, rtol=0)


def _mean(name: str, logits: torch.Tensor, y: Array) -> torch.Tensor:
    return torch_training.by_example(type(LOSSES[name]).__name__, logits.movedim(-1, 1), torch.tensor(y)).mean()


def test_class_weights_count_examples_where_pytorch_weighs_smoothed_terms() -> None:
    """Without smoothing both are one. With it, PyTorch weighs each class's term of the sum by that class, the engine
    the example by its own class.
    """
    logits, y, weights = drawn(1, 6, 3), np.arange(6) % 3, np.array([0.5, 2.0, 1.0])
    for smoothing, alike in ((0.0, True), (0.2, False)):
        theirs = torch.nn.functional.cross_entropy(
            torch.tensor(logits), torch.tensor(y), torch.tensor(weights), label_smoothing=smoothing
        )
        costs = torch_training.by_example("CrossEntropy", torch.tensor(logits), torch.tensor(y), smoothing).numpy()
        mine = (costs * weights[y]).sum() / weights[y].sum()
        assert bool(abs(theirs.item() - mine) < 1e-12) is alike


@pytest.mark.parametrize("name", [name for name in RULES if name.startswith(tuple(torch_training.OPTIMIZERS))])
@given(seed=st.integers(0, 1000), size=st.sampled_from([1e-4, 1.0, 1e3]))
@settings(max_examples=3, derandomize=True, deadline=None)
def test_an_update_rule_agrees_with_pytorch_on_any_gradients(name: str, seed: int, size: float) -> None:
    """Twenty steps; all that is moved counts as weights. Steps without a gradient are among them."""
    entry = RULES[name].experiment.optimizer
    gradients, start = drawn(seed, 20, 4, size=size), drawn(seed + 1, 4)
    gradients[7:9] = 0
    path = update_at_once(entry, gradients, start)
    leaf = torch.tensor(start, requires_grad=True)
    optimizer = torch_training.rule(entry, [{"params": [leaf], "weight_decay": entry.get("weight_decay", 0.0)}])
    for step, gradient in enumerate(gradients):
        leaf.grad = torch.tensor(gradient)
        optimizer.step()
        np.testing.assert_allclose(path[step], leaf.detach().numpy(), rtol=1e-9, atol=1e-9 * size)
