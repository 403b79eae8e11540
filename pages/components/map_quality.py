"""The strip under a map: how far it can be trusted, and what chance would have drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from pages.components.map_fitting import finished_tests

if TYPE_CHECKING:
    from diagnostics.group_separation import GroupSeparationReport
    from diagnostics.trajectories import FunctionMapReport, MapTests
    from runs.computations import Computation

EVERY = 1.0  # seconds
SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Cell:
    """One number of the strip: its name, the number in words, and what it says."""

    name: str
    value: str
    help: str


def quality_strip(report: FunctionMapReport, job: Computation | None) -> None:
    """Draw the numbers of a map, and below them what the tests say, as soon as they are computed."""
    with st.container(key="map-quality", horizontal=True, gap="medium"):
        for cell in cells(report):
            st.metric(cell.name, cell.value, help=cell.help, width="content")
    if job is None:
        st.caption("Random walks are compared when the map is fitted anew.")
        return
    running = job.state == "running"
    st.fragment(_tests, run_every=EVERY if running else None)(job, running)


def _tests(job: Computation, was_running: bool) -> None:
    if (job.state == "running") != was_running:
        st.rerun()
    if job.state == "running":
        st.caption("Comparing with random walks …")
    elif job.state == "finished":
        tests = finished_tests(job)
        for sentence in told(tests) if tests is not None else ():
            st.markdown(sentence)
    else:
        st.caption("The comparison with random walks has ended without a result.")


def _number(value: float, form: str = ".3f") -> str:
    return format(value, form) if np.isfinite(value) else "–"


def cells(report: FunctionMapReport) -> list[Cell]:
    """Return the numbers of a map."""
    quality = report.quality
    k = quality.n_neighbors
    few = "" if quality.n_measured == quality.n_points else f" Measured on {quality.n_measured} of the points."
    before = _number(quality.temporal_recall_true, ".0%")
    found = [
        Cell("Trustworthiness", _number(quality.trustworthiness), f"Whether the {k} nearest points on the map are near "
             f"in truth, too: 1 is perfect, about ½ is chance (Venna & Kaski 2001).{few}"),
        Cell("Continuity", _number(quality.continuity), f"Whether the {k} nearest in truth are near on the map: the "
             "other direction."),
        Cell("Neighbours kept", _number(quality.neighbor_overlap, ".0%"), f"Share of the {k} nearest in truth that are "
             "among the nearest on the map."),
        Cell("Stress", _number(quality.stress), "How much distances on the map differ from the true ones, at the best "
             "scale: 0 is perfect (Kruskal 1964)."),
        Cell("Order of distances", _number(quality.distance_spearman), "Rank correlation of all distances between "
             "pairs: 1 if the map never confuses a shorter distance with a longer one."),
        Cell("Order of steps", _number(quality.step_spearman), "Rank correlation of the lengths of the paths' steps, "
             f"at equal distances in time ({quality.n_steps} steps): whether a quick stretch looks quick."),
        Cell("Successive moments", _number(quality.temporal_recall, ".0%"), "How many of the moments just before "
             f"and after are among a point's 4 nearest on the map; in truth {before}."),
    ]  # fmt: skip
    if np.isfinite(quality.explained):
        found.append(Cell("Held by the map", _number(quality.explained, ".1%"), f"Of {quality.explained_what}."))
    return found


def told(tests: MapTests) -> list[str]:
    """Return what the tests say, in sentences."""
    null, separation, sentences = tests.null, tests.separation, []
    if null.share == 0:
        sentences.append("**Is the shape more than chance?** All networks answer the same all the time: there is none.")
    else:
        low, high = float(null.null_shares.min()), float(null.null_shares.max())
        verdict = "no more than chance: the shape is no evidence"
        if null.exceeds:
            verdict = "more than chance draws" if null.p <= SIGNIFICANT else "more than in any of these few"
        sentence = (
            f"**Is the shape more than chance?** Each path seen from its own start, one axis holds {null.share:.0%} of "
            f"all movement in function space; of {len(null.null_shares)} sets of random walks with steps as long it "
            f"holds {low:.0%} to {high:.0%}: {verdict} (p = {null.p:.2g})."
        )
        if np.isfinite(null.path_share):
            sentence += (
                f" On average one axis holds {null.path_share:.0%} of a single path, and "
                f"{float(np.nanmean(null.null_path_shares)):.0%} of a random walk ({null.long_walk_share:.0%} of a "
                "long one): a smooth bend alone says nothing (Antognini & Sohl-Dickstein 2018)."
            )
        sentences.append(sentence)
    if tests.disparity > 0:
        sentences.append(
            f"**Would another start draw another map?** Maps of five seeds differ by {tests.disparity:.3f} (Procrustes "
            "disparity: 0 the same, 1 nothing in common)."
        )
    if separation is not None:
        p = f"p = {separation.p:.2g}" if separation.p >= 0.001 else "p < 0.001"
        least = (
            f"; with so few seeds p cannot fall below {separation.smallest_p:.2g}"
            if separation.smallest_p > 0.01
            else ""
        )
        sentences.append(
            f"**Do the runs end apart?** {_ends(separation)}: {p} "
            f"({'all' if separation.is_exact else 'random'} {separation.n_permutations} exchanges of networks between "
            f"the runs, by their distances in the full space, not on the map{least})."
        )
    return sentences


def _ends(separation: GroupSeparationReport) -> str:
    if separation.p < SIGNIFICANT:
        several = len(separation.names) > 2
        return "Not all end in the same functions" if several else "They end in different functions"
    if separation.smallest_p >= SIGNIFICANT:
        return "With so few seeds this cannot be told"
    return "They cannot be told apart at the end"
