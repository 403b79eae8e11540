"""Going on from a kept state of a run, as a new run: the choice, what will happen in a sentence, and the start."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from pages.components import frame, owner, words
from pages.components.run_picker import loaded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from diagnostics.run import Run
    from runs.fork import KeptState

MOST_FACTOR = 1e6
_TROUBLE = "fork/trouble"


def fork_button(run_id: str, key: str) -> None:
    """Draw the button that opens the choice; whoever follows a link cannot press it."""
    mine = owner.owns(frame.store().entry(run_id).owner)
    explanation = "Go on from a state that this run has kept, as a new run: further, or with another learning rate."
    if st.button(
        "Continue from…", type="tertiary", icon=":material/fork_right:", key=key, help=explanation, disabled=not mine
    ):
        st.session_state.pop(_TROUBLE, None)
        _dialog(run_id)


def origin(run_id: str) -> None:
    """Say from which run and step this one was forked, with the way there; nothing if it was not."""
    job = frame.job(run_id)
    events = job.snapshot(()).events if job is not None else loaded(run_id).events
    forks = [event for event in events if event["field"] == "forked_from"]
    if not forks:
        return
    step = f"{int(str(forks[-1]['step'])):,}".replace(",", "\u202f")
    parent = str(forks[-1]["value"])
    if frame.exists(parent):
        label = words.plain(f"Went on from {frame.store().entry(parent).name} at step {step}")
        st.button(
            label,
            on_click=frame.choose_run,
            args=(parent,),
            type="tertiary",
            icon=":material/fork_right:",
            key="heading/origin",
            help="Look at that run.",
        )
    else:
        st.caption(f"Went on from a run that was deleted, at step {step}.")


@st.dialog("Continue from a kept state")
def _dialog(run_id: str) -> None:
    from runs.fork import kept_states

    run, states = loaded(run_id), kept_states(run_id, frame.store())
    if not states:
        st.write(
            "This run has kept no state yet. States are kept while it trains: the last one, the one with the best "
            "validation loss, and some at equal distances."
        )
        return
    named, planned = {state.name: state for state in states}, _total(run, None)
    first = next((i for i, state in enumerate(states) if state.step < planned), 0)
    told = {state.name: _state_in_words(state, run) for state in states}
    chosen = named[st.selectbox("From", list(named), first, format_func=told.__getitem__, key=f"fork/state/{run_id}")]
    with st.container(horizontal=True, gap="small", key="row-fork"):
        factor = _rate(run, chosen)
        epochs = _epochs(run)
    total = _total(run, epochs)
    left = max(total - chosen.step, 0)
    if left == 0:
        st.warning("Nothing is left to train from there: choose an earlier state, or more epochs.")
    else:
        st.write(words.plain(_what_happens(run, chosen, factor, total)))
    if st.button("Continue as a new run", type="primary", disabled=left == 0, key="fork/now"):
        _begin(run_id, chosen, factor, epochs)
    if trouble := st.session_state.get(_TROUBLE):
        st.error(words.plain(str(trouble)))


def _state_in_words(state: KeptState, run: Run) -> str:
    place = f"step {state.step}, epoch {_epoch(run, state.step)}"
    if state.name == "best":
        return f"best validation loss{_loss_at(run, state.step)}, {place}"
    return f"last, {place}" if state.name == "last" else place


def _loss_at(run: Run, step: int) -> str:
    series = run.series.get("validation/loss")
    if series is None or step not in series.steps:
        return ""
    return f" {words.number(float(np.nanmean(series.at(step)[1].astype(np.float64))))}"


def _rate(run: Run, state: KeptState) -> float | None:
    """Draw the learning rate and return its factor of the settings; None if it stays what it is there."""
    of_settings = float(str(run.experiment.optimizer["learning_rate"]))
    now = of_settings * state.factor
    step = 10.0 ** math.floor(math.log10(now)) if now > 0 else 1e-4
    rate = st.number_input(
        "Learning rate",
        0.0,
        of_settings * MOST_FACTOR,
        now,
        step=step,
        format="%.6g",
        key=f"fork/rate/{run.id}/{state.name}",
        help="From there on, before the schedule. As it stands, it is the rate of the old run in that state.",
    )
    return None if math.isclose(rate, now, rel_tol=1e-9) or not of_settings else rate / of_settings


def _epochs(run: Run) -> int | None:
    """Draw how long the new run is in all; None where that cannot be changed without changing what was trained."""
    from runs.fork import may_be_longer

    if not may_be_longer(run.experiment):
        return None
    return int(
        st.number_input(
            "Epochs in all",
            1,
            10000,
            run.experiment.epochs,
            key=f"fork/epochs/{run.id}",
            help="Counted from the beginning of the old run.",
        )
    )


def _what_happens(run: Run, state: KeptState, factor: float | None, total: int) -> str:
    from runs.fork import changes_repeated

    name = str(run.info.get("name", run.id))
    n = len(run.experiment.seeds)
    networks = "the network as it was" if n == 1 else f"the {n} networks as they were"
    text = (
        f"A new run begins with {networks} at step {state.step} of {name}, makes "
        f"{words.plural(total - state.step, 'update')} more, up to epoch {_epoch(run, total)}, "
    )
    if factor is None:
        later = changes_repeated(run.events, state.step)
        again = f", with {_changes(later)}" if later else ""
        text += f"and learns as {name} did{again}: the path is the same, bit for bit, as far as {name} went. "
    else:
        rate = factor * float(str(run.experiment.optimizer["learning_rate"]))
        text += f"and learns with the rate {rate:.4g} from there on. "
    return f"{text}{name} and all it has recorded stay as they are."


def _changes(events: Sequence[object]) -> str:
    return "the change of the learning rate that it saw later" if len(events) == 1 else "the changes that it saw later"


def _epoch(run: Run, step: int) -> str:
    from diagnostics.step_axis import in_unit

    return f"{round(float(in_unit(run, np.array([step]), 'epoch')[0]), 1):g}"


def _total(run: Run, epochs: int | None) -> int:
    planned = int(str(run.info.get("planned_steps", 0)))
    return planned if epochs is None else epochs * int(str(run.info.get("steps_per_epoch", 1)))


def _begin(run_id: str, state: KeptState, factor: float | None, epochs: int | None) -> None:
    from runs.jobs import registry

    try:
        fresh = registry().fork_run(
            run_id,
            state.name,
            store=frame.store(),
            owner=owner.current(),
            learning_rate_factor=factor,
            epochs=epochs,
        )
    except (KeyError, OSError, PermissionError, RuntimeError, ValueError) as error:
        why = error.args[0] if isinstance(error, KeyError) else error
        st.session_state[_TROUBLE] = f"This cannot be done: {why}."
        st.rerun(scope="fragment")
    frame.choose_run(fresh)
    st.switch_page("pages/train.py", query_params={"run": fresh})
