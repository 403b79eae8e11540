"""The kept states of a run's networks, loaded once, and how one is chosen: for landscape and symmetries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import frame, words

if TYPE_CHECKING:
    from runs.landscape import KeptWeights

WIDTH = 170


def kept(run_id: str) -> KeptWeights | None:
    """Return the kept states of a run; say why, and return None, where there are none to look at."""
    entry = frame.store().entry(run_id)
    if entry.state in ("queued", "running") or (frame.is_live(run_id) and not frame.store().checkpoints(run_id)):
        st.info(
            "This is computed from the states of the weights that are kept while a network trains. It appears here "
            "when the training is paused or has ended.",
            icon=":material/info:",
        )
        return None
    try:
        return _loaded(run_id, entry.state, entry.seconds, str(frame.store().folder))
    except KeyError:
        st.info(
            "The data that this run was trained on are gone, so that no loss can be computed: train it anew.",
            icon=":material/info:",
        )
    except (ValueError, OSError) as error:
        text = str(error)
        st.info(words.plain(text[:1].upper() + text[1:] + "."), icon=":material/info:")
    return None


@st.cache_resource(max_entries=3, show_spinner="Reading the kept states")
def _loaded(run_id: str, state: str, seconds: float, folder: str) -> KeptWeights:
    """Read what no longer changes; state, seconds and folder are part of what it is kept under."""
    from runs.landscape import kept_weights

    return kept_weights(run_id, frame.store())


def computation_key(states: KeptWeights, *what: object) -> str:
    """Return what a computation on these states is kept under."""
    parts = [frame.store().folder, states.run_id, int(states.steps[-1]), len(states.steps), *what]
    return "landscape " + " ".join(map(str, parts))


def state_choice(label: str, states: KeptWeights, key: str, *, first: bool = False) -> str:
    """Draw a choice of the state, the last one chosen at first (or the one before training), and return its name."""
    told = {name: _called(name, int(step)) for name, step in zip(states.names, states.steps, strict=True)}
    chosen = st.selectbox(
        label, list(told), 0 if first else len(told) - 1, key=key, format_func=told.__getitem__, width=WIDTH + 30
    )
    return str(chosen)


def seed_choice(label: str, seeds: Sequence[int], key: str, place: int = 0) -> int:
    """Draw a choice of the seed and return it; where there is one, it is only returned."""
    if len(seeds) == 1:
        return seeds[0]
    return int(st.selectbox(label, list(seeds), place, key=key, width=WIDTH - 50))


def _called(name: str, step: int) -> str:
    what = {"start": "before training", "last": "last", "best": "best validation loss"}.get(name)
    return f"{what}, step {step}" if what and step else what or f"step {step}"
