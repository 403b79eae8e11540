"""The frames of moving figures, sent after all figures of a page stand: making them takes longer than drawing one."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path

import streamlit as st

HERE = Path(__file__).resolve().parent

_component = st.components.v2.component(
    "backscope_late_frames", js=(HERE / "late_frames.js").read_text(encoding="utf-8"), isolate_styles=False
)


class Late:
    """The frames of the chart `key`; `version` says to which of its figures they belong. Made once, when asked for."""

    def __init__(self, key: str, make: Callable[[], str]) -> None:
        self.key = key
        self.version = uuid.uuid4().hex
        self._make: Callable[[], str] | None = make
        self._text = ""
        self._lock = threading.Lock()

    def packed(self) -> str:
        """Return all frames, of `diagnostics.figures.packing.packed`."""
        with self._lock:
            if self._make is not None:
                self._text = self._make()
                self._make = None  # and all that it holds
            return self._text


def send(frames: Iterable[Late | None]) -> None:
    """Send the frames of the charts that move."""
    with st.container(key="late-frames"):
        for late in frames:
            if late is not None:
                _component(
                    key=f"late/{late.key}", data={"chart": late.key, "version": late.version, "frames": late.packed()}
                )
