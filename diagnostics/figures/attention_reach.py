"""The entropy of attention over training, drawn: each layer, its heads, and the largest that is possible."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from diagnostics.attention_reach import AttentionReachReport, LayerReach
from diagnostics.figures.colors import THEORY, layer_color
from diagnostics.figures.lines import band
from diagnostics.figures.theme import FigureWords, Naming, axis, figure_of, log_axis, single
from diagnostics.settings_in_words import seeds

QUESTION = "Does attention pick out positions, or look everywhere alike?"


def attention_reach_figure(report: AttentionReachReport, log_x: bool = True) -> go.Figure:
    """Return the entropy of each layer with a band over the seeds, its heads, and the largest possible."""
    named: Naming = {"title": "Entropy of attention", "term": "attention entropy"}
    if not report.layers or len(report.layers[0].steps) == 0:
        words = FigureWords(QUESTION, "", "No attention layer is recorded.", **named)
        return figure_of([], words, kind="attention-reach")
    traces = [trace for i, item in enumerate(report.layers) for trace in _layer(item, i, len(report.layers), log_x)]
    top = 1.06 * max(item.uniform for item in report.layers)
    layout = {
        "xaxis": log_axis("step (updates)", log_x),
        "yaxis": axis("entropy (nats)", range=[0, top]),
    }
    caption = (
        "0: all attention on one position. Dotted: alike on all positions that may be seen. Thick line: mean over "
        f"heads, positions, probe examples and {seeds(report.n_seeds)}; "
        f"{'band: ± one standard deviation of the seeds; ' if report.n_seeds > 1 else ''}thin lines: heads."
    )
    ends = [
        f"{item.layer} {item.mean.mean[-1]:.2f} of at most {item.uniform:.2f} nats, "
        f"as if {np.exp(item.mean.mean[-1]):.1f} positions were seen alike"
        for item in report.layers
        if np.isfinite(item.mean.mean[-1])
    ]
    summary = f"At step {report.layers[0].steps[-1]}: {'; '.join(ends) or 'no seed is left'}."
    source = "Vaswani et al. 2017, section 3.2"
    words = FigureWords(QUESTION, caption, summary, report.run_id, report.n_seeds, source, **named)
    return figure_of(traces, words, kind="attention-reach", layout=layout)


def _layer(item: LayerReach, place: int, n_layers: int, log_x: bool) -> list[dict[str, object]]:
    keep = item.steps > 0 if log_x else np.ones(len(item.steps), bool)
    x, name, color = single(item.steps[keep]), item.layer, layer_color(place, n_layers)
    common = {"type": "scatter", "mode": "lines", "x": x, "legendgroup": name}
    heads = [
        {
            **common,
            "y": single(item.heads[keep, head]),
            "name": f"{name}, head {head + 1}",
            "showlegend": False,
            "line": {"color": layer_color(place, n_layers, 0.45), "width": 0.9},
        }
        for head in range(item.heads.shape[1])
    ]
    limit = {
        **common,
        "y": single(np.full(len(x), item.uniform)),
        "name": f"{name}, everywhere alike",
        "showlegend": False,
        "line": {"color": THEORY, "width": 1.4, "dash": "dot"},
    }
    return [
        limit,
        *heads,
        *band(x, item.mean.low[keep], item.mean.high[keep], name, layer_color(place, n_layers, 0.13)),
        {**common, "y": single(item.mean.mean[keep]), "name": name, "line": {"color": color, "width": 2.4}},
    ]
