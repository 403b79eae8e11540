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
from runs.laboratory.rows import Reference, Row, at_most, beside, near

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
BY_EYE = 0.3  # of a height: reading it off errs by a tenth, and its bins, weights and images are other ones


def conclude(runs: Runs, size: SizeName) -> Conclusion:
    """Return the table and the densities, standard and normalized in turn."""
    from diagnostics.figures.depth_profile import depth_profile_figure
    from diagnostics.figures.start_densities import start_density_figure

    rows: list[Row] = []
    figures, profiles = [], []
    for run in runs.values():
        initializer = run.experiment.initializer
        name = INITIALIZATION[initializer]
        report = start_densities(run, NORMALIZED)  # as it must have been in the paper: see `figure` below
        profile, values = _profile(run)
        rows += _rows(run, report, name)
        rows += _singular_values(run, name, values[1 : len(report.layers)].mean(axis=0))
        figures += [(f"{name}-{quantity}", start_density_figure(report, quantity, name)) for quantity in QUANTITIES]
        profiles.append((f"{name}-singular-values", titled(depth_profile_figure(profile), name)))
    standard = next(run for run in runs.values() if run.experiment.initializer == STANDARD)
    rows += _peaks(standard)
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

    def known(number: float) -> Reference:
        return Reference(f"{number:g}", "measured", PROGRAM)

    ratio, push = GRADIENT_RATIO[initializer], WEIGHT_RATIO[initializer]
    return [
        near(f"{name}: n·Var(W)", product, equation, PRODUCT[initializer], 0.01 * PRODUCT[initializer]),
        near(f"{name}: spread of activations, layer 1", std["activation"][0], known(first), first, 0.07 * first),
        near(f"{name}: spread of activations, layer 5", std["activation"][-1], known(last), last, 0.07 * last),
        near(
            f"{name}: spread of gradients, layer 5 to layer 1",
            std["gradient"][-1] / std["gradient"][0],
            known(ratio),
            ratio,
            0.15 * ratio,
        ),
        near(
            f"{name}: spread of weight gradients, layer 1 to layer 5",
            std["weight_gradient"][0] / std["weight_gradient"][-1],
            known(push),
            push,
            0.15,
        ),
    ]


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
    return [
        near(quantity, values, Reference(f"about {printed:g}", "printed", f"{PAPER}, section 4.2.1"), printed, 0.05),
        near(quantity, values, Reference(f"{measured:g}", "measured", PROGRAM), measured, 0.02),
    ]


def _peaks(run: Run) -> list[Row]:
    """Heights that can be read off the printed figures; those of gradients depend on the output layer's weights."""
    both = {name: start_densities(run, name) for name in (NORMALIZED, STANDARD)}
    peaks = both[NORMALIZED].quantities
    rows = []
    for depth, read in enumerate(ACTIVATION_PEAKS):
        reference = Reference(f"about {read:g}", "read off", f"{PAPER}, figure 6, top")
        quantity = f"standard: density at 0 of activations, layer {depth + 1}"
        rows.append(near(quantity, peaks["activation"].peak[depth], reference, read, BY_EYE * read))
    for depth, read in enumerate(GRADIENT_PEAKS):
        reference = Reference(f"about {read:g}", "read off", f"{PAPER}, figure 7, top")
        quantity = f"standard: density at 0 of gradients, layer {depth + 1}, output layer normalized"
        rows.append(near(quantity, peaks["gradient"].peak[depth], reference, read, BY_EYE * read))
    first = both[STANDARD].quantities["gradient"].peak[0]
    reference = Reference(f"about {GRADIENT_PEAKS[0]:g}", "read off", f"{PAPER}, figure 7, top")
    rows.append(
        beside(
            "standard: density at 0 of gradients, layer 1, output layer standard too",
            first,
            reference,
            "2.4 times too narrow: the paper's output layer must have been normalized",
        )
    )
    std = start_densities(run).quantities["activation"].std
    fading = Reference("about 9.5", "measured", PROGRAM)
    rows.append(at_most("standard: spread of activations, layer 5 to layer 1", std[-1] / std[0], fading, 0.15))
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
)
