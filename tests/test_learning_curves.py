"""Learning curves: numbers worked by hand, and that the figure shows them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_runs import made_run, per_seed

from diagnostics import Run, Series
from diagnostics.figures.colors import RUN_COLORS
from diagnostics.figures.learning_curves import generalization_gap_figure, learning_curves_figure
from diagnostics.figures.table import figure_table
from diagnostics.learning_curves import generalization_gap, learning_curves, metrics, smoothed

TRAIN = [[4, 2], [2, 2], [1, 3], [1, np.nan]]
VALIDATION = [[5, 3], [4, 4], [4, 6], [5, np.nan]]


def run() -> Run:
    seconds = Series(("step",), "s", np.array([0, 4]), np.array([0.0, 8.0]))
    series = {
        "train/loss": per_seed(TRAIN, "nats"),
        "validation/loss": per_seed(VALIDATION, "nats"),
        "time/seconds": seconds,
    }
    return made_run(series)


def test_mean_and_standard_deviation_pass_over_a_seed_that_diverged() -> None:
    curve = learning_curves([run()]).curves[0]
    assert curve.spread.mean.tolist() == [3, 2, 2, 1]
    assert curve.spread.std.tolist() == [1, 0, 1, 0]
    assert curve.spread.n.tolist() == [2, 2, 2, 1]


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("step", [0, 1, 2, 4]),
        ("examples", [0, 4, 8, 14]),  # batches of 4, 4, 2: step 4 is one epoch of 10 and a batch of 4
        ("epoch", [0, 0.4, 0.8, 1.4]),
        ("seconds", [0, 2, 4, 8]),
    ],
)
def test_the_horizontal_axis_is_converted(unit: str, expected: list[float]) -> None:
    assert learning_curves([run()], x=unit).curves[0].x.tolist() == pytest.approx(expected)


def test_smoothing_by_hand_and_corrected_for_its_start() -> None:
    # weight ½: 4; (½·½·4 + ½·2)/(¾) = 8/3; ((½·(½·½·4 + ½·2)) + ½·2)/(7/8) = (1 + 1)/(7/8)
    assert smoothed(np.array([4.0, 2.0, 2.0]), 0.5).tolist() == pytest.approx([4, 8 / 3, 16 / 7])
    assert smoothed(np.array([3.0, np.nan, 3.0]), 0.9)[2] == pytest.approx(3)
    with pytest.raises(ValueError, match="less than 1"):
        smoothed(np.ones(3), 1.0)


def test_the_gap_is_validation_less_training() -> None:
    gap = generalization_gap(run())
    assert gap.values[:3].tolist() == [[1, 1], [2, 2], [3, 3]]
    assert gap.spread.mean.tolist() == [1, 2, 3, 4]
    accuracy = made_run({"train/accuracy": per_seed(TRAIN), "validation/accuracy": per_seed(VALIDATION)})
    assert generalization_gap(accuracy, "accuracy").spread.mean.tolist() == [-1, -2, -3, -4]


def test_the_figure_shows_the_numbers_of_the_report() -> None:
    figure = learning_curves_figure(learning_curves([run()], smoothing=0.5))
    traces = {trace.name: trace for trace in figure.data}
    assert traces["training, not smoothed"].y.tolist() == [3, 2, 2, 1]
    assert traces["training"].line.dash == "solid"
    assert traces["validation"].line.dash == "dash"
    assert traces["training, lower edge"].y.tolist() == [2, 2, 1, 1]
    assert figure.layout.xaxis.title.text == "step (updates)"
    assert "went from 3 to 1" in figure.layout.meta["summary"]
    assert "2 seeds" in figure.layout.meta["caption"]
    table = figure_table(figure)
    assert set(table.columns) == {"series", "step (updates)", "loss (nats)"}


def test_a_logarithmic_axis_leaves_step_zero_out() -> None:
    figure = learning_curves_figure(learning_curves([run()]), log_x=True, log_y=True)
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "log"
    assert next(trace for trace in figure.data if trace.name == "training").x.tolist() == [1, 2, 4]


def test_several_runs_are_told_apart_by_their_colours() -> None:
    other = made_run({"train/loss": per_seed(TRAIN, "nats")})
    other = type(other)("other", other.experiment, (), other.layers, other.series, {}, {**other.info, "name": "other"})
    figure = learning_curves_figure(learning_curves([run(), other], colours=[3, 5]))
    traces = {trace.name: trace for trace in figure.data}
    assert traces["made, training"].line.color == RUN_COLORS[3]
    assert traces["other, training"].line.color == RUN_COLORS[5]
    assert metrics([run()]) == ("loss",)


def test_nothing_recorded_gives_a_sentence_instead_of_a_figure() -> None:
    for figure in (
        learning_curves_figure(learning_curves([made_run({})])),
        generalization_gap_figure(generalization_gap(made_run({}))),
    ):
        assert len(figure.data) == 0
        assert len(figure.layout.annotations[0].text) > 20


def test_the_loss_of_a_regression_is_not_measured_in_nats() -> None:
    losses = {f"{part}/loss": per_seed(TRAIN, "nats") for part in ("train", "validation")}
    numbers = made_run(losses, task="regression")
    assert learning_curves([numbers]).unit == generalization_gap(numbers).unit == ""
    assert learning_curves_figure(learning_curves([numbers])).layout.yaxis.title.text == "loss"


def test_metrics_of_the_validation_part_alone_are_offered_and_drawn() -> None:
    series = {
        "train/loss": per_seed([[3, 5]] * 4),
        "validation/roc_auc": per_seed([[0.5, 0.7], [0.8, 0.8], [0.9, 1.0], [1.0, 1.0]]),
    }
    run = made_run(series)
    assert metrics([run]) == ("loss", "roc_auc")
    report = learning_curves([run], "roc_auc")
    assert [curve.part for curve in report.curves] == ["validation"]
    assert report.higher_is_better
    np.testing.assert_allclose(report.curves[0].spread.mean, [0.6, 0.8, 0.95, 1.0], rtol=1e-6)
    assert "ROC" in learning_curves_figure(report).layout.yaxis.title.text


def test_changes_and_forks_stand_as_dotted_lines_where_they_happened() -> None:
    events = (
        {"step": 2, "field": "forked_from", "value": "abc123"},
        {"step": 2, "field": "learning_rate_factor", "value": 0.5},
        {"step": 4, "field": "learning_rate_factor", "value": 2.0},
    )
    changed = replace(run(), events=events)
    report = learning_curves([changed, run()], x="epoch")
    assert [(mark.x, mark.words) for mark in report.marks] == [
        (0.8, "forked from run abc123 at step 2, learning rate × 0.5 from step 2"),
        (1.4, "learning rate × 2 from step 4"),
    ]
    figure = learning_curves_figure(report)
    lines = [trace for trace in figure.data if trace.line.dash == "dot"]
    assert [set(np.round(line.x, 5)) for line in lines] == [{np.float32(0.8)}, {np.float32(1.4)}]
    assert (lines[0].y[0], lines[0].y[-1], lines[0].yaxis, figure.layout.yaxis2.range) == (0, 1, "y2", (0, 1))
    assert all(name.find("forked") < 0 for name in figure_table(figure)["series"])
    assert "Dotted upright line" in figure.layout.meta["reading"]
    assert not learning_curves([run()]).marks
    at_zero = replace(run(), events=({"step": 0, "field": "learning_rate_factor", "value": 2.0},))
    assert not [t for t in learning_curves_figure(learning_curves([at_zero]), log_x=True).data if t.line.dash == "dot"]
