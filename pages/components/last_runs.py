"""The last runs at a glance: what each is called, how it ended, and a way to look at it."""

from __future__ import annotations

import datetime
import html
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import frame, owner, words

if TYPE_CHECKING:
    from runs.store import Entry

SHOWN = 5
METRICS = ("accuracy", "r2", "loss")


def last_runs() -> None:
    """List the newest runs of this browser, each with its final validation metric and a link to its page."""
    entries = frame.store().list(owner=owner.current())[:SHOWN]
    st.subheader("Last runs", anchor=False)
    if not entries:
        st.caption("The runs you start are listed here, with how well they did and a way back to them.")
        return
    with st.container(key="last-runs"):
        for entry in entries:
            _row(entry)


def _row(entry: Entry) -> None:
    live = frame.is_live(entry.id)
    job = frame.job(entry.id)
    state = job.state if live and job is not None else entry.state
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.html(
            f'<div class="bs-row"><span style="color:{frame.run_color(entry)}">⬤</span> '
            f"<b>{html.escape(entry.name)}</b>"
            f'<span class="bs-quiet"> {html.escape(entry.data_name)} · {frame.STATE_SIGNS.get(state, "●")} '
            f"{html.escape(state)} · {_age(entry.created)}</span></div>"
        )
        st.html(f'<div class="bs-row bs-number">{html.escape(score(entry))}</div>', width="content")
        page = frame.MENU["train" if live or not (frame.ROOT / "pages/curves.py").exists() else "curves"]
        st.page_link(page.path, label="Watch" if live else "Look", query_params={"run": entry.id})


def score(entry: Entry) -> str:
    """Return the final validation metric, mean ± standard deviation over seeds, in words; empty if there is none."""
    for part in ("validation", "train"):
        for metric in METRICS:
            found = entry.summary.get(f"{part}/{metric}")
            if found is not None:
                mean, spread = (float(value) for value in found)
                return f"{part} {metric} {words.with_spread(mean, spread)}"
    return ""


def _age(created: str) -> str:
    try:
        when = datetime.datetime.fromisoformat(created)
    except ValueError:
        return ""
    now = datetime.datetime.now(when.tzinfo)
    minutes = (now - when).total_seconds() / 60
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes:.0f} min ago"
    return f"{minutes / 60:.0f} h ago" if minutes < 1440 else when.strftime("%-d %B %Y")
