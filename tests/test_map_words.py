"""What the page says of the tests under a map: verdicts that fit the numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_snapshots import learning, made_snapshots

from diagnostics.embedding.mds import mds
from diagnostics.group_separation import group_separation
from diagnostics.random_walk import random_walk
from diagnostics.snapshots import Snapshots
from diagnostics.trajectories import MapTests
from pages.components.map_quality import told


def said(
    snapshots: Snapshots, *, groups: list[str] | None = None, separation: float | None = None, n_walks: int = 19
) -> str:
    null = random_walk(snapshots, mds(snapshots), n_walks=n_walks)
    found = None if groups is None else group_separation(snapshots, groups)
    if found is not None and separation is not None:
        found = replace(found, p=separation)
    return " ".join(told(MapTests(null, found, 0.0)))


def test_networks_that_never_move_have_no_shape() -> None:
    assert "there is none" in said(made_snapshots(np.full((6, 4, 2), 0.5), "classification", 2))


def test_paths_of_two_snapshots_have_no_bend_to_be_spoken_of() -> None:
    sentence = said(learning(3, 2))
    assert "Is the shape more than chance?" in sentence
    assert "single path" not in sentence


def test_what_learns_is_more_than_chance_and_the_p_value_stands_beside_it() -> None:
    assert "more than chance draws (p = 0.05)" in said(learning(3, 12))
    assert "more than in any of these few (p = 0.17)" in said(learning(3, 12), n_walks=5)


@pytest.mark.parametrize(
    ("n", "groups", "p", "words"),
    [
        (4, "aabb", 1 / 3, "With so few seeds this cannot be told"),  # of 6 relabellings 2 are the same division
        (8, "aaaabbbb", 2 / 70, "They end in different functions"),
        (8, "aaaabbbb", 0.5, "They cannot be told apart at the end"),
        (9, "aaabbbccc", 0.004, "Not all end in the same functions"),
    ],
)
def test_whether_runs_end_apart_is_said_only_where_there_are_seeds_enough(
    n: int, groups: str, p: float, words: str
) -> None:
    assert words in said(learning(n, 3), groups=list(groups), separation=p)
