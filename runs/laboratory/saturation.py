"""Figures 3 and 4: which layers saturate, and in which order, with tanh and with softsign.

A layer's reach is the size that 98 % of its activations stay below.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from diagnostics.run import Run
from diagnostics.seed_spread import Floats
from runs.laboratory.entry import Conclusion, LaboratoryEntry, Runs, Size, SizeName, titled
from runs.laboratory.networks import LONG, PAPER, REDUCED, REDUCED_WORDS, STANDARD, network
from runs.laboratory.readings import hidden_moments, high_percentile
from runs.laboratory.rows import Reference, Row, at_least, at_most, beside, compared

SCALE = replace(REDUCED, rate=0.1)  # at 0.05 layer 1 is not yet saturated after so many updates
FIGURE = "Glorot & Bengio 2010, figure 3"
PROGRAM = "width 200, rate 0.05, 20 000 updates"
MEASURED = {"tanh": (1.0, 0.98, 0.47, 0.29, 0.30), "softsign": (0.89, 0.74, 0.74, 0.71, 0.38)}
SATURATED = 0.9
TOGETHER = 0.15  # by how much layers that move together may differ in how far they reach
MOVES = {
    "tanh": "Does layer 1 reach its limits first, then layer 2, and so on? (figure 3, top)",
    "softsign": "Do all layers move together, and stop before their limits? (figure 3, bottom)",
}
ENDS = {
    "tanh": "After the last update: do activations heap up at ±1 in the lower layers? (figure 4, top)",
    "softsign": "After the last update: do they heap up at the bends, at 0.6 to 0.8, instead? (figure 4, bottom)",
}
TWO_READINGS = "two readings of the figure, each to a tenth"


def conclude(runs: Runs, size: SizeName) -> Conclusion:
    """Return the table, and for both networks the activations over training and at the end."""
    from diagnostics.figures.layer_distributions import layer_distributions_figure
    from diagnostics.figures.layer_spread import percentiles_figure
    from diagnostics.layer_densities import layer_densities

    beside_rows: list[Row] = []
    figures = []
    by_activation = {run.layers[0].activation: run for run in runs.values()}
    for name, run in by_activation.items():
        reach = high_percentile(run)
        beside_rows += _reach(name, reach)
        spread = titled(percentiles_figure(hidden_moments(run)), name, question=MOVES.get(name, ""))
        figures.append((f"{name}-activations", spread))
    for name, run in by_activation.items():
        ends = layer_distributions_figure(layer_densities(run, "activation")[0])
        figures.append((f"{name}-histograms", titled(ends, name, question=ENDS.get(name, ""))))
    rows = [*_order(by_activation["tanh"], by_activation["softsign"]), *beside_rows]
    return Conclusion(tuple(rows), tuple(figures))


def _reach(name: str, reach: Floats) -> list[Row]:
    why = "other width, rate and length"
    return [
        beside(
            f"{name}: reach of layer {depth + 1}",
            reach[depth],
            Reference(f"{MEASURED[name][depth]:.2f}", "measured", PROGRAM),
            why,
        )
        for depth in range(len(reach))
    ]


def _order(tanh: Run, softsign: Run) -> list[Row]:
    claim = Reference("layer 1 saturates first, then layer 2, and so on", "printed", "section 3.2, figure 3, top")
    together = Reference("all layers move together and saturate less", "printed", "section 3.3, figure 3, bottom")
    ends = {"tanh": high_percentile(tanh), "softsign": high_percentile(softsign)}
    falls = -np.diff(ends["tanh"][:3], axis=0).max(axis=0)
    # figure 3 shows layers 1 to 4 of softsign close together; the fifth lags behind in ours as in figure 4
    inner = {name: reach[1:4].max(axis=0) - reach[1:4].min(axis=0) for name, reach in ends.items()}
    return [
        compared(
            "tanh: reach of layer 1 at the end",
            ends["tanh"][0],
            claim,
            at_least(SATURATED, "±1, read off the figure to a tenth"),
        ),
        compared(
            "tanh: smallest fall of the reach from a layer to the next, layers 1 to 3",
            falls,
            claim,
            at_least(0.0, "the order alone is compared"),
        ),
        compared(
            "softsign: reach of layers 2 to 4 differs by",
            inner["softsign"],
            together,
            at_most(TOGETHER, TWO_READINGS),
        ),
        compared("tanh: reach of layers 2 to 4 differs by", inner["tanh"], claim, at_least(TOGETHER, TWO_READINGS)),
        compared(
            "share of saturated activations in layer 1, tanh less softsign",
            100 * (_saturated(tanh) - _saturated(softsign)),
            together,
            at_least(5.0, "more than beginnings differ (standard deviation 4 points)"),
            "points",
        ),
    ]


def _saturated(run: Run) -> Floats:
    series = run.series["dense1/activation/saturated_share"]
    return np.asarray(series.values[-1], np.float64)


ENTRY = LaboratoryEntry(
    name="saturation",
    title="Which layer saturates first",
    question="Do tanh units get stuck at their limits, and do softsign units fare better?",
    figure="How far the activations of five layers spread over training: their standard deviation, and the value that "
    "98 % of them stay below. With tanh layer 1 reaches its "
    "limits first, then layer 2, and so on; with softsign all layers move together and stay between the flat ends. "
    "Figure 4 shows the same at the end: spikes at ±1 for tanh, humps at the bends for softsign.",
    source="Glorot & Bengio 2010, figures 3 and 4, sections 3.2 and 3.3",
    reduced=Size(
        "reduced",
        tuple(network(name, STANDARD, SCALE) for name in ("tanh", "softsign")),
        f"{REDUCED_WORDS} {SCALE.rate}. The rate is twice that of the other experiments, chosen after a look: at 0.05 "
        "layer 1 is not yet saturated after so few updates. A layer's reach is the size that 98 % of its activations "
        "stay below.",
    ),
    paper=Size(
        "paper",
        tuple(network(name, STANDARD, PAPER) for name in ("tanh", "softsign")),
        f"Five layers of 1000 units, {LONG}. It takes days on two cores.",
    ),
    conclude=conclude,
    terms=("nonlinearity", "saturation", "activation", "first weights", "Shapeset-3×2", "update", "seed"),
)
