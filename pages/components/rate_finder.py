"""Finding a learning rate: a range test of what is set in the form, in the background, and its suggestion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.components import figure_view, owner, words

if TYPE_CHECKING:
    from datasets import Prepared
    from models import Experiment, RangeTest
    from runs.computations import Computation, Report

EVERY = 0.5  # seconds
_ASKED = "train/range_test"


def rate_finder(experiment: Experiment, data: Prepared) -> None:
    """Offer the range test; once it was asked for, show its figure and take its suggestion over into the form."""
    with st.expander("Find a learning rate"):
        st.caption("A short training of its own, whose learning rate rises at every update until the loss explodes.")
        key = f"range test {experiment.digest} {data.digest}"
        if st.session_state.get(_ASKED) != key:
            st.button("Try the rates", key="range_test/start", on_click=st.session_state.update, args=({_ASKED: key},))
            return
        from runs.jobs import registry

        job = registry().compute(key, lambda report: _tested(experiment, data, report), owner=owner.current())
        running = job.state == "running"
        st.fragment(_watch, run_every=EVERY if running else None)(job, running, str(experiment.optimizer["type"]))


def _tested(experiment: Experiment, data: Prepared, report: Report) -> RangeTest:
    from models import learning_rate_range_test
    from runs.launch import training_data

    return learning_rate_range_test(experiment, training_data(data), report=report)


def _watch(job: Computation, running: bool, optimizer: str) -> None:
    from models import RangeTest

    if (job.state == "running") != running:
        st.rerun()
    if job.state == "running":
        st.progress(job.fraction, text=f"Trying learning rates: {job.fraction:.0%}")
        st.button("Cancel", key="range_test/cancel", on_click=job.cancel, kwargs={"owner": owner.current()})
    elif isinstance(job.result, RangeTest):
        from diagnostics.figures.range_test import range_test_figure

        figure_view.show(range_test_figure(job.result), key="train/range_test")
        if len(job.result.rates):
            rate = float(f"{job.result.suggestion:.2g}")
            in_form = {f"form/optimizer/{optimizer}/learning_rate": rate}
            st.button(f"Use {rate:g}", key="range_test/use", on_click=st.session_state.update, args=(in_form,))
    elif job.error:
        st.error(words.plain(job.error.removeprefix("ValueError: ")))
