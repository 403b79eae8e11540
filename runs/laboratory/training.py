"""Figures 9 to 11 and Table 1: what the initialization does to training, and where the errors end."""

from __future__ import annotations

import numpy as np

from diagnostics.run import Run
from diagnostics.seed_spread import Floats
from runs.laboratory.entry import Arm, Conclusion, LaboratoryEntry, Runs, Size, SizeName, labelled, titled
from runs.laboratory.networks import (
    INITIALIZATION,
    LONG,
    NORMALIZED,
    PAPER,
    REDUCED,
    REDUCED_WORDS,
    STANDARD,
    Scale,
    network,
)
from runs.laboratory.readings import CHANCE_ERROR, error, hidden, hidden_moments, high_percentile, n_unseen
from runs.laboratory.rows import Reference, Row, at_least, at_most, beside, between, compared, in_digits

GLOROT = "Glorot & Bengio 2010"
DAYS = "It takes days for each network on two cores."
TABLE = {  # Table 1, Shapeset-3×2: test error in % of five hidden layers
    ("softsign", STANDARD): 16.27,
    ("softsign", NORMALIZED): 16.06,
    ("tanh", STANDARD): 27.15,
    ("tanh", NORMALIZED): 15.60,
    ("sigmoid", STANDARD): 82.61,
}
FIGURE_11 = {("sigmoid", 5): "about 83.5", ("sigmoid", 4): "about 35", ("tanh", 5): "about 28"}  # read off
BEGINNING = (
    "That is only the very beginning of the paper's curves: who begins to learn, and who not yet, can be compared, but "
    "not how small errors get in the end, nor what layers that have learned do."
)
DRIFT = {
    STANDARD: "Do the layers drift apart, lower ones wider? (figure 9, top)",
    NORMALIZED: "Do the layers stay together? (figure 9, bottom)",
}
TOGETHER = "Do all layers move together? (figure 10)"
UNTIL = "updates until tanh leaves guessing or the training ends, standard : normalized"
LEARNS = "Which network learns, and when? Accuracy is 100 % less the error in the table"
GAIN = 4.0  # points by which normalized tanh is at least better
TWO_ERRORS = 3.0  # points: twice the standard error of a difference, 1.5 for errors near 70 % on 1800 images
OTHER_SCALE = "smaller layers, a five hundredth of the updates"
AT_CHANCE = (CHANCE_ERROR - 2.0, CHANCE_ERROR + 2.0)
NOT_PRINTED = "the paper's learning rate is not printed"


def _tanh_pair(scale: Scale) -> tuple[Arm, ...]:
    return network("tanh", STANDARD, scale), network("tanh", NORMALIZED, scale)


def _table_arms(scale: Scale) -> tuple[Arm, ...]:
    return tuple(network(activation, initializer, scale) for activation, initializer in TABLE)


def key(run: Run) -> tuple[str, str]:
    """Return nonlinearity and initializer of a run."""
    return run.layers[0].activation, run.experiment.initializer


def conclude_pair(runs: Runs, size: SizeName) -> Conclusion:
    """Return what standard and normalized weights do to tanh: gradients, activations, errors."""
    from diagnostics.figures.layer_spread import percentiles_figure, spread_figure
    from diagnostics.figures.learning_curves import learning_curves_figure
    from diagnostics.learning_curves import learning_curves

    standard, normalized = (next(run for run in runs.values() if key(run)[1] == one) for one in (STANDARD, NORMALIZED))
    reach = high_percentile(normalized)
    apart = in_digits(float(np.mean(pushes(standard).max(axis=0) / pushes(standard).min(axis=0))), 2)
    figure_9 = f"{GLOROT}, figure 9"
    together = Reference("all layers reach ±1 almost at once", "read off", f"{GLOROT}, figure 10")
    better = Reference("7.0: 74.8 less 67.8", "measured", "width 200, rate 0.05, 20 000 updates")
    rows = (
        beside(
            "standard: spread of weight gradients at the end, layer 1 : layer 5",
            pushes(standard)[0] / pushes(standard)[-1],
            Reference("3 to 4", "read off", figure_9),
            "after two million updates in the paper, in which tanh has learned; here it has hardly begun to"
            if size == "reduced"
            else NOT_PRINTED,
        ),
        compared(
            "normalized: spread of weight gradients at the end, largest : smallest layer",
            pushes(normalized).max(axis=0) / pushes(normalized).min(axis=0),
            Reference("1.5 to 1.7", "read off", figure_9),
            at_most(2.5, f"halfway from there to the 3 to 4 of standard weights, whose ratio here is {apart}"),
        ),
        compared(
            "normalized: reach of layer 1 less that of layer 5",
            reach[0] - reach[-1],
            together,
            at_most(0.3, "about half of what standard weights leave in so short a training"),
        ),
        compared(
            "error, standard less normalized",
            error(standard) - error(normalized),
            better,
            at_least(GAIN, "2.6 standard errors of a difference on 1800 images"),
            "points",
        ),
    )
    both = [standard, normalized]
    gradients = [
        (
            f"{name}-weight-gradients",
            titled(spread_figure(hidden_moments(run, "weight_gradient")), name, question=DRIFT[initializer]),
        )
        for (initializer, name), run in zip(INITIALIZATION.items(), both, strict=True)
    ]
    reached = titled(percentiles_figure(hidden_moments(normalized)), "normalized", question=TOGETHER)
    curves = titled(
        learning_curves_figure(learning_curves(labelled(runs), "accuracy", "examples")),
        question=f"{LEARNS} (figure 11)",
    )
    return Conclusion(rows, (*gradients, ("normalized-activations", reached), ("curves", curves)))


def pushes(run: Run) -> Floats:
    """Return the spread of each layer's weight gradients, (L, R): of the last five records, since one is noisy."""
    stds = [np.asarray(run.series[f"{name}/weight_gradient/std"].values[-5:], np.float64) for name in hidden(run)]
    return np.stack([std.mean(axis=0) for std in stds])


def conclude_table(runs: Runs, size: SizeName) -> Conclusion:
    """Return our errors beside Table 1, and what of its order can be seen."""
    from diagnostics.figures.learning_curves import learning_curves_figure
    from diagnostics.learning_curves import learning_curves

    errors = {key(run): error(run) for run in runs.values()}
    n = n_unseen(next(iter(runs.values())))
    rows: list[Row] = []
    for (activation, initializer), printed in TABLE.items():
        reference = Reference(f"{printed:.2f}", "printed", f"{GLOROT}, table 1, full size")
        quantity = f"{activation}, {INITIALIZATION[initializer]}: error on {n} unseen images"
        found = errors[activation, initializer]
        rows.append(beside(quantity, found, reference, OTHER_SCALE if size == "reduced" else NOT_PRINTED, "%"))
    rows += _order(errors)
    curves = learning_curves_figure(learning_curves(labelled(runs), "accuracy", "examples"))
    return Conclusion(tuple(rows), (("curves", titled(curves, question=LEARNS)),))


def _order(errors: dict[tuple[str, str], np.ndarray]) -> list[Row]:
    """What holds in the table by far more than its uncertainty."""
    tanh, tanh_n = errors["tanh", STANDARD], errors["tanh", NORMALIZED]
    softsign, sigmoid = errors["softsign", STANDARD], errors["sigmoid", STANDARD]
    table = f"{GLOROT}, table 1"
    clear = at_least(TWO_ERRORS, "two standard errors of a difference on 1800 images")
    gains = {
        "tanh: error, standard less normalized": (tanh - tanh_n, "11.55"),
        "standard: error, tanh less softsign": (tanh - softsign, "10.88"),
    }
    rows = [
        compared(quantity, gain, Reference(f"{printed} points", "printed", table), clear, "points")
        for quantity, (gain, printed) in gains.items()
    ]
    guessing = Reference(f"82.61; guessing: {CHANCE_ERROR:.1f}", "printed", table)
    near = between(*AT_CHANCE, "2.3 standard errors of 1800 images")
    return [*rows, compared("sigmoid, five layers: error", sigmoid, guessing, near, "%")]


def conclude_curves(runs: Runs, size: SizeName) -> Conclusion:
    """Return the errors in the order of figure 11."""
    from diagnostics.figures.learning_curves import learning_curves_figure
    from diagnostics.learning_curves import learning_curves

    rows: list[Row] = []
    deep = {key(run): error(run) for run in runs.values() if len(run.layers) == len(TABLE) + 1}
    for run in runs.values():
        activation, initializer = key(run)
        depth = len(run.layers) - 1
        words = FIGURE_11.get((activation, depth), "16 to 17") if initializer == STANDARD else "16 to 17"
        reference = Reference(f"{words} after 25 million images", "read off", f"{GLOROT}, figure 11")
        quantity = f"{activation}, {INITIALIZATION[initializer]}, {depth} layers: error"
        rows.append(beside(quantity, error(run), reference, OTHER_SCALE if size == "reduced" else NOT_PRINTED, "%"))
    rows += _order(deep)
    early = {key(run): _leaves_chance(run) for run in runs.values() if key(run)[0] != "sigmoid"}
    later = early["tanh", STANDARD] / early["tanh", NORMALIZED]
    reference = Reference("standard later than normalized", "read off", f"{GLOROT}, figure 11")
    later_by = at_least(2.0, "read off to a factor of two; one that never leaves it counts with its last update")
    rows.append(compared(UNTIL, later, reference, later_by))
    curves = learning_curves_figure(learning_curves(labelled(runs), "accuracy", "examples"))
    asked = f"{LEARNS} (figure 11, which counts errors: upside down)"
    return Conclusion(tuple(rows), (("curves", titled(curves, question=asked)),))


def _leaves_chance(run: Run) -> np.ndarray:
    """The first evaluated update with 4 points less error than guessing, by seed; the last one if there is none."""
    series = run.series["validation/accuracy"]
    above = np.asarray(series.values, np.float64) > (1 - CHANCE_ERROR / 100) + 0.04
    first = np.where(above.any(axis=0), above.argmax(axis=0), len(above) - 1)
    return np.maximum(series.steps[first], 1).astype(np.float64)


PAIR = LaboratoryEntry(
    name="normalized",
    title="Standard or normalized, in training",
    question="Does drawing the first weights differently change the whole training?",
    figure="Figure 9: the spread of the weight gradients of five tanh layers over training; with standard weights the "
    "layers diverge, lower ones larger, with normalized weights they stay together. Figure 10: with normalized weights "
    "the activations of all layers move together.",
    source=f"{GLOROT}, figures 9 and 10, section 4.3",
    reduced=Size("reduced", _tanh_pair(REDUCED), f"{REDUCED_WORDS} {REDUCED.rate}. {BEGINNING}"),
    paper=Size("paper", _tanh_pair(PAPER), f"Five layers of 1000 units, {LONG}. {DAYS}"),
    conclude=conclude_pair,
    terms=("first weights", "weight gradient", "activation", "nonlinearity", "Shapeset-3×2", "update", "seed"),
)
CURVES = LaboratoryEntry(
    name="curves",
    title="Six networks, one task",
    question="How much do the nonlinearity and the first weights decide?",
    figure="The test error over 25 million images. From top to bottom at the end: sigmoid with five layers (never "
    "leaves 83 %), sigmoid with four, tanh, softsign, softsign normalized, tanh normalized, and pre-training by "
    "denoising autoencoders (not repeated here).",
    source=f"{GLOROT}, figure 11, section 5",
    reduced=Size(
        "reduced",
        (*_table_arms(REDUCED), network("sigmoid", STANDARD, REDUCED, depth=4)),
        f"{REDUCED_WORDS} {REDUCED.rate}. {BEGINNING}",
    ),
    paper=Size(
        "paper",
        (*_table_arms(PAPER), network("sigmoid", STANDARD, PAPER, depth=4)),
        f"Layers of 1000 units, {LONG}. {DAYS}",
    ),
    conclude=conclude_curves,
    terms=("nonlinearity", "first weights", "saturation", "Shapeset-3×2", "update", "seed"),
)
TABLE_1 = LaboratoryEntry(
    name="table",
    title="The table of errors",
    question="Which networks win, and by how much?",
    figure="Test errors of five kinds of networks with five hidden layers; here the column of Shapeset-3×2. Softsign "
    "and both normalized ones cannot be told apart, tanh is 11 points worse, sigmoid does not learn.",
    source=f"{GLOROT}, table 1, section 5",
    reduced=Size("reduced", _table_arms(REDUCED), f"{REDUCED_WORDS} {REDUCED.rate}. {BEGINNING}"),
    paper=Size("paper", _table_arms(PAPER), f"Five layers of 1000 units, {LONG}. {DAYS}"),
    conclude=conclude_table,
    terms=("nonlinearity", "first weights", "saturation", "Shapeset-3×2", "update", "seed"),
)
