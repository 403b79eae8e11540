"""Layers that divide their work to stay in the processor's cache: the division changes nothing."""

from __future__ import annotations

import numpy as np
import pytest
from engine_pass import Trial
from gradient_check import check_gradient
from layer_cases import CASES, Case, conv, layer

from models import ACTIVATIONS, site
from models.layers import convolution

WITH_KERNELS = [name for name, case in CASES.items() if "convolution" in name or "images" in name]
BAND_SIZES = (1, 700, 1500)  # numbers: one row of the output at a time, and a few with a smaller band at the end


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("name", WITH_KERNELS)
def test_a_convolution_in_bands_gives_what_it_gives_at_once(
    name: str, training: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To 1e-12: the gradient of the kernel is a sum over the bands, which adds in another order."""
    case = CASES[name].behind_a_node()
    at_once = {what: array.copy() for what, array in Trial(case, training=training).replay().results.items()}
    for numbers in BAND_SIZES:
        monkeypatch.setattr(convolution, "BAND_NUMBERS", numbers)
        trial = Trial(case, training=training).replay().replay()  # twice: nothing is left over from the first time
        for what in ("outputs", "gradients", "grad_input"):
            np.testing.assert_allclose(trial.results[what], at_once[what], rtol=1e-12, atol=1e-12)


def test_the_gradient_of_a_convolution_in_bands_is_that_of_central_differences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convolution, "BAND_NUMBERS", 1600)
    case = Case((conv(3, stride=2, padding=2, dilation=2), layer("max_pool", size=2, stride=1), conv(2)), (11, 7, 2))
    trial = Trial(case.behind_a_node(), training=True)
    first = trial.network.nodes[1]
    rows = [rows for rows, _ in first.layer._bands(trial.one._sites[first.name])]
    assert len({len(band) for band in rows}) == 2  # a smaller one at the end
    trial.replay()
    check_gradient(lambda at: trial.value_at(trial.params, at), trial.params.copy(), trial.gradients.copy(), 1e-8)
    check_gradient(lambda at: trial.value_at(trial.x, at), trial.x.copy(), trial.grad_input.copy(), 1e-8)


@pytest.mark.parametrize("shape", [(5,), (9000,), (3, 5000), (2, 3, 4096), (2, 70, 64), (4, 1, 9, 500)])
def test_relu_is_the_larger_of_a_number_and_zero_whatever_the_size(shape: tuple[int, ...]) -> None:
    z = np.random.default_rng(0).normal(size=shape)
    np.testing.assert_array_equal(ACTIVATIONS["relu"].value(z), np.where(z > 0, z, 0))
    zeros = site.Desk(site.Calls(), "float64").zeros_beside(z)
    assert not zeros.any()
    assert zeros.shape == z.shape[z.ndim - zeros.ndim :]
    assert zeros.size <= max(site.CACHED_NUMBERS, shape[-1])
