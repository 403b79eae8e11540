"""One look for all figures, in light and dark; their words (question, caption, summary); their numbers as a table.

A figure is made in the colours of the light theme; `themed` gives it those of the page just before it is shown. The
colours themselves live in `colors`, the size of a printed figure in `printing`.
"""

from __future__ import annotations

import importlib
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures import colors
from diagnostics.figures.log_ticks import labelled, log_ticks
from diagnostics.figures.plain_names import with_plain_names

if TYPE_CHECKING:
    pass

HEIGHT = 340
LEFT, BOTTOM = 58, 54  # margins in which the labels and the title of an axis have room: Plotly draws twice to make more
LOG_LEFT = 70  # of an axis with labels like 0.0002
HUGE = 1e6  # numbers that are written as powers of ten, and not as 60T
BAR = 92  # right of the plot, for a colour bar
LINE = 32  # letters of a line of the sentence in an empty figure
SIZE = 13  # of the type on the screen, in pixels; a line is so much thicker in print as the type is larger
FONT = '"Source Sans", "Source Sans 3", Helvetica, Arial, "Liberation Sans", sans-serif'
_INK = {False: "#2b3038", True: "#dfe4ea"}
_QUIET = {False: "#5a626d", True: "#a4adb8"}
_FAINT = {False: "#e9edf1", True: "#2a3039"}


class Naming(TypedDict):
    """What a figure and its empty form have in common: title and term of `FigureWords`."""

    title: str
    term: str


@dataclass(frozen=True)
class FigureWords:
    """What stands around a figure.

    Attributes
    ----------
    question : str
        The one it answers.
    caption : str
        How to read it, in a line or two.
    summary : str
        What it shows, in one sentence computed from the data.
    run, n_seeds : str and int
    source : str
        The paper and its section.
    title : str
        What is shown, in a few words.
    details : str
        What a careful reader asks next: settings, size of the sample, smoothing.
    term : str
        The term of the field that a newcomer may not know.
    """

    question: str
    caption: str
    summary: str
    run: str = ""
    n_seeds: int = 0
    source: str = ""
    title: str = ""
    details: str = ""
    term: str = ""


Parts = dict[str, Any]
"""A figure as Plotly describes it, "data" and "layout": what frames of a moving figure are, of which one is shown."""


def figure_of(
    traces: Sequence[Mapping[str, object]], words: FigureWords, *, kind: str, layout: Mapping[str, object] | None = None
) -> go.Figure:
    """Return a figure in the house's look; see `parts_of`."""
    return drawn(parts_of(traces, words, kind=kind, layout=layout))


def drawn(parts: Parts) -> go.Figure:
    """Return the figure of its parts.

    Plotly's checks cost more than all the rest of a live drawing; `apply_theme` and the tests check every figure.
    """
    if "pandas" in sys.modules:  # Plotly looks into it even while another thread is still importing it: wait for that
        importlib.import_module("pandas")
    return go.Figure(parts, _validate=False)


def parts_of(
    traces: Sequence[Mapping[str, object]], words: FigureWords, *, kind: str, layout: Mapping[str, object] | None = None
) -> Parts:
    """Return the parts of a figure in the house's look.

    Parameters
    ----------
    traces : sequence of mapping
        As Plotly describes them.
    words : FigureWords
    kind : str
        The same for the same figure at another step, so that zoom and hidden curves survive.
    layout : mapping, optional
        What is particular to it.
    """
    meta = {
        "title": words.title,
        "question": words.question,
        "reading": words.caption,
        "details": words.details,
        "caption": f"{words.caption} {words.details}".strip(),
        "term": words.term,
        "summary": words.summary,
        "run": words.run,
        "n_seeds": words.n_seeds,
        "source": words.source,
    }
    base: dict[str, object] = {
        "meta": meta,
        "uirevision": kind,
        "height": HEIGHT,
        "template": None,
        "colorway": list(colors.RUN_COLORS),
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": SIZE},
        "margin": {"l": LEFT, "r": 16, "t": 12, "b": BOTTOM},
        "hovermode": "closest",
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "remove": ["sendChartToCloud"]},  # a figure never leaves the machine
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": 1.01,
            "xanchor": "left",
            "yanchor": "bottom",
            "bgcolor": "rgba(0,0,0,0)",
            "tracegroupgap": 0,  # between the rows of a legend of many layers, which take room from the plot
        },
    }
    full = labelled({**base, **(layout or {})}, traces)
    if not traces:
        full |= _sentence(words.summary)
    return {"data": with_plain_names(list(traces)), "layout": with_plain_names(full)}


def _sentence(sentence: str) -> dict[str, object]:
    """What stands where nothing can be drawn, in lines that have room in a third of the page."""
    place = {"xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5, "showarrow": False, "font": {"size": SIZE + 1}}
    text = "<br>".join(textwrap.wrap(sentence, LINE))
    return {"xaxis": {"visible": False}, "yaxis": {"visible": False}, "annotations": [{"text": text, **place}]}


def axis(title: str, **more: object) -> dict[str, object]:
    """Return an axis with its title; `more` as Plotly describes it."""
    base: dict[str, object] = {
        "title": {"text": title, "font": {"size": SIZE}, "standoff": 8},
        "tickfont": {"size": SIZE - 1},
        "zeroline": False,
        "ticks": "outside",
        "ticklen": 4,
        "nticks": 7,
        "hoverformat": ".3~g",
    }
    limits = more.get("range")
    if isinstance(limits, list) and any(isinstance(limit, float) and abs(limit) >= HUGE for limit in limits):
        base["exponentformat"] = "power"
    return {**base, "automargin": True, **more}


def log_axis(title: str, log: bool, **more: Any) -> dict[str, object]:
    """Return an axis, logarithmic or not; without a `range` its labels follow from what is drawn (`parts_of`)."""
    if not log:
        return axis(title, **more)
    minor = {"ticks": "outside", "ticklen": 2, "dtick": "D1", "showgrid": False}
    return axis(title, type="log", **{**log_ticks(*more.get("range", ())), "minor": minor, **more})


def color_bar(title: str, **more: object) -> dict[str, object]:
    """Return a slim bar that tells what a scale of colours means; its title runs along it."""
    base: dict[str, object] = {
        "title": {"text": title, "side": "right", "font": {"size": SIZE}},
        "tickfont": {"size": SIZE - 1},
        "thickness": 10,
        "outlinewidth": 0,
        "nticks": 6,
        "xpad": 8,
    }
    return {**base, **more}


def apply_theme(figure: go.Figure, dark: bool) -> go.Figure:
    """Return the figure in the colours of the light or the dark theme; the given one stays as it is."""
    return go.Figure(themed(figure, dark))


def themed(figure: go.Figure, dark: bool) -> dict[str, Any]:
    """Return a figure as Plotly describes it to the browser, in the colours of the light or the dark theme.

    In the dark theme what would sink into the page is made lighter (`colors.on_dark`), and a trace whose
    `meta["scale"]` names one of `colors.SCALES` gets its dark half. A line with `meta["ink"]` gets the colour of the
    text.
    """
    return _themed(figure.to_dict(), dark)


def themed_arrays(figure: go.Figure | Parts, dark: bool) -> dict[str, Any]:
    """Return what `themed` does with NumPy arrays in it, which Plotly would write as text; five times as fast.

    Parts are changed, and are not to be used again.
    """
    if isinstance(figure, dict):
        return _themed(figure, dark)
    data = [trace.to_plotly_json() for trace in figure.data]
    return _themed({"data": data, "layout": figure.layout.to_plotly_json()}, dark)


def _themed(result: dict[str, Any], dark: bool) -> dict[str, Any]:
    ink, quiet, faint = _INK[dark], _QUIET[dark], _FAINT[dark]
    layout = result["layout"]
    layout["font"] = {**layout.get("font", {}), "color": ink}
    layout["hoverlabel"] = {
        "font": {"family": FONT, "color": ink},
        "bgcolor": colors.SURFACE_DARK if dark else colors.SURFACE,
        "bordercolor": faint,
    }
    layout["modebar"] = {**layout.get("modebar", {}), "color": quiet, "activecolor": ink}
    lines = {"gridcolor": faint, "linecolor": quiet, "tickcolor": quiet, "zerolinecolor": faint}
    for name, entry in layout.items():
        if name.startswith(("xaxis", "yaxis")):
            tick_font = {"color": quiet, **entry.get("tickfont", {})}
            layout[name] = {"showline": True, **entry, **lines, "tickfont": tick_font}
            if name.startswith("yaxis"):  # its labels have room by automargin: that Plotly measures each costs time
                layout[name].setdefault("ticklabeloverflow", "allow")
    for trace in result["data"]:
        if dark:
            _darken(trace)
        if isinstance((trace.get("textfont") or {}).get("color"), str):
            trace["textfont"]["color"] = colors.legible(trace["textfont"]["color"], dark=dark)
    return result


def as_json(figure: Mapping[str, Any]) -> str:
    """Return what `themed` gives as the text that Plotly in the browser reads."""
    from plotly.io.json import to_json_plotly

    return str(to_json_plotly(figure))


def _darken(trace: dict[str, Any]) -> None:
    meta = trace.get("meta") or {}
    scale = meta.get("scale")
    if scale in colors.SCALES:
        trace.get("marker", trace)["colorscale"] = colors.SCALES[scale][1]
    if isinstance(trace.get("fillcolor"), str):
        trace["fillcolor"] = colors.on_dark(trace["fillcolor"])
    for part in ("line", "marker"):
        if isinstance((trace.get(part) or {}).get("color"), str):
            trace[part]["color"] = colors.on_dark(trace[part]["color"])
    if meta.get("ink"):  # it lies on a coloured surface, not on the page
        trace["line"]["color"] = _INK[True]
    outline = (trace.get("marker") or {}).get("line") or {}
    if outline.get("color") == "white":
        outline["color"] = colors.SURFACE_DARK


def single(values: np.ndarray) -> np.ndarray:
    """Return numbers in single precision: half the bytes to the browser."""
    return np.asarray(values, dtype=np.float32)
