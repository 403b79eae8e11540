"""A sick network and its cure, made with one click: the same network twice, begun in two ways.

Eight tanh layers that begin with the weights of the classical "standard" initialization hardly pass a signal; with the
normalized one they learn. Source: Glorot & Bengio 2010, section 4.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.components import frame, owner

if TYPE_CHECKING:
    from models import Experiment

OTHER = "with"  # in the address: the run that is compared
DATA = "digits"
SICK, CURED = "Sick: 8 tanh layers, weights too small", "Cured: the same, weights scaled to the layers"


def pair_experiments() -> dict[str, Experiment]:
    """Return the settings of both networks by name; only the initializer differs. Some seconds each."""
    from models import Experiment

    layer = {"type": "dense", "units": 32, "activation": "tanh"}
    return {
        name: Experiment(
            layers=(layer,) * 8,
            initializer=initializer,
            optimizer={"type": "sgd", "learning_rate": 0.05},
            batch_size=32,
            epochs=5,
            seeds=(0, 1, 2),
        )
        for name, initializer in ((SICK, "standard"), (CURED, "glorot_uniform"))
    }


def start_pair() -> tuple[str, str]:
    """Start both trainings in the background for this browser and return the ids of their runs."""
    from datasets import load_dataset
    from runs.jobs import registry

    data = load_dataset(DATA)
    sick, cured = (
        registry().train(experiment, data, store=frame.store(), owner=owner.current(), name=name)
        for name, experiment in pair_experiments().items()
    )
    return sick, cured


def compared_with() -> tuple[str, ...]:
    """Return the run that the address compares with, or none; while it is being made the page follows it, too."""
    other = st.query_params.get(OTHER)
    return (other,) if other else ()


def worked_pair_button() -> None:
    """Draw the button; a click starts both networks and looks at the sick one beside the cured one."""
    if st.button(
        "A sick network and its cure",
        icon=":material/healing:",
        key="layers/pair",
        help="Trains two networks on handwritten digits, some seconds: 8 tanh layers whose first weights are too "
        "small for the signal to pass, and the same network with weights scaled to the layers (Glorot & Bengio 2010).",
    ):
        sick, cured = start_pair()
        frame.choose_run(sick)
        st.query_params[OTHER] = cured
        st.rerun()
