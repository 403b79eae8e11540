"""The features of units on the page Layers: every subject is drawn of a stored run."""

from __future__ import annotations

import pytest
from app_pages import finished_run, opened

from pages.components import frame
from pages.components.layer_figures import Seen, View
from pages.components.unit_features import SUBJECTS, _figures
from runs.features import stored_network


def test_a_subject_is_drawn_on_the_page() -> None:
    at = opened("layers", finished_run())
    at.session_state["layers/group"] = "features"
    at.session_state["layers/subject"] = "hinton"
    at.run()
    assert not at.exception
    assert not at.info
    assert any("Which weights are large" in element.value for element in [*at.caption, *at.markdown])


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_subject_has_a_figure_with_a_question(subject: str) -> None:
    run_id = finished_run()
    view = View(Seen(frame.store().load(run_id), "run", "#0072B2"), "dense1")
    (figure,) = _figures(subject, view, stored_network(run_id, frame.store()), "last")
    assert len(figure.data) > 0
    assert figure.layout.meta["question"].endswith("?")
    assert figure.layout.meta["run"] == run_id
