"""The statistics of rows of numbers: against NumPy, by hand, and the compiled kernel against its twin."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from diagnostics import BINNINGS, QUANTILES
from diagnostics.recording import kernels
from diagnostics.recording.statistics import in_numpy, statistics

GENERATOR = np.random.default_rng(4)
ROWS = {
    "normal": GENERATOR.normal(size=(3, 500)),
    "small": GENERATOR.normal(size=(2, 300)) * 1e-6,
    "relu": np.maximum(GENERATOR.normal(size=(3, 400)), 0),
    "vanishing": np.where(GENERATOR.random((3, 700)) < 0.5, 0, GENERATOR.normal(size=(3, 700)) * 1e-9),
    "few are not zero": np.where(GENERATOR.random((3, 400)) < 0.9, 0, GENERATOR.normal(size=(3, 400))),
    "saturated": np.tanh(5 * GENERATOR.normal(size=(2, 600))),
    "equal": np.full((2, 7), 0.25),
    "one number": np.array([[0.5]]),
    "on the edges": np.concatenate([BINNINGS["symlog"].edges, BINNINGS["linear"].edges])[None],
    "far out": np.array([[1e-30, -1e-9, 1e9, -1e30, 0.0, -0.0]]),
    "not finite": np.array([[1.0, np.nan, np.inf, -np.inf, 2.0], [1.0, 2.0, 3.0, 4.0, 5.0]]),
}


@pytest.fixture(scope="module")
def kernel() -> kernels.Kernels:
    """The compiled kernels; skipped where Numba is missing."""
    pytest.importorskip("numba")
    return kernels._compile()


def by_kernel(
    rows: np.ndarray, name: str, kernel: kernels.Kernels, monkeypatch: pytest.MonkeyPatch
) -> dict[str, np.ndarray]:
    monkeypatch.setattr("diagnostics.recording.statistics.compiled", lambda: kernel)
    return statistics(rows, BINNINGS[name])


def test_numbers_worked_by_hand() -> None:
    # 0, 0, 1, 3: mean 1, variance (1 + 1 + 0 + 4)/4 = 1.5; ranks of the quantiles are q·3
    found = in_numpy(np.array([[3.0, 0.0, 1.0, 0.0]], np.float32), BINNINGS["symlog"])
    assert found["mean"][0] == 1
    assert found["std"][0] == pytest.approx(np.sqrt(1.5))
    assert (found["minimum"][0], found["maximum"][0]) == (0, 3)
    np.testing.assert_allclose(found["quantiles"][0], [0.0, 0.0, 0.5, 1.5, 2.88], rtol=1e-6)
    assert found["histogram"][0, 384 + 1] == 2  # zeros
    assert found["histogram"].sum() == 4


@pytest.mark.parametrize("rows", ["normal", "relu", "saturated"])
def test_moments_and_quantiles_are_those_of_numpy(rows: str) -> None:
    values = ROWS[rows].astype(np.float32)
    found = in_numpy(values, BINNINGS["symlog"])
    np.testing.assert_allclose(found["mean"], values.mean(axis=1, dtype=float), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(found["std"], values.std(axis=1, dtype=float), rtol=1e-6)
    np.testing.assert_allclose(found["quantiles"], np.quantile(values.astype(float), QUANTILES, axis=1).T, rtol=1e-6)


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("name", BINNINGS)
def test_the_compiled_kernel_agrees_with_its_twin(
    rows: str, name: str, kernel: kernels.Kernels, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = ROWS[rows].astype(np.float32)
    found, expected = by_kernel(values, name, kernel, monkeypatch), in_numpy(values, BINNINGS[name])
    assert list(found) == list(expected)
    for key in ("histogram", "minimum", "maximum"):
        np.testing.assert_array_equal(found[key], expected[key], err_msg=key)
    for key in ("mean", "std", "quantiles"):  # sums in another order, then rounded to float32: its last two digits
        scale = np.abs(values[np.isfinite(values)]).max()
        np.testing.assert_allclose(found[key], expected[key], rtol=3e-7, atol=1e-7 * scale, err_msg=key)


@given(arrays(np.float32, array_shapes(min_dims=2, max_dims=2, max_side=40), elements=st.floats(width=32)))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_counts_agree_for_whatever_numbers(values: np.ndarray) -> None:
    pytest.importorskip("numba")
    kernel = kernels._compile()
    for name, binning in BINNINGS.items():
        with pytest.MonkeyPatch.context() as patch:
            found = by_kernel(values, name, kernel, patch)
        expected = in_numpy(values, binning)
        np.testing.assert_array_equal(found["histogram"], expected["histogram"])
        np.testing.assert_array_equal(found["minimum"], expected["minimum"])
        assert (found["histogram"].sum(axis=1) == values.shape[1]).all()


def test_without_numba_the_twin_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("diagnostics.recording.statistics.compiled", lambda: None)
    values = ROWS["normal"].astype(np.float32)
    expected = in_numpy(values, BINNINGS["linear"])
    for key, array in statistics(values, BINNINGS["linear"]).items():
        np.testing.assert_array_equal(array, expected[key])


def test_switched_off_nothing_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "_asked", None)  # would fail if it were looked at
    assert kernels.begin() is None
    assert kernels.compiled() is None


def test_another_process_finds_the_file_that_it_compiles() -> None:
    command = [sys.executable, "-c", f"import importlib.util as u; print(u.find_spec({kernels.__name__!r}).origin)"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    found = subprocess.run(command, cwd=kernels.ROOT, env=environment, capture_output=True, text=True, check=True)
    assert Path(found.stdout.strip()) == Path(str(kernels.__file__))
