"""Images of one's own: files of the MNIST kind or a folder for each class, uploaded or, on one's own computer, by path.

Nothing is downloaded. Uploaded files are unpacked into a folder that is gone as soon as they are read; their bytes are
kept for this session, so that they can be read again with other options.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import data_source, words
from pages.components.data_preparation import task_in_words
from pages.components.own_machine import may_read_folders

if TYPE_CHECKING:
    from datasets import Prepared

MOST_MEGABYTES = 100  # of one uploaded file
KINDS = ("image_folder", "mnist", "fashion_mnist")
UPLOAD, FOLDER = "Upload files", "A folder on this computer"
WHAT_TO_GIVE = {
    "image_folder": (
        "One zip file with a folder for each class, called like the class, and PNG or JPEG images in it: "
        "cats/1.jpg, cats/2.jpg, dogs/1.jpg, …",
        "The path of a folder with a folder for each class, called like the class, and PNG or JPEG images in it.",
    ),
    "mnist": (
        "The four files train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and "
        "t10k-labels-idx1-ubyte, each as it is or with .gz, or one zip file that holds them. Choose all four at once.",
        "The path of a folder with the four files train-images-idx3-ubyte, train-labels-idx1-ubyte, "
        "t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, each as it is or with .gz.",
    ),
}
WHAT_TO_GIVE["fashion_mnist"] = WHAT_TO_GIVE["mnist"]
_FILES, _KEPT = "data/image_files", "data/images_upload"

Files = Mapping[str, bytes]


def data_images() -> Prepared | None:
    """Draw the choices and return the prepared images; None, with the reason shown, if there are none yet."""
    from datasets import CATALOG, DataError

    name = str(
        st.selectbox(
            "Kind of images",
            KINDS,
            key="data/images_kind",
            format_func=lambda kind: CATALOG[kind].title,
            persist_state="session",
        )
    )
    way = UPLOAD
    if may_read_folders():
        way = str(
            st.segmented_control(
                "Where from",
                [UPLOAD, FOLDER],
                default=UPLOAD,
                key="data/images_way",
                required=True,
                persist_state="session",
                label_visibility="collapsed",
            )
        )
    st.caption(WHAT_TO_GIVE[name][way == FOLDER])
    given: Files | str | None = _files() if way == UPLOAD else _folder()
    if not given:
        return None
    options = data_source.options_of(CATALOG[name])
    seed = int(
        st.number_input(
            "Seed of the split",
            0,
            9999,
            0,
            key="data/split_seed",
            persist_state="session",
            help="Another seed divides the images in another way.",
        )
    )
    try:
        data = _read(_stamp(given), name, tuple(options.items()), seed, given)
    except (DataError, OSError) as error:
        st.error(words.plain(str(error)))
        return None
    st.caption(words.plain(task_in_words(data)))
    return data


def _folder() -> str:
    return str(
        st.text_input(
            "Path of the folder",
            key="data/images_folder",
            persist_state="session",
            placeholder="/home/ada/pictures",
            help="It is read by this program, which runs on your computer; nothing is sent anywhere.",
        )
    ).strip()


def _files() -> Files | None:
    """Draw the uploader, or the files that were kept through a change of page with a way to put them aside."""
    kept: Files | None = st.session_state.get(_KEPT)
    if kept and not st.session_state.get(_FILES):
        with st.container(horizontal=True, vertical_alignment="center", key="images-upload"):
            st.text(", ".join(kept), width="content")
            st.caption(words.file_size(sum(map(len, kept.values()))), width="content")
            st.button("Other files", key="data/other_images", on_click=_put_aside, icon=":material/upload_file:")
        return kept
    st.file_uploader(
        f"Files, up to {MOST_MEGABYTES} MB each",
        accept_multiple_files=True,
        key=_FILES,
        max_upload_size=MOST_MEGABYTES,
        on_change=_keep,
        help="The images stay on the computer that runs Backscope.",
    )
    return kept


def _keep() -> None:
    given = st.session_state.get(_FILES) or []
    st.session_state[_KEPT] = {str(file.name)[:200]: file.getvalue() for file in given}


def _put_aside() -> None:
    st.session_state.pop(_KEPT, None)


def _stamp(given: Files | str) -> str:
    """Return what changes when the files do."""
    if not isinstance(given, str):
        total = hashlib.sha256()
        for name, content in sorted(given.items()):
            total.update(f"{name}\n{len(content)}\n".encode() + content)
        return total.hexdigest()
    folder = Path(given).expanduser()
    paths = [folder, *(path for path in folder.iterdir())] if folder.is_dir() else []
    return f"{folder}\n{sorted((str(path), path.stat().st_mtime_ns) for path in paths)}"


@st.cache_resource(max_entries=2, show_spinner="Reading the images")
def _read(stamp: str, name: str, options: tuple[tuple[str, float], ...], seed: int, _given: Files | str) -> Prepared:
    from datasets import DataError, load_dataset
    from datasets.unpacking import unpacked

    if isinstance(_given, str):
        return load_dataset(name, folder=_given, split_seed=seed, **dict(options))
    title = next(iter(_given)).rsplit(".", 1)[0][:60]
    with tempfile.TemporaryDirectory(prefix="backscope-") as place:
        folder = Path(place) / ("".join(c if c.isalnum() or c in " -_" else "_" for c in title) or "images")
        folder.mkdir()
        try:
            unpacked(_given, folder)
            return load_dataset(name, folder=folder, split_seed=seed, **dict(options))
        except DataError as error:
            raise DataError(str(error).replace(f"{folder}/", "").replace(str(folder), "What was given")) from None
