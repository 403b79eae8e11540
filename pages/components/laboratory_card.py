"""One experiment of the Laboratory as a card: title, question, what the paper shows, where it stands, one button."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.components import frame, owner, words

if TYPE_CHECKING:
    from runs.laboratory.conducting import Standing
    from runs.laboratory.entry import LaboratoryEntry

PARAMETER = "experiment"  # of the address


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
    """Return the name of the computation that reads these runs, in this store."""
    ids = " ".join(one.entry.id for one in found if one.entry is not None)
    return f"laboratory {entry.name} {ids}"


def _without_runs(entry: LaboratoryEntry) -> str:
    """As `computed` calls the computation of an experiment that trains nothing."""
    return f"{frame.store().folder} {result_key(entry, ())}"


def state_of(entry: LaboratoryEntry, found: tuple[Standing, ...]) -> str:
    """Return "absent", "live", "parts" (some networks are there) or "finished"."""
    from runs.jobs import registry
    from runs.laboratory.conducting import LIVE

    if not found:
        return "finished" if registry().computation(_without_runs(entry)) else "absent"
    if any(one.state in LIVE for one in found):
        return "live"
    if all(one.state == "finished" for one in found):
        return "finished"
    return "parts" if any(one.state == "finished" for one in found) else "absent"


def card(entry: LaboratoryEntry, *, is_chosen: bool) -> None:
    """Draw the card. Its one button runs what is missing, or opens what there is."""
    found = found_runs(entry)
    state = state_of(entry, found)
    with st.container(border=True, height="stretch", key=f"card-{entry.name}"):
        st.markdown(f"**{words.plain(entry.title)}**  \n{words.plain(entry.question)}")
        st.caption(f"**In the paper.** {words.plain(entry.figure)}", help=words.plain(f"{entry.source}."))
        with st.container(horizontal=True, vertical_alignment="center", key=f"row-card-{entry.name}"):
            started = _button(entry, state, is_chosen=is_chosen)
            st.caption(_said(found, state))
        if started:
            _start(entry)


def _button(entry: LaboratoryEntry, state: str, *, is_chosen: bool) -> bool:
    """Draw the one button; return whether the experiment is to be started."""
    if state in ("absent", "parts"):
        return st.button("Run it", key=f"start/{entry.name}", icon=":material/play_arrow:", type="primary")
    label = "Close" if is_chosen else "Watch" if state == "live" else "Results"
    st.button(label, key=f"open/{entry.name}", on_click=_choose, args=("" if is_chosen else entry.name,))
    return False


def _said(found: tuple[Standing, ...], state: str) -> str:
    """What stands beside the button: how much there is to do, or that it is done."""
    from runs.laboratory.conducting import seconds

    if state in ("live", "finished"):
        return "running" if state == "live" else "done"
    missing = [one.arm for one in found if one.state != "finished"]
    if not missing:
        return "computed at once"
    there = f", {len(found) - len(missing)} there already" if len(missing) < len(found) else ""
    return f"{words.plural(len(missing), 'network')}{there}, {words.duration_range(*seconds(missing))}"


def _choose(name: str) -> None:
    st.session_state["laboratory/chosen"] = name
    st.query_params.pop(PARAMETER, None)
    if name:
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
        registry().compute(_without_runs(entry), lambda report: entry.conclude({}, "reduced"), owner=None)
