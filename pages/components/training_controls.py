"""Start, pause, resume, stop, one batch, one epoch: what a person does to a training, and how far it has come.

Only the owner of a run may act on it; whoever follows a link sees the same page without the buttons.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import frame, owner, words
from pages.components.rate_control import changes_in_words, rate_control
from pages.components.run_picker import loaded

if TYPE_CHECKING:
    from datasets import Prepared
    from models import Experiment
    from runs.cost import Cost
    from runs.jobs import Job
    from runs.store import Entry

MAY_RESUME = ("interrupted", "stopped")
_TROUBLE = "train/trouble"


def start_button(experiment: Experiment | None, data: Prepared | None) -> None:
    """Draw `Start` with what it will cost; a click starts a new run in the background and looks at it."""
    current = st.session_state.get("run_id")
    busy = isinstance(current, str) and frame.is_live(current)
    label = "Start another run" if busy else "Start"
    ready = experiment is not None and data is not None
    with st.container(horizontal=True, vertical_alignment="center"):
        now = st.button(label, type="primary", disabled=not ready, icon=":material/play_arrow:", key="start")
        explanation = "Make the networks, show them before the first step, and wait."
        paused = st.button("Start paused", disabled=not ready, key="start_paused", help=explanation)
    if (now or paused) and experiment is not None and data is not None:
        # not in a callback: that would get the settings of the last drawing, and miss a number typed just before
        st.switch_page("pages/train.py", query_params={"run": _start(experiment, data, paused)})
    if experiment is not None and data is not None:
        from runs.cost import estimate

        st.caption(cost_in_words(estimate(experiment, data)))


def cost_in_words(cost: Cost) -> str:
    """Return one line: networks, parameters, updates, arithmetic, time on an idle and on a busy machine."""
    from runs.cost import BUSY

    networks = "1 network" if cost.n_seeds == 1 else f"{cost.n_seeds} networks"
    return (
        f"{networks} of {words.plural(cost.n_parameters, 'parameter')} · {words.plural(cost.steps, 'update')} of "
        f"{words.number(cost.operations_per_step / 1e6, 2)} million multiplications · "
        f"{words.duration_range(cost.seconds, BUSY * cost.seconds)}"
    )


def _start(experiment: Experiment, data: Prepared, paused: bool) -> str:
    from runs.jobs import registry

    store, mine = frame.store(), owner.current()
    run_id = registry().train(experiment, data, store=store, owner=mine, name=data.name, paused=paused)
    frame.choose_run(run_id)
    return run_id


def run_controls(run_id: str) -> None:
    """Draw the buttons of the run being looked at and its progress. Belongs inside the live fragment."""
    entry, job = frame.store().entry(run_id), frame.job(run_id)
    state = job.state if job is not None else entry.state
    if not owner.owns(entry.owner):
        st.caption("This run belongs to somebody else: you can look at it, and not act on it.")
    elif job is not None and state in frame.LIVE_STATES:
        _live_buttons(job, state)
    elif state in MAY_RESUME:
        st.button("Resume", on_click=_resume_stored, args=(run_id,), icon=":material/resume:", key="resume_stored")
    if job is not None and state in frame.LIVE_STATES:
        progress = job.progress
        st.progress(min(max(progress.fraction, 0.0), 1.0), text=progress_in_words(job))
    else:
        st.caption(f"{state.capitalize()} after {words.duration(entry.seconds)}.")
        if lost := words.diverged(entry):
            st.warning(lost_in_words(entry, lost), icon=":material/trending_up:")
    if changes := changes_in_words(job.snapshot(()).events if job is not None else loaded(run_id).events):
        st.caption(changes)
    error = job.error if job is not None else entry.error
    if error:
        st.error(words.plain(error))
    asked, trouble = st.session_state.get(_TROUBLE, ("", ""))
    if asked == run_id:
        st.error(words.plain(trouble))


def _live_buttons(job: Job, state: str) -> None:
    mine, paused, per_epoch = owner.current(), state == "paused", max(1, job.steps_per_epoch)
    with st.container(horizontal=True):
        if paused:
            _act("Resume", "resume", job.resume, ":material/resume:")
        else:
            _act("Pause", "pause", job.pause, ":material/pause:")
        _act("Stop", "stop", job.stop, ":material/stop:", explanation="End this run here. What was recorded is kept.")
        for label, steps in (("One batch", 1), ("One epoch", per_epoch)):
            explanation = f"Make {words.plural(steps, 'update')} and wait again. Pause first."
            st.button(
                label,
                on_click=job.advance,
                args=(steps,),
                kwargs={"owner": mine},
                disabled=not paused,
                help=explanation,
                key=label.lower().replace(" ", "_"),
            )
        rate_control(job)


def _act(label: str, key: str, act: Callable[..., None], icon: str, explanation: str | None = None) -> None:
    st.button(label, on_click=act, kwargs={"owner": owner.current()}, icon=icon, key=key, help=explanation)


def _resume_stored(run_id: str) -> None:
    from runs.jobs import registry

    st.session_state.pop(_TROUBLE, None)
    try:
        registry().resume_run(run_id, store=frame.store(), owner=owner.current())
    except (KeyError, OSError, RuntimeError, ValueError) as error:
        why = error.args[0] if isinstance(error, KeyError) else error
        st.session_state[_TROUBLE] = (run_id, f"This run cannot go on: {why}. What it recorded can still be looked at.")


def lost_in_words(entry: Entry, lost: str) -> str:
    """Return what became of the seeds that diverged, when, and what helps."""
    who = "Every seed of this run diverged" if lost == "diverged" else lost
    when = min(entry.diverged.values())
    return (
        f"{who} (first at step {when}): the numbers grew until they could not be written any more, so nothing is "
        "recorded after that step. A smaller learning rate helps, or clipping the gradient."
    )


def progress_in_words(job: Job) -> str:
    """Return where a training stands: its place in the queue, or step, share and time left."""
    progress = job.progress
    if job.state == "queued":
        return f"Waiting for a free core: place {progress.queue_position} in the queue"
    left = f" · {words.duration(progress.seconds_left)} left" if progress.seconds_left is not None else ""
    step = f"step {progress.step:,} of {progress.total:,}".replace(",", "\u202f")
    return f"{job.state}: {step} · {progress.fraction:.0%}" + (left if job.state == "running" else "")
