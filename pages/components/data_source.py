"""Where the data come from: a built-in data set with its options, or an uploaded CSV."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import data_upload

if TYPE_CHECKING:
    import pandas as pd

    from datasets import DataSet, Table
    from datasets.array_data import ArrayData

UPLOAD, BUILT_IN, IMAGES = "Upload a CSV", "Built-in data", "Images"
OPTION_LABELS = {"n": "Rows", "noise": "Noise", "seed": "Seed of the rows", "fresh": "New images in each epoch"}
IMAGE_LABELS = {
    **OPTION_LABELS,
    "n": "Images",
    "seed": "Seed of the choice of images",
    "size": "Pixels on each side",
    "grey": "Make colours grey",
}


@dataclass(frozen=True)
class Source:
    """A table, the target it comes with ("" if that is to be chosen), the task, a name, and a key that is its own.

    Images that are no table have `arrays` instead.
    """

    frame: pd.DataFrame | None
    target: str
    task: str
    name: str
    key: str
    table: Table | None = None
    all_features: bool = False
    input_shape: tuple[int, ...] = ()
    arrays: ArrayData | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the features and the target."""
        if self.arrays is not None:
            return (*self.arrays.feature_names, self.arrays.target)
        return () if self.frame is None else tuple(map(str, self.frame.columns))

    @property
    def choices_key(self) -> str:
        """Under which the choices of target and features are kept: this content with these columns."""
        return hashlib.sha256("\n".join([self.key[:64], *self.columns]).encode()).hexdigest()[:12]


def source_kind() -> str:
    """Draw the choice between `UPLOAD`, `BUILT_IN` and `IMAGES` and return it."""
    st.session_state.setdefault("data/source", UPLOAD)
    kind = st.segmented_control(
        "Source",
        [UPLOAD, BUILT_IN, IMAGES],
        key="data/source",
        required=True,
        persist_state="session",
        label_visibility="collapsed",
    )
    return str(kind)


def data_source(kind: str) -> Source | None:
    """Draw a source of tables and return the table; None, with the reason shown, if there is none yet."""
    return _uploaded() if kind == UPLOAD else _built_in()


def _uploaded() -> Source | None:
    upload = data_upload.uploaded()
    table = data_upload.table_of(upload) if upload is not None else None
    if upload is None or table is None:
        return None
    return Source(table.frame, "", "auto", upload.name, f"{upload.digest}{table.dialect}", table)


def _built_in() -> Source | None:
    from datasets import CATALOG

    names = [name for name, entry in CATALOG.items() if entry.is_table or _is_built_in_image(entry)]
    name = str(
        st.selectbox(
            "Data set", names, key="data/name", format_func=lambda n: CATALOG[n].title, persist_state="session"
        )
    )
    entry = CATALOG[name]
    st.caption(entry.explanation)
    chosen = tuple(options_of(entry).items())
    return Source(
        _made(name, chosen) if entry.is_table else None,
        entry.target,
        entry.task,
        entry.title,
        f"{name}{sorted(chosen)}",
        None,
        entry.kind == "image",
        entry.input_shape,
        None if entry.is_table else _drawn(name, chosen),
    )


def _is_built_in_image(entry: DataSet) -> bool:
    return entry.kind == "image" and not entry.needs_folder


def options_of(entry: DataSet) -> dict[str, float]:
    """Draw the options of an entry of the catalog and return their values."""
    options: dict[str, float] = {}
    labels = IMAGE_LABELS if entry.kind == "image" else OPTION_LABELS
    for option in entry.options:
        label = labels.get(option.name, option.name.capitalize())
        key = f"data/{entry.name}/{option.name}"
        if option.is_switch:
            is_on = st.toggle(label, bool(option.default), key=key, persist_state="session", help=option.explanation)
            options[option.name] = int(is_on)
            continue
        whole = option.integer
        low, high, default = (int(v) if whole else float(v) for v in (option.low, option.high, option.default))
        options[option.name] = st.number_input(
            label,
            low,
            high,
            default,
            step=1 if whole else 0.01,
            key=key,
            persist_state="session",
            help=f"{option.explanation} From {option.low:g} to {option.high:g}.",
        )
    return options


@st.cache_data(max_entries=20, show_spinner=False)
def _made(name: str, options: tuple[tuple[str, float], ...]) -> pd.DataFrame:
    from datasets import load_frame

    return load_frame(name, **dict(options))[0]


@st.cache_resource(max_entries=4, show_spinner="Making the images")
def _drawn(name: str, options: tuple[tuple[str, float], ...]) -> ArrayData:
    from datasets import CATALOG

    return CATALOG[name].arrays(None, 0, **dict(options))


def summary(source: Source) -> pd.DataFrame:
    """Return one row for each column, computed once for each table."""
    assert source.frame is not None
    return _summary(source.key, source.frame)


@st.cache_resource(max_entries=8, show_spinner="Looking at the columns")
def _summary(key: str, _frame: pd.DataFrame) -> pd.DataFrame:
    from datasets import column_summary

    return column_summary(_frame)
