"""A Plotly figure drawn in place by the browser: zoom, hover and hidden curves survive every update.

`st.plotly_chart` makes a new chart of each new figure; this component hands the figure to `Plotly.react` instead. It
reads plotly.min.js from the folder static/, where it is copied to from the installed package, so no network is needed.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

HERE = Path(__file__).resolve().parent
STATIC = HERE.parents[1] / "static"
DEFAULT_HEIGHT = 360

_component = st.components.v2.component(
    "backscope_live_chart",
    html=(HERE / "live_chart.html").read_text(encoding="utf-8"),
    js=(HERE / "live_chart.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def live_chart(figure: Mapping[str, Any], key: str, height: int | None = None) -> None:
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
    """
    from diagnostics.figures.theme import as_json

    install_plotly()
    layout = {"uirevision": key, **figure["layout"]}
    meta = layout.get("meta") or {}
    _component(
        key=key,
        data={
            "figure": as_json({**figure, "layout": layout}),
            "height": int(height or layout.get("height") or DEFAULT_HEIGHT),
            "key": key,
            "label": str(meta.get("summary") or meta.get("question") or "figure"),
        },
    )


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
