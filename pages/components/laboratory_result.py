"""What came out of an experiment of the Laboratory: the table first, then the figures, both made in the background."""

from __future__ import annotations

import re
import statistics
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import figure_view, frame, words
from pages.components.computed import computed
from pages.components.laboratory_card import result_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runs.computations import Report
    from runs.laboratory.conducting import Standing
    from runs.laboratory.entry import Conclusion, LaboratoryEntry, NamedFigures
    from runs.laboratory.rows import Row

MARKS = {"agrees": "✓", "differs": "✗", "not compared": "–"}
NOT_PUBLISHED = {"measured": "another program", "retold": "retold", "recalled": "commonly said"}
TOGETHER = (
    (" ± ", "\u00a0±\u00a0"),
    (" %", "\u00a0%"),
    ("✓ ", "✓\u00a0"),
    ("✗ ", "✗\u00a0"),
    ("– not ", "–\u2060\u00a0not "),
)


def result(entry: LaboratoryEntry, found: tuple[Standing, ...]) -> None:
    """Draw the table as soon as it is read off the runs, and the figures as soon as they are drawn."""
    from runs.laboratory.conducting import loaded

    key, store = result_key(entry, found), frame.store()

    def read(report: Report) -> Conclusion:
        return entry.conclude(loaded(found, store, report), "reduced")

    slot = f"laboratory/{entry.name}"
    conclusion = computed(key, "Reading the runs", read, slot=f"{slot}/table")
    if conclusion is None:
        return
    _table(conclusion.rows, conclusion.verdict, entry.reduced.arms != ())
    figures = computed(
        f"{key} figures", "Drawing the figures", lambda report: _drawn(key, conclusion, report), slot=f"{slot}/figures"
    )
    _figures(entry.name, figures or ())


def _drawn(key: str, conclusion: Conclusion, report: Report) -> NamedFigures:
    """Draw the figures; what was read keeps them, and no longer the runs that they were drawn from."""
    from runs.jobs import registry

    figures = conclusion.drawn(report)
    reading = registry().computation(f"{frame.store().folder} {key}")
    if reading is not None and len(figures) == len(conclusion.figures):
        reading.result = replace(conclusion, figures=figures)
    return figures


def _table(rows: Sequence[Row], verdict: str, of_networks: bool) -> None:
    """Four columns that fit on a narrow screen; how each number is known waits below, folded away."""
    st.markdown(f"**Ours beside what is published or expected: {verdict}**")
    _small_table(
        [
            {
                "Quantity": row.quantity,
                "Ours": row.brief,
                "Published or expected": _known(row),
                "Verdict": f"{MARKS[row.verdict]} {row.verdict}",
            }
            for row in rows
        ]
    )
    from runs.laboratory.rows import compared_with

    n = statistics.mode(len(row.values) for row in rows)
    drawn = f"{n} networks that began with different first weights (seeds)" if of_networks else f"{n} random draws"
    st.caption(
        f"{compared_with(rows)} "
        f"Ours was computed on this machine: the mean over {drawn}, ± their standard deviation. *Not compared*: no "
        "fair limit is known, so both only stand side by side."
        + (" In the figures dense1 is layer 1, the first." if any(map(_names_a_layer, rows)) else "")
    )
    with st.expander("How each number is known, and what counts as agreeing"):
        _small_table([_background(row) for row in rows])
        st.caption(
            "A reference is printed in the paper, read off its figure by eye (to a tenth), derived, measured elsewhere "
            "by a separate program with a single seed, retold by a later text, or commonly said but not checked in the "
            "paper."
        )


def _known(row: Row) -> str:
    """The reference, and what it is if no paper that was read says so."""
    mark = NOT_PUBLISHED.get(row.reference.evidence)
    return f"{row.reference.words} ({mark})" if mark else row.reference.words


def _names_a_layer(row: Row) -> bool:
    return re.search(r"layers? \d", row.quantity) is not None


def _background(row: Row) -> dict[str, str]:
    from runs.laboratory.rows import EVIDENCE

    return {
        "Quantity": row.quantity,
        "Agrees if": "–" if row.agrees is None else row.allowed,
        "Why that limit, or why none": row.why,
        "How the reference is known": f"{EVIDENCE[row.reference.evidence]}: {row.reference.source}",
    }


def _small_table(shown: Sequence[dict[str, str]]) -> None:
    """Draw the lines; those that begin with the same network stand together below its name."""
    import pandas as pd

    groups: dict[str, list[dict[str, str]]] = {}
    for line in shown:
        common, is_common, _ = line["Quantity"].partition(": ")
        groups.setdefault(common if is_common else "", []).append(line)
    alone = [line for common, lines in groups.items() if not common or len(lines) == 1 for line in lines]
    together = {common: lines for common, lines in groups.items() if common and len(lines) > 1}
    cells = [_cells(line, line["Quantity"]) for line in alone]
    for common, lines in together.items():
        cells.append({**dict.fromkeys(lines[0], ""), "Quantity": f"**{words.plain(common)}**"})
        cells += [_cells(line, line["Quantity"].removeprefix(f"{common}: ")) for line in lines]
    st.table(pd.DataFrame(cells).set_index("Quantity"), border="horizontal")


def _cells(line: dict[str, str], quantity: str) -> dict[str, str]:
    return {name: words.plain(_unbroken(cell)) for name, cell in {**line, "Quantity": quantity}.items()}


def _unbroken(cell: str) -> str:
    """A number stays on one line with its sign and its unit."""
    for loose, tied in TOGETHER:
        cell = cell.replace(loose, tied)
    return cell


def _figures(name: str, figures: NamedFigures) -> None:
    """Draw the figures two in a row; of an odd number the first, which needs the most room, alone."""
    alone = len(figures) % 2
    pairs = [figures[:alone], *(figures[first : first + 2] for first in range(alone, len(figures), 2))]
    for number, pair in enumerate(pair for pair in pairs if pair):
        if len(pair) == 1:
            figure_view.show(pair[0][1], key=f"laboratory/{name}/{pair[0][0]}")
            continue
        with st.container(key=f"wide-laboratory-{name}-{number}"):
            columns = st.columns(2, gap="medium")
        for column, (slug, figure) in zip(columns, pair, strict=True):
            with column:
                figure_view.show(figure, key=f"laboratory/{name}/{slug}")
