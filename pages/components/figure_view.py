"""A figure as every page shows it: title and question above, the chart, how to read it below, and a small menu.

The menu exports the figure (PNG, SVG, PDF, HTML, CSV, sized for print or slides), shows its data as a table, and says
in a sentence what it shows. PNG and SVG are made by the browser; the PDF is made of that SVG on the server. What a
figure exports beyond that, an animation or tables of its own, is said by `Extras`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import frame, words
from pages.components.animation_export import Motion, animation_buttons
from pages.components.live_chart import live_chart
from pages.components.made_file import keep, made_file

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

TITLED = "slides"  # in a paper the caption below the figure says what a title would say
ON_SCREEN = "two columns"  # nobody prints an animation one column wide
HERE = Path(__file__).resolve().parent

_export_buttons = st.components.v2.component(
    "backscope_figure_export",
    html=(HERE / "figure_export.html").read_text(encoding="utf-8"),
    css=(HERE / "figure_export.css").read_text(encoding="utf-8"),
    js="\n".join((HERE / name).read_text(encoding="utf-8") for name in ("figure_images.js", "figure_export.js")),
    isolate_styles=False,
)


@dataclass(frozen=True, eq=False)
class Extras:
    """What a figure exports beyond itself: an animation, and tables (CSV) by the name that is said of each."""

    motion: Motion | None = None
    tables: Mapping[str, Callable[[], pd.DataFrame]] = field(default_factory=dict)


def show(
    figure: go.Figure,
    key: str,
    live: bool = False,
    chart: Callable[[], None] | None = None,
    extras: Extras | None = None,
) -> None:
    """Draw a figure with its title, its question, its caption and its menu.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure
        `layout.meta` holds `title`, `question`, `reading`, `details`, `summary`, `term`; missing ones are left out.
    key : str
        Unique on the page; the same key updates the same chart in place.
    live : bool
        Whether the run is still going on; a word beside the title says so.
    chart : callable, optional
        Draws the chart in another way, for instance one that follows the clock; the words and the menu are `figure`'s.
    extras : Extras, optional
    """
    from diagnostics.figures.theme import themed

    meta = _meta(figure)
    slug = _slug(key)
    with st.container(key=f"figure-{slug}", gap="xsmall"):
        with st.container(key=f"head-{slug}", horizontal=True, vertical_alignment="top", gap="xsmall"):
            st.markdown(_heading(meta, live=live), width="stretch")
            words.explain(str(meta.get("term", "")), key=f"{key}/term")
            menu = st.popover(
                "Export", type="tertiary", icon=":material/more_horiz:", key=f"{key}/menu", on_change="rerun"
            )
        if chart is None:
            live_chart(themed(figure, dark=frame.is_dark()), key=key)
        else:
            chart()
        _caption(meta)
    if menu.open:
        with menu:
            _menu(figure, key, meta, extras or Extras())


def _heading(meta: Mapping[str, object], *, live: bool) -> str:
    """Title and question; the style sheet of the frame makes all but the title quiet."""
    title, question = (words.plain(str(meta.get(part, ""))) for part in ("title", "question"))
    growing = " · live" if live else ""
    return f"**{title}**{growing}  \n{question}" if title else f"**{question}**{growing}"


def _caption(meta: Mapping[str, object]) -> None:
    caption = str(meta.get("reading") or meta.get("caption") or "")
    source = f"Source: {meta['source']}." if meta.get("source") else ""
    more = f"{meta.get('details') or ''} {source}".strip()
    if caption:
        st.caption(words.plain(caption), help=words.plain(more) or None)


def _meta(figure: go.Figure) -> Mapping[str, object]:
    meta = figure.layout.meta
    return meta if isinstance(meta, Mapping) else {}


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "figure"


def _menu(figure: go.Figure, key: str, meta: Mapping[str, object], extras: Extras) -> None:
    from diagnostics.figures.table import figure_table

    export, table, in_words = st.tabs(["Export", "Table", "In words"])
    with export:
        _export(figure, key, meta, extras)
    with table:
        st.dataframe(figure_table(figure), height=300, hide_index=True)
    with in_words:
        st.text(str(meta.get("summary") or "This figure has no sentence yet."))


def _export(figure: go.Figure, key: str, meta: Mapping[str, object], extras: Extras) -> None:
    from diagnostics.figures.printing import fitted_to_print, with_title
    from diagnostics.figures.theme import apply_theme
    from runs.figure_export import PRESETS, apply_preset, export_csv, export_html

    preset = st.segmented_control(
        "Size",
        list(PRESETS),
        default=next(iter(PRESETS)),
        required=True,
        key=f"{key}/preset",
        format_func=lambda name: f"{name.capitalize()}, {PRESETS[name].width:g} in",
    )
    printed = fitted_to_print(apply_preset(apply_theme(figure, dark=False), str(preset)), figure)
    titled = with_title(printed)
    name = _slug(f"{key}-{meta.get('run', '')}")
    _image_buttons(titled if preset == TITLED else printed, key, name)
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            "HTML", lambda: export_html(titled), f"{name}.html", "text/html", key=f"{key}/html", on_click="ignore"
        )
        st.download_button(
            "CSV (the data)", lambda: export_csv(figure), f"{name}.csv", "text/csv", key=f"{key}/csv", on_click="ignore"
        )
        for label, table in extras.tables.items():
            _table_button(label, table, key, name)
    st.caption("PNG, SVG and PDF show what you see: your zoom and the curves you have left. HTML can be zoomed.")
    if extras.motion is not None:
        st.markdown("**Animation**")
        animation_buttons(extras.motion, key, name, TITLED if preset == TITLED else ON_SCREEN)


def _table_button(label: str, table: Callable[[], pd.DataFrame], key: str, name: str) -> None:
    from runs.spreadsheet import as_csv

    st.download_button(
        f"CSV ({label})",
        lambda: as_csv(table()),
        f"{name}-{_slug(label)}.csv",
        "text/csv",
        key=f"{key}/{_slug(label)}",
        on_click="ignore",
    )


def _image_buttons(figure: go.Figure, key: str, name: str) -> None:
    component_key = f"{key}/images"

    def make_pdf() -> None:
        from runs.figure_export import export_pdf_from_svg

        svg = st.session_state[component_key].get("svg")
        if not isinstance(svg, str):
            return
        try:
            keep(f"{key}/pdf", base64.b64encode(export_pdf_from_svg(svg)).decode("ascii"))
        except (ValueError, RuntimeError) as error:
            keep(f"{key}/pdf", None, str(error))

    made = made_file(f"{key}/pdf")
    width, height, scale = _pixels(figure)
    _export_buttons(
        key=component_key,
        data={
            "figure": figure.to_json(),
            "chart": key,
            "name": name,
            "width": width,
            "height": height,
            "scale": scale,
            "pdf": made.content,
            "number": made.number,
            "error": made.error,
        },
        on_svg_change=make_pdf,
    )


def _pixels(figure: go.Figure) -> tuple[int, int, float]:
    """Width and height of the preset in CSS pixels, and how many image pixels each becomes."""
    meta = _meta(figure)
    scale = meta.get("scale", 3)
    return int(figure.layout.width or 700), int(figure.layout.height or 450), float(str(scale))
