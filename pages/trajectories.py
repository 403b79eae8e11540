"""Trajectories: which function is it becoming? All seeds' outputs over training on one map."""

import streamlit as st

from pages.components import frame, words
from pages.components.following import following, nothing_yet
from pages.components.map_of_trajectories import pca_map, tsne_map
from pages.components.run_picker import run_picker

frame.page("trajectories")

run_id = run_picker("trajectories/run")
if run_id is None:
    nothing_yet("A map on which each network, at each recorded moment, is one point in the space of functions.")
else:
    shown = run_id
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.session_state.setdefault("trajectories/method", "pca")
        method = st.segmented_control(
            "Map",
            ["pca", "tsne"],
            key="trajectories/method",
            format_func={"pca": "PCA", "tsne": "t-SNE"}.__getitem__,
            required=True,
            persist_state="session",
            help="PCA keeps large distances and is quick; t-SNE keeps neighbours together and takes some seconds.",
        )
        seed = 0
        if method == "tsne":
            explanation = "t-SNE begins at random: another seed, another map of the same points. From 0 to 9999."
            seed = int(
                st.number_input("Seed of the map", 0, 9999, 0, key="trajectories/seed", width=150, help=explanation)
            )
        words.explain("PCA and t-SNE")
    if method == "pca":
        following(lambda live: pca_map(shown, live), [run_id])
    else:
        tsne_map(run_id, seed)
