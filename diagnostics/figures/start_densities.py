"""Densities before the first update, drawn: one line for each hidden layer."""

from __future__ import annotations

import plotly.graph_objects as go

from diagnostics.figures.colors import layer_color
from diagnostics.figures.theme import FigureWords, axis, figure_of, single
from diagnostics.settings_in_words import mean_of_seeds
from diagnostics.start_densities import StartDensitiesReport

WORDS = {
    "activation": ("activation", "Does the signal keep its width from layer to layer?", "figure 6"),
    "gradient": ("back-propagated gradient", "Does the gradient keep its width on its way down?", "figure 7"),
    "weight_gradient": ("weight gradient", "Do all layers get a similar push?", "figure 8"),
}
SHOWN = 0.002  # of the highest peak; the axis ends where all layers are lower


def start_density_figure(report: StartDensitiesReport, quantity: str, label: str = "") -> go.Figure:
    """Return the densities of one quantity; `label` says which network it is."""
    name, question, source = WORDS[quantity]
    found, n = report.quantities[quantity], len(report.layers)
    places = (found.edges[:-1] + found.edges[1:]) / 2
    traces: list[dict[str, object]] = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": single(places),
            "y": single(found.density[depth]),
            "name": layer,
            "line": {"color": layer_color(depth, n), "width": 1.8},
            "hovertemplate": f"{layer}, at %{{x:.3~g}}: density %{{y:.3~g}}<extra></extra>",
        }
        for depth, layer in enumerate(report.layers)
    ]
    visible = abs(places)[(found.density > SHOWN * found.density.max()).any(axis=0)]
    reach = float(visible.max()) if len(visible) else float(found.edges[-1])
    layout = {
        "xaxis": axis(name, range=[-reach, reach]),
        "yaxis": axis("density", rangemode="tozero"),
    }
    peaks = found.peak.mean(axis=1)
    on = f"{report.n_examples} images" if quantity != "weight_gradient" else f"a batch of {report.batch_size} images"
    words = FigureWords(
        question,
        f"A narrow, high peak: almost all numbers are nearly 0. Before the first update, {on}, "
        f"{mean_of_seeds(report.n_seeds)}.",
        f"At 0 the densities of layers 1 to {n} are {', '.join(f'{peak:.3g}' for peak in peaks)}.",
        report.run_id,
        report.n_seeds,
        f"Glorot & Bengio 2010, {source}",
        title=f"{name.capitalize()}s at the start" + (f": {label}" if label else ""),
        details=f"The output layer's weights are drawn by {report.output_initializer}.",
        term=name,
    )
    return figure_of(traces, words, kind=f"start-{quantity}", layout=layout)
