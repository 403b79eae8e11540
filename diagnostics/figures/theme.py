"""One look for all figures, in light and dark; their words (question, caption, summary); their numbers as a table.

A figure is made without colours of a theme; `apply_theme` gives it those, just before it is shown or exported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

if TYPE_CHECKING:
    import pandas as pd

# Okabe & Ito 2008 and Tol's muted set; the same ten as in .streamlit/config.toml.
RUN_COLORS = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#CC79A7",
    "#56B4E9",
    "#882255",
    "#44AA99",
    "#999933",
    "#332288",
)
# From the first layer (dark) to the last (light); the lightness rises steadily, and both ends stand out on white and
# black.
_DEPTH = ((59, 76, 160), (34, 122, 160), (46, 154, 128), (136, 170, 70), (226, 158, 56))
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
THEORY = "#7a828c"
POSITIVE, NEGATIVE = "#1f77b4", "#e6862a"
BAND_OPACITY = 0.15
HEIGHT = 360
_INK = {False: "#2b3038", True: "#dfe4ea"}
_FAINT = {False: "#e4e8ed", True: "#333a43"}


@dataclass(frozen=True)
class FigureWords:
    """What stands around a figure: its question, how to read it, what it shows in one sentence, whence it comes."""

    question: str
    caption: str
    summary: str
    run: str = ""
    n_seeds: int = 0
    source: str = ""


def layer_color(position: int, n_layers: int, opacity: float = 1.0) -> str:
    """Return the colour of a layer by its depth, 0 for the first."""
    place = (len(_DEPTH) - 1) * (position / (n_layers - 1) if n_layers > 1 else 0.0)
    left = min(int(place), len(_DEPTH) - 2)
    share = place - left
    mixed = [round(a + share * (b - a)) for a, b in zip(_DEPTH[left], _DEPTH[left + 1], strict=True)]
    return f"rgba({mixed[0]},{mixed[1]},{mixed[2]},{opacity:g})"


def faded(color: str, opacity: float = BAND_OPACITY) -> str:
    """Return a colour "#rrggbb" with an opacity."""
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def figure_of(
    traces: Sequence[Mapping[str, object]], words: FigureWords, *, kind: str, layout: Mapping[str, object] | None = None
) -> go.Figure:
    """Return a figure in the house's look.

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
        "question": words.question,
        "caption": words.caption,
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
        "colorway": list(RUN_COLORS),
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "Source Sans, Source Sans 3, Helvetica, Arial, sans-serif", "size": 13},
        "margin": {"l": 62, "r": 18, "t": 16, "b": 48},
        "hovermode": "closest",
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "xanchor": "left", "yanchor": "bottom"},
    }
    figure = go.Figure({"data": list(traces), "layout": {**base, **(layout or {})}})
    if not traces:
        return _with_sentence(figure, words.summary)
    return figure


def _with_sentence(figure: go.Figure, sentence: str) -> go.Figure:
    """Put a sentence where nothing can be drawn."""
    place = {"xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5, "showarrow": False, "font": {"size": 15}}
    figure.update_layout(xaxis={"visible": False}, yaxis={"visible": False}, annotations=[{"text": sentence, **place}])
    return figure


def axis(title: str, **more: object) -> dict[str, object]:
    """Return an axis with its title; `more` as Plotly describes it."""
    base: dict[str, object] = {"title": {"text": title}, "zeroline": False, "ticks": "outside", "ticklen": 4}
    return {**base, "automargin": True, **more}


def log_axis(title: str, log: bool) -> dict[str, object]:
    """Return an axis, logarithmic or not, whose ticks are written as powers."""
    return axis(title, type="log", exponentformat="power", dtick=1) if log else axis(title)


def apply_theme(figure: go.Figure, dark: bool) -> go.Figure:
    """Give a figure the colours of the light or the dark theme, and return it."""
    ink, faint = _INK[dark], _FAINT[dark]
    lines = {"gridcolor": faint, "linecolor": ink, "tickcolor": ink, "zerolinecolor": faint, "showline": True}
    figure.update_layout(font={"color": ink}, hoverlabel={"font": {"family": "inherit"}})
    figure.update_xaxes(**lines)
    figure.update_yaxes(**lines)
    return figure


def band(
    x: Sequence[float] | np.ndarray, low: np.ndarray, high: np.ndarray, name: str, color: str
) -> list[dict[str, object]]:
    """Return two traces between which the band of a curve is filled; they share the curve's legend entry `name`."""
    there = np.isfinite(low) & np.isfinite(high)
    common = {
        "type": "scatter",
        "mode": "lines",
        "x": single(np.asarray(x)[there]),
        "line": {"width": 0},
        "hoverinfo": "skip",
        "showlegend": False,
        "legendgroup": name,
    }
    return [
        {**common, "y": single(low[there]), "name": f"{name}, lower edge"},
        {**common, "y": single(high[there]), "name": f"{name}, upper edge", "fill": "tonexty", "fillcolor": color},
    ]


def single(values: np.ndarray) -> np.ndarray:
    """Return numbers in single precision: half the bytes to the browser."""
    return np.asarray(values, dtype=np.float32)


def figure_table(figure: go.Figure) -> pd.DataFrame:
    """Return the numbers of a figure: one row for each point, with its series and what the axes are called."""
    import pandas as pd

    parts = [_trace_table(figure, trace) for trace in figure.data]
    parts = [part for part in parts if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"series": []})


def _trace_table(figure: go.Figure, trace: go.Trace) -> pd.DataFrame:
    import pandas as pd

    x_name, y_name = (_axis_title(figure, trace, letter) for letter in "xy")
    name = trace.name or ""
    if trace.type in ("heatmap", "contour"):
        z = np.asarray(trace.z)
        x = np.asarray(trace.x) if trace.x is not None else np.arange(z.shape[1])
        y = np.asarray(trace.y) if trace.y is not None else np.arange(z.shape[0])
        return pd.DataFrame(
            {"series": name, x_name: np.tile(x, len(y)), y_name: np.repeat(y, len(x)), "value": z.ravel()}
        )
    if trace.x is None or trace.y is None:
        return pd.DataFrame()
    columns: dict[str, object] = {"series": name, x_name: np.asarray(trace.x), y_name: np.asarray(trace.y)}
    if trace.customdata is not None:
        extra = np.asarray(trace.customdata)
        titles = (trace.meta or {}).get("columns", ()) if isinstance(trace.meta, dict) else ()
        columns |= {str(title): extra[:, i] for i, title in enumerate(titles)}
    return pd.DataFrame(columns)


def _axis_title(figure: go.Figure, trace: go.Trace, letter: str) -> str:
    number = (getattr(trace, f"{letter}axis", None) or letter)[1:]
    found = figure.layout[f"{letter}axis{number}"]
    return (found.title.text or letter) if found is not None else letter
