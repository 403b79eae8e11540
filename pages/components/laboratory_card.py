"""One experiment of the Laboratory as a card: title, question, what the paper shows, where it stands, one button."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.components import frame, owner, words

if TYPE_CHECKING:
    from runs.laboratory.conducting import Standing
    from runs.laboratory.entry import LaboratoryEntry

PARAMETER = "experiment"  # of the address
CAN_BE_MADE = ("absent", "parts")


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
    state = "finished" if is_chosen and not found else state_of(entry, found)  # opened by a link, it computes by itself
    with st.container(border=True, height="stretch", key=f"card-{entry.name}"):
        st.markdown(f"**{words.plain(entry.title)}**  \n{words.plain(entry.question)}")
        st.caption(f"**In the paper.** {words.plain(entry.figure)}", help=words.plain(f"{entry.source}."))
        is_asked = False
        with st.container(horizontal=True, vertical_alignment="center", key=f"row-card-{entry.name}"):
            if state in CAN_BE_MADE:
                is_asked = start_button("Run it", key=f"start/{entry.name}")
            else:
                label = "Close" if is_chosen else "Watch" if state == "live" else "Results"
                name = "" if is_chosen else entry.name
                st.button(label, key=f"open/{entry.name}", on_click=choose, args=(name,))
            st.caption({"live": "running", "finished": "done"}.get(state) or still_to_do(found))
        if is_asked:
            start(entry)


def start_button(label: str, *, key: str) -> bool:
    """Draw the button that starts an experiment; return whether it was pressed."""
    return st.button(label, key=key, icon=":material/play_arrow:", type="primary")


def still_to_do(found: tuple[Standing, ...]) -> str:
    """How many networks are to be trained, and roughly how long that takes."""
    from runs.laboratory.conducting import seconds

    missing = [one.arm for one in found if one.state != "finished"]
    if not missing:
        return "computed at once"
    there = f", {len(found) - len(missing)} there already" if len(missing) < len(found) else ""
    return f"{words.plural(len(missing), 'network')}{there}, {words.duration_range(*seconds(missing))}"


def choose(name: str) -> None:
    """Open an experiment, or none for ""."""
    st.session_state["laboratory/chosen"] = name
    st.query_params.pop(PARAMETER, None)
    if name:
        st.query_params[PARAMETER] = name


def start(entry: LaboratoryEntry) -> None:
    """Start what is missing and open the experiment; a refusal is told in words."""
    choose(entry.name)
    try:
        with st.spinner("Making the images and the networks"):
            _begin(entry)
    except (PermissionError, KeyError, RuntimeError, ValueError) as error:
        st.error(words.plain(str(error)))
        return
    st.rerun()


def _begin(entry: LaboratoryEntry) -> None:
    """Start the missing networks of an experiment in the background; one without networks is computed."""
    from runs.jobs import registry
    from runs.laboratory import conducting

    if entry.reduced.arms:
        conducting.start(entry.reduced, store=frame.store(), registry=registry(), owner=owner.current())
    else:
        registry().compute(_without_runs(entry), lambda report: entry.conclude({}, "reduced"), owner=None)
