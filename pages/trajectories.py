"""Trajectories: which function is it becoming? All networks on one map, and what else tells two of them apart."""

import streamlit as st

from pages.components import frame
from pages.components.following import following, nothing_yet
from pages.components.function_map_view import map_view
from pages.components.map_controls import map_controls
from pages.components.run_picker import runs_picker
from pages.components.trajectory_views import trajectory_views

frame.page("trajectories")

if frame.current_run_id() is None:
    nothing_yet("A map on which each network, at each recorded moment, is one point in the space of functions.")
elif chosen := runs_picker("trajectories/runs"):
    choice = map_controls(len(chosen))
    following(lambda live: map_view(chosen, choice, live), chosen)
    trajectory_views(chosen)
else:
    st.info("Choose one run or several above: their networks appear on one map.", icon=":material/conversion_path:")
