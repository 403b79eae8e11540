"""Where the table comes from: a built-in data set with its options, or an uploaded CSV with how it was read."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import words

if TYPE_CHECKING:
    import pandas as pd

    from datasets import Table

DELIMITERS = {"automatic": None, "comma": ",", "semicolon": ";", "tab": "\t", "vertical bar": "|", "space": " "}
DECIMALS = {"automatic": None, "point": ".", "comma": ","}
HEADERS = {"automatic": None, "first row is the header": True, "no header": False}
ENCODINGS = ("automatic", "utf-8", "cp1252", "latin-1", "utf-16")
UPLOAD, BUILT_IN = "Upload a CSV", "Built-in data"


@dataclass(frozen=True)
class Source:
    """A table, the target it comes with ("" if that is to be chosen), the task, a name, and a key that is its own."""

    frame: pd.DataFrame
    target: str
    task: str
    name: str
    key: str
    table: Table | None = None
    all_features: bool = False


def data_source() -> Source | None:
    """Draw the choice of the source and return the table; None, with the reason shown, if there is none yet."""
    st.session_state.setdefault("data/source", UPLOAD)
    kind = st.segmented_control(
        "Source",
        [UPLOAD, BUILT_IN],
        key="data/source",
        required=True,
        persist_state="session",
        label_visibility="collapsed",
    )
    return _uploaded() if kind == UPLOAD else _built_in()


def _built_in() -> Source | None:
    from datasets import CATALOG

    name = str(
        st.selectbox(
            "Data set", list(CATALOG), key="data/name", format_func=lambda n: CATALOG[n].title, persist_state="session"
        )
    )
    entry = CATALOG[name]
    st.caption(entry.explanation)
    options: dict[str, float] = {}
    for option in entry.options:
        whole = option.integer
        low, high, default = (int(v) if whole else float(v) for v in (option.low, option.high, option.default))
        options[option.name] = st.number_input(
            option.name,
            low,
            high,
            default,
            step=1 if whole else 0.01,
            key=f"data/{name}/{option.name}",
            help=f"{option.explanation} From {option.low:g} to {option.high:g}.",
        )
    table = _made(name, tuple(options.items()))
    return Source(
        table, entry.target, entry.task, entry.title, f"{name}{sorted(options.items())}", None, entry.kind == "image"
    )


@st.cache_data(max_entries=20, show_spinner=False)
def _made(name: str, options: tuple[tuple[str, float], ...]) -> pd.DataFrame:
    from datasets import load_frame

    return load_frame(name, **dict(options))[0]


def _uploaded() -> Source | None:
    from datasets import DataError

    file = st.file_uploader(
        "A CSV file, up to 50 MB",
        type=["csv", "tsv", "txt"],
        key="data/file",
        max_upload_size=50,
        help="The table stays on this computer. Delimiter, encoding, decimal mark and header are recognised.",
    )
    if file is None:
        st.caption(
            "One row for each example, one column for each feature, and one column with what is to be predicted."
        )
        return None
    with st.expander("How it is read: recognised, unless you say otherwise"):
        delimiter = DELIMITERS[str(st.selectbox("Delimiter", list(DELIMITERS), key="data/delimiter"))]
        decimal = DECIMALS[str(st.selectbox("Decimal mark", list(DECIMALS), key="data/decimal"))]
        header = HEADERS[str(st.selectbox("Header", list(HEADERS), key="data/header"))]
        encoding = str(st.selectbox("Encoding", ENCODINGS, key="data/encoding"))
    content = file.getvalue()
    try:
        table = _read(content, delimiter, None if encoding == "automatic" else encoding, decimal, header)
    except DataError as error:
        st.error(words.plain(str(error)))
        return None
    _describe(table)
    name = file.name.rsplit(".", 1)[0][:60] or "table"
    digest = hashlib.sha256(content).hexdigest()
    return Source(table.frame, "", "auto", name, f"{digest}{delimiter}{encoding}{decimal}{header}", table)


@st.cache_resource(max_entries=4, show_spinner="Reading the table")
def _read(
    content: bytes, delimiter: str | None, encoding: str | None, decimal: str | None, header: bool | None
) -> Table:
    from datasets import read_csv

    return read_csv(content, delimiter=delimiter, encoding=encoding, decimal=decimal, header=header)


def _describe(table: Table) -> None:
    named = {value: key for key, value in DELIMITERS.items() if value}
    found = table.dialect
    st.caption(
        words.plain(
            f"Read with {named.get(found.delimiter, found.delimiter)} as delimiter, {found.encoding}, decimal "
            f"{'comma' if found.decimal == ',' else 'point'}, {'a header' if found.header else 'no header'}: "
            f"{words.plural(len(table.frame), 'row')}, {words.plural(table.frame.shape[1], 'column')}."
        )
    )
    for repair in table.repairs[:6]:
        st.caption(words.plain(f"Mended: {repair}."))
