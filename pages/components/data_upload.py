"""The uploaded file: asked for, kept for this session, and put aside again; and the choices of how it is read.

A file in Streamlit's own uploader is gone after a change of page, so its bytes are kept beside it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import words

if TYPE_CHECKING:
    from datasets import Table

DELIMITERS = {
    "automatic": None,
    "comma": ",",
    "semicolon": ";",
    "tab": "\t",
    "vertical bar": "|",
    "colon": ":",
    "space": " ",
}
DECIMALS = {"automatic": None, "point": ".", "comma": ","}
HEADERS = {"automatic": None, "first row is the header": True, "no header": False}
ENCODINGS = ("automatic", "utf-8", "cp1252", "latin-1", "utf-16", "cp1250", "cp1251", "shift_jis", "gb18030", "euc_kr")
_FILE, _KEPT = "data/file", "data/upload"
_NOTED = 6  # repairs shown beside the file; all of them stand in "What was done"


@dataclass(frozen=True)
class Upload:
    """A file's name without its ending, its name with it, and its bytes."""

    name: str
    file_name: str
    content: bytes = field(repr=False)

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the bytes, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


def uploaded() -> Upload | None:
    """Draw the uploader, or the kept file with a way to put it aside; return the file, or None if there is none."""
    kept = st.session_state.get(_KEPT)
    if not isinstance(kept, Upload):
        st.file_uploader(
            "A CSV file, up to 50 MB",
            key=_FILE,
            max_upload_size=50,
            help="The table stays on this computer. Delimiter, encoding, decimal mark and header are recognised.",
            on_change=_keep,
        )
        st.caption(
            "One row for each example, one column for each feature, and one column with what is to be predicted. Of a "
            "file above 50 MB, take a part of the rows."
        )
        return None
    with st.container(horizontal=True, vertical_alignment="center", key="data-upload"):
        st.text(kept.file_name, width="content")
        st.caption(words.file_size(len(kept.content)), width="content")
        st.button("Another file", key="data/another", on_click=_put_aside, icon=":material/upload_file:")
    return kept


def _keep() -> None:
    file = st.session_state.get(_FILE)
    if file is not None:
        name = str(file.name)[:200]
        st.session_state[_KEPT] = Upload(name.rsplit(".", 1)[0][:60].strip() or "table", name, file.getvalue())


def _put_aside() -> None:
    st.session_state.pop(_KEPT, None)


def table_of(upload: Upload) -> Table | None:
    """Draw how the file is read and return its table; None, with the reason shown, if there is none in it."""
    from datasets import DataError

    delimiter, decimal, header, encoding = _overrides(f"data/{upload.digest[:12]}")
    try:
        table = _read(upload.content, delimiter, encoding, decimal, header)
    except DataError as error:
        st.error(words.plain(str(error)))
        return None
    _describe(table)
    return table


def _overrides(key: str) -> tuple[str | None, str | None, bool | None, str | None]:
    """Draw the choices of one file, which begin anew with another file."""
    with st.expander("How it is read: recognised, unless you say otherwise"):
        delimiter = st.selectbox("Delimiter", list(DELIMITERS), key=f"{key}/delimiter", persist_state="session")
        decimal = st.selectbox("Decimal mark", list(DECIMALS), key=f"{key}/decimal", persist_state="session")
        header = st.selectbox("Header", list(HEADERS), key=f"{key}/header", persist_state="session")
        encoding = st.selectbox("Encoding", ENCODINGS, key=f"{key}/encoding", persist_state="session")
    return DELIMITERS[delimiter], DECIMALS[decimal], HEADERS[header], None if encoding == "automatic" else encoding


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
    for repair in table.repairs[:_NOTED]:
        st.caption(words.plain(f"Mended: {repair}."))
    if len(table.repairs) > _NOTED:
        st.caption(f"And {len(table.repairs) - _NOTED} more, listed under What was done.")
