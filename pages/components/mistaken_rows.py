"""The rows behind a cell of the confusion matrix or a point of the residuals: their values, and how they were learned.

A click in the figure chooses; so do the boxes beside it, for whoever uses no mouse.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import figure_view, frame, words
from pages.components.computed import computed
from pages.components.live_chart import live_chart

if TYPE_CHECKING:
    import numpy as np
    import plotly.graph_objects as go
    from numpy.typing import NDArray

    from diagnostics.row_errors import ClassErrorsReport, NumberErrorsReport
    from diagnostics.row_losses import RowLossesReport
    from runs.decision import DecisionNetwork

    Places = NDArray[np.int64]
    Click = Callable[[int, list[int]], None]

N_NEAR = 10  # rows that are shown of a residual plot
MOST_CHOICES = 1000
MOST_ROWS = 500  # of the table on the screen; the file has all


def mistaken_rows(at: DecisionNetwork) -> None:
    """Draw the figure to click, and the rows behind what was chosen."""
    from diagnostics.row_errors import ClassErrorsReport
    from runs.decision import errors_of_rows
    from runs.row_histories import row_losses

    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        part, output = _part(at), _output(at)
        more = st.container(horizontal=True, vertical_alignment="bottom", gap="medium", width="content")
    store, run_id = frame.store(), at.run_id
    errors = computed(
        f"errors {run_id} {at.step} {part} {output}",
        "Every row is predicted",
        lambda progress: errors_of_rows(at, part, output, progress),
        slot="decision/errors",
    )
    losses = computed(
        f"row losses {run_id} {_newest(run_id)} {part}",
        "The loss of every row at every kept state",
        lambda progress: row_losses(run_id, store, part, progress),
        slot="decision/losses",
    )
    if errors is None or losses is None:
        return
    if isinstance(errors, ClassErrorsReport):
        _cells(at, errors, losses, more)
    else:
        _residuals(at, errors, losses, more)


def _newest(run_id: str) -> int:
    """The last state that is kept: the losses of a run that goes on grow."""
    from runs.fork import kept_states

    return max(state.step for state in kept_states(run_id, frame.store()))


def _part(at: DecisionNetwork) -> str:
    there = ["validation", "training"] if at.part == "validation" else ["training"]
    if len(there) == 1:
        return there[0]
    return str(
        st.segmented_control(
            "Rows",
            there,
            key="decision/part",
            default=there[0],
            required=True,
            format_func=str.capitalize,
            persist_state="session",
        )
    )


def _output(at: DecisionNetwork) -> int:
    """The label or target that is looked at; 0 where there are classes."""
    if at.data.task == "classification" or len(at.output_names) == 1:
        return 0
    label = "Label" if at.data.task == "multi_label" else "Target"
    names = at.output_names
    key = f"decision/wanted/{at.run_id}"
    places = range(len(names))
    return int(st.selectbox(label, places, key=key, format_func=names.__getitem__, width=200, persist_state="session"))


def _cells(
    at: DecisionNetwork, errors: ClassErrorsReport, losses: RowLossesReport, more: st.delta_generator.DeltaGenerator
) -> None:
    import numpy as np

    from diagnostics.figures.row_errors import class_errors_figure

    key = f"decision/cell/{at.run_id}/{errors.part}/{errors.class_names[-1]}"
    for name, place in zip(("true", "said"), errors.worst_cell, strict=True):
        st.session_state.setdefault(f"{key}/{name}", place)
    places = range(len(errors.class_names))
    true, said = (
        int(
            more.selectbox(
                label,
                places,
                key=f"{key}/{name}",
                format_func=errors.class_names.__getitem__,
                width=170,
                persist_state="session",
            )
        )
        for name, label in (("true", "True"), ("said", "Taken for"))
    )

    def click(trace: int, place: list[int]) -> None:
        if trace == 0 and len(place) == 2:
            st.session_state[f"{key}/true"], st.session_state[f"{key}/said"] = place

    rows = errors.rows_of(true, said)
    names = errors.class_names
    how = "rightly found" if true == said else f"taken for {names[said]}"
    count = words.plural(len(rows), f"{errors.part} {errors.counted.removesuffix('s')}")
    chosen = f"the {count} of {names[true]} {how} by at least one seed"
    values: dict[str, object] = {
        "true": [names[true]] * len(rows),
        f"seeds of {len(errors.predicted)} that say {names[said]}": errors.seeds_for(rows, said),
        "said by most seeds": [names[one] for one in _majority(errors, rows)],
    }
    _beside(class_errors_figure(errors, (true, said)), click, losses.of(rows, chosen, at.step), losses)
    order = np.argsort(-losses.at(at.step)[rows], kind="stable")
    votes = errors.seeds_for(rows, said)
    names_above = [f"{int(losses.numbers[rows[place]]) + 1}: {votes[place]}" for place in order]
    what = f"the number of the row, and how many of {words.plural(len(errors.predicted), 'seed')} say {names[said]}"
    _images(at, errors.part, rows[order], names_above, (what, chosen))
    _table(at, losses, rows, values, chosen)


def _majority(errors: ClassErrorsReport, rows: Places) -> list[int]:
    import numpy as np

    n = len(errors.class_names)
    return [int(np.bincount(votes, minlength=n).argmax()) for votes in errors.predicted[:, rows].T]


def _residuals(
    at: DecisionNetwork, errors: NumberErrorsReport, losses: RowLossesReport, more: st.delta_generator.DeltaGenerator
) -> None:
    import numpy as np

    from diagnostics.figures.row_errors import number_errors_figure

    key = f"decision/row/{at.run_id}/{errors.part}/{errors.target_name}"
    by_size = [int(row) for row in errors.largest(min(len(errors.wanted), MOST_CHOICES))]
    st.session_state.setdefault(key, -1)
    if st.session_state[key] not in (-1, *by_size):
        by_size.append(int(st.session_state[key]))
    row = more.selectbox(
        "Rows near",
        [-1, *by_size],
        key=key,
        format_func=lambda place: "the largest residuals" if place < 0 else f"row {int(losses.numbers[place]) + 1}",
        width=220,
        persist_state="session",
        help="Or click a point. Sorted by the size of the residual.",
    )

    def click(trace: int, place: list[int]) -> None:
        if trace == 0 and place:
            st.session_state[key] = int(errors.drawn[place[0]])

    if row < 0:
        rows = errors.largest(N_NEAR)
        chosen = f"the {len(rows)} {errors.part} rows with the largest residuals"
    else:
        rows = errors.nearest(int(row), N_NEAR)
        chosen = (
            f"{errors.part} row {int(losses.numbers[row]) + 1} and the {len(rows) - 1} rows nearest to it in the plot"
        )
    values: dict[str, object] = {
        errors.target_name: errors.wanted[rows],
        "predicted": errors.mean[rows],
        "residual": errors.residuals[rows],
        "spread over seeds": errors.predicted[:, rows].std(axis=0),
    }
    figure = number_errors_figure(errors, rows.tolist(), losses.numbers)
    _beside(figure, click, losses.of(rows, chosen, at.step), losses)
    order = np.argsort(-losses.at(at.step)[rows], kind="stable")
    names_above = [f"{int(losses.numbers[one]) + 1}" for one in rows[order]]
    _images(at, errors.part, rows[order], names_above, ("the number of the row", chosen))
    _table(at, losses, rows, values, chosen)


def _beside(figure: go.Figure, click: Click, some: RowLossesReport, everything: RowLossesReport) -> None:
    """Draw the figure to click, and at its side the losses of the rows."""
    from diagnostics.figures.row_losses import row_losses_figure
    from diagnostics.figures.theme import themed

    key = "decision/errors"
    with st.container(key="wide-decision"):
        left, right = st.columns(2, gap="medium")
    with left:
        figure_view.show(
            figure,
            key=key,
            chart=lambda: live_chart(themed(figure, dark=frame.is_dark()), key=key, on_click=click),
        )
    with right:
        figure_view.show(row_losses_figure(some, everything), key="decision/losses")


def _images(at: DecisionNetwork, part: str, rows: Places, names: list[str], said: tuple[str, str]) -> None:
    """Draw the rows that are images; `said` are what the names above them mean, and which rows these are."""
    from diagnostics.figures.row_errors import row_images_figure
    from runs.row_histories import row_images

    images = row_images(at, part, rows)
    if images is not None and len(rows):
        figure = row_images_figure(images, names, above=said[0], chosen=said[1], run_id=at.run_id)
        figure_view.show(figure, key="decision/images")


def _table(at: DecisionNetwork, losses: RowLossesReport, rows: Places, values: dict[str, object], chosen: str) -> None:
    """The rows with their own values, the largest loss first, and the file of them."""
    from runs.row_histories import missing_note, row_table
    from runs.spreadsheet import as_csv

    if not len(rows):
        st.caption(words.plain(f"There is no row among {chosen}: choose another cell."))
        return
    table = row_table(at, losses, rows, values)
    note = missing_note(at)
    shown = f" The first {MOST_ROWS} are shown; the file has all." if len(table) > MOST_ROWS else ""
    numbered = "Rows are numbered from 1, as the data were given."
    told = f"{chosen[0].upper()}{chosen[1:]}, the largest loss first. {numbered}{shown} {note}"
    st.caption(words.plain(told.strip()))
    st.dataframe(table.head(MOST_ROWS), hide_index=True, height=min(38 + 35 * len(table), 400))
    st.download_button(
        "Download these rows (CSV)",
        lambda: as_csv(table),
        f"rows-{at.run_id}.csv",
        "text/csv",
        key="decision/download",
        on_click="ignore",
    )
