"""Groups of networks: worked by hand, all relabellings, uniform p under the null, small p where groups are apart."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from made_snapshots import made_snapshots

from diagnostics.group_separation import energy_statistics, group_separation
from diagnostics.snapshots import Snapshots


def ending_at(places: list[float], n: int = 1) -> Snapshots:
    """Paths of a regression from 0 to these numbers, in n steps."""
    outputs = np.concatenate([np.linspace(0, place, n + 1)[-max(n, 2) :, None, None] for place in places])
    return made_snapshots(outputs, "regression", len(places))


def test_four_paths_by_hand() -> None:
    found = group_separation(ending_at([0, 1, 4, 6]), ["a", "a", "b", "b"])
    # between: mean of 4, 6, 3, 5 = 4.5; within with zeros: ½·1 and ½·2; E = 9 - 0.5 - 1 = 7.5; times 2·2/(2·4)
    assert found.statistic == pytest.approx(7.5 / 2)
    # of the 6 labellings that of the groups and its mirror are the largest
    assert (found.p, found.n_permutations, found.is_exact) == (pytest.approx(2 / 6), 6, True)
    assert found.smallest_p == pytest.approx(2 / 6)
    assert found.within.tolist() == [1, 2]
    assert found.between[0, 1] == 4.5
    assert found.names == ("a", "b")


def test_every_labelling_is_tried_once() -> None:
    places = [0.0, 0.5, 3, 3.1, 9, 9.5]
    snapshots = ending_at(places)
    found = group_separation(snapshots, list("aabbcc"))
    distances = np.abs(np.subtract.outer(places, places))
    labellings = set(itertools.permutations([0, 0, 1, 1, 2, 2]))
    statistics = []
    for labels in labellings:
        value, groups = 0.0, np.array(labels)
        for a, b in ((0, 1), (0, 2), (1, 2)):
            parts = [distances[np.ix_(groups == i, groups == j)].mean() for i, j in ((a, b), (a, a), (b, b))]
            value += 2 * 2 / (2 * 4) * (2 * parts[0] - parts[1] - parts[2])
        statistics.append(value)
    observed = energy_statistics(distances, np.array([[0, 0, 1, 1, 2, 2]]))[0]
    assert found.n_permutations == len(labellings) == 90
    assert found.p == pytest.approx(np.mean([value >= observed - 1e-9 for value in statistics]))
    assert found.p == found.smallest_p == pytest.approx(6 / 90)


def test_p_is_uniform_where_groups_are_the_same_and_small_where_they_are_apart() -> None:
    generator = np.random.default_rng(0)
    same, apart = [], []
    for _ in range(200):
        places = generator.normal(size=10)
        same.append(group_separation(ending_at(list(places)), ["a"] * 5 + ["b"] * 5).p)
        places[5:] += 5
        apart.append(group_separation(ending_at(list(places)), ["a"] * 5 + ["b"] * 5).p)
    # Kolmogorov-Smirnov at 1/1000: 1.95/√200 = 0.138, and p of 252 labellings in mirrored pairs comes in steps of 1/126
    distance = np.abs(np.sort(same) - np.arange(1, 201) / 200).max()
    assert distance < 0.138 + 1 / 126
    assert np.mean(np.array(same) <= 0.05) < 0.12
    assert max(apart) < 0.05


def test_many_networks_are_permuted_at_random_and_repeatably() -> None:
    generator = np.random.default_rng(1)
    snapshots = ending_at([*generator.normal(size=10), *(generator.normal(size=10) + 4)])
    groups = ["with"] * 10 + ["without"] * 10
    found = group_separation(snapshots, groups, n_permutations=999)
    assert (found.is_exact, found.n_permutations) == (False, 999)
    assert found.p == pytest.approx(1 / 1000)
    assert found.smallest_p == pytest.approx(1 / 1000)
    mixed = group_separation(snapshots, ["with", "without"] * 10, n_permutations=999)
    assert mixed.p > 0.05
    assert mixed.p == group_separation(snapshots, ["with", "without"] * 10, n_permutations=999).p


def test_snapshots_of_one_path_do_not_count_as_networks() -> None:
    long = ending_at([0, 1, 4, 6], n=50)
    assert group_separation(long, list("aabb")).p == pytest.approx(2 / 6)


def test_runs_are_groups_and_their_spread_over_training_is_told() -> None:
    snapshots = ending_at([0, 2, 10, 20], n=2)
    run = np.repeat([0, 0, 1, 1], 2)
    two = replace(snapshots, run=run, run_ids=("one", "two"), run_names=("same", "same"))
    found = group_separation(two)
    assert found.names == ("same (one)", "same (two)")
    assert [spread.distance.tolist() for spread in found.spread] == [[1, 2], [5, 10]]  # half way, and at the end
    assert found.spread[1].steps.tolist() == [0, 1]
    assert found.spread[1].n_paths.tolist() == [2, 2]


def test_what_chance_cannot_be_judged_on_is_refused() -> None:
    with pytest.raises(ValueError, match="all paths are in one group: choose at least two runs"):
        group_separation(ending_at([0, 1]))
    with pytest.raises(ValueError, match="train each with several seeds"):
        group_separation(ending_at([0, 1]), ["a", "b"])
    with pytest.raises(ValueError, match="3 groups are given for 2 paths"):
        group_separation(ending_at([0, 1]), ["a", "b", "b"])
