"""The two binnings: every number is counted once and where the edges say, and merging keeps all counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from diagnostics.histogram import BINNINGS, merge

NUMBERS = arrays(np.float64, st.tuples(st.integers(1, 3), st.integers(1, 40)), elements=st.floats(width=64))


@pytest.mark.parametrize("name", BINNINGS)
@given(values=NUMBERS)
def test_every_number_is_counted_exactly_once(name: str, values: np.ndarray) -> None:
    binning = BINNINGS[name]
    counts = binning.count(np.sort(values, axis=1))
    assert counts.shape == (len(values), binning.n_slots)
    assert (counts.sum(axis=1) == values.shape[1]).all()
    assert (counts[:, -1] == (~np.isfinite(values)).sum(axis=1)).all()


@pytest.mark.parametrize("name", BINNINGS)
@given(values=arrays(np.float64, (1, 30), elements=st.floats(-2, 2)))
def test_the_bins_agree_with_numpy(name: str, values: np.ndarray) -> None:
    binning = BINNINGS[name]
    expected, _ = np.histogram(values[0], bins=np.append(binning.edges, np.inf))  # its last bin alone is closed above
    expected = expected[:-1]
    counts = binning.count(np.sort(values, axis=1))[0]
    if name == "symlog":
        middle = binning.n_bins // 2
        assert counts[binning.n_bins] == expected[middle]
        expected[middle] = 0
    np.testing.assert_array_equal(counts[: binning.n_bins], expected)


def test_numbers_by_hand_fall_where_they_should() -> None:
    linear, symlog = BINNINGS["linear"], BINNINGS["symlog"]
    counts = linear.count(np.array([[-np.inf, -2.0, 0.001, 0.5, 1.2, np.nan]]))[0]
    # width 2.1/256; 0.001 falls into the first bin above the middle, 0.5 into bin 128 + floor(0.5·256/2.1) = 188
    assert np.flatnonzero(counts).tolist() == [128, 188, 257, 258, 259]
    assert counts[259] == 2
    counts = symlog.count(np.array([[-1e5, -1e-9, 0.0, 1.01, 1e5]]))[0]
    # 1.01 = 10^0.004: bin 0 of decade 0, which has 8·16 bins between itself and 1e-8; 193 bins lie below 1e-8
    assert np.flatnonzero(counts).tolist() == [193 + 128, 385, 386, 387]
    assert counts[385] == 2


def test_the_binnings_are_what_files_rely_on() -> None:
    assert (BINNINGS["linear"].n_bins, BINNINGS["symlog"].n_bins) == (256, 385)
    np.testing.assert_allclose(BINNINGS["linear"].edges[[0, -1]], [-1.05, 1.05])
    np.testing.assert_allclose(BINNINGS["symlog"].edges[[0, 192, 193, -1]], [-1e4, -1e-8, 1e-8, 1e4])
    np.testing.assert_allclose(np.diff(np.log10(BINNINGS["symlog"].edges[193:])), 1 / 16, rtol=1e-9)


@given(factor=st.sampled_from([1, 2, 4, 8, 256]), counts=arrays(np.uint32, (2, 256), elements=st.integers(0, 1000)))
def test_merging_keeps_all_counts(factor: int, counts: np.ndarray) -> None:
    merged = merge(counts, factor)
    assert merged.shape == (2, 256 // factor)
    assert (merged.sum(axis=1) == counts.sum(axis=1)).all()


def test_merging_never_splits_a_bin() -> None:
    with pytest.raises(ValueError, match="256 bins cannot be merged by 3"):
        merge(np.zeros(256), 3)
