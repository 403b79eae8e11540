"""The menu of a growing figure: an animation as a page that plays offline, and as a GIF.

The browser draws the frames of the GIF, as it draws PNG and SVG; the server puts them together.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from pages.components.made_file import keep, made_file

if TYPE_CHECKING:
    import plotly.graph_objects as go

HERE = Path(__file__).resolve().parent
PNG = "data:image/png;base64,"

_gif_button = st.components.v2.component(
    "backscope_animation_export",
    html=(HERE / "animation_export.html").read_text(encoding="utf-8"),
    css=(HERE / "figure_export.css").read_text(encoding="utf-8"),
    js="\n".join(
        (HERE / name).read_text(encoding="utf-8")
        for name in ("packed_figure.js", "figure_images.js", "animation_export.js")
    ),
    isolate_styles=False,
)


@dataclass(frozen=True, eq=False)
class Motion:
    """A figure whose traces grow (`diagnostics.figures.growing`), and the steps at which it is shown, ascending."""

    figure: go.Figure
    steps: Sequence[int]


def animation_buttons(motion: Motion, key: str, name: str, preset: str) -> None:
    """Draw the buttons that export an animation.

    Parameters
    ----------
    motion : Motion
    key : str
        Of the chart on the page, whose zoom and hidden curves a GIF keeps.
    name : str
        Of the files, without what tells their kind.
    preset : str
        One of `runs.figure_export.PRESETS`.
    """
    from runs.animation_export import GIF_WIDTH, export_animation_html

    st.download_button(
        "HTML that plays",
        lambda: export_animation_html(motion.figure, motion.steps, preset=preset),
        f"{name}-animation.html",
        "text/html",
        key=f"{key}/animation",
        on_click="ignore",
    )
    _gif(motion, key, name, preset)
    st.caption(
        "The page needs no internet; its slider shows any step. "
        f"The GIF is {GIF_WIDTH} pixels wide and shows the figure as you see it, growing."
    )


def _gif(motion: Motion, key: str, name: str, preset: str) -> None:
    from runs.animation_export import gif_film

    component_key, made_key = f"{key}/film", f"{key}/gif"

    def make_gif() -> None:
        sent = st.session_state[component_key].get("frames")
        if sent is None:
            return
        keep(made_key, *_made(sent))

    made = made_file(made_key)
    film = gif_film(motion.figure, motion.steps, preset=preset)
    _gif_button(
        key=component_key,
        data={
            "film": film.packed,
            "n_frames": film.n_frames,
            "width": film.width,
            "height": film.height,
            "scale": film.scale,
            "chart": key,
            "name": name,
            "number": made.number,
            "gif": made.content,
            "error": made.error,
        },
        on_frames_change=make_gif,
    )


def _made(sent: object) -> tuple[str | None, str | None]:
    """The GIF of what the browser sent, as text, or what is wrong with it."""
    from runs.animation_export import export_gif

    try:
        if not isinstance(sent, list) or not all(isinstance(url, str) and url.startswith(PNG) for url in sent):
            raise ValueError("The browser did not send PNG images: repeat the export.")
        gif = export_gif([base64.b64decode(url.removeprefix(PNG)) for url in sent])
        return base64.b64encode(gif).decode("ascii"), None
    except (ValueError, MemoryError) as error:
        return None, f"Not exported: {error}"
