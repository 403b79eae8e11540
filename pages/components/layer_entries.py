"""What the page Layers can show: one `Entry` for each figure, and in which group it stands. Start at `ENTRIES`.

A new figure is one line there: `still(draw)` for a figure of the whole training, else a function that draws it at
each step. `there` says whether a run has something to show; what it has not is not offered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pages.components import layer_figures as figures
from pages.components import paper_figures as paper

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from diagnostics.figures.frames import Frames
    from diagnostics.figures.theme import Parts
    from diagnostics.run import Run
    from pages.components.layer_view import View

Figures = Callable[["View", Sequence[int]], "Frames[go.Figure | Parts]"]

GROUPS = {
    "paper": "The paper's figures",
    "inside": "Inside a layer",
    "features": "Features",
    "noise": "Gradient noise and sharpness",
}
"""The tabs at the end of the page, in this order; one without a figure is not shown."""


def still(draw: Callable[[View], go.Figure]) -> Figures:
    """Return what draws a figure that is the same at every step."""

    def figures(view: View, steps: Sequence[int]) -> Frames[go.Figure]:
        from diagnostics.figures.frames import Frames

        figure = draw(view)
        return Frames(1, lambda number: figure)

    return figures


def always(run: Run) -> bool:
    """Every run has something to show."""
    return True


@dataclass(frozen=True)
class Entry:
    """A figure of the page.

    Attributes
    ----------
    id : str
        Unique on the page.
    group : str
        "sheet", "depth", "layer" or one of `GROUPS`.
    figures : callable
        View and steps -> the figure (or its parts) at each of them, all with the same axes; or one for all (`still`).
    marks : tuple of str
        What the chart marks: "time" (steps run from left to right), "rows" or "columns" (layers stand there).
    there : callable
        Whether a run has something to show.
    uses : tuple of str
        Which of the view's choices it depends on beside the run: "share", "quantity", "layer", "other", ….
    """

    id: str
    group: str
    figures: Figures
    marks: tuple[str, ...] = ()
    there: Callable[[Run], bool] = always
    uses: tuple[str, ...] = ()


ENTRIES = (
    Entry("share", "sheet", still(figures.share), ("time", "rows"), figures.has_shares, uses=("share",)),
    Entry("update_ratio", "sheet", still(figures.update_ratio), ("time",)),
    Entry("activation", "depth", figures.depth("activation"), ("columns",)),
    Entry("gradient", "depth", figures.depth("gradient"), ("columns",)),
    Entry("weight_gradient", "depth", figures.depth("weight_gradient"), ("columns",)),
    Entry("time", "layer", still(figures.over_time), ("time",), uses=("quantity", "layer")),
    Entry(
        "histograms",
        "layer",
        figures.histograms,
        uses=("quantity", "layer", "binning", "other", "height", "log", "panels"),
    ),
    Entry("moments", "paper", still(figures.moments), ("time",), uses=("quantity",)),
    Entry("percentiles", "paper", still(paper.percentiles), ("time",), uses=("quantity",)),
    Entry("spread", "paper", still(paper.spread), ("time",), uses=("quantity",)),
    Entry("ridgelines", "paper", still(paper.ridgelines), uses=("quantity", "layer")),
    Entry("summary", "paper", still(paper.summary)),
    Entry("singular_values", "paper", still(figures.singular_values), ("columns",), figures.has_few_weights),
    Entry("gates", "inside", still(paper.gates), ("time",), paper.records("/open_share")),
    Entry("attention", "inside", still(paper.attention), ("time",), paper.records("attention_entropy/mean")),
    Entry("channels", "inside", still(paper.channels), ("time",), paper.records("/each_channel"), uses=("layer",)),
    Entry("norm_test", "noise", still(figures.noise("norm_test")), ("time",), figures.has_noise),
    Entry("agreement", "noise", still(figures.noise("agreement")), ("time",), figures.has_noise),
    Entry("noise_scale", "noise", still(figures.noise("noise_scale")), ("time",), figures.has_noise),
    Entry("sharpness", "noise", still(figures.sharpness), ("time",), figures.has_sharpness),
)


def entries(group: str, run: Run) -> tuple[Entry, ...]:
    """Return the figures of a group that a run has something to show for."""
    return tuple(entry for entry in ENTRIES if entry.group == group and entry.there(run))
