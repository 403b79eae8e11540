"""The decision view as a person meets it: every view of every kind of data, the rows behind a choice, what is gone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import decision_reports as made
import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from app_pages import SMALL
from streamlit.testing.v1 import AppTest

from datasets import Prepared, load_dataset, prepare
from diagnostics.figures.permutation_importance import permutation_importance_figure
from diagnostics.figures.plane_surface import feature_slice_figure, pca_plane_figure
from diagnostics.figures.row_errors import class_errors_figure, number_errors_figure
from diagnostics.figures.row_losses import row_losses_figure
from diagnostics.figures.table import figure_table
from diagnostics.figures.theme import apply_theme
from pages.components import frame, live_chart
from runs import train_run
from runs.decision import DecisionNetwork, decision_network, plane_of_components, slice_of_features


def script() -> None:
    """A page with nothing but the view."""
    import streamlit as st

    from pages.components.decision_view import decision_view

    decision_view(st.session_state["shown"])


def opened(run_id: str, **chosen: object) -> AppTest:
    """The view of a run, with some choices made."""
    at = AppTest.from_function(script, default_timeout=60)
    at.session_state["shown"] = run_id
    for key, value in chosen.items():
        at.session_state[key] = value
    at.run()
    assert not at.exception, at.exception
    return at


def said(at: AppTest) -> str:
    return "\n".join(element.value for element in [*at.markdown, *at.caption, *at.info])


def trained(data: Prepared, **settings: object) -> str:
    experiment = replace(SMALL, max_steps=6, **settings)  # type: ignore[arg-type]
    return train_run(experiment, data, store=frame.store()).id


def several(*, labels: bool) -> Prepared:
    """Two targets: numbers, or labels."""
    table = made.frame()[["noise", "port"]].assign(one=np.arange(120) % 2, two=(np.arange(120) % 3 == 0).astype(int))
    scale = 1 if labels else np.linspace(1, 2, 120)
    return prepare(table.assign(one=table["one"] * scale), target=["one", "two"], name="Several")


def images() -> Prepared:
    """60 images of 4 × 4 pixels, brighter above or below."""
    pixels = np.random.default_rng(7).uniform(0, 255, (60, 16))
    table = pd.DataFrame(pixels, columns=[f"pixel {place}" for place in range(16)])
    bright = np.where(pixels[:, :8].mean(axis=1) > pixels[:, 8:].mean(axis=1), "above", "below")
    return prepare(table.assign(bright=bright), target="bright", name="Images", input_shape=(4, 4, 1))


VIEWS = {
    "slice": "as age and port change",
    "curve": "depend on",
    "plane": "data vary most",
    "importance": "Which columns does",
    "errors": "Which rows are mistaken",
}


def test_every_view_of_a_table_is_drawn() -> None:
    run_id = trained(made.table_data())
    places = {f"decision/first/{run_id}": 0, f"decision/second/{run_id}": 1}
    for view, question in VIEWS.items():
        at = opened(run_id, **{"decision/view/table": view, **places})
        assert question in said(at), view
        assert not at.info, view


@pytest.mark.parametrize(
    ("make", "question"),
    [
        (lambda: several(labels=True), "Which rows are mistaken"),
        (lambda: several(labels=False), "Which rows are predicted badly"),
        (images, "What do these rows look like"),
    ],
)
def test_rows_are_shown_for_labels_numbers_and_images(make: Callable[[], Prepared], question: str) -> None:
    data = make()
    kind = "image" if data.input_shape else "table"
    at = opened(trained(data), **{f"decision/view/{kind}": "errors"})
    assert question in said(at)
    assert len(at.dataframe) == 1


def test_of_a_sequence_there_are_only_the_rows() -> None:
    data = load_dataset("adding_problem", n=60, length=4)
    at = opened(trained(data, layers=[{"type": "lstm", "units": 4}]))
    assert "Which rows are predicted badly" in said(at)
    assert "sequence" in at.dataframe[0].value.columns


def test_a_chosen_cell_shows_its_rows_and_an_empty_one_says_so() -> None:
    data = made.table_data()
    run_id = trained(data)
    key = f"decision/cell/{run_id}/validation/yes"
    right = opened(run_id, **{"decision/view/table": "errors", f"{key}/true": 0, f"{key}/said": 0})
    network = decision_network(run_id, frame.store())
    answers = network.predict(np.asarray(data.validation.x)).argmax(axis=-1)
    expected = np.flatnonzero((data.validation.y == 0) & (answers == 0).any(axis=0))
    if len(expected):
        assert sorted(right.dataframe[0].value["row"]) == sorted(data.validation.rows[expected] + 1)
    right.selectbox(f"{key}/said").set_value(1).run()
    others = np.flatnonzero((data.validation.y == 0) & (answers == 1).any(axis=0))
    assert len(expected) + len(others) >= (data.validation.y == 0).sum()
    shown = right.dataframe[0].value["row"].tolist() if right.dataframe else []
    assert sorted(shown) == sorted(data.validation.rows[others] + 1)


def test_the_same_column_twice_and_states_that_are_gone_are_told() -> None:
    data = made.table_data()
    run_id = trained(data)
    twice = opened(run_id, **{f"decision/first/{run_id}": 1, f"decision/second/{run_id}": 1})
    assert "two different ones" in said(twice)
    other = trained(data)  # nobody has looked at it yet
    (frame.store().folder / "data" / f"{data.digest}.npz").unlink()
    assert "no prepared data" in said(opened(other)).replace("\\", "")
    for path in (frame.store().folder / "runs" / run_id).rglob("*checkpoint*"):
        path.unlink()
    assert "No state of this network is kept" in said(opened(run_id))
    assert "cannot be shown" in said(opened("0" * 12))


def waiting() -> None:
    """A page with something that never ends by itself."""
    import time

    import streamlit as st

    from pages.components.computed import computed

    def forever(report):  # type: ignore[no-untyped-def]
        while report(0.25):
            time.sleep(0.01)

    st.markdown(f"found {computed('test', 'Something long', forever, slot='test')}")


def test_what_takes_long_can_be_cancelled_and_computed_again() -> None:
    at = AppTest.from_function(waiting, default_timeout=30).run()
    assert [button.label for button in at.button] == ["Cancel"]
    at.button[0].click().run()
    assert "Cancelled" in said(at.run())
    assert [button.label for button in at.button] == ["Compute it"]


def table_network() -> DecisionNetwork:
    return decision_network(trained(made.table_data()), frame.store())


def numbers_in(figure: go.Figure, name: str, letter: str) -> np.ndarray:
    return np.asarray(next(trace for trace in figure.data if trace.name == name)[letter])


def test_a_surface_shows_the_numbers_of_its_report() -> None:
    report = slice_of_features(table_network(), (0, 2), 0, 1)
    answer, seeds = feature_slice_figure(report), feature_slice_figure(report, "seeds")
    np.testing.assert_allclose(numbers_in(answer, "Probability of yes", "z"), report.surface.values, rtol=1e-6)
    np.testing.assert_allclose(
        numbers_in(seeds, "disagreement of the seeds", "z"), report.surface.disagreement, rtol=1e-4, atol=1e-6
    )
    np.testing.assert_allclose(numbers_in(answer, "veil over few data", "z"), report.surface.veil, rtol=1e-6)
    drawn = sum(len(trace.x) for trace in answer.data if trace.text is not None)
    assert drawn == len(report.points.x) == len(made.table_data().train.x) + len(made.table_data().validation.x)
    assert report.held_name in {trace.name for trace in answer.data}


def test_the_plane_says_how_much_it_holds() -> None:
    report = plane_of_components(table_network(), None)
    figure = pca_plane_figure(report)
    assert f"{sum(report.shares):.0%} of the variance" in figure.layout.meta["summary"]
    texts = [text for trace in figure.data for text in trace.text or ()]
    assert len(texts) == len(report.points.far)
    assert all("beside the plane" in text for text in texts)


def test_bars_stand_in_the_order_of_importance() -> None:
    figure = permutation_importance_figure(made.importance())
    assert list(figure.data[0].y) == ["b", "a", "c"]
    assert "b matters most: without it the loss grows by 1, from 0.5. 2 of 3" in figure.layout.meta["summary"]


def test_a_cell_holds_the_mean_count_and_the_sentence_names_the_mistake() -> None:
    figure = class_errors_figure(made.class_errors(), (0, 1))
    assert [list(row) for row in figure.data[0].text] == [["1", "1", ""], ["", "1", ""], ["0.5", "", "1.5"]]
    assert "1.5 of 5 validation rows (30.0%) are mistaken, most often a for b" in figure.layout.meta["summary"]
    assert list(figure_table(figure)["series"].unique()) == ["share of the true class"]


def test_residuals_are_drawn_with_the_number_of_their_row() -> None:
    figure = number_errors_figure(made.number_errors(), [3], np.array([4, 5, 6, 7]))
    assert figure.data[0].customdata[:, 0].tolist() == [5, 6, 7, 8]
    assert figure.data[1].x.tolist() == [10]
    assert "row 8, predicted 4 too high" in figure.layout.meta["summary"]


def test_the_bold_line_is_the_mean_of_the_rows() -> None:
    everything = made.row_losses()
    figure = row_losses_figure(everything.of([1, 2], "two rows", 10), everything)
    assert numbers_in(figure, "mean of these rows", "y").tolist() == [1, 1.25]
    assert "in 1 of 2 it ends at more than 1.5 times" in figure.layout.meta["summary"]
    empty = row_losses_figure(everything.of([], "no row", 10), everything)
    assert not empty.data
    assert apply_theme(empty, dark=True).layout.annotations


def test_a_click_is_told_as_trace_and_place(monkeypatch: pytest.MonkeyPatch) -> None:
    told, mounted = [], {}
    monkeypatch.setattr(live_chart, "_component", lambda **given: mounted.update(given))
    monkeypatch.setattr(live_chart.st, "session_state", {"chart": {"clicked": {"trace": 0, "place": [4, 9]}}})
    live_chart.live_chart(
        {"data": [], "layout": {}}, "chart", on_click=lambda trace, place: told.append((trace, place))
    )
    assert mounted["data"]["clickable"]
    mounted["on_clicked_change"]()
    assert told == [(0, [4, 9])]


def test_of_very_many_residuals_the_largest_are_drawn() -> None:
    report = made.number_errors()
    n = 10_000
    many = replace(report, wanted=np.arange(n) % 7.0, predicted=np.zeros((1, n)))
    assert len(many.drawn) <= 3000
    assert set(many.largest(500)) <= set(many.drawn)
    figure = number_errors_figure(many, [0], np.arange(n))
    np.testing.assert_array_equal(figure.data[0].customdata[:, 0] - 1, many.drawn)
