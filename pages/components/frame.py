"""The frame of every page: its title and question, the menu, the run being looked at, and the shared store.

A page begins with `frame.page("curves")`, which draws all of this, its title and question included. No heavy library is
imported here; the store is opened only after the text of the page stands on the screen.
"""

from __future__ import annotations

import functools
import html
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import owner, words

if TYPE_CHECKING:
    from runs.jobs import Job
    from runs.store import Entry, RunStore

ROOT = Path(__file__).resolve().parents[2]
LIVE_STATES = ("queued", "running", "paused")
STATE_SIGNS = {
    "queued": "○",
    "running": "▶",
    "paused": "❚❚",
    "finished": "●",
    "stopped": "■",
    "interrupted": "◐",
    "failed": "✕",
}


@dataclass(frozen=True)
class MenuEntry:
    """One page: its title, its file, the question it answers and the icon beside it."""

    title: str
    path: str
    question: str
    icon: str


MENU = {
    "home": MenuEntry("Home", "app.py", "What is this?", ":material/home:"),
    "data": MenuEntry("Data", "pages/data.py", "What will the network see?", ":material/table_chart:"),
    "train": MenuEntry("Train", "pages/train.py", "How is it going?", ":material/play_circle:"),
    "curves": MenuEntry("Curves", "pages/curves.py", "Did it learn, and did it generalize?", ":material/show_chart:"),
    "layers": MenuEntry("Layers", "pages/layers.py", "Where does the signal die?", ":material/layers:"),
    "trajectories": MenuEntry(
        "Trajectories", "pages/trajectories.py", "Which function is it becoming?", ":material/conversion_path:"
    ),
    "runs": MenuEntry("Runs", "pages/runs.py", "What have I tried?", ":material/format_list_bulleted:"),
    "laboratory": MenuEntry("Laboratory", "pages/laboratory.py", "Is it really so?", ":material/science:"),
}


def page(topic: str) -> None:
    """Draw the frame of a page: configuration, menu, title and question, owner, current run.

    Parameters
    ----------
    topic : str
        A key of `MENU`.
    """
    opening(topic)
    current_run()


def opening(topic: str) -> None:
    """Draw what needs no run: configuration, menu, title and question. `current_run` draws the rest."""
    entry = MENU[topic]
    title = "Backscope" if topic == "home" else f"{entry.title} · Backscope"
    st.set_page_config(page_title=title, layout="wide")
    st.html(ROOT / "pages" / "components" / "frame.css")
    with st.sidebar:
        st.markdown("### Backscope")
        for other in MENU.values():
            if (ROOT / other.path).exists():
                run_id = last_chosen()
                st.page_link(
                    other.path, label=other.title, icon=other.icon, query_params={"run": run_id} if run_id else None
                )
    if topic != "home":
        st.title(entry.title, anchor=False)
        st.caption(entry.question)


def current_run() -> None:
    """Draw the run being looked at into the sidebar: name, colour, state, progress; and remember the browser."""
    st.set_page_config(page_icon=str(ROOT / "static" / "icon.png"))  # imports NumPy: not before the text
    with st.sidebar:
        run_id = current_run_id()
        st.divider()
        st.caption("Run being looked at")
        if run_id is None:
            st.caption("None yet. Train the example on the page Home, or your own table from the page Data.")
        else:
            _card(run_id)
        owner.remember()


def _card(run_id: str) -> None:
    every = 2.0 if is_live(run_id) else None
    st.fragment(_card_content, run_every=every)(run_id)


def _card_content(run_id: str) -> None:
    if not exists(run_id):
        st.caption("This run is gone.")
        return
    entry = store().entry(run_id)
    live = job(run_id)
    state = live.state if live is not None else entry.state
    st.html(
        f'<div class="bs-run"><span style="color:{run_color(entry)}">⬤</span> '
        f"<b>{html.escape(entry.name)}</b><br><span>{html.escape(state_in_words(entry, state))}</span></div>"
    )
    if live is not None and state in LIVE_STATES:
        progress = live.progress
        left = f" · {words.duration(progress.seconds_left)} left" if progress.seconds_left is not None else ""
        st.progress(min(max(progress.fraction, 0.0), 1.0), text=f"{progress.fraction:.0%}{left}")
    if not owner.owns(entry.owner):
        st.caption("Seen by a link: you can look, and not act.")


def store() -> RunStore:
    """Return the store of runs; one for the whole process and each folder (`BACKSCOPE_DATA_DIR`)."""
    return _store(os.environ.get("BACKSCOPE_DATA_DIR"))


@functools.lru_cache(maxsize=8)
def _store(folder: str | None) -> RunStore:
    from runs.store import RunStore

    return RunStore(folder)


def job(run_id: str) -> Job | None:
    """Return the background job that makes this run, or None if it is not being made in this process."""
    from runs.jobs import registry

    return registry().job(run_id)


def is_live(run_id: str) -> bool:
    """Tell whether the run is queued, running or paused in this process."""
    live = job(run_id)
    return live is not None and live.state in LIVE_STATES


def state_in_words(entry: Entry, state: str) -> str:
    """Return the state of a run with its sign, and the name of its data unless the run is called the same."""
    data = "" if entry.data_name == entry.name else f" · {entry.data_name}"
    return f"{sign_and_state(entry, state)}{data}"


def sign_and_state(entry: Entry, state: str, more: str = "") -> str:
    """Return the state of a run with its sign, with `more` behind it, and how many of its seeds diverged."""
    lost = words.diverged(entry)
    return f"{STATE_SIGNS.get(state, '●')} {', '.join(part for part in (state, more, lost) if part)}"


def run_color(entry: Entry) -> str:
    """Return the colour of a run, the same on every page and in every figure; lighter on the dark theme."""
    from diagnostics.figures.colors import RUN_COLORS, on_dark

    color = RUN_COLORS[entry.colour % len(RUN_COLORS)]
    return on_dark(color) if is_dark() else color


def is_dark() -> bool:
    """Tell whether the person looks at the dark theme."""
    return st.context.theme.type == "dark"


def exists(run_id: str) -> bool:
    """Tell whether the store holds a run of this id."""
    try:
        store().entry(run_id)
    except (KeyError, ValueError, OSError):
        return False
    return True


def last_chosen() -> str | None:
    """Return the run of the address or the last one chosen, without asking the store whether it exists."""
    chosen = st.query_params.get("run") or st.session_state.get("run_id")
    return str(chosen) if chosen else None


def choose_run(run_id: str) -> None:
    """Make `run_id` the run being looked at, on every page and in the address."""
    st.session_state["run_id"] = run_id
    st.query_params["run"] = run_id


def current_run_id() -> str | None:
    """Return the run being looked at: of the address, else the last one chosen, else the newest of this browser.

    The address is set to it, so that it can be shared. None if there is no run at all.
    """
    asked = st.query_params.get("run")
    for candidate in (asked, st.session_state.get("run_id")):
        if candidate and exists(candidate):
            choose_run(candidate)
            return str(candidate)
    if asked:
        st.info(f"The run {words.plain(asked)} is not in this store; it may have been deleted.", icon=":material/info:")
        del st.query_params["run"]
    st.session_state.pop("run_id", None)
    entries = store().list(owner=owner.current())
    if not entries:
        return None
    choose_run(entries[0].id)
    return entries[0].id
