"""The comparison of representations as a person sees it: every choice draws, and what cannot be shown is told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from app_pages import SMALL, finished_run, live_run
from streamlit.testing.v1 import AppTest

from pages.components import frame
from pages.components.representation_choices import CHOICES, WITH
from runs.jobs import registry


def view(*run_ids: str) -> AppTest:
    """The component alone."""

    def script(run_ids: tuple[str, ...]) -> None:
        from pages.components.representation_view import representation_view

        representation_view(run_ids)

    return AppTest.from_function(script, args=(run_ids,), default_timeout=60)


def drawn(at: AppTest) -> str:
    """Run until nothing is computed any more; return all words."""
    at.run()
    for one in list(registry()._computations.values()):
        one.wait(60)
    at.run()
    assert not at.exception, at.exception
    return " ".join(each.value for each in [*at.markdown, *at.caption, *at.info])


QUESTIONS = {
    "layers": "Which layers say nearly the same",
    "training": "Which layer settles first",
    "examples": "How do the classes come apart in dense2",
    "units": "How does what each unit responds to change",
}


def test_every_choice_has_a_figure() -> None:
    at = view(finished_run())
    for what in CHOICES:
        at.session_state["representations/what"] = what
        assert QUESTIONS[what] in drawn(at)
        assert not at.info


def test_two_runs_are_compared_with_each_other() -> None:
    first, second = finished_run(), finished_run(experiment=replace(SMALL, epochs=2))
    at = view(first, second)
    drawn(at)
    assert at.selectbox[0].options == list(WITH.values())
    for how in WITH:
        at.selectbox(key="representations/with/True").set_value(how)
        said = drawn(at)
        assert ("Which layers say nearly the same" if how == "itself" else "Do both networks form") in said
    assert "Upwards" in said
    assert "mean over 4 pairs of networks" in said


def test_runs_of_other_data_cannot_be_compared_and_it_is_told() -> None:
    at = view(finished_run(), finished_run("sine"))
    drawn(at)
    at.selectbox(key="representations/with/True").set_value("runs")
    assert "were not probed with the same examples" in drawn(at)


def test_a_run_that_goes_on_is_named_and_left_out() -> None:
    job = live_run()
    try:
        at = view(job.id)
        assert "is still training" in drawn(at)
        assert not at.segmented_control
    finally:
        job.stop(owner=None)
        job.wait(20)


def test_a_run_without_kept_states_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = finished_run()
    monkeypatch.setattr("runs.representations.states", lambda *_: {})
    at = view(run_id)
    assert "no state was kept" in drawn(at)
    assert "A run cannot be looked at" in drawn(view("0" * 12))


def test_it_can_be_cancelled_and_begun_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    begun = threading.Event()

    def slow(*_: object, progress: object = None, **__: object) -> None:
        begun.set()
        while progress(0.25):  # type: ignore[operator]
            threading.Event().wait(0.01)

    run_id = finished_run()
    with monkeypatch.context() as patched:
        patched.setattr("runs.representations.layer_similarity", slow)
        at = view(run_id)
        at.run()
        assert begun.is_set()
        at.button(key="representations/layers/cancel").click().run()
        assert any("Cancelled." in each.value for each in at.info)
    at.button(key="representations/layers/again").click()
    assert "Which layers say nearly the same" in drawn(at)
    assert frame.store().entry(run_id).state == "finished"
