"""The one clock of a page: a slider in the browser that moves every figure under it, and tells where it came to rest.

While it moves the server is not asked: `clocked_chart` has sent the frames. The step and the chosen layer stand in the
address (`step=`, `layer=`), so that a link shows the same; no step means the newest, which follows a run that grows.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import streamlit as st

HERE = Path(__file__).resolve().parent
CHOSEN = "clock/chosen"

_component = st.components.v2.component(
    "backscope_clock",
    html=(HERE / "clock.html").read_text(encoding="utf-8"),
    css=(HERE / "clock.css").read_text(encoding="utf-8"),
    js="\n".join((HERE / name).read_text(encoding="utf-8") for name in ("clock_bus.js", "clock.js")),
    isolate_styles=False,
)


@dataclass(frozen=True)
class ClockState:
    """Where the clock rests: `step` (None: the newest) and the chosen `layer` (None: none)."""

    step: int | None = None
    layer: str | None = None


def text(items: Sequence[object]) -> str:
    """Return a list as text: Streamlit would import pandas to see whether it is a table."""
    return json.dumps(items, ensure_ascii=False)


def clock(run_id: str, steps: Sequence[int], layers: Sequence[str]) -> ClockState:
    """Draw the clock over the recorded steps of a run and return where it rests.

    Parameters
    ----------
    run_id : str
        The state is kept for each run.
    steps : sequence of int
        Ascending.
    layers : sequence of str
        Their names; a click on one of them in any figure chooses it.
    """
    state = clock_state(run_id, layers)
    _keep(run_id, state)
    key = f"clock/{run_id}"
    with st.container(key="clock"):
        _component(
            key=key,
            data={"steps": text([int(step) for step in steps]), "layers": text(list(layers)), **_sent(state)},
            on_step_change=lambda: _take_step(run_id, key),
            on_layer_change=lambda: _take_layer(run_id, key),
        )
    return state


def clock_state(run_id: str, layers: Sequence[str]) -> ClockState:
    """Return where the clock of a run rests: as it was left, else as the address says."""
    known = st.session_state.get(CHOSEN)
    if isinstance(known, tuple) and known[0] == run_id and isinstance(known[1], ClockState):
        return known[1]
    step, layer = st.query_params.get("step", ""), st.query_params.get("layer")
    state = ClockState(int(step) if step.isdecimal() else None, layer if layer in layers else None)
    _keep(run_id, state)
    return state


def choose_layer(run_id: str, layer: str) -> None:
    """Choose a layer as a click in a figure does; the browser takes it over."""
    _keep(run_id, replace(clock_state(run_id, ()), layer=layer))


def _sent(state: ClockState) -> dict[str, int | str | None]:
    return {"step": state.step, "layer": state.layer}


def _take_step(run_id: str, key: str) -> None:
    """Take over at which step the browser rests."""
    step = st.session_state[key].get("step")
    _keep(run_id, replace(clock_state(run_id, ()), step=None if step is None else int(step)))


def _take_layer(run_id: str, key: str) -> None:
    """Take over which layer was clicked."""
    layer = st.session_state[key].get("layer")
    _keep(run_id, replace(clock_state(run_id, ()), layer=None if layer is None else str(layer)))


def _keep(run_id: str, state: ClockState) -> None:
    st.session_state[CHOSEN] = (run_id, state)
    for name, value in _sent(state).items():
        if value is None:
            st.query_params.pop(name, None)
        else:
            st.query_params[name] = str(value)
