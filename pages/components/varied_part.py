"""One part of a network varied by a slider while an example is held fixed: choices, slider and figures, on Layers.

The frames of all places of the slider are sent to the browser, so that it moves without the server.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from pages.components import figure_view, frame
from pages.components.frame_slider import frame_slider
from pages.components.live_chart import DEFAULT_HEIGHT, clocked_chart

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from diagnostics.varied_unit import VariedReport
    from pages.components.layer_view import View
    from runs.features import StoredNetwork

HOW = {
    "value": "its value",
    "all": "all weights into it",
    "positive": "its positive weights",
    "negative": "its negative weights",
    "largest": "its largest weights (a tenth)",
}
BUS = "varied"


@dataclass(frozen=True)
class Part:
    """What is varied, for which row of the examples; `key` says of which network."""

    key: tuple[object, ...]
    layer: str
    unit: int
    row: int
    how: str


def varied_part(view: View, network: StoredNetwork) -> None:
    """Draw the choices, the slider, the output along it, and what changes behind the part."""
    from diagnostics.varied_unit import most_changed

    part = _chosen(view, network)
    report = _report(part, network)
    subject = f"{part.key} {part.layer} {part.unit} {part.row} {part.how}"
    own = int(report.values.searchsorted(report.own[0]))
    label = f"{'value' if report.kind == 'value' else 'factor'} of {report.what}"
    places = report.values.tolist()
    place = frame_slider(label, places, own, start=most_changed(report), bus=BUS, subject=subject)
    with st.container(key="wide-layers-varied"):
        left, right = st.columns(2, gap="medium")
    with left:
        _follow("outputs", part, report, place)
    with right:
        _follow("changes", part, report, place)
    images = image_layers(report, part.layer)
    if images:
        behind = min(1, len(images) - 1)
        layer = str(st.selectbox("Maps of", images, behind, key=f"layers/varied/maps/{part.layer}", width=230))
        _follow("maps", part, report, place, layer)


def image_layers(report: VariedReport, layer: str) -> list[str]:
    """Return the layers that say images and are not before the varied one."""
    names = list(report.maps)
    return [name for name in names[names.index(layer) :] if report.maps[name].ndim == 5]


def _chosen(view: View, network: StoredNetwork) -> Part:
    """The bar of choices: unit, what of it, and the example."""
    from runs.features import unsure_rows

    units = next(layer.units for layer in view.run.layers if layer.name == view.layer)
    n_rows = len(network.examples[0])
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        unit = st.number_input(
            f"Unit of {view.layer}", 0, max(units - 1, 0), 0, key=f"layers/unit/{view.layer}", width=170
        )
        how = st.selectbox(
            "Varied is",
            list(HOW),
            key="layers/varied/how",
            format_func=HOW.__getitem__,
            width=230,
            help="A unit takes each value that it takes on the data; filters and weights are multiplied by a factor.",
        )
        row = st.number_input(
            "Example",
            0,
            n_rows - 1,
            unsure_rows(network, 1)[0],
            key=f"layers/varied/example/{view.run.id}",
            width=170,
            help=f"One of {n_rows} rows kept out of training. It begins with the one of which the network is least "
            "sure: there the output changes most.",
        )
    return Part((network.run_id, network.step, network.seed), view.layer, int(unit), int(row), str(how))


@st.cache_resource(max_entries=8, show_spinner=False)
def _report(part: Part, _network: StoredNetwork) -> VariedReport:
    from runs.features import varied_part as report

    return report(_network, part.layer, part.unit, part.row, part.how)


def drawn(kind: str, report: VariedReport, places: Sequence[int], layer: str = "") -> list[go.Figure]:
    """Return "outputs" (the same at every place), "changes" or "maps" (of a layer) at some places of the slider."""
    from diagnostics.figures.varied_unit import layer_maps_figure, varied_maps_figure, varied_unit_figure

    at: dict[str, Callable[[int], go.Figure]] = {
        "changes": lambda place: varied_maps_figure(report, place),
        "maps": lambda place: layer_maps_figure(report, layer, place),
    }
    return [varied_unit_figure(report)] if kind == "outputs" else [at[kind](place) for place in places]


@st.cache_resource(max_entries=24, show_spinner=False)
def _packed(kind: str, part: Part, layer: str, dark: bool, _report: VariedReport) -> str:
    from diagnostics.figures.packing import packed
    from diagnostics.figures.theme import themed_arrays

    figures = drawn(kind, _report, range(len(_report.values)), layer)
    return packed([themed_arrays(figure, dark) for figure in figures], _report.values.tolist())


def _follow(kind: str, part: Part, report: VariedReport, place: int, layer: str = "") -> None:
    """Draw a figure that follows the slider; its words are those of the place where it rests."""
    (figure,) = drawn(kind, report, [place], layer)
    text = _packed(kind, part, layer, frame.is_dark(), report)
    name = f"layers/feature/varied/{kind}"

    def chart() -> None:
        layout = figure.layout
        marks = {"time": kind == "outputs", "rows": False, "columns": False}
        clocked_chart(text, name, int(layout.height or DEFAULT_HEIGHT), layout.meta, marks, bus=BUS)

    figure_view.show(figure, key=name, chart=chart)
