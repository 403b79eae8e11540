"""The features of units on the page Layers: every subject is drawn of a stored run."""

from __future__ import annotations

import re

import pytest
from app_pages import finished_run, opened

from pages.components import frame
from pages.components.layer_view import Seen, View
from pages.components.unit_features import SUBJECTS, _figures
from pages.components.varied_part import HOW, drawn, image_layers
from runs.features import stored_network, varied_part
from runs.jobs import registry


def test_a_subject_is_drawn_on_the_page() -> None:
    at = opened("layers", finished_run())
    at.session_state["layers/group"] = "features"
    at.session_state["layers/subject"] = "hinton"
    at.run()
    assert not at.exception
    assert not at.info
    assert any("Which weights are large" in element.value for element in [*at.caption, *at.markdown])


@pytest.mark.parametrize("subject", sorted(set(SUBJECTS) - {"varied"}))
def test_every_subject_has_a_figure_with_a_question(subject: str) -> None:
    run_id = finished_run()
    view = View(Seen(frame.store().load(run_id), "run", "#0072B2"), "dense1")
    figure, *more = _figures(subject, view, "last")
    assert len(figure.data) > 0
    assert figure.layout.meta["run"] == run_id
    assert all(each.layout.meta["question"].endswith("?") for each in (figure, *more))


def test_one_part_is_varied_on_the_page_and_its_choices_count() -> None:
    at = opened("layers", finished_run())
    at.session_state["layers/group"] = "features"
    at.session_state["layers/subject"] = "varied"
    at.run()
    assert not at.exception
    assert "The output for each example when unit 0 of dense1 is given" in " ".join(each.value for each in at.caption)
    at.number_input(key="layers/unit/dense1").set_value(3)
    at.selectbox(key="layers/varied/how").set_value("largest").run()
    assert not at.exception
    said = " ".join(each.value for each in at.caption)
    assert "when the largest weights into unit 3 of dense1 are multiplied" in said
    assert re.search(r"with the largest weights into unit 3 of dense1 at (−1|3) instead of 1", said)


@pytest.mark.parametrize("how", HOW)
def test_what_the_slider_moves_is_drawn_at_each_place(how: str) -> None:
    run_id = finished_run()
    report = varied_part(stored_network(run_id, frame.store()), "dense1", 1, 5, how)
    assert report.example_names[0].startswith("example 5")
    assert len(drawn("outputs", report, range(len(report.values)))) == 1
    first, last = drawn("changes", report, [0, len(report.values) - 1])
    assert (first.data[0].z != last.data[0].z).any()
    assert not image_layers(report, "dense1")


def test_singular_values_over_training_are_shown_once_they_are_computed() -> None:
    run_id = finished_run()
    at = opened("layers", run_id)
    (job,) = [one for key, one in registry()._computations.items() if "layer Jacobians" in key and run_id in key]
    job.wait(30)
    at.run()
    assert not at.exception
    shown = " ".join(each.value for each in [*at.caption, *at.markdown])
    assert "Mean singular value of each layer's Jacobian over training" in shown
    assert "Below 1 \\(dotted\\)" in shown or "Below 1 (dotted)" in shown
