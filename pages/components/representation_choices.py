"""The choices of the tab on representations: what is compared, of which run, seed, moment and layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from diagnostics.projection import Report
    from runs.representations import KeptRun
    from runs.store import RunStore

CHOICES = {
    "layers": "Between layers",
    "training": "Over training",
    "examples": "Classes separating",
    "units": "Units",
}
WITH = {
    "itself": "each network with itself",
    "seeds": "different seeds",
    "moments": "two moments",
    "runs": "two runs",
}
ALL = "mean of all"
METHODS = {"pca": "PCA", "tsne": "t-SNE"}
MOST_SEEDS = 3
WIDTH = 210  # pixels of a choice

Kept = Mapping[str, "KeptRun"]


@dataclass(frozen=True)
class Asked:
    """What is computed, under which key, of which runs; `shown` is a choice that needs no new computation."""

    key: str
    run_ids: tuple[str, ...]
    compute: Callable[[RunStore, Report], object]
    shown: str = ""


def chosen(what: str, kept: Kept) -> Asked | None:
    """Draw the choices for one of `CHOICES` in a row, and return what they ask for; None if a choice is missing."""
    draw = {"layers": _layers, "training": _training, "examples": _examples, "units": _units}[what]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        return draw(kept)


def _layers(kept: Kept) -> Asked | None:
    from runs import representations
    from runs.representations import Networks

    first = next(iter(kept))
    possible = [name for name in WITH if _is_possible(name, kept)]
    how = st.selectbox(
        "Compare", possible, key=f"representations/with/{len(kept) > 1}", format_func=WITH.__getitem__, width=WIDTH
    )
    one, other = first, first
    if how == "runs":
        one = _run("Upwards", kept, list(kept), "one")
        other = _run("To the right", kept, [run_id for run_id in kept if run_id != one], "other")
    elif len(kept) > 1:
        one = other = _run("Run", kept, list(kept), "run")
    if how in ("runs", "moments"):
        early = _step("Step, upwards", kept[one], f"{how}/one/{one}", 0 if how == "moments" else -1)
        late = _step("Step, to the right", kept[other], f"{how}/other/{other}", -1)
    else:
        early = late = _step("Step", kept[one], f"step/{one}", -1)
    mine, theirs = _seeds(str(how), kept, one, other)
    sides = Networks(one, mine, early), Networks(other, theirs, late)
    across = how in ("seeds", "runs")
    return Asked(
        f"layers {sides} {across}", (one, other),
        lambda store, report: representations.layer_similarity(*sides, store, across_seeds=across, progress=report),
    )  # fmt: skip


def _is_possible(how: str, kept: Kept) -> bool:
    if how == "runs":
        return len(kept) > 1
    return how != "seeds" or any(len(run.seeds) > 1 for run in kept.values())


def _seeds(how: str, kept: Kept, one: str, other: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Of both sides; () for all."""
    if how in ("itself", "moments"):
        seed = _seed("Seed", kept[one], one)
        return seed, seed
    words = ("Seed, upwards", "Seed, to the right")
    mine = _seed(words[0], kept[one], one)
    if how == "seeds" and not mine:
        return (), ()
    return mine, _seed(words[1], kept[other], other, apart_from=mine if how == "seeds" else ())


def _training(kept: Kept) -> Asked:
    from runs import representations

    run_id = _run("Run", kept, list(kept), "run")
    layers = kept[run_id].layers
    layer = st.selectbox("Layer at all moments", layers, key=f"representations/layer/{run_id}", width=WIDTH)
    return Asked(
        f"training {run_id}", (run_id,),
        lambda store, report: representations.similarity_over_training(run_id, store, progress=report),
        str(layer),
    )  # fmt: skip


def _examples(kept: Kept) -> Asked | None:
    from runs import representations

    run_id = _run("Run", kept, list(kept), "run")
    run = kept[run_id]
    last_hidden = max(len(run.layers) - 2, 0)
    layer = str(st.selectbox("Layer", run.layers, last_hidden, key=f"representations/map/layer/{run_id}", width=WIDTH))
    seeds = tuple(
        st.multiselect(
            "Seeds", run.seeds, [run.seeds[0]], max_selections=MOST_SEEDS, key=f"representations/seeds/{run_id}",
            width=WIDTH, help="Up to three. They are turned onto the first one, since units of different seeds do not "
            "correspond.",
        )
    )  # fmt: skip
    method = _method("examples")
    return Asked(
        f"examples {run_id} {layer} {seeds} {method}", (run_id,),
        lambda store, report: representations.example_maps(
            run_id, store, layer, seeds, method="tsne" if method == "tsne" else "pca", progress=report
        ),
    )  # fmt: skip


def _units(kept: Kept) -> Asked:
    from runs import representations

    run_id = _run("Run", kept, list(kept), "run")
    run = kept[run_id]
    layer = str(
        st.selectbox(
            "Layer", ["", *run.layers[:-1]], key=f"representations/units/layer/{run_id}", width=WIDTH,
            format_func=lambda name: name or "all hidden layers",
        )
    )  # fmt: skip
    seed = st.selectbox("Seed", run.seeds, key=f"representations/units/seed/{run_id}", width=110)
    method = _method("units")
    color = st.segmented_control(
        "Colour", ["layer", "class"], default="layer", required=True, key="representations/color",
        format_func={"layer": "Layer", "class": "Class"}.__getitem__,
        help="Of a class the one to which a unit responds most at the end.",
    )  # fmt: skip
    layers = (layer,) if layer else ()
    return Asked(
        f"units {run_id} {layers} {seed} {method}", (run_id,),
        lambda store, report: representations.unit_trajectories(
            run_id, store, layers, seed, method="tsne" if method == "tsne" else "pca", progress=report
        ),
        str(color),
    )  # fmt: skip


def _run(label: str, kept: Kept, run_ids: Sequence[str], name: str) -> str:
    """One of the runs; nothing is asked where there is only one."""
    if len(run_ids) == 1:
        return run_ids[0]
    from pages.components import frame
    from pages.components.run_picker import labels

    told = labels(frame.store().entry(run_id) for run_id in run_ids)
    key = f"representations/{name}/{' '.join(run_ids)}"
    return str(st.selectbox(label, run_ids, key=key, format_func=told.__getitem__, width=WIDTH))


def _step(label: str, run: KeptRun, name: str, default: int) -> int:
    return int(
        st.selectbox(
            label,
            run.steps,
            default % len(run.steps),
            key=f"representations/step/{name}",
            width=150,
            format_func=lambda step: f"{step} (before training)" if step == 0 else str(step),
        )
    )


def _seed(label: str, run: KeptRun, run_id: str, *, apart_from: tuple[int, ...] = ()) -> tuple[int, ...]:
    """One seed, or () for all; of one there is nothing to ask."""
    if len(run.seeds) == 1:
        return ()
    options: dict[str, tuple[int, ...]] = {} if apart_from else {ALL: ()}
    options |= {str(seed): (seed,) for seed in run.seeds if seed not in apart_from}
    key = f"representations/seed/{label}/{run_id}/{apart_from}"
    return options[str(st.selectbox(label, list(options), key=key, width=150))]


def _method(name: str) -> str:
    return str(
        st.segmented_control(
            "Map", list(METHODS), default="pca", required=True, key=f"representations/{name}/method",
            format_func=METHODS.__getitem__,
            help="PCA keeps large distances and is quick; t-SNE keeps neighbours together and takes some seconds.",
        )
    )  # fmt: skip
