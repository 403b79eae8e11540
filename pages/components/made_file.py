"""A file that the server has made for a button in the browser: it is sent until the browser surely has it.

A single message may be overtaken by the next one before the browser has looked at it, when a page draws itself anew
while something is computed. The browser saves each number once (figure_images.js).
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import streamlit as st

SENT_FOR = 20.0  # seconds


@dataclass(frozen=True)
class MadeFile:
    """What is sent: the number of the file (0: none yet), and its content as text or what went wrong."""

    number: int = 0
    content: str | None = None
    error: str | None = None


def keep(key: str, content: str | None, error: str | None = None) -> None:
    """Keep a file under `key`, or why there is none, in place of the one before."""
    before, _ = st.session_state.get(key, (MadeFile(), 0.0))
    st.session_state[key] = MadeFile(before.number + 1, content, error), time.monotonic()


def made_file(key: str) -> MadeFile:
    """Return what is to be sent now: the file, or after a while its number alone."""
    made, since = st.session_state.get(key, (MadeFile(), 0.0))
    if time.monotonic() - since > SENT_FOR:
        made = MadeFile(made.number)
        st.session_state[key] = made, since
    return made
