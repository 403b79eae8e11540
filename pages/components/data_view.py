"""The table as the network will see it: preview, columns, class balance, points, and what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from pages.components import figure_view, frame, owner, words
from pages.components.data_source import summary

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from datasets import Prepared
    from pages.components.data_source import Source

ROWS_SHOWN, COLUMNS_SHOWN, NOTES_SHOWN = 50, 100, 40
POINTS = ((2, "classification"), (1, "regression"))  # features and task that are drawn row by row
IMAGE_AXES = 3  # height, width, channels
POINTS_SHOWN = 2000  # a browser stands still for seconds over a hundred thousand


def data_bar(data: Prepared, n_columns: int | None) -> None:
    """Draw the bar that says how many rows and features came of it, and the button to train on them.

    Parameters
    ----------
    data : datasets.Prepared
    n_columns : int, optional
        Of the table that the data come from; None for images.
    """
    n_rows = sum(len(part.x) for part in (data.train, data.validation, data.test))
    sizes = [f"{len(part.x):,}".replace(",", "\u202f") for part in (data.train, data.validation, data.test)]
    if n_columns is None:
        height, width, channels = data.input_shape
        what, size = "image", f"{height} × {width} pixels in {'grey' if channels == 1 else 'colour'}"
    else:
        columns = words.plural(n_columns - len(data.target_names), "column")
        what, size = "row", f"{columns} → {words.plural(data.train.x.shape[1], 'feature')}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"**{words.plural(n_rows, what)} → {sizes[0]} train / {sizes[1]} validation / {sizes[2]} test, {size}**"
        )
        if st.button("Train on these data", type="primary", icon=":material/play_circle:", key="data/train"):
            st.session_state["prepared_digest"] = frame.store().save_data(data, owner.current())
            st.switch_page("pages/train.py")


def preview(source: Source) -> None:
    """Draw the first rows, counted from 1 as in what was mended, and one line for each column; nothing of no table."""
    if source.frame is None:
        return
    first, columns = st.tabs(["First rows", "Columns"])
    rows, n_columns = source.frame.iloc[:ROWS_SHOWN, :COLUMNS_SHOWN], source.frame.shape[1]
    with first:
        st.dataframe(rows.set_axis(range(1, len(rows) + 1), axis=0), height=250)
        if n_columns > COLUMNS_SHOWN:
            st.caption(f"The first {COLUMNS_SHOWN} of {words.plural(n_columns, 'column')}; all are listed beside.")
    with columns:
        st.dataframe(summary(source), hide_index=True, height=250)


def pictures(data: Prepared) -> None:
    """Draw images, the target's distribution, the features, the plane or line of small data; say what was done."""
    if data.notes:
        with st.expander(f"What was done: {words.plural(len(data.notes), 'note')}"):
            for note in data.notes[:NOTES_SHOWN]:
                st.text(note)
            if len(data.notes) > NOTES_SHOWN:
                st.text(f"and {len(data.notes) - NOTES_SHOWN} more of the same kinds")
    if len(data.input_shape) == IMAGE_AXES:
        figure_view.show(_images(data), key="data/image_figure")
    with st.container(key="wide-data-pictures"):
        left, right = st.columns(2, gap="medium")
    with left:
        figure_view.show(_target(data), key="data/target_figure")
    with right:
        figure_view.show(_features(data), key="data/feature_figure")
        n_rows = len(data.train.x)
        if n_rows > POINTS_SHOWN and _are_points(data):
            st.caption(f"{words.plural(POINTS_SHOWN, 'row')}, drawn by lot, of {words.plural(n_rows, 'row')}.")


def _images(data: Prepared) -> go.Figure:
    from diagnostics.figures.example_images import example_images_figure

    return example_images_figure(data.train.x, data.train.y.astype(int), data.input_shape, data.class_names)


def _are_points(data: Prepared) -> bool:
    kind = (data.train.x.shape[1], data.task)
    return kind in POINTS and (data.task == "classification" or data.n_outputs == 1)


def _drawn(n_rows: int) -> np.ndarray:
    """Return which rows are drawn as points: all, or the same ones by chance each time."""
    if n_rows <= POINTS_SHOWN:
        return np.arange(n_rows)
    return np.sort(np.random.default_rng(0).choice(n_rows, POINTS_SHOWN, replace=False))


def _target(data: Prepared) -> go.Figure:
    from diagnostics.figures.data_set import class_balance_figure, label_shares_figure, target_distribution_figure

    parts = {"train": data.train.y, "validation": data.validation.y, "test": data.test.y}
    if data.task == "classification":
        counts = {name: np.bincount(y.astype(int), minlength=data.n_outputs).tolist() for name, y in parts.items()}
        return class_balance_figure(counts, data.class_names)
    if data.task == "multi_label":
        labels = {name: y.sum(axis=0).astype(int).tolist() for name, y in parts.items()}
        return label_shares_figure(labels, {name: len(y) for name, y in parts.items()}, data.class_names)
    names = data.target_names
    shown = names[0]
    if len(names) > 1:
        shown = str(st.selectbox("Target that is drawn", names, key="data/target_shown"))
    values = {name: data.recipe.inverse_target(y.astype(np.float64)) for name, y in parts.items()}
    column = names.index(shown)
    return target_distribution_figure({name: value[:, column] for name, value in values.items()}, shown)


def _features(data: Prepared) -> go.Figure:
    from diagnostics.figures import data_set as figures

    x, y, names = data.train.x, data.train.y, data.feature_names
    drawn = _drawn(len(x))
    if _are_points(data) and x.shape[1] == 2:
        return figures.plane_figure(x[drawn], y[drawn], names, data.class_names)
    if _are_points(data):
        return figures.line_figure(x[drawn], y[drawn], names, data.target_name)
    return figures.feature_ranges_figure(x, names)
