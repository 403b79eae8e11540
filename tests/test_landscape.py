"""The loss on lines, planes and along curvature: against direct evaluation, closed forms and what training did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import plotly.graph_objects as go
import pytest
from layer_cases import dense, layer
from small_data import classes, numbers

from datasets import load_dataset
from diagnostics.curvature import Curvature
from diagnostics.curvature_lines import curvature_lines
from diagnostics.figures.curvature_lines import curvature_lines_figure
from diagnostics.figures.landscape import line_figure, path_figure
from diagnostics.figures.loss_plane import loss_plane_figure
from diagnostics.figures.table import figure_table
from diagnostics.figures.theme import apply_theme
from diagnostics.landscape import LineReport, barrier, line, path
from diagnostics.loss_plane import PlaneReport, filter_normalized, loss_plane, principal_directions
from diagnostics.matching import matched
from diagnostics.symmetries import KINDS, drawn
from diagnostics.weight_points import Interrupted, Parts, WeightPoints
from models import Experiment, Network, train
from models.arrays import Array
from models.evaluation import evaluate
from runs import RunStore, train_run
from runs import landscape as stored

TWO = Experiment(layers=[dense(8), dense(6)], seeds=(0, 1), dtype="float64", epochs=30)
GENERATOR = np.random.default_rng(0)


@cache
def learned() -> tuple[Network, Array, Parts]:
    """Start and end of two seeds, (2, R, n), and the data."""
    data = classes()
    network = Network.build(TWO, 3, "classification", 3)
    *_, last = train(TWO, data)
    parts = {"training": (data.x_train, data.y_train), "validation": (data.x_validation, data.y_validation)}
    return network, np.stack([network.init(TWO.seeds), last.state.params.copy()]), parts


def test_many_points_have_the_loss_that_each_has_alone() -> None:
    network, states, parts = learned()
    points = states[1, 0] + 0.3 * GENERATOR.normal(size=(37, network.n_parameters))  # more than are taken abreast
    found = WeightPoints(network, parts)(points)
    for part, (x, y) in parts.items():
        alone = [evaluate(network, point[None], x, y) for point in points]
        np.testing.assert_allclose(found.loss[part], [one["loss"][0] for one in alone], rtol=1e-12)
        np.testing.assert_allclose(found.error[part], [1 - one["accuracy"][0] for one in alone], atol=1e-12)


def test_running_means_are_measured_anew_at_every_point() -> None:
    layers = [dense(5, "linear"), layer("batch_norm", activation="relu"), layer("dropout", rate=0.5)]
    network = Network.build(Experiment(layers=layers, dtype="float64"), 3, "classification", 3)
    data = classes()
    parts = {"training": (data.x_train, data.y_train)}
    params = network.init((0, 0, 2))
    params[1, network.places["dense1/W"]] *= 7
    params[1, network.places["dense1/b"]] *= 7
    points = WeightPoints(network, parts)
    assert points.renormalized
    loss = points(params).loss["training"]
    # batch normalization takes a factor on all of its inputs back, but for its ε of 1e-5
    assert loss[0] != pytest.approx(loss[2], rel=1e-3)
    np.testing.assert_allclose(loss[1], loss[0], rtol=1e-4)
    views = network.views(params[0])
    z = data.x_train @ views["dense1/W"] + views["dense1/b"]
    means = {"batch_norm1/mean": z.mean(0)[None], "batch_norm1/variance": z.var(0, ddof=1)[None]}
    expected = evaluate(network, params[:1], data.x_train, data.y_train, means)["loss"]
    np.testing.assert_allclose(loss[:1], expected, rtol=1e-12)
    fixed = WeightPoints(network, parts, buffers=means)
    assert not fixed.renormalized
    np.testing.assert_allclose(fixed(params[:1]).loss["training"], expected, rtol=1e-12)


def test_the_barrier_of_numbers_worked_by_hand() -> None:
    # between 1 and 3 the straight line is 1.5 at a quarter, 2 in the middle, 2.5 at three quarters
    at = np.array([-0.5, 0, 0.25, 0.5, 0.75, 1, 1.5])
    found = barrier(at, np.array([99.0, 1, 4, 3, 2, 3, 99]))
    assert (found.height, found.at, found.above_mean) == (2.5, 0.25, 2.0)  # 4 - 1.5; 4 - (1 + 3)/2
    assert barrier(at, np.array([0.0, 1, 0, 0, 0, 3, 0])).height == 0
    assert np.isnan(barrier(at, np.array([0.0, 1, np.inf, 0, 0, 3, 0])).height)


def test_a_convex_loss_has_no_barrier_and_two_seeds_have_one_that_matching_lowers() -> None:
    data = numbers()
    parts = {"training": (data.x_train, data.y_train)}
    flat = Network.build(replace(TWO, layers=[]), 3, "regression", 2)
    ends = flat.init((0, 1))
    assert line(WeightPoints(flat, parts), (ends[0], ends[1]), ("a", "b")).barrier("training").height == 0
    network, states, known = learned()
    points, (first, second) = WeightPoints(network, known), states[1]
    match = matched(network, first, second, known["training"][0], ({}, {}))
    report = line(points, (first, second), ("a", "b"), match=match)
    before, after = report.barrier("training"), report.barrier("training", matched=True)
    assert before.height > 0.1
    assert after.height < before.height
    assert report.matched_distance < report.distance
    at_end = np.flatnonzero(report.positions == 1)
    np.testing.assert_allclose(report.matched_loss["training"][at_end], report.loss["training"][at_end], rtol=1e-10)


def test_matching_finds_back_a_network_whose_units_were_shuffled_and_flipped() -> None:
    network, states, parts = learned()
    first = states[1, :1]
    second, _ = drawn(network, first, {}, KINDS, np.random.default_rng(3))
    assert np.linalg.norm(second - first) > 1
    match = matched(network, first[0], second[0], parts["training"][0], ({}, {}))
    np.testing.assert_allclose(match.params, first[0], atol=1e-13)
    assert match.nodes == ("dense1", "dense2")
    np.testing.assert_allclose(match.agreement, 1.0)


def test_the_path_passes_through_its_states_and_is_longer_than_the_direct_line() -> None:
    network, states, parts = learned()
    corner = states[0, 0] + GENERATOR.normal(size=network.n_parameters)
    rows = np.stack([states[0, 0], corner, states[1, 0]])
    points = WeightPoints(network, parts)
    report = path(points, rows, np.array([0, 5, 9]))
    assert report.length > report.distance == pytest.approx(np.linalg.norm(rows[-1] - rows[0]))
    np.testing.assert_allclose(report.loss["training"][report.at], points(rows).loss["training"])
    assert report.share[report.at[1]] == pytest.approx(np.linalg.norm(corner - rows[0]) / report.length)
    with pytest.raises(ValueError, match="two states or more"):
        path(points, rows[:1], np.array([0]))
    with pytest.raises(ValueError, match="nothing was learned"):
        path(points, rows[[0, 0]], np.array([0, 1]))


def test_random_directions_are_as_long_in_each_unit_as_its_weights() -> None:
    network, states, _ = learned()
    direction = network.views(filter_normalized(network, states[1, 0], 0, 0))
    at = network.views(states[1, 0])
    for name in ("dense1/W", "dense2/W", "output/W"):
        np.testing.assert_allclose(np.linalg.norm(direction[name], axis=0), np.linalg.norm(at[name], axis=0))
    assert not direction["dense1/b"].any()
    assert not np.array_equal(
        filter_normalized(network, states[1, 0], 0, 1), filter_normalized(network, states[1, 0], 0, 0)
    )


def test_a_path_within_a_plane_is_held_by_it_wholly_and_a_random_one_hardly() -> None:
    network, states, parts = learned()
    axes = np.linalg.qr(GENERATOR.normal(size=(network.n_parameters, 2)))[0].T
    spots = np.array([[3.0, 1], [2, 2], [1, 0], [0, 0]])
    rows = states[1, 0] + spots @ axes
    points = WeightPoints(network, parts)
    report = loss_plane(network, points, rows, np.arange(4))
    assert report.share == pytest.approx(1.0)
    assert report.cosine == pytest.approx(0.0, abs=1e-12)
    apart = np.linalg.norm(report.path[:, None] - report.path[None], axis=2)
    np.testing.assert_allclose(apart, np.linalg.norm(spots[:, None] - spots[None], axis=2), atol=1e-9)
    directions = principal_directions(rows - rows[-1])
    there = rows[-1] + report.x[7] * directions[0] + report.y[20] * directions[1]
    np.testing.assert_allclose(report.loss[20, 7], points(there[None]).loss["training"][0], rtol=1e-12)
    aside = loss_plane(network, points, rows, np.arange(4), kind="random")
    assert 0 < aside.share < 0.3
    with pytest.raises(ValueError, match="lie on a line"):
        loss_plane(network, points, rows[[0, 3]], np.arange(2))
    with pytest.raises(ValueError, match="kind must be"):
        loss_plane(network, points, rows, np.arange(4), kind="other")
    with pytest.raises(Interrupted):
        loss_plane(network, points, rows, np.arange(4), progress=lambda _: False)


def test_the_parabola_is_the_loss_of_a_linear_regression_and_its_curvature_is_known() -> None:
    # L = mean (xw + b - y)², so H = 2/N [x 1]ᵀ[x 1], and the loss is a parabola everywhere
    x, y = GENERATOR.normal(size=(50, 4)) * [1, 2, 3, 4], GENERATOR.normal(size=(50, 1))
    network = Network.build(Experiment(dtype="float64"), 4, "regression", 1)
    params, curvature = GENERATOR.normal(size=5), Curvature(network, 1, x, y)
    curvature.place(params[None], {})
    report = curvature_lines(curvature, WeightPoints(network, {"training": (x, y)}), params)
    with_ones = np.column_stack([x, np.ones(50)])
    expected = np.linalg.eigvalsh(2 / 50 * with_ones.T @ with_ones)[[-1, -2]]
    np.testing.assert_allclose(report.eigenvalues, expected, rtol=1e-4)  # the square of the residual of 1e-2
    # vᵀHv is the estimate of λ itself, so that the parabola is right along v whatever v is
    np.testing.assert_allclose(report.loss, report.predicted, rtol=1e-9)
    assert report.good_until(0) == float("inf")


def test_a_deep_network_leaves_the_parabola_somewhere() -> None:
    network, states, parts = learned()
    curvature = Curvature(network, 1, *parts["training"])
    curvature.place(states[1, :1], {})
    report = curvature_lines(curvature, WeightPoints(network, parts), states[1, 0])
    assert report.eigenvalues[0] > report.eigenvalues[1] > 0
    near = np.abs(report.distances[0]) < 0.1 * report.distances[0].max()
    np.testing.assert_allclose(report.loss[0][near], report.predicted[0][near], rtol=0.02)
    assert report.good_until(0) < report.distances[0].max()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> stored.KeptWeights:
    store = RunStore(tmp_path_factory.mktemp("landscape"))
    run = train_run(replace(TWO, dtype="float32", epochs=12), load_dataset("moons"), store=store)
    return stored.kept_weights(run.id, store)


def test_a_stored_run_gives_every_report_and_figure(kept: stored.KeptWeights) -> None:
    assert (kept.names[0], kept.steps[0], kept.names[-1]) == ("start", 0, "last")
    assert (np.diff(kept.steps) > 0).all()
    np.testing.assert_array_equal(kept.params[0], kept.network.init((0, 1)))
    lines = stored.loss_line(kept, ("last", 0), ("last", 1)), stored.loss_line(kept, ("start", 1), ("last", 1))
    assert lines[0].match is not None
    assert lines[1].match is None
    way, plane = stored.loss_path(kept, 1), stored.loss_plane(kept, 1)
    curves = stored.loss_along_curvature(kept, 1, "start")
    assert (curves.step, curves.seed, plane.seed, way.seed) == (0, 1, 1, 1)
    figures = [line_figure(lines[0]), line_figure(lines[1]), path_figure(way), loss_plane_figure(plane)]
    for figure in [*figures, curvature_lines_figure(curves)]:
        for dark in (False, True):
            assert len(apply_theme(figure, dark=dark).data) == len(figure.data)  # go.Figure checks every property
        meta = figure.layout.meta
        assert all(meta[word] for word in ("title", "question", "reading", "summary", "term"))
        assert meta["run"] == kept.run_id


def test_wrong_choices_are_told(kept: stored.KeptWeights) -> None:
    with pytest.raises(ValueError, match="same network"):
        stored.loss_line(kept, ("last", 0), ("last", 0))
    with pytest.raises(ValueError, match="no network of seed 7"):
        stored.loss_path(kept, 7)
    with pytest.raises(ValueError, match="no state 'first'"):
        stored.loss_plane(kept, 0, "first")


@pytest.mark.parametrize("call", [stored.loss_line, stored.loss_path])
def test_a_cancelled_computation_ends(kept: stored.KeptWeights, call: Callable[..., object]) -> None:
    choice = (("start", 0), ("last", 0)) if call is stored.loss_line else (0,)
    with pytest.raises(Interrupted):
        call(kept, *choice, lambda _: False)


def shape_of(figure: go.Figure) -> str:
    return str(figure.layout.meta["summary"])


def test_the_line_figure_draws_the_barrier_and_says_its_height() -> None:
    at = np.arange(-10, 51) / 40
    hill = np.where((at > 0) & (at < 1), 2.0, 0.5)
    report = LineReport(at, {"training": hill}, {}, ("a", "b"), 3.0, {"training": 9}, renormalized=False)
    figure = line_figure(report)
    drawn_barrier = next(trace for trace in figure.data if trace.name == "barrier")
    assert list(drawn_barrier.y) == [0.5, 2.0]
    assert "rises 1.5 above" in shape_of(figure)
    none = line_figure(replace(report, loss={"training": np.full(61, 0.5)}))
    assert "there is no barrier" in shape_of(none)


def test_the_plane_figure_clips_what_explodes_and_says_so() -> None:
    side = np.linspace(-1, 1, 31)
    loss = 0.01 + side[:, None] ** 2 + side[None] ** 2
    loss[:, -1] = np.inf
    report = PlaneReport(
        "random", side, side, loss, np.array([[0.5, 0.5], [0, 0]]), np.array([0.6, 0.01]), np.array([0, 9]), 1, 0.0002,
        0.0, 9, renormalized=False,
    )  # fmt: skip
    figure = loss_plane_figure(report)
    surface = figure.data[0]
    finite = np.isfinite(loss)
    high = np.quantile(loss[finite], 0.95)
    assert np.max(surface.z) == pytest.approx(np.log10(high), rel=1e-5)
    share = (~(loss <= high)).mean()
    assert f"({share:.0%} of the plane)" in figure.layout.meta["reading"]
    table = figure_table(figure)
    np.testing.assert_allclose(table["loss"][: loss.size], loss.ravel(), rtol=1e-6)
    assert "logarithmic" in figure.layout.meta["reading"]
    assert "0.02%" in shape_of(figure)
    empty = loss_plane_figure(replace(report, loss=np.full((31, 31), np.nan)))
    assert "not finite anywhere" in shape_of(empty)
