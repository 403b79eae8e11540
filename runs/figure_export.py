"""Figures as files: HTML and CSV always; PDF from the SVG that the browser made; PNG and SVG headless where a Chrome
is.

There is one drawing of each figure; a preset changes its size and its type, nothing else. Start at `PRESETS`.
"""

from __future__ import annotations

import copy
import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runs.spreadsheet import as_csv

if TYPE_CHECKING:
    import plotly.graph_objects as go

PIXELS_PER_INCH = 96  # of CSS; an SVG of so many pixels becomes a PDF of that many inches


class ExportUnavailable(RuntimeError):
    """This machine cannot make that file; the sentence says why and what to do instead."""


@dataclass(frozen=True)
class Preset:
    """Width and height in inches, the type's size in points, and how many image pixels a CSS pixel becomes."""

    width: float
    height: float
    points: float
    scale: float


PRESETS: Mapping[str, Preset] = {
    "one column": Preset(3.5, 2.6, 8.0, 4.0),
    "two columns": Preset(7.2, 3.6, 9.0, 4.0),
    "slides": Preset(10.0, 5.6, 16.0, 2.0),
}


def apply_preset(figure: go.Figure, preset: str) -> go.Figure:
    """Return the figure sized for `preset`, with a white background; the given one stays as it is.

    Raises
    ------
    KeyError
        For an unknown preset.
    """
    chosen = PRESETS[preset]
    result = copy.deepcopy(figure)
    pixels = chosen.points * PIXELS_PER_INCH / 72
    result.update_layout(
        width=round(chosen.width * PIXELS_PER_INCH),
        height=round(chosen.height * PIXELS_PER_INCH),
        font={"size": pixels},
        title={"font": {"size": 1.15 * pixels}},
        paper_bgcolor="white",
        plot_bgcolor="white",
        autosize=False,
    )
    small = {"tickfont": {"size": 0.9 * pixels}, "title": {"font": {"size": pixels}}}
    result.update_xaxes(**small)
    result.update_yaxes(**small)
    result.update_layout(legend={"font": {"size": 0.9 * pixels}})
    result.update_annotations(font={"size": 0.9 * pixels})
    meta = result.layout.meta if isinstance(result.layout.meta, dict) else {}
    result.update_layout(meta={**meta, "scale": chosen.scale})
    return result


def export_html(figure: go.Figure, *, include_plotlyjs: bool = True) -> bytes:
    """Return a page that shows the figure without a network; without plotly.js if that lies beside it already."""
    bundled: bool | str = True if include_plotlyjs else "directory"
    meta = figure.layout.meta if isinstance(figure.layout.meta, dict) else {}
    source = f"Source: {meta['source']}." if meta.get("source") else ""
    page: str = figure.to_html(include_plotlyjs=bundled, full_html=True, auto_play=False)
    note = html.escape(f"{meta.get('caption', '')} {source}".strip(), quote=False)
    title = html.escape(str(meta.get("title") or meta.get("question") or "Figure"), quote=False)
    page = page.replace("<head>", f"<head><title>{title}</title>", 1)
    head, _, tail = page.rpartition("</body>")
    return f'{head}<p style="font:14px sans-serif;max-width:60em">{note}</p></body>{tail}'.encode()


def export_csv(figure: go.Figure) -> bytes:
    """Return the numbers of a figure as CSV (UTF-8 with a byte order mark, so that spreadsheets read it).

    A text that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    from diagnostics.figures.table import figure_table

    return as_csv(figure_table(figure))


def export_pdf_from_svg(svg: str) -> bytes:
    """Return a PDF of the SVG that a browser made of a figure.

    Raises
    ------
    ValueError
        If that is no SVG.
    """
    if "<svg" not in svg[:2000]:
        raise ValueError("The browser did not send a drawing: open the figure again and repeat the export.")
    import vl_convert

    pdf: bytes = vl_convert.svg_to_pdf(svg)
    return pdf


def export_image(figure: go.Figure, file_format: str, *, preset: str = "two columns") -> bytes:
    """Return a figure as "png", "svg" or "pdf", made without a screen by kaleido, which needs a Chrome on this machine.

    Raises
    ------
    ExportUnavailable
        If there is no kaleido or no Chrome; the sentence says what to do instead.
    ValueError
        For another format.
    """
    if file_format not in ("png", "svg", "pdf"):
        raise ValueError(f"the format must be png, svg or pdf, not {file_format!r}")
    from diagnostics.figures.printing import fitted_to_print
    from diagnostics.figures.theme import apply_theme

    printed = fitted_to_print(apply_preset(apply_theme(copy.deepcopy(figure), dark=False), preset), figure)
    try:
        image: bytes = printed.to_image(format=file_format, scale=PRESETS[preset].scale)
    except (ImportError, ValueError, RuntimeError, OSError) as error:
        raise ExportUnavailable(
            f"A {file_format.upper()} cannot be made here, since kaleido finds no Chrome ({type(error).__name__}). "
            "Install Chromium and `pip install kaleido`, export it in the app, or use export_html and export_csv."
        ) from error
    return image
