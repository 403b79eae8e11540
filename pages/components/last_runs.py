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
METRICS = {"accuracy": "accuracy", "r2": "R²", "loss": "loss"}
LOOKED_AT = {
    "curves": "Loss and accuracy over training, on rows it learns from and on rows it has never seen.",
    "layers": "Activations, gradients and weights of every layer; which units are saturated, and when.",
    "trajectories": "Every network at every moment as one point on a map, by PCA or t-SNE.",
}


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


def questions() -> None:
    """Say which question each page answers about a run, three to a row, each with the way there."""
    st.subheader("What to look at", anchor=False)
    with st.container(key="wide-questions"):
        columns = st.columns(3, gap="medium")
    for column, topic in zip(columns, LOOKED_AT, strict=True):
        entry = frame.MENU[topic]
        with column:
            run_id = frame.last_chosen()
            st.page_link(
                entry.path,
                label=f"**{entry.title}**",
                icon=entry.icon,
                query_params={"run": run_id} if run_id else None,
            )
            st.caption(f"{entry.question} {LOOKED_AT[topic]}")


def _row(entry: Entry) -> None:
    live = frame.is_live(entry.id)
    job = frame.job(entry.id)
    state = job.state if live and job is not None else entry.state
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"row-run-{entry.id}"):
        st.html(
            f'<div class="bs-row"><span style="color:{frame.run_color(entry)}">⬤</span> '
            f"<b>{html.escape(entry.name)}</b>"
            f'<span class="bs-quiet"> {html.escape(frame.state_in_words(entry, state))} · {_age(entry.created)}'
            "</span></div>"
        )
        st.html(f'<div class="bs-row bs-number">{html.escape(score(entry))}</div>', width="content")
        page = frame.MENU["train" if live else "curves"]
        st.page_link(page.path, label="Watch" if live else "Curves", icon=page.icon, query_params={"run": entry.id})


def score(entry: Entry) -> str:
    """Return the final validation metric, mean ± standard deviation over seeds, in words; empty if there is none."""
    for part in ("validation", "train"):
        for metric, shown in METRICS.items():
            found = entry.summary.get(f"{part}/{metric}")
            if found is not None:
                mean, spread = (float(value) for value in found)
                return f"{part} {shown} {words.with_spread(mean, spread)}"
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
