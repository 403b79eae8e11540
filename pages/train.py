"""Train: set up an experiment, start it, and watch it learn."""

import streamlit as st

from pages.components import frame
from pages.components.data_choice import data_choice
from pages.components.experiment_form import experiment_form
from pages.components.live_training import live_training
from pages.components.network_view import network_view
from pages.components.rate_finder import rate_finder
from pages.components.run_heading import run_heading
from pages.components.training_controls import start_button

frame.page("train")

with st.container(key="wide-train"):
    settings, watching = st.columns([1, 2], gap="large")

with settings:
    data = data_choice()
    experiment = experiment_form(data) if data is not None else None
    if data is not None and experiment is not None:
        network_view(experiment, data)
        rate_finder(experiment, data)

with watching:
    start_button(experiment, data)
    run_id = frame.current_run_id()
    if run_id is None:
        st.info(
            "Press Start, with the settings as they are if you like. Loss and metric, the function that is learned and "
            "the state of every layer appear here, once a second.",
            icon=":material/show_chart:",
        )
    else:
        st.divider()
        run_heading(run_id)
        live_training(run_id)
