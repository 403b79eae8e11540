"""How alike every layer of one network is to every layer of another, or of itself.

The other one may be another seed, another moment, another run; see `diagnostics.cka` for the measure. Layers that say
nearly the same are a block of high numbers. Source: Kornblith et al. 2019.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from diagnostics.cka import signature, similarities
from diagnostics.projection import Interrupted, Report
from diagnostics.representations import Moments, check_same_examples, go_on
from diagnostics.seed_spread import Floats, spread_over_seeds
from models.graph import INPUT


@dataclass(frozen=True)
class Side:
    """Networks at one moment: some seeds of a run (all that did not diverge, if none is given), at a step.

    Without a step the last moment.
    """

    moments: Moments
    seeds: tuple[int, ...] = ()
    step: int | None = None

    @property
    def place(self) -> int:
        """Of the moment."""
        return self.moments.place(self.step)

    @property
    def rows(self) -> tuple[int, ...]:
        """Places of the seeds."""
        chosen = [self.moments.row(seed) for seed in self.seeds or self.moments.seeds]
        return tuple(row for row in chosen if self.moments.is_there[self.place, row])


@dataclass(frozen=True, eq=False)
class LayerSimilarityReport:
    """CKA of layers with layers.

    Attributes
    ----------
    first, second : tuple of str
        The layers of the two sides, "input" the first of each.
    mean, std : array (L1, L2)
        Over the pairs of networks, those of one set of seeds both ways round; NaN for a layer that says the same for
        every example.
    n_pairs : int
    same : bool
        Whether each network is compared with itself.
    names : tuple of str
        What the two sides are called: run, seed, step.
    n_examples : int
    run_id : str
    n_seeds : int
        Different seeds that take part.
    """

    first: tuple[str, ...]
    second: tuple[str, ...]
    mean: Floats
    std: Floats
    n_pairs: int
    same: bool
    names: tuple[str, str]
    n_examples: int
    run_id: str
    n_seeds: int

    @property
    def is_alike(self) -> bool:
        """Whether both sides have the same layers."""
        return self.first == self.second


def layer_similarity(
    first: Side, second: Side, *, across_seeds: bool = True, progress: Report = go_on
) -> LayerSimilarityReport:
    """Return the CKA of every layer of the first side with every layer of the second, the input included.

    Parameters
    ----------
    first, second : Side
    across_seeds : bool
        Whether every seed of the first side is compared with every other seed of the second (of the same run: with
        the different ones only), else each seed with the same one.
    progress : callable
        Is told the share that is done; returns whether to go on.

    Raises
    ------
    ValueError
        If the runs were not probed with the same examples, or no pair of networks is left.
    Interrupted
        If `progress` returned False.
    """
    check_same_examples(first.moments, second.moments)
    pairs = _pairs(first, second, across_seeds=across_seeds)
    if not pairs:
        what = "two different seeds" if across_seeds else "a seed that did not diverge"
        raise ValueError(f"there is nothing to compare: this needs {what}")
    layers = [(INPUT, *side.moments.layers) for side in (first, second)]
    found: list[Floats] = []
    before, mine = -1, np.empty(0)
    for number, (a, b) in enumerate(pairs):
        if not progress(number / len(pairs)):
            raise Interrupted
        if a != before:
            before, mine = a, _signatures(first.moments, first.place, a, layers[0])
        is_itself = first == second and a == b
        other = mine if is_itself else _signatures(second.moments, second.place, b, layers[1])
        found.append(similarities(mine, other))
    progress(1.0)
    if first == second and across_seeds:  # each pair the other way round
        found += [one.T for one in found]
    spread = spread_over_seeds(np.stack(found), axis=0)
    same = first == second and all(a == b for a, b in pairs)
    seeds = {first.moments.seeds[a] for a, _ in pairs} | {second.moments.seeds[b] for _, b in pairs}
    return LayerSimilarityReport(
        first=layers[0],
        second=layers[1],
        mean=spread.mean,
        std=spread.std,
        n_pairs=len(pairs),
        same=same,
        names=_names(first, second),
        n_examples=len(first.moments.x),
        run_id=first.moments.run_id,
        n_seeds=len(seeds),
    )


def _pairs(first: Side, second: Side, *, across_seeds: bool) -> list[tuple[int, int]]:
    """Rows of the networks that are compared; of one run at one moment each pair once."""
    is_one_run = first.moments.run_id == second.moments.run_id
    pairs = []
    for a in first.rows:
        for b in second.rows:
            is_one_seed = first.moments.seeds[a] == second.moments.seeds[b]
            if first == second and across_seeds:
                pairs += [(a, b)] if a < b else []
            elif (not is_one_seed) if across_seeds and is_one_run else (across_seeds or is_one_seed):
                pairs.append((a, b))
    return pairs


def _signatures(moments: Moments, place: int, row: int, layers: Sequence[str]) -> Floats:
    return np.stack([signature(values) for values in moments.read(place, row, layers).values()])


def _names(first: Side, second: Side) -> tuple[str, str]:
    """What tells the sides apart, and the step."""
    sides = (first, second)
    one, other = (side.moments.run_name for side in sides)
    parts: list[list[str]] = [[], []]
    for which, side in enumerate(sides):
        if first.moments.run_id != second.moments.run_id:
            twice = f" ({side.moments.run_id[:6]})" if one == other else ""
            parts[which].append(f"{side.moments.run_name}{twice}")
        if len(side.seeds) == 1:
            parts[which].append(f"seed {side.seeds[0]}")
        parts[which].append(f"step {side.moments.steps[side.place]}")
    return ", ".join(parts[0]), ", ".join(parts[1])
