"""The layers in order of depth beside theory: singular values, the numbers of Glorot & Bengio 2010, and the figure."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from datasets.shapeset import shapeset
from diagnostics import Run
from diagnostics.depth_profile import DepthProfileReport, depth_profile, singular_value_profile, theories_of_run
from diagnostics.figures.depth_profile import depth_profile_figure
from diagnostics.figures.table import figure_table
from diagnostics.figures.theme import apply_theme
from diagnostics.recording.recorder import Recorder
from diagnostics.singular_values import expected_mean_singular_value, mean_singular_value
from diagnostics.theory import MEAN_SINGULAR_VALUE, QUANTITIES, TheoryReport
from models import ACTIVATIONS, INITIALIZERS, Experiment
from models.training import train
from models.training_data import TrainingData

SIDE, WIDTH = 18, 316  # as 32 × 32 to 1000
HIDDEN = [f"dense{i}" for i in range(1, 6)]


@cache
def paper_run(initializer: str, n_seeds: int) -> Run:
    """Five layers of tanh on Shapeset-3×2, one update of batch 10, as in sections 4.2 and 4.3 but for the size."""
    images, y = shapeset(200, side=SIDE)
    x = images.reshape(len(images), -1)
    data = TrainingData(x, y, x[:0], y[:0], "classification", 9)
    layers = [{"units": WIDTH, "activation": "tanh"}] * 5
    settings = Experiment(
        layers=layers, initializer=initializer, batch_size=10, max_steps=1, seeds=tuple(range(n_seeds))
    )
    recorder = Recorder(settings, data, run_id=initializer, info={})
    for step in train(settings, data):
        recorder.observe(step)
    return recorder.snapshot()


@cache
def theories(initializer: str) -> tuple[TheoryReport, ...]:
    return theories_of_run(paper_run(initializer, 1))


@cache
def profile(initializer: str, quantity: str) -> DepthProfileReport:
    if quantity == MEAN_SINGULAR_VALUE:  # hardly differs from seed to seed, and takes long
        return singular_value_profile(paper_run(initializer, 1), theories=theories(initializer))
    return depth_profile(paper_run(initializer, 6), quantity, 0, theories(initializer))


@pytest.mark.parametrize(("initializer", "n_var"), [("standard", 1 / 3), ("glorot_uniform", 1.0)])
def test_the_variance_of_weights_is_that_of_equations_1_and_16(initializer: str, n_var: float) -> None:
    variance = INITIALIZERS[initializer].variance
    assert variance is not None
    drawn = INITIALIZERS[initializer](np.random.default_rng(0), 1000, 1000)
    assert 1000 * variance(1000, 1000) == pytest.approx(n_var)
    assert 1000 * drawn.var() == pytest.approx(n_var, rel=0.01)  # a million weights: 0.1 % standard error


@pytest.mark.parametrize(("initializer", "first", "last"), [("standard", 0.30, 0.032), ("glorot_uniform", 0.45, 0.28)])
def test_activations_of_tanh_shrink_with_depth_as_in_figure_6(initializer: str, first: float, last: float) -> None:
    """These are the numbers at width 1000 on 300 images; 7 % for the width and the images."""
    report = profile(initializer, "activation")
    assert report.mean[0] == pytest.approx(first, rel=0.07)
    assert report.mean[4] == pytest.approx(last, rel=0.07)
    expected = report.theories[0].values("activation", HIDDEN)
    np.testing.assert_allclose(expected, report.mean[:5], rtol=0.03)


@pytest.mark.parametrize(("initializer", "ratio"), [("standard", 10.0), ("glorot_uniform", 1.6)])
def test_gradients_vanish_with_standard_weights_as_in_figure_7(initializer: str, ratio: float) -> None:
    report = profile(initializer, "gradient")
    assert report.mean[4] / report.mean[0] == pytest.approx(ratio, rel=0.1)
    expected = report.theories[0].values("gradient", [*HIDDEN, "output"])
    np.testing.assert_allclose(expected, report.mean, rtol=0.05)  # 9 outputs: the first factor is the least certain


@pytest.mark.parametrize("initializer", ["standard", "glorot_uniform"])
def test_weight_gradients_are_level_as_in_figure_8(initializer: str) -> None:
    """L1 : L5 is 1.06 and 1.11 at width 1000; that one batch of ten is another than the next costs more than width."""
    report = profile(initializer, "weight_gradient")
    assert report.step == 1
    assert report.mean[0] / report.mean[4] == pytest.approx(1.1, abs=0.2)
    expected = report.theories[0].values("weight_gradient", HIDDEN)
    assert expected[0] / expected[4] == pytest.approx(1.1, abs=0.1)
    np.testing.assert_allclose(expected, report.mean[:5], rtol=0.25)


@pytest.mark.parametrize(("initializer", "value"), [("standard", 0.486), ("glorot_uniform", 0.777)])
def test_the_mean_singular_value_is_about_a_half_or_eight_tenths(initializer: str, value: float) -> None:
    """Section 4.2.1 says 0.5 and 0.8; the mean over layers 2 to 5 at width 1000 on Shapeset is 0.486 and 0.777.

    Of 0.03 the sample of images takes half: theory expects 0.759 of 300 others.
    """
    report = profile(initializer, MEAN_SINGULAR_VALUE)
    assert report.mean[1:5].mean() == pytest.approx(value, abs=0.03)
    expected = report.theories[0].values(MEAN_SINGULAR_VALUE, HIDDEN)
    np.testing.assert_allclose(expected, report.mean[:5], rtol=0.03)
    linear = report.theories[1].values(MEAN_SINGULAR_VALUE, HIDDEN[1:])
    n_var = {"standard": 1 / 3, "glorot_uniform": 1.0}[initializer]
    np.testing.assert_allclose(linear, 8 / (3 * np.pi) * np.sqrt(n_var), rtol=0.002)  # the quarter circle


SHAPES = [(160, 160), (160, 80), (80, 160)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("initializer", ["he_normal", "standard", "orthogonal"])
@pytest.mark.parametrize("activation", ["linear", "tanh", "relu", "selu"])
def test_the_expected_singular_value_is_that_of_random_matrices(
    activation: str, initializer: str, shape: tuple[int, int]
) -> None:
    generator, drawn = np.random.default_rng(0), INITIALIZERS[initializer]
    assert drawn.variance is not None
    variances = np.array([0.2, 2.0])
    z = np.sqrt(variances)[None, :, None] * generator.normal(size=(6, 2, shape[1]))
    weights = np.stack([drawn(generator, *shape) for _ in range(6)])
    measured = mean_singular_value(weights, ACTIVATIONS[activation].slope_at(z))
    expected = expected_mean_singular_value(
        ACTIVATIONS[activation], variances, shape, drawn.variance(*shape), orthonormal=drawn.orthonormal
    )
    error = measured.std(ddof=1) / np.sqrt(6)
    assert measured.mean() == pytest.approx(expected, abs=4 * error + 0.01 * expected)  # 1 % for the width


def test_a_singular_value_of_weights_that_are_not_finite_is_nan() -> None:
    weights = np.stack([np.eye(3), np.full((3, 3), np.inf)])
    means = mean_singular_value(weights, np.ones((2, 1, 3)))
    assert means[0] == 1
    assert np.isnan(means[1])


def test_the_figure_draws_what_is_measured_and_both_theories() -> None:
    report = profile("standard", "gradient")
    figure = depth_profile_figure(report)
    lines = {trace.name: trace for trace in figure.data if trace.mode == "lines+markers"}
    assert list(lines) == ["measured", "mean field", "linear"]
    np.testing.assert_allclose(lines["measured"].y, report.mean, rtol=1e-6)
    expected = report.theories[0].values("gradient", report.layers)
    np.testing.assert_allclose(lines["mean field"].y, expected, rtol=1e-6)
    assert figure.layout.yaxis.type == "log"
    assert list(figure.layout.xaxis.ticktext) == [*HIDDEN, "output"]
    band = [trace for trace in figure.data if trace.name == "measured, upper edge"]
    np.testing.assert_allclose(band[0].y, report.high, rtol=1e-6)
    assert set(figure_table(figure)["layer"].dropna()) == {*HIDDEN, "output"}


@pytest.mark.parametrize("quantity", QUANTITIES)
@pytest.mark.parametrize("dark", [False, True])
def test_plotly_accepts_it_and_it_has_its_words(quantity: str, dark: bool) -> None:
    figure = depth_profile_figure(profile("glorot_uniform", quantity))
    assert len(apply_theme(figure, dark=dark).data) == len(figure.data)
    meta = figure.layout.meta
    assert all(meta[part] for part in ("title", "question", "caption", "summary"))
    assert "mean-field theory expects" in meta["summary"]
    assert "before the first update" in meta["caption"]


def test_a_theory_that_covers_nothing_is_not_drawn_and_says_why() -> None:
    x, y = np.random.default_rng(0).uniform(-1, 1, size=(20, 4)), np.arange(20) % 3
    data = TrainingData(x, y, x[:0], y[:0], "classification", 3)
    settings = Experiment(layers=[{"units": 4, "activation": "relu"}], initializer="constant", max_steps=1)
    recorder = Recorder(settings, data, run_id="made", info={})
    for step in train(settings, data):
        recorder.observe(step)
    figure = depth_profile_figure(depth_profile(recorder.snapshot(), "activation", None))
    assert [trace.name for trace in figure.data if trace.mode == "lines+markers"] == ["measured"]
    assert "Mean-field theory says nothing of any layer (the weights" in figure.layout.meta["caption"]


def test_nothing_recorded_gives_a_sentence() -> None:
    figure = depth_profile_figure(depth_profile(Run("bare", Experiment()), "activation"))
    assert not figure.data
    assert "recorded" in figure.layout.annotations[0].text


def test_an_unknown_quantity_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="pre_activation, activation, gradient, weight_gradient"):
        depth_profile(Run("bare", Experiment()), "weight")
