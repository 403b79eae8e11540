"""The learning rate of a training that goes on: changed between two updates, and noted in the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import owner

if TYPE_CHECKING:
    from runs.jobs import Job

_FACTOR = "train/rate_factor"


def rate_control(job: Job) -> None:
    """Draw a small menu in which the learning rate is multiplied; the training goes on meanwhile."""
    menu = st.popover("Learning rate", type="tertiary", icon=":material/speed:", key="train/rate", on_change="rerun")
    if not menu.open:
        return
    with menu:
        st.number_input(
            "Multiply the rate of the settings by",
            0.0,
            1e6,
            1.0,
            step=0.1,
            format="%.6g",
            key=_FACTOR,
            help="From the next update on, on top of the schedule; 1 is what the settings say, 0 stands still. "
            "The run notes the step and the value, so that it can be repeated.",
        )
        st.button("Apply", key="train/rate_apply", on_click=_apply, args=(job,))


def _apply(job: Job) -> None:
    job.change_learning_rate(float(st.session_state[_FACTOR]), owner=owner.current())


def changes_in_words(events: Sequence[Mapping[str, object]]) -> str:
    """Return how the learning rate was changed while a run was trained, in a line; "" if it was not."""
    changes = [event for event in events if event["field"] == "learning_rate_factor"]
    parts = [f"× {float(str(event['value'])):.4g} from step {event['step']}" for event in changes]
    return f"Learning rate {', then '.join(parts)}." if parts else ""
