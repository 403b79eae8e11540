"""An opened experiment of the Laboratory: its size, its runs while they train, then the table and the figures."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import figure_view, frame, owner, words
from pages.components.laboratory_card import begin, found_runs, result_key, state_of

if TYPE_CHECKING:
    from runs.computations import Computation, Report
    from runs.laboratory.conducting import Standing
    from runs.laboratory.entry import Conclusion, LaboratoryEntry
    from runs.laboratory.rows import Row

EVERY = 1.0  # seconds
MARKS = {"yes": "✓ agrees", "no": "✗ differs", "not compared": "– not compared"}


def detail(entry: LaboratoryEntry) -> None:
    """Draw the experiment below its row of cards."""
    with st.container(key=f"detail-{entry.name}"):
        st.divider()
        st.subheader(entry.title, anchor=False)
        st.markdown(f"{words.plain(entry.question)}  \n**Here.** {words.plain(entry.reduced.words)}")
        state = state_of(entry, found_runs(entry))
        if state == "finished":
            _result(entry)
        else:
            st.fragment(_watch, run_every=EVERY if state == "live" else None)(entry, state)
        st.divider()


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
    elif any(one.entry is not None for one in found) and st.button("Go on", key=f"go_on/{entry.name}"):
        begin(entry)
        st.rerun()


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
    """Draw table and figures as soon as they are read off the runs, which is done in the background."""
    from runs.jobs import registry
    from runs.laboratory.conducting import loaded

    found, store = found_runs(entry), frame.store()

    def read(report: Report) -> Conclusion:
        return entry.conclude(loaded(found, store), "reduced")

    job = registry().compute(result_key(entry, found), read, owner=None)
    job.wait(0.3)  # most are read at once
    st.fragment(_show, run_every=EVERY if job.state == "running" else None)(entry, job, job.state == "running")
    if found:
        with st.expander(f"The {words.plural(len(found), 'run')} it was read off"):
            for one in found:
                _line(one)
    st.caption(f"Without a screen, and at the paper's size: `python -m runs.laboratory {entry.name} --size paper`")


def _show(entry: LaboratoryEntry, job: Computation, running: bool) -> None:
    from runs.laboratory.entry import Conclusion

    if (job.state == "running") != running:
        st.rerun()
    if job.state == "running":
        st.info("Reading the runs: singular values of wide layers take some seconds.", icon=":material/hourglass_top:")
    elif isinstance(job.result, Conclusion):
        _table(job.result.rows, job.result.verdict)
        _figures(entry.name, job.result)
    else:
        st.error(words.plain(job.error or "The runs could not be read."))


def _table(rows: tuple[Row, ...], verdict: str) -> None:
    import pandas as pd

    from runs.laboratory.rows import EVIDENCE

    st.markdown(f"**Ours beside the published: {verdict}**")
    shown = [
        {
            "Quantity": row.quantity,
            "Ours (± over seeds)": row.ours,
            "Published or expected": row.reference.words,
            "Verdict": _verdict(row),
            "How it is known": f"{EVIDENCE[row.reference.evidence]}: {row.reference.source}",
        }
        for row in rows
    ]
    st.table(pd.DataFrame(shown).map(words.plain).set_index("Quantity"), border="horizontal")
    st.caption(
        "Ours was computed on this machine. A reference says how it is known: printed in the paper, read off its "
        "figure by eye (to a tenth), derived, measured elsewhere by a separate program with a single seed, retold by a "
        "later text, or commonly said but not checked in the paper. A verdict says how far ours may be from it, and "
        "why that far; where no fair limit is known, both only stand side by side."
    )


def _verdict(row: Row) -> str:
    allowed = "" if row.agrees is None else f"{row.allowed}; "
    return f"{MARKS[row.verdict]}: {allowed}{row.why}"


def _figures(name: str, found: Conclusion) -> None:
    """Draw the figures, two in a row where there are several."""
    pairs = [found.figures[first : first + 2] for first in range(0, len(found.figures), 2)]
    for number, pair in enumerate(pairs):
        if len(pair) == 1:
            figure_view.show(pair[0][1], key=f"laboratory/{name}/{pair[0][0]}")
            continue
        with st.container(key=f"wide-laboratory-{name}-{number}"):
            columns = st.columns(2, gap="medium")
        for column, (slug, figure) in zip(columns, pair, strict=True):
            with column:
                figure_view.show(figure, key=f"laboratory/{name}/{slug}")
