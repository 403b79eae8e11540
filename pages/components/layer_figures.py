"""The figures of the page Layers, each a function of what is looked at: from analysis to figure, in a line or two."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pages.components.expected import expected
from pages.components.layer_view import Seen, View
from pages.components.paper_figures import distributions

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from diagnostics.figures.frames import Frames
    from diagnostics.figures.theme import Parts
    from diagnostics.run import Run
    from diagnostics.saturation import SaturationReport

SHARES = {"saturated": "Saturated", "dead": "Dead units", "flat": "Flat slope"}

MOST_WEIGHTS = 200_000
DEPTH_HEIGHT = 270  # of figures of which three stand beside one another


def share_report(run: Run, kind: str) -> SaturationReport:
    """Return the shares of one of the kinds of `SHARES`."""
    from diagnostics.saturation import dead_units, flat_share, saturation

    return {"saturated": saturation, "flat": flat_share, "dead": dead_units}[kind](run)


def has_shares(run: Run) -> bool:
    """Tell whether any layer can saturate, be flat or die."""
    from diagnostics.saturation import defined_shares

    return bool(defined_shares(run))


def share(view: View) -> go.Figure:
    """Return the sheet: layers, steps, and the share as colour."""
    from diagnostics.figures.saturation import saturation_figure

    return saturation_figure(share_report(view.run, view.share))


def update_ratio(view: View) -> go.Figure:
    """Return how large the updates are beside the weights."""
    from diagnostics.figures.update_ratio import update_ratio_figure
    from diagnostics.update_ratio import update_ratio as report

    return update_ratio_figure(report(view.run))


def depth(quantity: str) -> Callable[[View, Sequence[int]], Frames[Parts]]:
    """Return what draws the standard deviation of a quantity against depth at each step, beside theory."""

    def draw(view: View, steps: Sequence[int]) -> Frames[Parts]:
        from diagnostics.depth_profile import depth_profile
        from diagnostics.figures.depth_profile import depth_profile_frames

        theories = expected(view.run)
        reports = [depth_profile(view.run, quantity, step, theories) for step in steps]
        return depth_profile_frames(reports, height=DEPTH_HEIGHT)

    return draw


def over_time(view: View) -> go.Figure:
    """Return the histogram of the chosen layer over training."""
    from diagnostics.figures.layer_statistics import histogram_over_time_figure
    from diagnostics.layer_statistics import histogram_over_time

    return histogram_over_time_figure(histogram_over_time(view.run, view.layer, view.quantity))


def moments(view: View) -> go.Figure:
    """Return mean and spread of each layer over training."""
    from diagnostics.figures.layer_statistics import layer_moments_figure
    from diagnostics.layer_statistics import layer_moments

    return layer_moments_figure(layer_moments(view.run, view.quantity))


def singular_values(view: View) -> go.Figure:
    """Return the mean singular value of each layer's Jacobian before training, drawn again from the seeds."""
    from diagnostics.depth_profile import singular_value_profile
    from diagnostics.figures.depth_profile import depth_profile_figure

    theories = expected(view.run, singular_values=True)
    return depth_profile_figure(singular_value_profile(view.run, theories=theories))


def has_few_weights(run: Run) -> bool:
    """Tell whether the singular values of a run are found at once, and not after seconds."""
    dense = [layer for layer in run.layers if layer.type == "dense"]
    return "probe/x" in run.constants and 0 < sum(layer.n_parameters for layer in dense) < MOST_WEIGHTS


def noise(part: str) -> Callable[[View], go.Figure]:
    """Return what draws one of the figures of gradient noise: "norm_test", "agreement" or "noise_scale"."""

    def draw(view: View) -> go.Figure:
        from diagnostics.figures import gradient_noise as figures
        from diagnostics.gradient_noise import gradient_noise

        drawn = {
            "norm_test": figures.norm_test_figure,
            "agreement": figures.agreement_figure,
            "noise_scale": figures.noise_scale_figure,
        }
        return drawn[part](gradient_noise(view.run))

    return draw


def has_noise(run: Run) -> bool:
    """Tell whether gradient noise was recorded."""
    return "gradient_noise/norm_test" in run.series


def sharpness(view: View) -> go.Figure:
    """Return the largest eigenvalue of the Hessian over training."""
    from diagnostics.figures.sharpness import sharpness_figure
    from diagnostics.sharpness import sharpness as report

    return sharpness_figure(report(view.run))


def has_sharpness(run: Run) -> bool:
    """Tell whether sharpness was recorded."""
    from diagnostics.sharpness import SERIES

    return SERIES in run.series


def histograms(view: View, steps: Sequence[int]) -> Frames[go.Figure | Parts]:
    """Return all layers on the same bins at each step; with another run, the chosen layer of both."""
    return distributions(view, steps) if view.other is None else _compared(view, view.other, steps)


def _compared(view: View, other: Seen, steps: Sequence[int]) -> Frames[go.Figure]:
    from diagnostics.figures.compared_histograms import ComparedRun, compared_histograms_frames
    from diagnostics.layer_statistics import binnings, layer_histograms

    there = binnings(view.run, view.quantity)
    binning = view.binning or (there[0] if there else "symlog")
    pairs = [
        [
            ComparedRun(
                layer_histograms(seen.run, view.quantity, step, binning), layer_of(seen, view), seen.name, seen.color
            )
            for seen in (view.seen, other)
        ]
        for step in steps
    ]
    return compared_histograms_frames(pairs)


def layer_of(seen: Seen, view: View) -> str:
    """Return the layer of a run that stands for the chosen one: of the same name, else at the same place from below."""
    names = [layer.name for layer in seen.run.layers]
    if view.layer in names:
        return view.layer
    place = [layer.name for layer in view.run.layers].index(view.layer)
    return names[min(place, len(names) - 1)]
