"""The network of a finished run, to take along or to be used here: as files, and on the rows of a new table."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import frame, owner, words

if TYPE_CHECKING:
    from runs.model_export import Trained
    from runs.prediction import Predictions
    from runs.store import Entry, RunStore

ENDED = ("finished", "stopped")
MEAN = "the mean over the seeds"
MOST_NOTES = 6


def model_download(entries: Sequence[Entry]) -> None:
    """Offer the network of the run that `run_table.run_actions` has chosen, if it has ended and belongs to the person.

    What is in the two parts is made only once they are opened, and a file only when its button is clicked.
    """
    known = {entry.id: entry for entry in entries}
    entry = known.get(str(st.session_state.get("runs/one")))
    if entry is None or not owner.owns(entry.owner) or entry.state not in ENDED or frame.is_live(entry.id):
        return
    files = st.expander("Download the network", key="model/files", icon=":material/download:", on_change="rerun")
    if files.open:
        with files:
            _if_there_is_one(entry, _files)
    rows = st.expander("Predict new rows", key="model/rows", icon=":material/table_rows:", on_change="rerun")
    if rows.open:
        with rows:
            _if_there_is_one(entry, _rows)


def _if_there_is_one(entry: Entry, draw: Callable[[Entry, Trained], None]) -> None:
    try:
        given = _network(entry.id, entry.seconds, str(frame.store().folder))
    except (KeyError, ValueError) as error:
        st.caption(words.plain(f"There is no network to use: {error.args[0]}."))
        return
    draw(entry, given)


@st.cache_resource(max_entries=2, show_spinner=False)
def _network(run_id: str, seconds: float, folder: str) -> Trained:
    """Read the network of a run that no longer changes; `seconds` and `folder` are part of what it is kept under."""
    from runs.model_export import trained_network

    return trained_network(run_id, frame.store())


def _seed(given: Trained, key: str) -> int | None:
    """Draw the choice of a seed, if there are several; None stands for all."""
    if len(given.seeds) == 1:
        return given.seeds[0]
    names = {MEAN: None, **{f"seed {seed}": seed for seed in given.seeds}}
    return names[str(st.selectbox("Which network", list(names), key=key))]


def _files(entry: Entry, given: Trained) -> None:
    from runs.model_export import FORMATS, archive_name

    left, right = st.columns(2)
    with left:
        chosen = str(
            st.segmented_control(
                "Format",
                list(FORMATS),
                default=next(iter(FORMATS)),
                format_func=lambda name: FORMATS[name].title,
                required=True,
                key="model/format",
            )
        )
    with right:
        seed = _seed(given, "model/seed")
    st.caption(words.plain(FORMATS[chosen].explanation))
    store, name = frame.store(), archive_name(entry.name, chosen)
    st.download_button(
        "Download",
        lambda: _archive(store, entry.id, chosen, seed),
        f"{name}.zip",
        "application/zip",
        key="model/download",
        type="primary",
        on_click="ignore",
    )


def _archive(store: RunStore, run_id: str, file_format: str, seed: int | None) -> bytes:
    """Return the archive; if it cannot be made, one that says why, since a failed download would not."""
    from runs.model_export import export_archive

    try:
        return export_archive(run_id, store, file_format, seed=seed)
    except (KeyError, ValueError, RuntimeError) as error:
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as archive:
            archive.writestr("README.txt", f"The network could not be written: {error.args[0]}\n")
        return target.getvalue()


def _rows(entry: Entry, given: Trained) -> None:
    from datasets import DataError
    from runs.spreadsheet import as_csv

    assert given.data is not None
    needed = [column.column for column in given.data.recipe.columns]
    st.caption(words.plain(f"A CSV file with the columns of the training table: {_listed(needed)}. More are kept."))
    file = st.file_uploader("Rows to predict", type=["csv", "tsv", "txt"], key="model/new_rows", max_upload_size=50)
    if file is None:
        return
    seed = _seed(given, "model/predicting_seed")
    content = file.getvalue()
    try:
        found = _predicted(entry.id, entry.seconds, seed, hashlib.sha256(content).hexdigest(), content)
    except (DataError, ValueError) as error:
        st.error(words.plain(str(error)))
        return
    for note in found.notes[:MOST_NOTES]:
        st.caption(words.plain(f"{note[:1].upper()}{note[1:]}."))
    others = [name for name in found.table.columns if name not in found.columns]
    st.dataframe(found.table, column_order=[*found.columns, *others], hide_index=True)
    st.download_button(
        "Download the predictions",
        lambda: as_csv(found.table),
        f"{_stem(file.name)}-predicted.csv",
        "text/csv",
        key="model/predictions",
        on_click="ignore",
    )


@st.cache_resource(max_entries=2, show_spinner="Predicting")
def _predicted(run_id: str, seconds: float, seed: int | None, digest: str, _content: bytes) -> Predictions:
    """Predict the rows of a file; `digest` stands for what is in it, `seconds` for how far the run was trained."""
    from runs.prediction import predictions

    return predictions(run_id, frame.store(), _content, seed=seed)


def _stem(name: str) -> str:
    from runs.model_export import archive_name

    return archive_name(name.rsplit(".", 1)[0], "rows")


def _listed(names: Sequence[str], shown: int = 12) -> str:
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more
