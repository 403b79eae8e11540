"""Gates of LSTM layers, drawn: which share stands open and which is shut, one plot for each gate."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.colors import NEGATIVE, POSITIVE, THEORY, faded
from diagnostics.figures.lines import band
from diagnostics.figures.panels import Panels
from diagnostics.figures.theme import FigureWords, Naming, axis, figure_of, log_axis, single
from diagnostics.gates import Gate, GatesReport
from diagnostics.seed_spread import Spread
from diagnostics.settings_in_words import mean_of_seeds

NAMES = {"input_gate": "input gate", "forget_gate": "forget gate", "output_gate": "output gate"}
QUESTION = "Do the gates let through, hold back, or stand in between?"


def gates_figure(report: GatesReport, log_x: bool = True) -> go.Figure:
    """Return one plot for each gate: share open, share shut, and the mean opening, over training."""
    named: Naming = {"title": "Open and shut gates", "term": "gate"}
    if not report.gates or len(report.gates[0].steps) == 0:
        words = FigureWords(QUESTION, "", "No LSTM layer is recorded.", **named)
        return figure_of([], words, kind="gates")
    panels = Panels(len(report.gates))
    several = len({gate.layer for gate in report.gates}) > 1
    traces: list[dict[str, object]] = []
    for number, gate in enumerate(report.gates):
        steps = gate.steps[gate.steps > 0] if log_x else gate.steps
        name = f"{gate.layer}, {NAMES[gate.name]}" if several else NAMES[gate.name].capitalize()
        label = panels.label(name, THEORY, (float(steps[0]) if len(steps) else 1.0, 1.04))
        traces += panels.placed(number, [*_lines(gate, log_x, is_first=number == 0), label])
    x_axis = log_axis("step (updates)", log_x)
    y_axis = axis("share, opening", range=[0, 1.04], tickvals=[0, 0.5, 1], ticktext=["0%", "50%", "100%"])
    layout = panels.layout_with_legend(x_axis, y_axis)
    caption = (
        "Where a gate is always open or always shut, it chooses nothing. "
        f"Open: above {report.open_above:g}; shut: below {report.shut_below:g}, of all units, positions and probe "
        f"examples. Line: {mean_of_seeds(report.n_seeds)}"
        f"{'; band: ± one standard deviation of the seeds' if report.n_seeds > 1 else ''}."
    )
    ends = [
        f"{gate.layer} {NAMES[gate.name]} {gate.open.mean[-1]:.0%} open, {gate.shut.mean[-1]:.0%} shut, "
        f"{gate.mean.mean[-1]:.2f} in the mean"
        for gate in report.gates
        if np.isfinite(gate.mean.mean[-1])
    ]
    summary = f"At step {report.gates[0].steps[-1]}: {'; '.join(ends) or 'no seed is left'}."
    source = "Karpathy, Johnson & Fei-Fei 2016"
    words = FigureWords(QUESTION, caption, summary, report.run_id, report.n_seeds, source, **named)
    return figure_of(traces, words, kind="gates", layout=layout)


def _lines(gate: Gate, log_x: bool, *, is_first: bool) -> list[dict[str, object]]:
    keep = gate.steps > 0 if log_x else np.ones(len(gate.steps), bool)
    looks: tuple[tuple[str, Spread, str, str], ...] = (
        ("open", gate.open, POSITIVE, "solid"),
        ("shut", gate.shut, NEGATIVE, "dash"),
        ("mean opening", gate.mean, THEORY, "dot"),
    )
    traces = []
    for name, spread, color, dash in looks:
        traces += band(gate.steps[keep], spread.low[keep], spread.high[keep], name, faded(color))
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": single(gate.steps[keep]),
                "y": single(spread.mean[keep]),
                "name": name,
                "legendgroup": name,
                "showlegend": is_first,
                "line": {"color": color, "width": 2, "dash": dash},
                "hovertemplate": f"{name}, step %{{x}}: %{{y:.1%}}<extra></extra>",
            }
        )
    return traces
