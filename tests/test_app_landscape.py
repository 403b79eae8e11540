"""Landscape and symmetries as a page shows them: every view is drawn, can be cancelled, and says why it cannot be."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from app_pages import SMALL, finished_run, live_run
from streamlit.testing.v1 import AppTest

from pages.components import frame
from runs.jobs import registry

VIEWS = {
    "line": "Do the two networks lie in one valley of the loss?",
    "path": "Did training have to cross a hill?",
    "plane": "What does the loss look like around the path?",
    "curvature": "How far does the curvature tell what the loss does?",
}


def _landscape() -> None:
    import streamlit as st

    from pages.components.landscape_view import landscape_view

    landscape_view(st.session_state["run"])


def _symmetry() -> None:
    import streamlit as st

    from pages.components.symmetry_view import symmetry_view

    symmetry_view(st.session_state["run"])


def shown(page: object, run_id: str, view: str = "") -> AppTest:
    """The page once everything on it is computed."""
    at = AppTest.from_function(page, default_timeout=60)  # type: ignore[arg-type]
    at.session_state["run"] = run_id
    if view:
        at.session_state["landscape/view"] = view
    at.run()
    for key, job in list(registry()._computations.items()):
        if run_id in key:
            job.wait(60)
    at.run()
    assert not at.exception, at.exception
    return at


def words_of(at: AppTest) -> str:
    return " ".join(element.value for element in [*at.markdown, *at.caption, *at.info])


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_of_the_landscape_is_drawn(view: str) -> None:
    at = shown(_landscape, finished_run(), view)
    assert VIEWS[view] in words_of(at)
    assert not at.info


def test_weights_and_symmetries_are_drawn_and_other_copies_can_be_had() -> None:
    run_id = finished_run()
    at = shown(_symmetry, run_id)
    questions = ("have the same weights?", "do they come closer?", "compute exactly the same?")
    assert all(question in words_of(at) for question in questions)
    before = at.dataframe[0].value
    at.button(key=f"symmetry/{run_id}/again").click().run()
    assert not at.exception
    assert not before.equals(at.dataframe[0].value)


def test_one_seed_compares_the_start_with_the_end_and_two_equal_ends_are_told() -> None:
    run_id = finished_run(experiment=replace(SMALL, seeds=(3,)))
    at = shown(_landscape, run_id, "line")
    assert VIEWS["line"] in words_of(at)
    at.selectbox(key=f"landscape/line/{run_id}/from").set_value("last").run()
    assert "Both ends are the same network" in words_of(at)


def test_a_run_without_kept_states_says_so() -> None:
    run_id = finished_run()
    for path in (frame.store().folder / "runs" / run_id).rglob("*checkpoint*"):
        path.unlink() if path.is_file() else None
    at = AppTest.from_function(_landscape, default_timeout=60)
    at.session_state["run"] = run_id
    at.run()
    assert not at.exception
    assert "has kept no states" in words_of(at)


def test_a_run_that_has_only_begun_says_so() -> None:
    job = live_run()
    try:
        at = AppTest.from_function(_symmetry, default_timeout=60)
        at.session_state["run"] = job.id
        at.run()
        assert not at.exception
        assert "after the start is kept yet" in words_of(at)
    finally:
        job.stop(owner=None)
        job.wait(20)


def test_a_slow_computation_shows_progress_and_can_be_cancelled_and_begun_anew() -> None:
    release = threading.Event()

    def slow(report: object) -> str:
        while report(0.5) and not release.wait(0.02):  # type: ignore[operator]
            pass
        return "the result"

    def page() -> None:
        import streamlit as st

        from pages.components.computed import computed

        st.write(computed("a key", "it", st.session_state["slow"], slot="here") or "nothing")

    at = AppTest.from_function(page, default_timeout=30)
    at.session_state["slow"] = slow
    at.run()
    at.button(key="here/cancel").click().run()
    assert "Cancelled" in words_of(at)
    release.set()
    at.button(key="here/again").click().run()
    assert "the result" in words_of(at)
