"""How much the networks of some runs disagree: each two of them under the clock, over training, on which examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from pages.components import figure_view, frame, words
from pages.components.live_chart import clocked_chart
from pages.components.run_picker import names_of

if TYPE_CHECKING:
    from diagnostics.disagreement import DisagreementReport
    from diagnostics.run import Run
    from diagnostics.snapshots import Snapshots

MOST_FRAMES = 50


def disagreement_view(runs: Sequence[Run], *, live: bool) -> None:
    """Draw all of it; runs that cannot be compared, or a single network, are told in a sentence."""
    from diagnostics.disagreement import disagreement
    from diagnostics.figures.disagreement import disagreement_over_time_figure
    from diagnostics.snapshots import snapshots

    try:
        recorded = snapshots(runs, spacing="recorded")
        report = disagreement(recorded)
    except ValueError as error:
        st.info(words.plain(str(error.args[0])), icon=":material/info:")
        return
    with st.container(key="wide-disagreement"):
        left, right = st.columns(2, gap="medium")
    with left:
        _matrix(report, names_of([run.id for run in runs]), live=live)
    with right:
        figure_view.show(disagreement_over_time_figure(report), key="trajectories/disagreement", live=live)
    _examples(runs[0], recorded, report)


def _matrix(report: DisagreementReport, names: Sequence[str], *, live: bool) -> None:
    from diagnostics.figures.disagreement import disagreement_matrix_figure
    from diagnostics.figures.packing import packed_rows
    from diagnostics.figures.theme import themed_arrays

    rows = np.unique(np.linspace(0, len(report.steps) - 1, MOST_FRAMES).astype(int))
    figure = disagreement_matrix_figure(report, names)
    text = packed_rows(
        themed_arrays(figure, frame.is_dark()),
        {("data", 0, "z"): list(report.matrix[rows])},
        {},
        steps=report.steps[rows].tolist(),
    )
    key = "trajectories/disagreement-matrix"

    def chart() -> None:
        clocked_chart(text, key, int(figure.layout.height), figure.layout.meta, {})

    figure_view.show(figure, key=key, live=live, chart=chart)


def _examples(run: Run, recorded: Snapshots, report: DisagreementReport) -> None:
    """Images as images; of anything else a table of what is answered."""
    from diagnostics.figures.disagreement import disputed, disputed_images_figure

    shape = run.info.get("input_shape")
    if recorded.task != "classification" or recorded.outputs.shape[1] != len(run.constants["probe/x"]):
        return
    classes = run.info.get("class_names")
    names = [str(name) for name in classes] if isinstance(classes, list | tuple) else []
    predicted = recorded.outputs[recorded.ends].argmax(axis=2)
    called = [names[number] if number < len(names) else str(number) for number in range(recorded.outputs.shape[2])]
    answers = [
        ", ".join(f"{count} × {called[int(number)]}" for number, count in Counter(column.tolist()).most_common())
        for column in predicted.T
    ]
    truth = [called[int(number)] for number in np.asarray(recorded.truth).astype(int)]
    if isinstance(shape, list | tuple) and len(shape) == 3:
        images = _as_shown(run.id, run).reshape(-1, *(int(side) for side in shape))
        figure = disputed_images_figure(report, images, answers, truth)
        figure_view.show(figure, key="trajectories/disputed")
        return
    rows = disputed(report)
    st.markdown("**Disputed examples**  \nOn which probe examples do they disagree?")
    if not len(rows):
        st.caption("All networks answer the same on every probe example.")
        return
    shown = {
        "true class": [truth[row] for row in rows],
        "answers of the networks": [answers[row] for row in rows],
        "pairs that differ": [float(report.example[row]) for row in rows],
    }
    share = st.column_config.NumberColumn(format="percent")
    st.dataframe(shown, hide_index=True, column_config={"pairs that differ": share}, width="stretch")


@st.cache_resource(max_entries=8, show_spinner=False)
def _as_shown(run_id: str, _run: Run) -> np.ndarray:
    """Return the probe examples as a person sees them; as the network does, where the data are gone."""
    from runs.features import as_shown

    x = np.asarray(_run.constants["probe/x"], np.float64)
    try:
        return as_shown(frame.store().load_data(frame.store().entry(run_id).data_digest), x)
    except (KeyError, ValueError, OSError):
        return x
