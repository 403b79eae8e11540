"""What is predicted from what: target, features, task and split; the prepared data, or a sentence on what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.components import data_source, words
from pages.components.data_source import Source

if TYPE_CHECKING:
    import pandas as pd

    from datasets import Prepared

TASKS = {"auto": "automatic", "classification": "classes", "regression": "a number"}
TASKS_OF_SEVERAL = {"auto": "automatic", "multi_label": "labels, each 0 or 1", "regression": "several numbers"}
NAMED = 4  # classes or targets that are named in a sentence

Targets = str | tuple[str, ...]
LIKELY_TARGETS = ("target", "label", "class", "outcome", "y", "diagnosis", "species")


def data_preparation(source: Source) -> Prepared | None:
    """Draw the choices and return the prepared data; None, with the reason shown, if there is nothing to learn."""
    from datasets import DataError

    target: Targets = source.target
    task, features = source.task, None
    if source.table is not None:
        target, task, features = _choices(source)
    elif source.all_features:
        features = tuple(column for column in source.columns if column != target)
    split = _split()
    try:
        data, doubts = _prepared(source, target, task, features, split)
    except DataError as error:
        st.error(words.plain(str(error)))
        return None
    st.caption(words.plain(task_in_words(data)))
    for doubt in doubts:
        st.warning(words.plain(doubt), icon=":material/help:")
    divided = ", in every class alike" if data.task == "classification" else ""
    st.caption(
        f"{1 - split[0] - split[1]:.0%} to train, {split[0]:.0%} to validate, {split[1]:.0%} to test{divided}; "
        f"seed of the split: {split[2]}."
    )
    return data


def task_in_words(data: Prepared) -> str:
    """Return what is to be learned, in a sentence."""
    named = ", ".join(map(str, (data.class_names or data.target_names)[:NAMED]))
    named += ", …" if data.n_outputs > NAMED else ""
    if len(data.input_shape) == 3:
        return f"The task: to tell which of {data.n_outputs} classes an image belongs to ({named})."
    if data.task == "classification":
        return f"The task: to predict {data.target_name}, one of {data.n_outputs} classes ({named})."
    if data.task == "multi_label":
        return (
            f"The task: to tell of each of {data.n_outputs} labels whether it applies to a row or not ({named}); "
            "several may apply at once (multi-label classification)."
        )
    if data.n_outputs > 1:
        return f"The task: to predict {data.n_outputs} numbers at once ({named}), a regression with several outputs."
    return f"The task: to predict the number {named} (regression)."


def _choices(source: Source) -> tuple[Targets, str, tuple[str, ...] | None]:
    """Draw what is predicted, as what, and from what; kept for this table until it is changed.

    The features are None where nobody chose any and none is of use, so that the reasons are told.
    """
    key, summary = f"data/{source.choices_key}", data_source.summary(source).set_index("column")
    columns = list(source.columns)
    target = str(
        st.selectbox(
            "Target: what is to be predicted",
            columns,
            _likely_target(summary),
            key=f"{key}/target",
            persist_state="session",
        )
    )
    more = st.multiselect(
        "More targets, to predict several at once",
        [column for column in columns if column != target],
        key=f"{key}/more_targets/{columns.index(target)}",
        persist_state="session",
        help="All 0 or 1: labels, of which several may apply to a row. Other numbers: a regression of several numbers.",
    )
    targets = (target, *more)
    tasks = TASKS_OF_SEVERAL if more else TASKS
    task_key = f"{key}/task/several" if more else f"{key}/task"
    task = str(
        st.selectbox("Predict", list(tasks), key=task_key, format_func=tasks.__getitem__, persist_state="session")
    )
    offered = [column for column in columns if column not in targets]
    useful = [column for column in offered if summary.loc[column, "type"] in ("numeric", "categorical")]
    features = st.multiselect(
        "Features: what it may learn from",
        offered,
        useful,
        key=f"{key}/features/{'-'.join(str(columns.index(column)) for column in targets)}",
        persist_state="session",
    )
    return targets if more else target, task, tuple(features) if features or useful else None


def _split() -> tuple[float, float, int]:
    """Draw the shares of validation and test and the seed, which are the same for all data."""
    with st.expander("Split"):
        validation = st.slider(
            "Validation share",
            0.0,
            0.5,
            0.15,
            0.01,
            key="data/validation",
            persist_state="session",
            help="Rows on which the network is measured while it learns.",
        )
        test = st.slider(
            "Test share",
            0.0,
            0.4,
            0.15,
            0.01,
            key="data/test",
            persist_state="session",
            help="Rows looked at once, at the end.",
        )
        seed = st.number_input(
            "Seed of the split",
            0,
            9999,
            0,
            key="data/split_seed",
            persist_state="session",
            help="Another seed divides the rows in another way.",
        )
    return validation, test, int(seed)


def _likely_target(summary: pd.DataFrame) -> int:
    """The last column with a name that says so, else the last column that is no identifier."""
    names = [str(name).lower() for name in summary.index]
    for wanted in LIKELY_TARGETS:
        if wanted in names:
            return names.index(wanted)
    useful = [i for i, kind in enumerate(summary["type"]) if kind in ("numeric", "categorical")]
    return useful[-1] if useful else len(names) - 1


def _prepared(
    source: Source, target: Targets, task: str, features: tuple[str, ...] | None, split: tuple[float, float, int]
) -> tuple[Prepared, tuple[str, ...]]:
    """Return the data, and what a person should think of before training on them; made once for the same choices."""
    from datasets.doubts import doubts

    known = st.session_state.get("data/prepared")
    asked = (source.key, source.name, target, task, features, split)
    if known is not None and known[0] == asked:
        return known[1], st.session_state["data/doubts"]
    data = _made(source, target, task, features, split)
    told: tuple[str, ...] = ()
    if source.table is not None and isinstance(target, str):
        told = doubts(source.table.frame, target, task, data)
    st.session_state["data/doubts"] = told
    st.session_state["data/prepared"] = (asked, data)
    return data, told


def _made(
    source: Source, target: Targets, task: str, features: tuple[str, ...] | None, split: tuple[float, float, int]
) -> Prepared:
    from datasets import prepare
    from datasets.array_data import prepared_arrays

    validation, test, seed = split
    if source.arrays is not None:
        return prepared_arrays(source.arrays, name=source.name, split_seed=seed, shares=(validation, test))
    table = source.table if source.table is not None else source.frame
    assert table is not None
    return prepare(
        table,
        target=target,
        task=task,
        features=features,
        validation_share=validation,
        test_share=test,
        split_seed=seed,
        name=source.name,
        input_shape=source.input_shape,
    )
