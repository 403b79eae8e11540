"""The choice of the data to train on: what was prepared on the page Data, earlier data of this browser, the catalog."""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import frame, local_time, owner, words

if TYPE_CHECKING:
    from datasets import Prepared
    from runs.store import Entry

_KEY = "train/data"
EARLIER = 8  # prepared data of this browser that are offered
PREPARED = "prepared:"


def data_choice() -> Prepared | None:
    """Draw the choice and one line on what it holds; return the prepared data, or None with the reason shown."""
    from datasets import CATALOG

    prepared = st.session_state.get("prepared_digest")
    is_image = {name: entry.kind == "image" for name, entry in CATALOG.items() if not entry.needs_folder}
    built_in = sorted(is_image, key=is_image.__getitem__)
    named = {**_prepared_data(prepared), **{name: CATALOG[name].title for name in built_in}}
    options = list(named)
    if st.session_state.get("train/data_of") != prepared or st.session_state.get(_KEY) not in options:
        st.session_state["train/data_of"] = prepared
        st.session_state[_KEY] = _option(str(prepared)) if prepared else "two_spirals"
        if st.session_state[_KEY] not in options:
            st.session_state[_KEY] = options[0]
    chosen = st.selectbox(
        "Data",
        options,
        key=_KEY,
        format_func=named.__getitem__,
        persist_state="session",
        help="A built-in data set, or the table that you prepared on the page Data.",
    )
    try:
        with st.spinner("Reading the data", show_time=False):
            data = _load(chosen, str(frame.store().folder))
    except (ValueError, KeyError, OSError) as error:
        st.error(words.plain(f"These data cannot be read: {error}. Prepare them again on the page Data."))
        return None
    st.caption(words.plain(_sizes(data)))
    return data


def _prepared_data(newest: object) -> dict[str, str]:
    """Return what was prepared in this session, then what this browser prepared before, each with its words.

    Built-in data as the catalog makes them are left out: every run keeps its data, and they stand in the list anyway.
    """
    store = frame.store()
    digests = list(dict.fromkeys([*([str(newest)] if newest else []), *store.list_data(owner.current())]))
    named: dict[str, str] = {}
    for digest in digests:
        with contextlib.suppress(KeyError):
            name, saved = store.data_name(digest)
            if len(named) == EARLIER or not _option(digest).startswith(PREPARED):
                continue
            words_of_it = f"{name}, prepared {local_time.moment(saved)}"
            unique = words_of_it not in named.values()
            named[PREPARED + digest] = words_of_it if unique else f"{words_of_it} ({digest[:6]})"
    return named


def choose_data_of(entry: Entry) -> None:
    """Put the data of a run into the choice. Call it in a callback, before the choice is drawn."""
    state = st.session_state
    option = _option(entry.data_digest)
    if option.startswith(PREPARED):
        state["prepared_digest"] = entry.data_digest
    state[_KEY], state["train/data_of"] = option, state.get("prepared_digest")


def _option(digest: str) -> str:
    """Return the name of the built-in data that have this digest as they come, else the option of prepared data."""
    from datasets import CATALOG

    with contextlib.suppress(KeyError):
        title, _ = frame.store().data_name(digest)
        for name, known in CATALOG.items():
            if known.title == title and not known.needs_folder and _built_in_digest(name) == digest:
                return name
    return PREPARED + digest


@functools.lru_cache(maxsize=64)
def _built_in_digest(name: str) -> str:
    return _load(name, str(frame.store().folder)).digest


def _sizes(data: Prepared) -> str:
    nouns = {"classification": "classes", "multi_label": "labels", "regression": "numbers to predict"}
    kind = f"{data.n_outputs} {nouns[data.task]}" if data.n_outputs > 1 else "a number to predict"
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
