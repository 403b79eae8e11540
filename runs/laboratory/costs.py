"""Figure 5: cross-entropy and quadratic cost over two weights. Nothing is trained."""

from __future__ import annotations

import math

import numpy as np

from diagnostics.cost_surface import COSTS, FLAT, cost_surface
from runs.laboratory.entry import Conclusion, LaboratoryEntry, Runs, Size, SizeName, titled
from runs.laboratory.rows import Reference, at_least, beside, compared

N_DRAWS = {"reduced": 20, "paper": 100}
FIGURE = "Glorot & Bengio 2010, figure 5"
STUCK = "On which cost can gradient descent get stuck: where is it high and flat? (figure 5)"


def conclude(runs: Runs, size: SizeName) -> Conclusion:
    """Return the table over many random signals, and the surfaces of the first."""
    from diagnostics.figures.cost_surface import cost_surface_figure

    n = N_DRAWS[size]
    reports = [cost_surface(seed) for seed in range(n)]
    shares = {name: [100 * report.plateau_share(name) for report in reports] for name in COSTS}
    largest = {name: [float(report.costs[name].max()) for report in reports] for name in COSTS}
    more = np.subtract(shares["quadratic"], shares["cross_entropy"])
    claim = Reference("the quadratic cost has the more severe plateaus", "printed", "Glorot & Bengio 2010, section 4.1")
    no_number = "no number is printed"
    rows = (
        beside("cross-entropy: plateau, share of the plane", shares["cross_entropy"], claim, no_number, "%"),
        beside("quadratic cost: plateau, share of the plane", shares["quadratic"], claim, no_number, "%"),
        compared(
            "plateau, quadratic less cross-entropy",
            more,
            claim,
            at_least(2 * float(np.std(more)) / math.sqrt(n), "two standard errors above 0"),
            "points",
        ),
        compared(
            "random signals with the larger plateau in the quadratic cost",
            [100 * float((more > 0).mean())],
            claim,
            at_least(50 + 100 / math.sqrt(n), "half of them, and two standard errors"),
            "%",
        ),
        beside(
            "largest cross-entropy",
            largest["cross_entropy"],
            Reference("up to 5, where the axis ends", "read off", FIGURE),
            "depends on the random signals, which are not printed",
        ),
        beside(
            "largest quadratic cost",
            largest["quadratic"],
            Reference("about 0.8", "read off", FIGURE),
            "depends on the random signals, which are not printed",
        ),
    )
    return Conclusion(rows, (("surfaces", titled(cost_surface_figure(reports[0]), question=STUCK)),))


ENTRY = LaboratoryEntry(
    name="costs",
    title="Two costs, two landscapes",
    question="Why is the logarithm of the likelihood learned more easily than squares of errors?",
    figure="A network of two layers with one weight each. Over both weights from −4 to 4 two surfaces are drawn: the "
    "cross-entropy, high and steep, above the quadratic cost, which is nearly flat.",
    source=FIGURE,
    reduced=Size(
        "reduced",
        (),
        f"Computed at once on a grid, for {N_DRAWS['reduced']} random signals (ten inputs with targets, both drawn at "
        f"random) instead of one. A plateau is where a cost is in the upper half of its range and its slope less than "
        f"{100 * FLAT:.0f} % of the steepest: wrong, and hardly a way out.",
    ),
    paper=Size("paper", (), f"The same for {N_DRAWS['paper']} random signals."),
    conclude=conclude,
    terms=("loss", "cross-entropy and quadratic cost", "nonlinearity"),
)
