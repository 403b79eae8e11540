"""Recall and precision of each class: from the recorded numbers to the lines of the figure."""

from __future__ import annotations

import numpy as np
from made_runs import STEPS, made_run

from diagnostics import Run, Series
from diagnostics.class_metrics import class_metrics, least_recalled
from diagnostics.figures.class_metrics import class_metrics_figure

NAN = np.nan
# step × seed × class
RECALL = [[[0, 1, 0], [1, 0, 0]], [[0.5, 1, 0], [0.5, 0, 0]], [[1, 1, 0], [1, 0.5, 0]], [[1, 0.8, 0], [1, 0.4, 0.2]]]
PRECISION = [[[NAN, 0.3, NAN]] * 2, [[1, 0.5, NAN]] * 2, [[1, 0.5, NAN]] * 2, [[1, 0.5, NAN], [0.5, 1, 0.25]]]


def run() -> Run:
    dims = ("step", "seed", "class")
    series = {
        "validation/recall": Series(dims, "share", STEPS, np.array(RECALL, np.float32)),
        "validation/precision": Series(dims, "share", STEPS, np.array(PRECISION, np.float32)),
    }
    return made_run(series, class_names=["cat", "dog", "<b>cow</b>"])


def test_the_mean_over_the_seeds_passes_over_what_is_not_defined() -> None:
    report = class_metrics(run(), "epoch")
    assert report.x.tolist() == [0, 0.4, 0.8, 1.4]
    cat, dog, cow = report.classes
    np.testing.assert_allclose(dog.recall.mean, [0.5, 0.5, 0.75, 0.6])
    np.testing.assert_allclose(cat.precision.mean, [NAN, 1, 1, 0.75])
    np.testing.assert_allclose(cow.precision.mean, [NAN, NAN, NAN, 0.25])
    assert least_recalled(report, 2) == (1, 2)
    assert [item.name for item in class_metrics(run(), classes=(1,)).classes] == ["dog"]


def test_each_class_has_a_line_in_both_panels_and_one_entry_in_the_legend() -> None:
    figure = class_metrics_figure(class_metrics(run()))
    assert [(trace.xaxis, trace.showlegend) for trace in figure.data] == [("x", True)] * 3 + [("x2", False)] * 3
    np.testing.assert_allclose(figure.data[1].y, [0.5, 0.5, 0.75, 0.6])
    np.testing.assert_allclose(figure.data[3].customdata[-1], [0.25])
    summary = figure.layout.meta["summary"]
    assert "cat: recall 100%, precision 75%; dog: recall 60%, precision 75%" in summary
    assert "recall and precision" in figure.layout.meta["title"].lower()


def test_without_classes_a_sentence_stands_there() -> None:
    assert class_metrics(made_run({})).classes == ()
    for figure in (
        class_metrics_figure(class_metrics(made_run({}))),
        class_metrics_figure(class_metrics(run(), classes=())),
    ):
        assert not figure.data
        assert figure.layout.annotations[0].text
