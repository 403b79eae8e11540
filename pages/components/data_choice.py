"""The choice of the data to train on: what was prepared on the page Data, earlier data of this browser, the catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.components import frame, words

if TYPE_CHECKING:
    from datasets import Prepared

_KEY = "train/data"
PREPARED = "prepared:"


def data_choice() -> Prepared | None:
    """Draw the choice and one line on what it holds; return the prepared data, or None with the reason shown."""
    from datasets import CATALOG

    prepared = st.session_state.get("prepared_digest")
    options = [name for name, entry in CATALOG.items() if entry.kind != "image"]
    options += [name for name, entry in CATALOG.items() if entry.kind == "image"]
    if prepared:
        options.insert(0, PREPARED + str(prepared))
    if st.session_state.get("train/data_of") != prepared or st.session_state.get(_KEY) not in options:
        st.session_state["train/data_of"] = prepared
        st.session_state[_KEY] = options[0] if prepared else "two_spirals"
    chosen = st.selectbox("Data", options, key=_KEY, format_func=_label, persist_state="session")
    try:
        with st.spinner("Reading the data", show_time=False):
            data = _load(chosen, str(frame.store().folder))
    except (ValueError, KeyError, OSError) as error:
        st.error(words.plain(f"These data cannot be read: {error}. Prepare them again on the page Data."))
        return None
    st.caption(words.plain(_sizes(data)))
    return data


def _label(option: str) -> str:
    from datasets import CATALOG

    if option.startswith(PREPARED):
        return "Your prepared data"
    return CATALOG[option].title


def _sizes(data: Prepared) -> str:
    kind = f"{data.n_outputs} classes" if data.task == "classification" else "a number to predict"
    parts = [f"{len(part.x):,}".replace(",", "\u202f") for part in (data.train, data.validation, data.test)]
    features = words.plural(data.train.x.shape[1], "feature")
    return f"{data.name}: {features}, {kind}; {' / '.join(parts)} rows to train / validate / test"


@st.cache_resource(max_entries=8, show_spinner=False)
def _load(option: str, folder: str) -> Prepared:
    """Read prepared data once; they are frozen, so sessions may share them."""
    if option.startswith(PREPARED):
        return frame.store().load_data(option.removeprefix(PREPARED))
    from datasets import load_dataset

    return load_dataset(option)
