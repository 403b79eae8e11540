"""Who is looking: a random id kept in a cookie of the browser, without a name and without an account.

The id survives a refresh and a new tab and differs between browsers. Every run and every prepared data set carries
its owner's id; whoever follows a link may look at another's run but not act on it.
"""

from __future__ import annotations

import re
import uuid

import streamlit as st

COOKIE = "backscope_owner"
_SESSION_KEY = "owner_id"
_ID = re.compile(r"[0-9a-f]{32}")
_ONE_YEAR = 365 * 24 * 3600


def current() -> str:
    """Return the id of this browser, 32 hexadecimal digits; made at the first visit."""
    known = st.session_state.get(_SESSION_KEY)
    if isinstance(known, str):
        return known
    sent = st.context.cookies.get(COOKIE)
    fresh = sent if isinstance(sent, str) and _ID.fullmatch(sent) else uuid.uuid4().hex
    st.session_state[_SESSION_KEY] = fresh
    return fresh


def remember() -> None:
    """Ask the browser to keep the id, if it does not send it yet. Draws nothing visible."""
    own = current()
    if st.context.cookies.get(COOKIE) != own:
        script = f"document.cookie='{COOKIE}={own}; path=/; max-age={_ONE_YEAR}; SameSite=Lax';"
        st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)


def owns(run_owner: str | None) -> bool:
    """Tell whether this browser may act on a run of `run_owner`; a run made headless (None) belongs to all."""
    return run_owner is None or run_owner == current()
