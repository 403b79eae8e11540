"""Disagreement of networks: by hand and by loops, over training, and on which examples."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from made_snapshots import learning, made_snapshots, with_labels

from diagnostics.disagreement import disagreement


def answers(classes: list[list[int]]) -> np.ndarray:
    return np.eye(3)[np.array(classes)]


def test_three_networks_by_hand() -> None:
    # at the end they answer 0 1 2, 0 1 1 and 0 2 0
    ends = answers([[0, 1, 2], [0, 1, 1], [0, 2, 0]])
    starts = answers([[0, 0, 0], [0, 0, 0], [1, 0, 0]])
    found = disagreement(made_snapshots(np.stack([starts, ends], axis=1).reshape(6, 3, 3), "classification", 3))
    np.testing.assert_allclose(found.final, np.array([[0, 1, 2], [1, 0, 2], [2, 2, 0]]) / 3)
    np.testing.assert_allclose(found.matrix[1], found.final)
    np.testing.assert_allclose(found.spread.mean, [2 / 9, 5 / 9])
    assert found.spread.n.tolist() == [3, 3]
    np.testing.assert_allclose(found.example, [0, 2 / 3, 1])  # pairs that disagree on each example
    assert found.most.tolist() == [2, 1, 0]
    assert found.n_classes_given.tolist() == [1, 2, 3]


@pytest.mark.parametrize("task", ["classification", "multi_label", "regression"])
def test_all_pairs_equal_loops(task: str) -> None:
    snapshots = with_labels(4) if task == "multi_label" else learning(4, 10)
    snapshots = replace(snapshots, task=task)
    found = disagreement(snapshots)
    outputs = snapshots.outputs.reshape(4, 10, *snapshots.outputs.shape[1:])
    by_example = np.zeros(outputs.shape[2])
    for i, j in itertools.combinations(range(4), 2):
        a, b = outputs[i], outputs[j]
        if task == "classification":
            differ = (a.argmax(axis=2) != b.argmax(axis=2))[:, :, None].astype(float)
        else:
            differ = ((a > 0.5) != (b > 0.5)).astype(float) if task == "multi_label" else (a - b) ** 2
        expected = differ.mean(axis=(1, 2))
        by_example += differ[-1].mean(axis=1) / 6
        np.testing.assert_allclose(found.matrix[:, i, j], np.sqrt(expected) if task == "regression" else expected)
    np.testing.assert_allclose(found.matrix, found.matrix.swapaxes(1, 2))
    np.testing.assert_allclose(found.example, np.sqrt(by_example) if task == "regression" else by_example, atol=1e-12)


def test_a_path_that_ended_early_is_missing_from_there_on_but_has_an_end() -> None:
    snapshots = replace(learning(3, 5), ended_early=np.array([False, True, False]))
    found = disagreement(snapshots.take(np.setdiff1d(np.arange(15), [8, 9])))  # the second path ends after 3 of 5
    assert np.isnan(found.matrix[3:, 1]).all()
    assert found.spread.n.tolist() == [3, 3, 3, 1, 1]
    assert np.isfinite(found.final).all()
    full = disagreement(snapshots)
    np.testing.assert_array_equal(found.matrix[:3], full.matrix[:3])
    np.testing.assert_array_equal(found.matrix[3:, 0, 2], full.matrix[3:, 0, 2])


def test_runs_recorded_at_different_steps_are_compared_as_they_were_last_recorded() -> None:
    # the first path is recorded at 0, 1, 2, the second at 0, 3, 6, the third as the first
    snapshots = learning(3, 3)
    steps = np.array([0, 1, 2, 0, 3, 6, 0, 1, 2])
    found = disagreement(replace(snapshots, step=steps))
    assert found.steps.tolist() == [0, 1, 2, 3, 6]
    assert found.spread.n.tolist() == [3] * 5  # all pairs at all steps
    likeliest = snapshots.outputs.argmax(axis=2)
    for index, (one, other) in enumerate([(0, 3), (1, 3), (2, 3), (2, 4), (2, 5)]):
        assert found.matrix[index, 0, 1] == (likeliest[one] != likeliest[other]).mean()
    np.testing.assert_array_equal(found.matrix[-1], found.final)


def test_of_very_many_steps_some_are_compared_ends_included() -> None:
    snapshots = learning(2, 200)
    found = disagreement(replace(snapshots, step=np.concatenate([np.arange(200), 10 * np.arange(200)])))
    assert len(found.steps) == 150
    assert (found.steps[0], found.steps[-1]) == (0, 1990)


def test_one_network_cannot_disagree() -> None:
    with pytest.raises(ValueError, match="choose a run with several seeds, or several runs"):
        disagreement(learning(1))
