"""Do groups of networks end in different functions? A permutation test in the full space, so that the answer does not
rest on a picture.

What is permuted are the labels of whole paths: snapshots of one training are not independent of each other, networks
trained from different seeds are. The statistic is the energy distance of the final functions: the mean distance between
groups, less the mean distance within them.

Sources: energy statistic Székely & Rizzo 2004, several groups Rizzo & Székely 2010; permutation p value Phipson & Smyth
2010. That groups end apart, and how their spread changes over training: Erhan et al. 2010, section 6.3.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from diagnostics.function_distance import UNITS, function_distance
from diagnostics.run import AnyArray
from diagnostics.seed_spread import Floats
from diagnostics.snapshots import Ints, Snapshots
from models.arrays import stream

MOST_EXACT = 20_000  # relabellings up to which all are tried
N_PERMUTATIONS = 9_999
AT_ONCE = 1_000
ROUND_OFF = 1e-12  # relative: relabellings that only swap the groups' names must count as equal


@dataclass(frozen=True, eq=False)
class GroupSpread:
    """How far apart the networks of one group are, over training.

    Attributes
    ----------
    name : str
    steps, epochs : array (T,)
        Where at least two of its paths were recorded.
    distance : array (T,)
        Mean function distance of all pairs.
    n_paths : array (T,) of int
    """

    name: str
    steps: Ints
    epochs: Floats
    distance: Floats
    n_paths: Ints


@dataclass(frozen=True, eq=False)
class GroupSeparationReport:
    """A test, and what it is made of.

    Attributes
    ----------
    statistic : float
        The energy statistic, Σ over pairs of groups n_a n_b/(n_a + n_b) · E_ab · 1/2 with
        E_ab = 2·mean distance between - mean within a - mean within b (each with the zeros of the diagonal).
    p : float
        Share of the relabellings whose statistic is at least as large, the one observed among them.
    n_permutations : int
        How many relabellings were compared.
    is_exact : bool
        Whether these are all there are.
    smallest_p : float
        What no p could fall below with groups of these sizes.
    distance : array (paths, paths)
        Of the final functions.
    between, within : array (groups, groups) and (groups,)
        Mean distances of pairs; `within` without the diagonal, NaN for a group of one.
    spread : tuple of GroupSpread
    group : array (paths,) of int
    names : tuple of str
    unit : str
        Of the distances: see `diagnostics.function_distance.UNITS`.
    """

    statistic: float
    p: float
    n_permutations: int
    is_exact: bool
    smallest_p: float
    distance: Floats
    between: Floats
    within: Floats
    spread: tuple[GroupSpread, ...]
    group: Ints
    names: tuple[str, ...]
    unit: str


def group_separation(
    snapshots: Snapshots,
    groups: Sequence[str] | None = None,
    *,
    n_permutations: int = N_PERMUTATIONS,
    seed: int = 0,
) -> GroupSeparationReport:
    """Return whether groups of paths end in different functions.

    Parameters
    ----------
    snapshots : Snapshots
        With the spacing "recorded", so that the paths have common steps.
    groups : sequence of str, optional
        The group of each path; its run's name, if not given (its name and id, where two runs are called the same).
    n_permutations : int
        Random relabellings, if there are more than 20 000 in all.
    seed : int
        Of the relabellings.

    Raises
    ------
    ValueError
        If a path has no group, there are not two groups, or no group has two paths.
    """
    names, group = _groups(snapshots, groups)
    distance = function_distance(snapshots.outputs[snapshots.ends], task=snapshots.task)
    sizes = np.bincount(group)
    n_all = math.factorial(len(group)) // math.prod(math.factorial(int(size)) for size in sizes)
    is_exact = n_all <= MOST_EXACT
    relabelled = _every(sizes) if is_exact else _some(group, n_permutations, seed)
    observed = float(energy_statistics(distance, group[None])[0])
    least = observed - ROUND_OFF * max(abs(observed), float(distance.max()))
    larger = sum(int((energy_statistics(distance, block) >= least).sum()) for block in relabelled)
    tried = n_all if is_exact else n_permutations + 1
    means = _means(distance, group[None])[0]
    return GroupSeparationReport(
        statistic=observed,
        p=(larger if is_exact else larger + 1) / tried,
        n_permutations=n_all if is_exact else n_permutations,
        is_exact=is_exact,
        smallest_p=max(_symmetries(sizes) / n_all, 0.0 if is_exact else 1 / tried),
        distance=distance,
        between=np.where(np.eye(len(sizes), dtype=np.bool_), np.nan, means),
        within=np.array([_mean_of_pairs(distance[np.ix_(group == g, group == g)]) for g in range(len(sizes))]),
        spread=tuple(_spread(snapshots, np.flatnonzero(group == g), name) for g, name in enumerate(names)),
        group=group,
        names=names,
        unit=UNITS[snapshots.task],
    )


def _groups(snapshots: Snapshots, groups: Sequence[str] | None) -> tuple[tuple[str, ...], Ints]:
    if groups is None:
        called = snapshots.run_names
        shown = [
            name if called.count(name) == 1 else f"{name} ({snapshots.run_ids[i]})" for i, name in enumerate(called)
        ]
        groups = [shown[run] for run in snapshots.path_run]
    if len(groups) != snapshots.n_paths:
        raise ValueError(f"{len(groups)} groups are given for {snapshots.n_paths} paths: name one for each path")
    names = tuple(dict.fromkeys(groups))
    group = np.array([names.index(name) for name in groups], dtype=np.int64)
    if len(names) < 2:
        raise ValueError("all paths are in one group: choose at least two runs")
    if np.bincount(group).max() < 2:
        raise ValueError(
            "every group has only one network: train each with several seeds, so that chance can be judged"
        )
    return names, group


def energy_statistics(distance: Floats, groups: AnyArray) -> Floats:
    """Return the energy statistic of each labelling.

    Parameters
    ----------
    distance : array (n, n)
    groups : array (b, n) of int
        Labels 0, 1, …, each of which occurs in the first row.
    """
    sizes = np.bincount(groups[0]).astype(np.float64)
    means = _means(distance, groups)
    within = np.einsum("bgg->bg", means)
    result = np.zeros(len(groups))
    for a, b in combinations(range(len(sizes)), 2):
        weight = sizes[a] * sizes[b] / (2 * (sizes[a] + sizes[b]))
        result += weight * (2 * means[:, a, b] - within[:, a] - within[:, b])
    return result


def _means(distance: Floats, groups: AnyArray) -> Floats:
    """Mean distances between groups, diagonal zeros included, (b, groups, groups), by one-hot labels Z: Zᵀ D Z."""
    sizes = np.bincount(groups[0]).astype(np.float64)
    one_hot = (groups[:, :, None] == np.arange(len(sizes))).astype(np.float64)
    sums = one_hot.swapaxes(1, 2) @ (distance @ one_hot)
    return np.asarray(sums / np.outer(sizes, sizes))


def _every(sizes: Ints) -> Iterator[Ints]:
    """Yield every labelling with these sizes, many at once."""
    labellings = _labellings(sizes)
    for first in range(0, len(labellings), AT_ONCE):
        yield labellings[first : first + AT_ONCE]


def _labellings(sizes: Ints) -> Ints:
    """Every labelling (N, n): the places of the last group in all ways, the others' in all ways among what is left."""
    n, last = int(sizes.sum()), len(sizes) - 1
    if last == 0:
        return np.zeros((1, n), dtype=np.int64)
    inner = _labellings(sizes[:last])
    members = np.array(list(combinations(range(n), int(sizes[last]))))
    is_left = np.ones((len(members), n), dtype=np.bool_)
    is_left[np.arange(len(members))[:, None], members] = False
    left = np.nonzero(is_left)[1].reshape(len(members), 1, -1)
    result = np.full((len(members), len(inner), n), last, dtype=np.int64)
    np.put_along_axis(result, np.broadcast_to(left, (len(members), *inner.shape)), inner[None], axis=2)
    return result.reshape(-1, n)


def _some(group: Ints, n_permutations: int, seed: int) -> Iterator[Ints]:
    generator = stream(seed, "permutations")
    for first in range(0, n_permutations, AT_ONCE):
        yield generator.permuted(np.tile(group, (min(AT_ONCE, n_permutations - first), 1)), axis=1)


def _symmetries(sizes: Ints) -> int:
    """How many relabellings only swap names of equally large groups, which no statistic can tell apart."""
    return math.prod(math.factorial(int(count)) for count in np.bincount(sizes))


def _mean_of_pairs(distance: Floats) -> float:
    n = len(distance)
    return float(distance.sum() / (n * (n - 1))) if n > 1 else float("nan")


def _spread(snapshots: Snapshots, paths: Ints, name: str) -> GroupSpread:
    mine = np.flatnonzero(np.isin(snapshots.path, paths))
    steps, epochs, distances, counts = [], [], [], []
    for step in np.unique(snapshots.step[mine]):
        rows = mine[snapshots.step[mine] == step]
        if len(rows) < 2:
            continue
        steps.append(step)
        epochs.append(float(snapshots.epoch[rows].mean()))
        distances.append(_mean_of_pairs(function_distance(snapshots.outputs[rows], task=snapshots.task)))
        counts.append(len(rows))
    return GroupSpread(
        name, np.array(steps, dtype=np.int64), np.array(epochs), np.array(distances), np.array(counts, dtype=np.int64)
    )
