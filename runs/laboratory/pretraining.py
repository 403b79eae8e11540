"""Erhan et al. 2010, section 6.3: networks with and without unsupervised pre-training as points in function space.

Beside them stands what has only one minimum, logistic regression, whose networks must all become the same function.

What the paper found is told here after later texts, and each row says which. The limits of the rows were fixed before
anything was trained; the settings were not: of several in which both groups learn the digits, the first weights here
are small ones, with which all networks begin close together. Wider ones stand beside them, since not all holds there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from diagnostics.function_distance import function_distance
from diagnostics.group_separation import group_separation
from diagnostics.landmarks import landmarks
from diagnostics.run import Run
from diagnostics.seed_spread import Floats
from diagnostics.snapshots import snapshots
from diagnostics.spread_ratio import (
    SpreadRatio,
    distances_at,
    half_width,
    mean_of_pairs,
    ratio_of_groups,
    ratio_over_time,
    shares_of,
)
from models.experiment import Experiment
from runs.events import pretraining_of
from runs.laboratory.entry import Arm, Conclusion, LaboratoryEntry, Runs, Size, SizeName
from runs.laboratory.networks import DIGITS, INITIALIZATION, NORMALIZED, STANDARD
from runs.laboratory.readings import error
from runs.laboratory.rows import Reference, Row, at_least, at_most, beside, compared, in_digits

NAMES = PRETRAINED, PLAIN = "pre-trained", "not pre-trained"
CONVEX = "no hidden layer"
N_PERMUTATIONS = 19_999
BOOK = "Goodfellow, Bengio & Courville 2016, figure 15.1"
APART = Reference("two regions that do not overlap", "retold", BOOK)
SMALLER = Reference("the region of the pre-trained is small", "retold", BOOK)
CENTRE = Reference("all start near the middle: no class is preferred", "retold", BOOK)
BETTER = Reference("pre-training leads to better generalization", "retold", "abstract of Erhan et al. 2010")
FALLS = Reference("said to fall", "recalled", "of Erhan et al. 2010, section 6.3")
GROWS = Reference("said to grow", "recalled", "of Erhan et al. 2010, section 6.3")
NO_TWO = Reference("no two networks end at the same function", "printed", "Bengio 2012, section 4.2")
ONE = Reference("0: a convex cost with a penalty has one minimum", "derived", "convexity")
SURE = 0.01  # chance below which groups count as different
Side = Literal["above", "below"]
NOTHING = 0.01  # of the spread at the start: below it all count as one function


def arms(
    width: int, epochs: int, before: int, n_seeds: int, initializers: Sequence[str] = (STANDARD, NORMALIZED)
) -> tuple[Arm, ...]:
    """Return both groups for each initializer, with the same first weights seed by seed, and logistic regression.

    Parameters
    ----------
    width : int
        Units of each of the three layers.
    epochs, before : int
        Passes over the training part with labels, and without labels for each layer.
    n_seeds : int
        Networks in each group.
    initializers : sequence of str
        The first is that of the table's main part.
    """
    found: list[Arm] = []
    for initializer in initializers:
        deep = Experiment(
            layers=({"type": "dense", "units": width, "activation": "tanh"},) * 3,
            initializer=initializer,
            optimizer={"type": "sgd", "learning_rate": 0.02},
            batch_size=32,
            epochs=epochs,
            seeds=tuple(range(n_seeds)),
        )
        kind = f"{INITIALIZATION[initializer]} weights, tanh, 3 × {width}, {epochs} epochs"
        learned = {"epochs": before, "learning_rate": 0.001, "noise": 0.25}
        found.append(Arm(f"{PRETRAINED}, {before} epochs each layer, {kind}", deep, DIGITS, pretraining=learned))
        found.append(Arm(f"{PLAIN}, {kind}", deep, DIGITS))
    return (*found, _convex(n_seeds))


def _convex(n_seeds: int) -> Arm:
    """Logistic regression with a penalty, by gradient descent on all examples at once."""
    experiment = Experiment(
        layers=(),
        initializer=STANDARD,
        optimizer={"type": "sgd", "learning_rate": 0.3, "momentum": 0.9},
        batch_size=2000,
        epochs=400,
        l2=0.01,
        seeds=tuple(range(n_seeds)),
    )
    return Arm(f"{CONVEX}: logistic regression, L2 0.01, all examples at once", experiment, DIGITS)


def conclude(runs: Runs, size: SizeName) -> Conclusion:
    """Return how both groups move through function space, and the figures."""
    from diagnostics.embedding import EMBEDDINGS
    from diagnostics.figures.group_paths import group_ends_figure, group_paths_figure, group_spread_figure
    from diagnostics.figures.learning_curves import learning_curves_figure
    from diagnostics.learning_curves import learning_curves
    from diagnostics.trajectories import function_map

    convex = next(run for run in runs.values() if not run.experiment.layers)
    pairs = _pairs(runs)
    main = next(iter(pairs.values()))
    rows = [*_regions(main), *_spreads(main), *_start_and_errors(main), *_no_two(main, convex)]
    for initializer, pair in list(pairs.items())[1:]:
        said = f"{INITIALIZATION[initializer]} weights: "
        rows += [replace(row, quantity=said + row.quantity) for row in (*_regions(pair), *_spreads(pair))]
    named = {
        f"{name}, {INITIALIZATION[i]}": run for i, pair in pairs.items() for name, run in zip(NAMES, pair, strict=True)
    }
    everything = snapshots([*named.values(), convex], spacing="recorded")
    groups = [[*named, CONVEX][run] for run in everything.path_run]
    spread = group_separation(everything, groups, n_permutations=1).spread
    called = [replace(run, info={**run.info, "name": name}) for name, run in zip(NAMES, main, strict=True)]
    ends = snapshots(main, spacing="recorded")
    ends = ends.take(ends.ends)
    return Conclusion(
        tuple(rows),
        (
            ("map", group_paths_figure(function_map(main), NAMES)),
            ("ends", group_ends_figure(ends, EMBEDDINGS["mds"](ends), NAMES)),
            ("spread", group_spread_figure(spread, unit="Hellinger distance", run=", ".join(everything.run_ids))),
            ("curves", learning_curves_figure(learning_curves(called, "accuracy"))),
        ),
    )


def _pairs(runs: Runs) -> dict[str, tuple[Run, Run]]:
    """With and without pre-training, by initializer."""
    found: dict[str, list[Run]] = {}
    for run in runs.values():
        if run.experiment.layers:
            found.setdefault(run.experiment.initializer, []).append(run)
    ordered = {name: sorted(both, key=lambda run: pretraining_of(run.events) is None) for name, both in found.items()}
    return {name: (both[0], both[1]) for name, both in ordered.items()}


def _regions(pair: Sequence[Run]) -> list[Row]:
    both = snapshots(pair, spacing="recorded")
    found = group_separation(both, [NAMES[run] for run in both.path_run], n_permutations=N_PERMUTATIONS)
    kind = "all" if found.is_exact else "random"
    quantity = (
        f"chance (p) of groups so far apart if nothing tells them apart ({found.n_permutations} {kind} divisions)"
    )
    return [compared(quantity, [found.p], APART, at_most(SURE, "a usual level, far above the least p of 10 + 10"))]


def _spreads(pair: Sequence[Run]) -> list[Row]:
    shown = snapshots(pair, spacing="recorded")
    start, end = ([distances_at(shown, run, first=first) for run in range(2)] for first in (True, False))
    return [
        judged("spread at the end, pre-trained to not pre-trained", ratio_of_groups(end[0], end[1]), SMALLER, "below"),
        _hearsay("spread of the pre-trained, end to start", ratio_over_time(start[0], end[0]), FALLS),
        _hearsay("spread of the not pre-trained, end to start", ratio_over_time(start[1], end[1]), GROWS),
    ]


def _start_and_errors(pair: Sequence[Run]) -> list[Row]:
    """How far from "every class is equally likely" all start, as a share of how far they end, and what they err.

    Errors are compared seed by seed, since a seed is the same first weights and the same order of examples in both.
    """
    shown = snapshots(pair, spacing="recorded")
    middle = landmarks(shown).outputs[:1]
    far = [function_distance(shown.outputs[rows], middle, task=shown.task)[:, 0] for rows in (shown.starts, shown.ends)]
    gain = error(pair[1]) - error(pair[0])
    reach = half_width(float(gain.var(ddof=1)) / len(gain), len(gain) - 1)
    interval = float(gain.mean()) - reach, float(gain.mean()) + reach
    return [
        compared(
            "distance from the middle, start to end, both groups",
            far[0] / far[1],
            CENTRE,
            at_most(0.5, "near: less than half of the way, which is our reading"),
        ),
        _decided("error without less with pre-training, unseen", gain, BETTER, interval, ("above", 0.0), "points"),
    ]


def _no_two(pair: Sequence[Run], convex: Run) -> list[Row]:
    """Whether networks of one group end at one function: where there are many minima, and where there is one."""
    deep, single = snapshots(pair[1], spacing="recorded"), snapshots(convex, spacing="recorded")
    ends = distances_at(deep, 0, first=False)
    closest = (ends + np.where(np.eye(len(ends)), math.inf, 0.0)).min(axis=1)
    return [
        compared(
            "not pre-trained: distance to the closest other at the end, to the spread at the start",
            closest / mean_of_pairs(distances_at(deep, 0, first=True)),
            NO_TWO,
            at_least(NOTHING, "a hundredth counts as the same function"),
        ),
        compared(
            "logistic regression: spread at the end, to that at the start",
            shares_of(distances_at(single, 0, first=False), distances_at(single, 0, first=True)),
            ONE,
            at_most(NOTHING, "what is left after 400 updates; it goes on falling"),
        ),
    ]


def judged(quantity: str, ratio: SpreadRatio, reference: Reference, side: Side) -> Row:
    """Return a row that agrees if the whole interval lies on that side of 1, and differs if it lies on the other.

    With 1 inside the interval nothing is decided.
    """
    return _decided(quantity, ratio.shares, reference, (ratio.low, ratio.high), (side, 1.0))


def _hearsay(quantity: str, ratio: SpreadRatio, reference: Reference) -> Row:
    """Return a row beside what is commonly said of a paper: no verdict rests on that."""
    reach = f"the 95 % interval reaches from {in_digits(ratio.low, 2)} to {in_digits(ratio.high, 2)}"
    return beside(quantity, ratio.shares, reference, f"{reach}; what is commonly said was not checked in the paper")


def _decided(
    quantity: str,
    values: Floats,
    reference: Reference,
    interval: tuple[float, float],
    expected: tuple[Side, float],
    unit: str = "",
) -> Row:
    (low, high), (side, number) = interval, expected
    is_above = True if low > number else False if high < number else None
    agrees = is_above if side == "above" or is_above is None else not is_above
    found = f"the 95 % interval reaches from {in_digits(low, 2)} to {in_digits(high, 2)}"
    ours = tuple(float(value) for value in values)
    if agrees is None:
        return Row(quantity, ours, reference, "–", None, f"{found}, on both sides of {number:g}", unit)
    return Row(quantity, ours, reference, f"{side} {number:g}", agrees, found, unit)


ENTRY = LaboratoryEntry(
    name="pretraining",
    title="Where networks go, with and without pre-training",
    question="Do networks that first learned without labels end at other functions than those that did not?",
    figure="Many networks learn handwritten digits, half of them after each layer has learned to reconstruct what it "
    "reads. What a network answers on fixed examples is a point; its path while it learns is drawn on a flat map. As a "
    "later book retells it, all start near the middle, and the pre-trained end in a small region of their own.",
    source="Erhan et al. 2010, section 6.3, as retold by Goodfellow, Bengio & Courville 2016, figure 15.1",
    reduced=Size(
        "reduced",
        arms(64, 60, 30, 10),
        "10 + 10 networks of three layers of 64 tanh units learn the 1797 small digits, where the paper has MNIST. "
        "Pre-training: each layer learns for 30 epochs to reconstruct what it reads, a quarter of it set to zero; 60 "
        "epochs with labels follow. The first weights are standard ones, small, so that all networks begin close "
        "together; then the same with the wider normalized ones. Beside them 10 logistic regressions, which have only "
        "one best answer. Spread: how differently two networks of a group answer, on average. The settings are some of "
        "several that were tried, the limits of the verdicts were fixed before.",
    ),
    paper=Size(
        "paper",
        arms(256, 200, 50, 50),
        "Not the paper's size, but a larger one: 50 + 50 networks of three layers of 256 units on the same small "
        "digits, 50 epochs for each layer and 200 with labels. It takes hours.",
    ),
    conclude=conclude,
    terms=("pre-training", "function space", "trajectory", "first weights", "seed"),
)
