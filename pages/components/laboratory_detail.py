"""An opened experiment of the Laboratory: its size, its runs while they train, then the table and the figures."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import frame, owner, words
from pages.components.laboratory_card import CAN_BE_MADE, choose, found_runs, start, start_button, state_of, still_to_do
from pages.components.laboratory_result import result
from pages.components.scrolled_here import scrolled_here

if TYPE_CHECKING:
    from runs.laboratory.conducting import Standing
    from runs.laboratory.entry import LaboratoryEntry

EVERY = 1.0  # seconds


def detail(entry: LaboratoryEntry) -> None:
    """Draw the experiment below its row of cards."""
    with st.container(key=f"detail-{entry.name}"):
        scrolled_here(entry.name)
        with st.container(horizontal=True, vertical_alignment="center", key=f"row-detail-{entry.name}"):
            st.subheader(entry.title, anchor=False, width="stretch")
            st.button("Close", key=f"close/{entry.name}", on_click=choose, args=("",), type="tertiary")
        st.markdown(
            f"{words.plain(entry.question)}  \n**In the paper.** {words.plain(entry.figure)} "
            f"({words.plain(entry.source)})  \n**Here.** {words.plain(entry.reduced.words)}"
        )
        _terms(entry)
        state = state_of(entry, found_runs(entry))
        if state == "finished" or not entry.reduced.arms:
            _result(entry)
        else:
            st.fragment(_watch, run_every=EVERY if state == "live" else None)(entry, state)
        st.divider()


def _terms(entry: LaboratoryEntry) -> None:
    """The terms of these texts, each with a small "?" that explains it."""
    if entry.terms:
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"terms-{entry.name}"):
            for term in entry.terms:
                st.caption(term, width="content")
                words.explain(term, key=f"term/laboratory/{entry.name}/{term}")


def _watch(entry: LaboratoryEntry, drawn: str) -> None:
    """Draw where each network stands, and the way to cancel; the page is drawn anew when that changes."""
    from runs.laboratory.conducting import stop

    found = found_runs(entry)
    state = state_of(entry, found)
    if state != drawn:
        st.rerun()
    done = sum(one.fraction for one in found) / max(len(found), 1)
    if state == "live":
        st.progress(min(done, 1.0), text=f"{done:.0%}{_time_left(found)}")
    st.caption(
        "One line for each network, called by its nonlinearity, how its first weights are drawn, and its layers × "
        "units."
    )
    for one in found:
        _line(one)
    if state == "live":
        here = [one for one in found if one.is_made_here]
        mine = all(owner.owns(one.entry.owner) for one in here if one.entry is not None)
        st.button(
            "Cancel",
            key=f"cancel/{entry.name}",
            on_click=functools.partial(stop, found, owner=owner.current()),
            disabled=not (here and mine),
            help="What is trained by now is kept, and can go on. What another program trains is not ended from here.",
        )
    elif state in CAN_BE_MADE:
        _start(entry, found)


def _start(entry: LaboratoryEntry, found: tuple[Standing, ...]) -> None:
    """The button of the card once more, since the card may be out of sight, and what will then happen."""
    is_begun = any(one.entry is not None and one.state != "finished" for one in found)
    with st.container(horizontal=True, vertical_alignment="center", key=f"row-start-{entry.name}"):
        is_asked = start_button("Go on" if is_begun else "Run it", key=f"go_on/{entry.name}")
        st.caption(still_to_do(found))
    st.caption(
        "The shorter time if this computer does little else, the longer one if it is busy. It goes on if you leave "
        "this page. A run is seen in the browser that started it: who opens this link elsewhere trains their own."
    )
    if is_asked:
        start(entry)


def _time_left(found: tuple[Standing, ...]) -> str:
    """The time that the running network says, also for those that have not begun; "" as long as none says any."""
    running = [one.job.progress for one in found if one.state == "running" and one.job is not None]
    known = [progress for progress in running if progress.seconds_left and progress.fraction > 0.02]
    if not known or known[0].seconds_left is None:
        return ""
    whole = known[0].seconds_left / (1 - known[0].fraction) if known[0].fraction < 1 else 0.0
    left = sum((1 - one.fraction) * whole for one in found if one.state != "finished")
    return f" · about {words.duration(left)} left"


def _line(one: Standing) -> None:
    """One network: its label, its state, and where its run can be looked at."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        share = f" {one.fraction:.0%}" if one.state == "running" else ""
        state = "not trained yet" if one.state == "absent" else one.state
        st.markdown(
            f"{frame.STATE_SIGNS.get(one.state, '·')} {words.plain(one.arm.label)}: {state}{share}", width="content"
        )
        if one.entry is not None:
            for topic in ("layers", "curves"):
                page = frame.MENU[topic]
                st.page_link(page.path, label=page.title, icon=page.icon, query_params={"run": one.entry.id})


def _result(entry: LaboratoryEntry) -> None:
    """Draw what came out, where its runs are, and how to get it without a screen."""
    found = found_runs(entry)
    result(entry, found)
    if found:
        with st.expander("The run it was read off" if len(found) == 1 else f"The {len(found)} runs it was read off"):
            for one in found:
                _line(one)
    command = f"python -m runs.laboratory {entry.name}"
    st.caption(
        f"Without a screen: `{command}`. At the paper's size: `{command} --size paper`. "
        f"{words.plain(entry.paper.words)}"
    )
