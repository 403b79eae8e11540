"""The network that is set up in the form, drawn: layers, shapes, parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pages.components import figure_view

if TYPE_CHECKING:
    from datasets import Prepared
    from models import Experiment


def network_view(experiment: Experiment, data: Prepared) -> None:
    """Draw the network of `experiment` for `data`."""
    from diagnostics.figures.network_drawing import network_drawing_figure

    figure = network_drawing_figure(experiment, data.shape, data.task, data.n_outputs, per_position=data.per_position)
    figure_view.show(figure, key="train/network")
