"""One experiment of the Laboratory as a card: title, question, what the paper shows, where it stands, one button."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.components import frame, owner, words

if TYPE_CHECKING:
    from runs.laboratory.conducting import Standing
    from runs.laboratory.entry import LaboratoryEntry

PARAMETER = "experiment"  # of the address
CARD_HEIGHT = 330


def chosen_name() -> str:
    """Return the experiment that is opened: of the address, else the last one; "" if none is."""
    from runs.laboratory.catalog import ENTRIES

    asked = st.query_params.get(PARAMETER) or st.session_state.get("laboratory/chosen")
    if asked not in ENTRIES:
        return ""
    st.query_params[PARAMETER] = str(asked)
    st.session_state["laboratory/chosen"] = asked
    return str(asked)


def found_runs(entry: LaboratoryEntry) -> tuple[Standing, ...]:
    """Return where each network of the experiment stands, at the reduced size."""
    from runs.jobs import registry
    from runs.laboratory.conducting import standings

    return standings(entry.reduced, frame.store().list(owner=owner.current()), registry())


def result_key(entry: LaboratoryEntry, found: tuple[Standing, ...]) -> str:
    """Return the name of the computation that reads these runs."""
    ids = " ".join(one.entry.id for one in found if one.entry is not None)
    return f"laboratory {frame.store().folder} {entry.name} {ids}"


def state_of(entry: LaboratoryEntry, found: tuple[Standing, ...]) -> str:
    """Return "absent", "live", "parts" (some networks are there) or "finished"."""
    from runs.jobs import registry
    from runs.laboratory.conducting import LIVE

    if not found:
        return "finished" if registry().computation(result_key(entry, found)) else "absent"
    if any(one.state in LIVE for one in found):
        return "live"
    if all(one.state == "finished" for one in found):
        return "finished"
    return "parts" if any(one.state == "finished" for one in found) else "absent"


def card(entry: LaboratoryEntry, *, is_chosen: bool) -> None:
    """Draw the card. Its one button runs what is missing, or opens what there is."""
    found = found_runs(entry)
    state = state_of(entry, found)
    with st.container(border=True, height=CARD_HEIGHT, key=f"card-{entry.name}"):
        st.markdown(f"**{words.plain(entry.title)}**  \n{words.plain(entry.question)}")
        st.caption(f"**In the paper.** {words.plain(entry.figure)}", help=words.plain(f"{entry.source}."))
    with st.container(horizontal=True, vertical_alignment="center", key=f"row-card-{entry.name}"):
        if state in ("live", "finished"):
            if not is_chosen:
                label = "Watch" if state == "live" else "Results"
                st.button(label, key=f"open/{entry.name}", on_click=_choose, args=(entry.name,))
            st.caption(_said(state))
        else:
            started = st.button("Run it", key=f"start/{entry.name}", icon=":material/play_arrow:", type="primary")
            st.caption(_how_much(entry, found))
            if started:
                _start(entry)


def _said(state: str) -> str:
    return "running" if state == "live" else "done"


def _how_much(entry: LaboratoryEntry, found: tuple[Standing, ...]) -> str:
    missing = sum(one.state != "finished" for one in found)
    if not found:
        return "nothing is trained, a second"
    if missing < len(found):
        return f"{words.plural(missing, 'network')} to train, {len(found) - missing} there already"
    return f"{words.plural(missing, 'network')} to train"


def _choose(name: str) -> None:
    st.session_state["laboratory/chosen"] = name
    st.query_params[PARAMETER] = name


def _start(entry: LaboratoryEntry) -> None:
    """Start what is missing and open the experiment; a refusal is told in words."""
    _choose(entry.name)
    try:
        with st.spinner("Making the images and the networks"):
            begin(entry)
    except (PermissionError, KeyError, RuntimeError, ValueError) as error:
        st.error(words.plain(str(error)))
        return
    st.rerun()


def begin(entry: LaboratoryEntry) -> None:
    """Start the missing networks of an experiment in the background; one without networks is computed."""
    from runs.jobs import registry
    from runs.laboratory.conducting import start

    if entry.reduced.arms:
        start(entry.reduced, store=frame.store(), registry=registry(), owner=owner.current())
    else:
        registry().compute(result_key(entry, ()), lambda report: entry.conclude({}, "reduced"), owner=None)
