"""What can be chosen for the map of function space; the address keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import streamlit as st

from pages.components import words

METHODS = {"mds": "MDS", "pca": "PCA", "inpca": "InPCA", "isomap": "Isomap", "tsne": "t-SNE"}
METHOD_HELP = (
    "MDS draws distances between functions as truly as a plane can; PCA does so for the raw outputs. InPCA follows "
    "confident networks better. Isomap keeps distances along the paths. t-SNE keeps neighbours together, no more."
)
COLORS = {"epoch": "epoch", "loss": "loss", "run": "run"}


@dataclass(frozen=True)
class MapChoice:
    """What was chosen in the controls of the map."""

    method: str = "mds"
    n_dims: int = 2
    spacing: Literal["function", "epoch"] = "function"
    color_by: Literal["epoch", "loss", "run"] = "epoch"
    perplexity: float = 30.0
    seed: int = 0
    walk: bool = False
    known: bool = True


def map_controls(n_runs: int) -> MapChoice:
    """Draw the controls and return what is chosen."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        method = _one_of("Map", METHODS, "method", "mds", METHOD_HELP)
        dims = _one_of("Dimensions", {"2": "2", "3": "3"}, "dims", "2")
        of_several = n_runs > 1  # then it is chosen anew
        color = _one_of("Colour", COLORS, "color/runs" if of_several else "color", "run" if of_several else "epoch")
        words.explain("function space", key="map/term")
        with st.popover("More", icon=":material/tune:", type="tertiary"):
            spacing = _one_of(
                "Points", {"function": "equal steps in function", "epoch": "equal steps in time"}, "spacing", "function"
            )
            known = st.toggle("Show known functions", key="map/known", value=True, persist_state="session")
            walk = st.toggle("Draw random walks for comparison", key="map/walk", persist_state="session")
            perplexity = float(st.number_input("Perplexity (t-SNE)", 2.0, 200.0, 30.0, 1.0, key="map/perplexity"))
            seed = int(st.number_input("Seed of the map (t-SNE)", 0, 9999, 0, key="map/seed"))
    return MapChoice(
        method, int(dims), "epoch" if spacing == "epoch" else "function",
        "loss" if color == "loss" else "run" if color == "run" else "epoch", perplexity, seed, bool(walk), bool(known),
    )  # fmt: skip


def _one_of(label: str, options: dict[str, str], name: str, default: str, help_text: str | None = None) -> str:
    """Draw a choice; the address keeps it while it is not the default, and a link may bring it."""
    if f"map/{name}" not in st.session_state:
        asked = st.query_params.get(name, default)
        st.session_state[f"map/{name}"] = asked if asked in options else default
    chosen = str(
        st.segmented_control(
            label,
            list(options),
            key=f"map/{name}",
            format_func=options.__getitem__,
            required=True,
            persist_state="session",
            help=help_text,
        )
    )
    if chosen == default:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = chosen
    return chosen
