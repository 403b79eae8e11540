"""Figures of the page Layers after Glorot & Bengio 2010, and of what is inside a layer: gates, attention, channels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from diagnostics.figures.frames import Frames
    from diagnostics.figures.theme import Parts
    from diagnostics.run import Run
    from pages.components.layer_view import View


def distributions(view: View, steps: Sequence[int]) -> Frames[Parts]:
    """Return the distributions of all layers at each step, drawn as the view says."""
    from diagnostics.figures.layer_distributions import DistributionView, layer_distributions_frames
    from diagnostics.layer_densities import layer_densities

    reports = layer_densities(view.run, view.quantity, steps, view.binning)
    return layer_distributions_frames(reports, DistributionView(view.height, view.log, view.panels))


def ridgelines(view: View) -> go.Figure:
    """Return the distribution of the chosen layer at some steps, one behind the other."""
    from diagnostics.figures.ridgelines import ridgelines_figure
    from diagnostics.layer_statistics import histogram_over_time

    return ridgelines_figure(histogram_over_time(view.run, view.layer, view.quantity))


def percentiles(view: View) -> go.Figure:
    """Return 98th percentile and standard deviation of each layer over training."""
    from diagnostics.figures.layer_spread import percentiles_figure
    from diagnostics.layer_statistics import layer_moments

    return percentiles_figure(layer_moments(view.run, view.quantity))


def spread(view: View) -> go.Figure:
    """Return the standard deviation of each layer over training."""
    from diagnostics.figures.layer_spread import spread_figure
    from diagnostics.layer_statistics import layer_moments

    return spread_figure(layer_moments(view.run, view.quantity))


def summary(view: View) -> go.Figure:
    """Return mean, standard deviation and extremes of everything at the last record, as a table.

    Not at every step of the clock: fifty tables of text would weigh more than all other figures together.
    """
    from diagnostics.figures.layer_summary import layer_summary_figure
    from diagnostics.layer_summary import layer_summary

    return layer_summary_figure(layer_summary(view.run))


def gates(view: View) -> go.Figure:
    """Return which share of the gates of each LSTM layer is open, and which is shut."""
    from diagnostics.figures.gates import gates_figure
    from diagnostics.gates import gates as report

    return gates_figure(report(view.run))


def attention(view: View) -> go.Figure:
    """Return how widely each attention layer looks."""
    from diagnostics.attention_reach import attention_reach
    from diagnostics.figures.attention_reach import attention_reach_figure

    return attention_reach_figure(attention_reach(view.run))


def channels(view: View) -> go.Figure:
    """Return the channels of the chosen convolution; of the first one, if another kind of layer is chosen."""
    from diagnostics.channels import channels as report
    from diagnostics.channels import convolutions
    from diagnostics.figures.channels import channels_figure

    there = convolutions(view.run)
    return channels_figure(report(view.run, view.layer if view.layer in there else there[0]))


def records(ending: str) -> Callable[[Run], bool]:
    """Return what tells whether a run has a series whose name ends so."""
    return lambda run: any(name.endswith(ending) for name in run.series)
