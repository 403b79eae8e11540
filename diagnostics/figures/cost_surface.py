"""Two costs over two weights, drawn side by side on one scale of colours."""

from __future__ import annotations

import plotly.graph_objects as go

from diagnostics.cost_surface import COSTS, FLAT, CostSurfaceReport
from diagnostics.figures.colors import SCALES
from diagnostics.figures.theme import BOTTOM, LEFT, FigureWords, axis, color_bar, figure_of, single

PANELS = {"cross_entropy": ("", (0.0, 0.46)), "quadratic": ("2", (0.54, 1.0))}
STEP = 0.125  # from line to line


def cost_surface_figure(report: CostSurfaceReport) -> go.Figure:
    """Return both surfaces as contour lines, the same colour for the same cost."""
    largest = max(float(cost.max()) for cost in report.costs.values())
    traces: list[dict[str, object]] = []
    layout: dict[str, object] = {
        "height": 400,
        "showlegend": False,
        "margin": {"l": LEFT, "r": 16, "t": 30, "b": BOTTOM},
    }
    titles = []
    for name, (number, domain) in PANELS.items():
        is_last = number == "2"
        traces.append(
            {
                "type": "contour",
                "x": single(report.weights),
                "y": single(report.weights),
                "z": single(report.costs[name]),
                "xaxis": f"x{number}",
                "yaxis": f"y{number}",
                "name": COSTS[name],
                "zmin": 0.0,
                "zmax": largest,
                "contours": {"start": 0.0, "end": largest, "size": STEP},
                "colorscale": SCALES["number"][0],
                "meta": {"scale": "number"},
                "line": {"width": 0.6, "color": "rgba(255,255,255,0.6)"},
                "showscale": is_last,
                "colorbar": color_bar("cost", tickvals=[0, 0.5, 1, 1.5, 2, 2.5, 3]),
                "hovertemplate": f"{COSTS[name]} %{{z:.3g}}<br>W₁ %{{x:.2f}}, W₂ %{{y:.2f}}<extra></extra>",
            }
        )
        layout[f"xaxis{number}"] = axis("W₁, of the hidden unit", domain=list(domain), anchor=f"y{number}")
        layout[f"yaxis{number}"] = axis("W₂, of the output" if not number else "", anchor=f"x{number}")
        titles.append(
            {
                "text": COSTS[name],
                "x": sum(domain) / 2,
                "y": 1.0,
                "xref": "paper",
                "yref": "paper",
                "xanchor": "center",
                "yanchor": "bottom",
                "showarrow": False,
            }
        )
    layout["annotations"] = titles
    shares = {name: report.plateau_share(name) for name in PANELS}
    words = FigureWords(
        "On which cost can gradient descent get stuck?",
        f"Lines join weights of equal cost, {STEP} apart; where lines are far apart the cost is flat, and gradient "
        f"descent hardly moves. {report.n_examples} random inputs with random targets.",
        f"Of the plane {shares['cross_entropy']:.1%} of the cross-entropy and {shares['quadratic']:.1%} of the "
        f"quadratic cost are a plateau: a cost in the upper half with less than {FLAT:.0%} of the steepest slope.",
        source="Glorot & Bengio 2010, figure 5",
        title="Two costs over two weights",
        details="The network: one hidden tanh unit, one output, p = σ(W₂ tanh(W₁ x)).",
        term="loss",
    )
    return figure_of(traces, words, kind="cost-surface", layout=layout)
