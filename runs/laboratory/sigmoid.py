"""Figure 2: a deep sigmoid network, whose top layer is driven to zero before it learns anything."""

from __future__ import annotations

from runs.laboratory.entry import Conclusion, LaboratoryEntry, Runs, Size, SizeName, titled
from runs.laboratory.networks import LONG, PAPER, STANDARD, Scale, network
from runs.laboratory.readings import CHANCE_ERROR, at, by_layer, error, hidden_moments, n_unseen
from runs.laboratory.rows import Reference, Row, at_least, at_most, beside, between, compared, within

FIGURE = "Glorot & Bengio 2010, figure 2"
PROGRAM = "NumPy, width 200, learning rate 0.1"
TOP_MEAN = {1000: (0.146, 0.014), 2000: (0.093, 0.005), 5000: (0.051, 0.003)}  # by update: mean, tolerance
SCALE = Scale(width=200, updates=5000, rate=0.1, seeds=(0, 1, 2), images=6000)
# Of three beginnings the standard deviations are 0.0032, 0.0011 and 0.00075; the reference is a single one.
SEEDS_DIFFER = "three standard deviations of the difference of two beginnings"
FALLS = "Does the top layer fall to 0 while those below it stay at 0.5 and above? (figure 2)"
ENDS = "Where do the activations of each layer lie after the last update?"
NOISE = 1.5  # points; of 1800 images the standard error is 0.9


def conclude(runs: Runs, size: SizeName) -> Conclusion:
    """Return the table, and the activations over training."""
    from diagnostics.figures.layer_statistics import layer_histograms_figure, layer_moments_figure
    from diagnostics.layer_statistics import layer_histograms

    (run,) = runs.values()
    rows: list[Row] = []
    for step, (mean, tolerance) in TOP_MEAN.items():
        known = Reference(f"{mean:g}", "measured", PROGRAM)
        top, quantity = at(run, "dense4/activation/mean", step), f"layer 4, mean activation after {step} updates"
        rows.append(
            compared(quantity, top, known, within(mean, tolerance, SEEDS_DIFFER))
            if size == "reduced"
            else beside(quantity, top, known, "wider layers, other rate")
        )
    means = by_layer(run, "activation/mean")
    last = Reference("near 0 from the first few epochs on", "read off", FIGURE)
    level = "hardly above the line of 0 in the figure"
    rows.append(compared("layer 4, mean activation at the end", means[3], last, at_most(0.06, level)))
    above = Reference("above 0.5, layer 3 (0.75 to 0.8) above layer 2 (0.6)", "read off", FIGURE)
    rows.append(compared("layer 2, mean activation at the end", means[1], above, at_least(0.5, "as read off")))
    higher = at_least(0.05, "a third of what is read off: our training ends in the figure's first epoch")
    rows.append(compared("layer 3 less layer 2, mean activation at the end", means[2] - means[1], above, higher))
    plateau = Reference(f"{CHANCE_ERROR:.1f}: the commonest class has 1/6 of the images", "derived", "section 2.1")
    chance = between(CHANCE_ERROR - NOISE, CHANCE_ERROR + NOISE, "1.7 standard errors of 1800 images")
    rows.append(compared(f"error on {n_unseen(run)} unseen images", error(run), plateau, chance, "%"))
    activations = titled(layer_moments_figure(hidden_moments(run)), question=FALLS)
    histograms = titled(layer_histograms_figure(layer_histograms(run, "activation")), question=ENDS)
    return Conclusion(tuple(rows), (("activations", activations), ("histograms", histograms)))


ENTRY = LaboratoryEntry(
    name="sigmoid",
    title="The sigmoid that falls silent",
    question="Why does a deep network of sigmoids learn nothing for so long?",
    figure="Mean and spread of the activations of four sigmoid layers over training. The top layer falls to 0 within "
    "the first few epochs and stays there for a hundred; the layers below lie above 0.5, higher ones higher.",
    source=FIGURE + ", section 3.1",
    reduced=Size(
        "reduced",
        (network("sigmoid", STANDARD, SCALE, depth=4),),
        "200 units in each layer instead of 1000, 5000 updates of 10 new images instead of 2.8 million (140 epochs of "
        "20 000), learning rate 0.1, three seeds: the fall is seen, the escape from it is not.",
    ),
    paper=Size(
        "paper",
        (network("sigmoid", STANDARD, PAPER, depth=4),),
        f"Four layers of 1000 units, {LONG}. It takes days on two cores.",
    ),
    conclude=conclude,
    terms=("nonlinearity", "activation", "first weights", "Shapeset-3×2", "update", "seed"),
)
