"""Figures 6 to 8: activations, gradients and weight gradients before the first update, standard and normalized."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from diagnostics.depth_profile import DepthProfileReport, singular_value_profile
from diagnostics.run import Run
from diagnostics.seed_spread import Floats, spread_over_seeds
from diagnostics.start_densities import QUANTITIES, StartDensitiesReport, start_densities
from diagnostics.theory import network_of
from runs.laboratory.entry import Conclusion, LaboratoryEntry, Runs, Size, SizeName, titled
from runs.laboratory.networks import INITIALIZATION, NORMALIZED, STANDARD, fresh_network
from runs.laboratory.rows import Limits, Reference, Row, at_least, at_most, beside, compared, in_digits, within

PAPER = "Glorot & Bengio 2010"
PROGRAM = "NumPy, width 1000, 300 images"
WIDTH = 1000
N_JACOBIANS = 2  # images; their mean is that of many within 0.001, since they lie at the quartiles of x²
PRODUCT = {STANDARD: 1 / 3, NORMALIZED: 1.0}  # n·Var[W]: equations 15 and 12
ACTIVATION_STD = {STANDARD: (0.304, 0.032), NORMALIZED: (0.451, 0.278)}  # of the first and the last layer
GRADIENT_RATIO = {STANDARD: 10.0, NORMALIZED: 1.6}  # of the last layer to the first
WEIGHT_RATIO = {STANDARD: 1.06, NORMALIZED: 1.11}  # of the first layer to the last
SINGULAR_VALUE = {STANDARD: (0.486, 0.5), NORMALIZED: (0.777, 0.8)}  # measured; printed
ACTIVATION_PEAKS = (1.3, 2.5, 4.4, 7.8, 13.8)  # figure 6, top
GRADIENT_PEAKS = (88.0, 45.0, 24.0, 13.0, 8.0)  # figure 7, top
QUESTIONS = {
    "activation": "Do the layers' activations spread equally wide? (figure 6",
    "gradient": "Do the gradients arrive equally wide in all layers? (figure 7",
    "weight_gradient": "Are the weights of all layers pushed equally hard? (figure 8",
}
STRETCH = "Does each layer stretch (above 1) or shrink what passes, and by how much? (section 4.2.1)"
LEVEL = "the paper's lines are more level than these weights can make them: tanh narrows what passes in each layer"
BATCH_SIZE = "ours is of 10 images together; of single images it is about √10 times as wide and the peak as much lower"
OTHER_HEIGHTS = (  # initializer, quantity, layer from 0, read off, panel, why it is not compared
    (STANDARD, "weight_gradient", 1, "230 to 275", "figure 8, top", BATCH_SIZE),
    (NORMALIZED, "activation", 0, "1.3 to 1.5", "figure 6, bottom", LEVEL),
    (NORMALIZED, "activation", 4, "1.3 to 1.5", "figure 6, bottom", LEVEL),
    (NORMALIZED, "gradient", 0, "8 to 9", "figure 7, bottom", LEVEL),
    (NORMALIZED, "gradient", 4, "8 to 9", "figure 7, bottom", LEVEL),
    (NORMALIZED, "weight_gradient", 1, "35 to 42", "figure 8, bottom", BATCH_SIZE),
)
BY_EYE = "read off the figure to a tenth"
# Of ten beginnings (benchmarks.laboratory spread initialization) the standard deviation is at most 2.5 % for spreads of
# activations, 2 % for ratios of gradients, 0.05 for ratios of weight gradients on a mini-batch.
SEEDS_DIFFER = {"activation": (0.07, "2.5 %"), "gradient": (0.06, "2 %"), "weight_gradient": (0.15, "0.05")}


def conclude(runs: Runs, size: SizeName) -> Conclusion:
    """Return the table and the densities, standard and normalized in turn."""
    from diagnostics.figures.depth_profile import depth_profile_figure
    from diagnostics.figures.start_densities import start_density_figure

    rows: list[Row] = []
    figures, profiles = [], []
    reports: dict[str, StartDensitiesReport] = {}
    for run in runs.values():
        initializer = run.experiment.initializer
        name = INITIALIZATION[initializer]
        report = start_densities(run, NORMALIZED)  # as it must have been in the paper: see `figure` below
        reports[initializer] = report
        profile, values = _profile(run)
        rows += _rows(run, report, name)
        rows += _singular_values(run, name, values[1 : len(report.layers)].mean(axis=0))
        for quantity in QUANTITIES:
            asked = f"{QUESTIONS[quantity]}, {'top' if initializer == STANDARD else 'bottom'})"
            figure = titled(start_density_figure(report, quantity, name), question=asked)
            figures.append((f"{name}-{quantity}", figure))
        profiles.append((f"{name}-singular-values", titled(depth_profile_figure(profile), name, question=STRETCH)))
    standard = next(run for run in runs.values() if run.experiment.initializer == STANDARD)
    rows += _peaks(standard, reports[STANDARD])
    rows += _heights(reports)
    paired = [figure for pair in zip(figures[:3], figures[3:], strict=True) for figure in pair]
    return Conclusion(tuple(rows), (*paired, *profiles))


def _rows(run: Run, report: StartDensitiesReport, name: str) -> list[Row]:
    initializer = run.experiment.initializer
    network = network_of(run)
    weights = network.views(network.init(run.experiment.seeds))["dense2/W"]
    product = weights.shape[1] * weights.astype(np.float64).var(axis=(1, 2))
    std = {quantity: report.quantities[quantity].std for quantity in QUANTITIES}
    first, last = ACTIVATION_STD[initializer]
    equation = Reference("1/3" if initializer == STANDARD else "1", "derived", f"{PAPER}, equations 1, 15 and 16")

    def like(quantity: str, number: float) -> tuple[Reference, Limits]:
        """A number of one other seed, and three standard deviations of one beginning."""
        tolerance, deviation = SEEDS_DIFFER[quantity]
        tolerance *= 1.0 if quantity == "weight_gradient" else number
        why = f"beginnings differ by {deviation} (standard deviation), times three"
        return Reference(f"{number:g}", "measured", PROGRAM), within(number, tolerance, why)

    sampling = "ten times the sampling error of a million weights"
    rows = [
        compared(
            f"{name}: variance of the weights times how many a unit has, n·Var(W)",
            product,
            equation,
            within(PRODUCT[initializer], 0.01 * PRODUCT[initializer], sampling),
        )
    ]
    for quantity, words, values, number in (
        ("activation", "spread of activations, layer 1", std["activation"][0], first),
        ("activation", "spread of activations, layer 5", std["activation"][-1], last),
        (
            "gradient",
            "spread of gradients, layer 5 : layer 1",
            std["gradient"][-1] / std["gradient"][0],
            GRADIENT_RATIO[initializer],
        ),
        (
            "weight_gradient",
            "spread of weight gradients, layer 1 : layer 5",
            std["weight_gradient"][0] / std["weight_gradient"][-1],
            WEIGHT_RATIO[initializer],
        ),
    ):
        rows.append(compared(f"{name}: {words}", values, *like(quantity, number)))
    return rows


def _profile(run: Run) -> tuple[DepthProfileReport, Floats]:
    """Return the profile over the layers, and the mean singular value of each layer and seed, (L, R)."""
    alone = [replace(run, experiment=replace(run.experiment, seeds=(seed,))) for seed in run.experiment.seeds]
    profiles = [singular_value_profile(one, theories=(), n_examples=N_JACOBIANS) for one in alone]
    values = np.stack([profile.mean for profile in profiles], axis=1)
    spread = spread_over_seeds(values)
    whole = replace(profiles[0], mean=spread.mean, low=spread.low, high=spread.high, n_seeds=len(alone))
    return whole, values


def _singular_values(run: Run, name: str, values: Floats) -> list[Row]:
    measured, printed = SINGULAR_VALUE[run.experiment.initializer]
    quantity = f"{name}: mean singular value of layers 2 to 5"
    about = Reference(f"about {printed:g}", "printed", f"{PAPER}, section 4.2.1")
    other = Reference(f"{measured:g}", "measured", PROGRAM)
    images = "other images: from one image to another it differs by up to 0.03"
    return [
        compared(quantity, values, about, within(printed, 0.05, "printed with one digit")),
        compared(quantity, values, other, within(measured, 0.02, images)),
    ]


def _heights(reports: dict[str, StartDensitiesReport]) -> list[Row]:
    """Heights read off the other panels, which do not all come out: they stand beside ours and are not compared."""
    rows = []
    for initializer, quantity, depth, read, panel, why in OTHER_HEIGHTS:
        peak = reports[initializer].quantities[quantity].peak[depth]
        words = f"{INITIALIZATION[initializer]}: density at 0 of {quantity.replace('_', ' ')}s, layer {depth + 1}"
        rows.append(beside(words, peak, Reference(read, "read off", f"{PAPER}, {panel}"), why))
    return rows


def _peaks(run: Run, normalized: StartDensitiesReport) -> list[Row]:
    """Heights read off the printed figures; those of gradients depend on the output layer's weights."""
    peaks = normalized.quantities
    rows = []
    for depth, read in enumerate(ACTIVATION_PEAKS):
        reference = Reference(f"about {read:g}", "read off", f"{PAPER}, figure 6, top")
        quantity = f"standard: density at 0 of activations, layer {depth + 1}"
        rows.append(compared(quantity, peaks["activation"].peak[depth], reference, within(read, 0.1 * read, BY_EYE)))
    falls = Reference("lower from layer to layer", "read off", f"{PAPER}, figure 7, top")
    fall = -np.diff(peaks["gradient"].peak, axis=0).max(axis=0)
    quantity = "standard: density at 0 of gradients, smallest fall from a layer to the next"
    rows.append(compared(quantity, fall, falls, at_least(0.0, "the order alone is compared")))
    for depth, read in enumerate(GRADIENT_PEAKS):
        reference = Reference(f"about {read:g}", "read off", f"{PAPER}, figure 7, top")
        quantity = f"standard: density at 0 of gradients, layer {depth + 1}, output layer normalized"
        why = "depends on the output layer's weights, of which the paper says nothing"
        rows.append(beside(quantity, peaks["gradient"].peak[depth], reference, why))
    first = start_densities(run, STANDARD).quantities["gradient"].peak[0]
    reference = Reference(f"about {GRADIENT_PEAKS[0]:g}", "read off", f"{PAPER}, figure 7, top")
    why = "for comparison: with these the paper's heights do not come out"
    rows.append(beside("standard: density at 0 of gradients, layer 1, output layer standard", first, reference, why))
    std = peaks["activation"].std
    fading = Reference(in_digits(ACTIVATION_STD[STANDARD][1] / ACTIVATION_STD[STANDARD][0]), "measured", PROGRAM)
    limits = at_most(0.15, "half as much again; with normalized weights it is above 0.6")
    rows.append(compared("standard: spread of activations, layer 5 : layer 1", std[-1] / std[0], fading, limits))
    return rows


ENTRY = LaboratoryEntry(
    name="initialization",
    title="Before the first update",
    question="Why does the usual way to draw the first weights starve deep networks?",
    figure="Three pairs of panels, one line for each of five tanh layers. Standard weights: activations grow narrower "
    "towards the top (figure 6), gradients narrower towards the bottom (figure 7), weight gradients stay alike "
    "(figure 8). Normalized weights: all lines lie nearly on each other.",
    source="Glorot & Bengio 2010, figures 6, 7 and 8, section 4.2",
    reduced=Size(
        "reduced",
        tuple(fresh_network("tanh", one, width=WIDTH, seeds=(0, 1)) for one in (STANDARD, NORMALIZED)),
        "The paper's size: five layers of 1000 units, 300 images of Shapeset-3×2, two seeds. In the table and the "
        "figures the output layer is drawn by the normalized formula, without which the printed gradients do not come "
        "out; the stored runs have one formula for all layers.",
    ),
    paper=Size(
        "paper",
        tuple(fresh_network("tanh", one, width=WIDTH, seeds=tuple(range(5))) for one in (STANDARD, NORMALIZED)),
        "The same with five seeds.",
    ),
    conclude=conclude,
    terms=(
        "first weights",
        "activation",
        "back-propagated gradient",
        "weight gradient",
        "singular value",
        "nonlinearity",
        "Shapeset-3×2",
        "seed",
    ),
)
