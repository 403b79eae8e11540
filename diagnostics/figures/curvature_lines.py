"""The loss along the directions of largest curvature, drawn beside its parabola."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from diagnostics.curvature_lines import CurvatureLinesReport
from diagnostics.figures.colors import RUN_COLORS, THEORY
from diagnostics.figures.side_by_side import place, two_plots
from diagnostics.figures.theme import FigureWords, axis, figure_of, single

SUBSCRIPTS = "₁₂₃₄"


def curvature_lines_figure(report: CurvatureLinesReport) -> go.Figure:
    """Return one plot for each direction: the true loss, and what gradient and curvature predict."""
    traces: list[dict[str, object]] = []
    names, x_axes, y_axes = [], [], []
    both = np.concatenate([report.loss.ravel(), report.predicted.ravel()])
    inside = both[np.isfinite(both)]
    top = float(min(inside.max(), 1.6 * report.predicted.max()))
    bottom = float(min(inside.min(), 0.0))
    n_above = int((~(report.loss <= top)).sum())
    for number, value in enumerate(report.eigenvalues):
        x = single(report.distances[number])
        lines = [
            _curve(x, report.loss[number], "loss", {"color": RUN_COLORS[0], "width": 2}, number),
            _curve(x, report.predicted[number], "parabola", {"color": THEORY, "width": 1.6, "dash": "dash"}, number),
        ]
        traces += place(number, lines)
        names.append(f"λ{SUBSCRIPTS[number]} = {value:.3g}")
        x_axes.append(axis("distance from the state (weights)"))
        y_axes.append(axis("training loss" if number == 0 else "", range=[bottom, 1.03 * top]))
    layout = {**two_plots(names, x_axes, y_axes), "height": 360}
    return figure_of(traces, _words(report, n_above), kind="curvature-lines", layout=layout)


def _curve(x: np.ndarray, y: np.ndarray, name: str, line: dict[str, object], number: int) -> dict[str, object]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": single(y),
        "name": name,
        "legendgroup": name,
        "showlegend": number == 0,
        "line": line,
    }


def _words(report: CurvatureLinesReport, n_above: int) -> FigureWords:
    caption = (
        f"Around seed {report.seed} at step {report.step}, along the directions in which the loss curves most. "
        "Dashed: the parabola that slope and curvature λ there predict. Where the solid line leaves it, the curvature "
        "no longer tells what a step will do."
    )
    if n_above:
        caption += f" {n_above} values lie above the picture."
    good = [report.good_until(k) for k in range(len(report.eigenvalues))]
    reach = report.distances[:, -1]
    where = [
        f"λ{SUBSCRIPTS[k]} = {value:.3g}: "
        + (
            f"off by a tenth of its rise from {good[k]:.2g} on"
            if np.isfinite(good[k])
            else f"good up to {reach[k]:.2g}"
        )
        for k, value in enumerate(report.eigenvalues)
    ]
    summary = f"At step {report.step} the parabola is, for {'; for '.join(where)} (distances in weights)."
    products = "exact products with the Hessian" if report.exact else "differences of gradients"
    details = (
        f"{report.n_examples} training examples, dropout off, running means as they were stored, no penalties; from "
        f"{products}; ‖Hv − λv‖/|λ| {', '.join(f'{one:.0e}' for one in report.residuals)}; length of the gradient "
        f"{report.gradient_norm:.3g}. The gradient at a corner of relu counts one side only, and what bends the loss "
        "at corners is not in λ."
    )
    return FigureWords(
        "How far does the curvature tell what the loss does?", caption, summary, report.run_id, 1,
        "Pearlmutter 1994; Golub & Van Loan 2013, section 10.1", title="Loss along the sharpest directions",
        details=details, term="sharpness",
    )  # fmt: skip
