"""The two costs over two weights: closed forms, slopes against differences, and which of them has plateaus."""

from __future__ import annotations

import numpy as np

from diagnostics.cost_surface import COSTS, cost_surface
from diagnostics.figures.cost_surface import cost_surface_figure
from models.arrays import stream


def test_without_weights_every_answer_is_one_half() -> None:
    report = cost_surface(0, side=5)
    middle = report.weights.tolist().index(0.0)
    np.testing.assert_allclose(report.costs["cross_entropy"][middle], np.log(2))  # W₂ = 0: -ln ½
    np.testing.assert_allclose(report.costs["quadratic"][:, middle], 0.25)  # W₁ = 0: (½ - t)²
    assert report.slopes["quadratic"][middle, middle] == 0


def test_one_point_is_what_the_formula_says() -> None:
    report = cost_surface(3, n_examples=4, side=5)
    generator = stream(3, "cost surface")
    x, t = generator.standard_normal(4), (generator.random(4) < 0.5).astype(float)
    p = 1 / (1 + np.exp(-2 * np.tanh(-4 * x)))  # W₁ = -4 in column 0, W₂ = 2 in row 3
    np.testing.assert_allclose(report.costs["quadratic"][3, 0], np.mean((p - t) ** 2))
    surprise = -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))
    np.testing.assert_allclose(report.costs["cross_entropy"][3, 0], surprise)


def test_slopes_are_those_of_the_surface() -> None:
    report = cost_surface(1, 3, side=401)  # differences err by h²/6 = 7e-5 times a third derivative, here up to 70
    step = report.weights[1] - report.weights[0]
    for name in COSTS:
        along = np.gradient(report.costs[name], step)
        inner = (slice(1, -1), slice(1, -1))
        np.testing.assert_allclose(np.hypot(*along)[inner], report.slopes[name][inner], atol=6e-3)


def test_the_quadratic_cost_has_the_larger_plateaus() -> None:
    reports = [cost_surface(seed) for seed in range(10)]
    assert all(report.plateau_share("quadratic") > report.plateau_share("cross_entropy") for report in reports)


def test_both_surfaces_are_drawn_on_one_scale() -> None:
    report = cost_surface(0)
    figure = cost_surface_figure(report)
    first, second = figure.data
    assert (first.zmin, first.zmax) == (second.zmin, second.zmax)
    np.testing.assert_allclose(first.z, report.costs["cross_entropy"], rtol=1e-6)
    np.testing.assert_allclose(second.z, report.costs["quadratic"], rtol=1e-6)
    assert f"{report.plateau_share('quadratic'):.1%}" in figure.layout.meta["summary"]
