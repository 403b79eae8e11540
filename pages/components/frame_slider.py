"""A slider in the browser that moves the charts which follow its bus; the server is told only where it came to rest.

The charts are those of `live_chart.clocked_chart` with the same `bus`: their frames have been sent before.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from pages.components.clock import text

HERE = Path(__file__).resolve().parent

_component = st.components.v2.component(
    "backscope_frame_slider",
    html=(HERE / "frame_slider.html").read_text(encoding="utf-8"),
    css="\n".join((HERE / name).read_text(encoding="utf-8") for name in ("clock.css", "frame_slider.css")),
    js="\n".join(
        (HERE / name).read_text(encoding="utf-8") for name in ("clock_bus.js", "packed_figure.js", "frame_slider.js")
    ),
    isolate_styles=False,
)


def frame_slider(label: str, places: Sequence[float], own: int, *, start: int, bus: str, subject: str) -> int:
    """Draw the slider and return the number of the place where it rests.

    Parameters
    ----------
    label : str
        What is moved.
    places : sequence of float
        Ascending; the frames of the charts stand at them.
    own : int
        The number of the place that its button goes back to.
    start : int
        The one where it begins.
    bus : str
        Unique on the page.
    subject : str
        Says exactly what is varied: with another one the slider begins anew.
    """
    key = f"slider/{bus}"
    known = st.session_state.get(f"{key}/rests")
    place = known[1] if isinstance(known, tuple) and known[0] == subject else start

    def rest() -> None:
        st.session_state[f"{key}/rests"] = (subject, int(st.session_state[key]["place"]))

    _component(
        key=key,
        data={
            "bus": bus,
            "label": label,
            "places": text([float(place) for place in places]),
            "texts": text([f"{place:.3g}".replace("-", "−") for place in places]),
            "own": own,
            "place": place,
            "subject": subject,
        },
        on_place_change=rest,
    )
    return min(place, len(places) - 1)
