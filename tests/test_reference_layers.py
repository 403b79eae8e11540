"""Layers against PyTorch in float64 on the same numbers, with shapes that Hypothesis draws; skipped without PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
from engine_pass import Trial
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from layer_cases import CASES, Case, Entry, conv, dense, layer, residual

from models import ACTIVATIONS, LAYERS

pytest.importorskip("torch", reason="PyTorch is not installed; test_reference_arrays.py compares with stored numbers")

import torch_network

# In float64; the numbers are about 1, and of some tens of them one is the sum.
TOLERANCES = {"outputs": 1e-12, "gradients": 1e-10, "grad_input": 1e-10}
A_FEW = st.integers(1, 5)
Shapes = st.SearchStrategy[Case]


@st.composite
def images(draw: st.DrawFn) -> tuple[int, ...]:
    """(height, width, channels)."""
    return draw(st.integers(1, 8)), draw(st.integers(1, 8)), draw(st.integers(1, 3))


sequences = st.tuples(A_FEW, A_FEW)
tables = st.tuples(A_FEW)
anything = st.one_of(images(), sequences, tables)
nonlinearities = st.sampled_from(sorted(ACTIVATIONS))


@st.composite
def convolutions(draw: st.DrawFn) -> Case:
    shape = draw(images())
    size, padding, dilation = draw(st.integers(1, 4)), draw(st.integers(0, 2)), draw(st.integers(1, 2))
    assume(dilation * (size - 1) < min(shape[:2]) + 2 * padding)
    settings = {"kernel_size": size, "padding": padding, "dilation": dilation, "stride": draw(st.integers(1, 3))}
    return Case((conv(draw(A_FEW), draw(nonlinearities), **settings),), shape)


@st.composite
def pools(draw: st.DrawFn, kind: str) -> Case:
    shape = draw(images())
    size = draw(st.integers(1, min(shape[:2])))
    return Case((layer(kind, size=size, stride=draw(st.integers(0, 3))), dense(3)), shape)


@st.composite
def walking(draw: st.DrawFn, kind: str) -> Case:
    returns = draw(st.sampled_from(["last", "all"]))
    more = {"unit_activation": draw(nonlinearities)} if kind == "recurrent" else {}
    per_position = returns == "all" and draw(st.booleans())
    return Case((layer(kind, units=draw(A_FEW), returns=returns, **more),), draw(sequences), per_position)


@st.composite
def attention(draw: st.DrawFn) -> Case:
    heads = draw(st.integers(1, 3))
    settings = {"causal": draw(st.booleans()), "positional": draw(st.booleans())}
    shape = (draw(A_FEW), heads * draw(st.integers(1, 3)))
    return Case((layer("attention", heads=heads, **settings),), shape, draw(st.booleans()))


@st.composite
def normalizations(draw: st.DrawFn, kind: str) -> Case:
    more = {"momentum": draw(st.floats(0, 1))} if kind == "batch_norm" else {}
    epsilon = draw(st.sampled_from([1e-5, 0.1]))
    return Case((layer(kind, epsilon=epsilon, activation=draw(nonlinearities), **more), dense(2)), draw(anything))


@st.composite
def joined(draw: st.DrawFn, kind: str) -> Case:
    shape = draw(anything)
    branch = (lambda: conv(shape[-1])) if len(shape) == 3 else (lambda: dense(shape[-1], draw(nonlinearities)))
    first: tuple[Entry, ...] = (branch(), {**branch(), "inputs": ["input"]})
    name = "convolution" if len(shape) == 3 else "dense"
    readers = draw(st.lists(st.sampled_from(["input", f"{name}1", f"{name}2"]), max_size=3))
    return Case((*first, layer(kind, inputs=[f"{name}2", f"{name}1", *readers])), shape)


@st.composite
def residuals(draw: st.DrawFn) -> Case:
    d = draw(st.sampled_from([2, 4]))
    inner = [dense(d), layer("layer_norm"), layer("attention", heads=2), layer("batch_norm"), residual(dense(d))]
    blocks = draw(st.lists(st.lists(st.sampled_from(inner), min_size=1, max_size=3), min_size=1, max_size=3))
    return Case(tuple(residual(*block, activation=draw(nonlinearities)) for block in blocks), (draw(A_FEW), d))


@st.composite
def embeddings(draw: st.DrawFn) -> Case:
    return Case((layer("embedding", vocabulary=draw(st.integers(2, 7)), units=draw(A_FEW)),), draw(tables))


WORLD: dict[str, Shapes] = {
    "dense": st.builds(lambda shape, units, f: Case((dense(units, f),), shape), anything, A_FEW, nonlinearities),
    "convolution": convolutions(),
    "max_pool": pools("max_pool"),
    "average_pool": pools("average_pool"),
    "flatten": st.builds(lambda shape: Case((layer("flatten"), dense(2)), shape), anything),
    "recurrent": walking("recurrent"),
    "lstm": walking("lstm"),
    "attention": attention(),
    "residual": residuals(),
    "add": joined("add"),
    "concatenate": joined("concatenate"),
    "batch_norm": normalizations("batch_norm"),
    "layer_norm": normalizations("layer_norm"),
    "dropout": st.builds(lambda shape: Case((layer("dropout", rate=0.0),), shape), anything),  # masks differ by nature
    "embedding": embeddings(),
}


def agrees(case: Case, *, training: bool, n: int, whole: bool) -> None:
    """Compare everything that comes out of a pass with PyTorch's."""
    trial = Trial(case if case.vocabulary else case.behind_a_node(), training=training, n=n, whole=whole)
    expected = torch_network.results(trial)
    trial.replay()
    assert set(expected) == set(trial.results)
    for name, numbers in trial.results.items():
        tolerance = TOLERANCES.get(name, 1e-12)  # others: running means and variances
        np.testing.assert_allclose(numbers, expected[name], rtol=tolerance, atol=tolerance, err_msg=f"{name} of {case}")


def test_every_entry_of_the_table_is_compared() -> None:
    assert set(WORLD) == set(LAYERS)


@pytest.mark.parametrize("kind", WORLD)
@given(data=st.data())
@settings(max_examples=12, derandomize=True, deadline=None)
def test_a_layer_agrees_with_pytorch_on_any_shape(kind: str, data: st.DataObject) -> None:
    case = data.draw(WORLD[kind])
    training = kind != "dropout" and data.draw(st.booleans())
    n = data.draw(st.integers(2 if training else 1, 4))  # PyTorch refuses to normalize a batch of one
    agrees(case, training=training, n=n, whole=data.draw(st.booleans()))


@pytest.mark.parametrize("name", CASES)
def test_the_cases_of_the_gradient_checks_agree_with_pytorch(name: str) -> None:
    agrees(CASES[name], training="dropout" not in name, n=4, whole=True)
