"""A Plotly figure drawn in place by the browser: zoom, hover and hidden curves survive every update.

`st.plotly_chart` makes a new chart of each new figure; this component hands the figure to `Plotly.react` instead. It
reads plotly.min.js from the folder static/, where it is copied to from the installed package, so no network is needed.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

HERE = Path(__file__).resolve().parent
STATIC = HERE.parents[1] / "static"
DEFAULT_HEIGHT = 360
SCRIPTS = ("clock_bus", "packed_figure", "late_moments", "chart_marks", "live_chart")

_component = st.components.v2.component(
    "backscope_live_chart",
    html=(HERE / "live_chart.html").read_text(encoding="utf-8"),
    css=(HERE / "live_chart.css").read_text(encoding="utf-8"),
    js="\n".join((HERE / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS),
    isolate_styles=False,
)


def live_chart(
    figure: Mapping[str, Any],
    key: str,
    height: int | None = None,
    on_click: Callable[[int, list[int]], None] | None = None,
) -> None:
    """Draw `figure`, or update the chart of this `key` in place.

    Parameters
    ----------
    figure : mapping
        As Plotly describes it, of `diagnostics.figures.theme.themed`. A constant `layout.uirevision` lets zoom and
        hidden curves survive; it is set to `key` if absent.
    key : str
        Unique on the page.
    height : int, optional
        In pixels; by default the figure's own, else 360.
    on_click : callable, optional
        Is called with the number of a trace and the place in it that was clicked: [point], or [row, column] of a cell.
    """
    from diagnostics.figures.theme import as_json

    layout = {"uirevision": key, **figure["layout"]}
    meta = layout.get("meta") or {}
    height = int(height or layout.get("height") or DEFAULT_HEIGHT)
    _mount(as_json({**figure, "layout": layout}), key, height, meta, clock=None, on_click=on_click)


def clocked_chart(
    packed: str,
    key: str,
    height: int,
    meta: Mapping[str, object],
    marks: Mapping[str, bool],
    *,
    bus: str = "clock",
    late: str = "",
) -> None:
    """Draw a figure that follows the clock of its page (`pages.components.clock`), or update it in place.

    Parameters
    ----------
    packed : str
        Of `diagnostics.figures.packing.packed`.
    key : str
        Unique on the page.
    height : int
        In pixels.
    meta : mapping
        `layout.meta` of the figure, for its label.
    marks : mapping of str to bool
        What the chart marks: "time" a line at the clock's step, "rows" or "columns" the place of the chosen layer.
    bus : str
        The name of another slider that it follows instead (`pages.components.frame_slider`).
    late : str
        The version of the frames that come after it (`pages.components.late_frames`); `packed` is one of them then.
    """
    _mount(packed, key, height, meta, clock={**marks, "bus": bus, "late": late})


def _mount(
    text: str,
    key: str,
    height: int,
    meta: Mapping[str, object],
    *,
    clock: dict[str, bool | str] | None,
    on_click: Callable[[int, list[int]], None] | None = None,
) -> None:
    install_plotly()
    label = str(meta.get("summary") or meta.get("question") or "figure")
    # the clock as text: Streamlit would import pandas to see whether it is a table
    sent = None if clock is None else json.dumps(clock)
    data = {"figure": text, "height": height, "key": key, "label": label, "clock": sent}
    if on_click is None:
        _component(key=key, data=data)
        return
    told = on_click

    def clicked() -> None:
        found = st.session_state[key].get("clicked")
        if isinstance(found, Mapping):
            told(int(found["trace"]), [int(place) for place in found["place"]])

    _component(key=key, data={**data, "clickable": True}, on_clicked_change=clicked)


@functools.cache
def install_plotly() -> None:
    """Copy plotly.min.js of the installed package into static/, unless it is there already.

    Raises
    ------
    FileNotFoundError
        If Plotly is not installed.
    """
    found = importlib.util.find_spec("plotly")
    if found is None or found.origin is None:
        raise FileNotFoundError("plotly is not installed: run `pip install -r requirements.txt`")
    source = Path(found.origin).parent / "package_data" / "plotly.min.js"
    target = STATIC / "plotly.min.js"
    if target.exists() and target.stat().st_size == source.stat().st_size:
        return
    STATIC.mkdir(exist_ok=True)
    partial = target.with_suffix(f".{os.getpid()}.part")
    shutil.copyfile(source, partial)
    os.replace(partial, target)
