"""What is predicted from what: target, features, task and split; the prepared data, or a sentence on what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.components import words
from pages.components.data_source import Source

if TYPE_CHECKING:
    from datasets import Prepared

TASKS = {"auto": "automatic", "classification": "classes", "regression": "a number"}
NO_TARGET = "choose a column"


def data_preparation(source: Source) -> Prepared | None:
    """Draw the choices and return the prepared data; None, with the reason shown, if there is nothing to learn."""
    from datasets import DataError, column_summary

    target, task, features = source.target, source.task, None
    summary = column_summary(source.frame).set_index("column")
    if source.table is not None:
        columns = [str(column) for column in source.frame.columns]
        target = str(
            st.selectbox(
                "Target: what is to be predicted",
                columns,
                _likely_target(summary),
                key=f"data/target/{source.key[:12]}",
            )
        )
        task = str(st.selectbox("Predict", list(TASKS), key="data/task", format_func=TASKS.__getitem__))
        offered = [column for column in columns if column != target]
        useful = [column for column in offered if summary.loc[column, "type"] in ("numeric", "categorical")]
        features = st.multiselect(
            "Features: what it may learn from", offered, useful, key=f"data/features/{source.key[:12]}/{target}"
        )
    elif source.all_features:
        features = [str(column) for column in source.frame.columns if column != target]
    with st.expander("Split"):
        validation = st.slider(
            "Validation share",
            0.0,
            0.5,
            0.15,
            0.01,
            key="data/validation",
            help="Rows on which the network is measured while it learns.",
        )
        test = st.slider("Test share", 0.0, 0.4, 0.15, 0.01, key="data/test", help="Rows looked at once, at the end.")
        seed = int(
            st.number_input(
                "Seed of the split",
                0,
                9999,
                0,
                key="data/split_seed",
                help="Another seed divides the rows in another way.",
            )
        )
    try:
        return _prepared(source, target, task, None if features is None else tuple(features), (validation, test, seed))
    except DataError as error:
        st.error(words.plain(str(error)))
        return None


def _likely_target(summary: object) -> int:
    """The last column with a name that says so, else the last column that is no identifier."""
    frame = summary
    names = [str(name).lower() for name in frame.index]  # type: ignore[attr-defined]
    for wanted in ("target", "label", "class", "outcome", "y", "diagnosis", "species"):
        if wanted in names:
            return names.index(wanted)
    kinds = list(frame["type"])  # type: ignore[index]
    useful = [i for i, kind in enumerate(kinds) if kind in ("numeric", "categorical")]
    return useful[-1] if useful else len(names) - 1


def _prepared(
    source: Source, target: str, task: str, features: tuple[str, ...] | None, split: tuple[float, float, int]
) -> Prepared:
    from datasets import prepare

    known = st.session_state.get("data/prepared")
    asked = (source.key, source.name, target, task, features, split)
    if known is not None and known[0] == asked:
        return known[1]
    validation, test, seed = split
    data = prepare(
        source.table if source.table is not None else source.frame,
        target=target,
        task=task,
        features=features,
        validation_share=validation,
        test_share=test,
        split_seed=seed,
        name=source.name,
    )
    st.session_state["data/prepared"] = (asked, data)
    return data
