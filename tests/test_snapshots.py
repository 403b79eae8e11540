"""Snapshots: which are taken, what is said of them, and which runs are not compared."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_runs import STEPS, made_run, per_seed
from made_snapshots import made_snapshots

from diagnostics import Run, Series
from diagnostics.function_distance import features
from diagnostics.landmarks import landmarks
from diagnostics.snapshots import snapshots

DIMS = ("step", "seed", "example", "output")


def run(values: np.ndarray | None = None, steps: np.ndarray = STEPS, **changes: object) -> Run:
    if values is None:
        values = np.random.default_rng(0).dirichlet(np.ones(3), size=(len(steps), 2, 5)).astype(np.float32)
    made = made_run({"probe/output": Series(DIMS, "", steps, values)})
    constants = {"probe/x": np.arange(10.0).reshape(5, 2), "probe/y": np.array([0, 1, 2, 1, 1])}
    return replace(made, **{"constants": constants, **changes})  # type: ignore[arg-type]


def test_paths_stand_one_after_the_other_in_the_order_of_their_steps() -> None:
    one = run()
    series = {**one.series, "validation/loss": per_seed([[9, 8], [7, 6], [5, 4], [3, 2]])}
    found = snapshots(replace(one, series=series), spacing="recorded")
    assert found.seed.tolist() == [0] * 4 + [1] * 4
    assert found.step.tolist() == [0, 1, 2, 4] * 2
    assert found.loss.tolist() == [9, 7, 5, 3, 8, 6, 4, 2]
    assert found.epoch[3] == pytest.approx(1.4)  # step 4 of batches of 4, 4 and 2: one epoch and 4 of 10 examples
    assert (found.starts.tolist(), found.ends.tolist()) == ([0, 4], [3, 7])
    np.testing.assert_array_equal(found.outputs[5], one.series["probe/output"].values[1, 1])
    assert not found.ended_early.any()


def test_runs_are_joined_and_the_loss_is_that_of_training_where_there_is_no_other() -> None:
    one, other = run(), replace(run(), id="second")
    series = {**one.series, "train/loss": Series(("step", "seed"), "", STEPS[:3], np.ones((3, 2), np.float32))}
    found = snapshots([one, replace(other, series=series)], spacing="recorded")
    assert found.n_paths == 4
    assert found.path_run.tolist() == [0, 0, 1, 1]
    assert found.path_seed.tolist() == [0, 1, 0, 1]
    assert found.run_ids == ("made", "second")
    np.testing.assert_array_equal(found.loss[8:12], [1, 1, 1, np.nan])  # step 4 was not evaluated
    assert np.isnan(found.loss[:8]).all()


def test_runs_of_the_same_name_are_told_apart() -> None:
    found = snapshots([run(), replace(run(), id="second one")], spacing="recorded")
    assert found.run_names == ("made · made", "made · second")
    long = replace(run(), info={**run().info, "name": "x" * 50})
    found = snapshots([long, replace(long, id="second one")], spacing="recorded")
    assert found.run_names == (f"{'x' * 39}… · made", f"{'x' * 39}… · second")


def test_a_seed_that_diverged_ends_early() -> None:
    values = np.array(run().series["probe/output"].values)
    values[2:, 1] = np.nan
    found = snapshots(run(values))
    assert found.ended_early.tolist() == [False, True]
    assert found.step[found.path == 1].tolist() == [0, 1]


def test_snapshots_at_equal_distances_in_function() -> None:
    # a regression that moves by 1, 1, 1, 1, then 0.01 for 20 steps: the way is 4.2 long
    places = np.concatenate([np.arange(5.0), 4 + 0.01 * np.arange(1, 21)])
    values = np.repeat(places, 2).reshape(-1, 2, 1, 1)
    base = run(values, np.arange(25))
    one = replace(base, constants={}, info={**base.info, "task": "regression"})
    found = snapshots(one, at_most=5)
    assert found.step[:5].tolist() == [0, 1, 2, 3, 24]  # nearest to 0, 1.05, 2.1, 3.15, 4.2
    assert snapshots(one, at_most=5, spacing="epoch").step[:5].tolist() == [0, 6, 12, 18, 24]
    assert len(snapshots(one, at_most=2)) == 4
    assert len(snapshots(one, at_most=None)) == 50
    many = snapshots(one, at_most=60)
    assert many.step[[0, len(many) // 2 - 1]].tolist() == [0, 24]
    gaps = np.diff(np.linalg.norm(features(many.outputs[: len(many) // 2], "regression"), axis=1))
    assert (gaps[4:] > 0.03).all()  # 4.2/59 = 0.07 apart; the recorded ones nearest to that
    assert found.n_recorded.tolist() == [25, 25]


def test_every_position_of_a_sequence_is_an_example() -> None:
    values = np.random.default_rng(0).dirichlet(np.ones(3), size=(4, 2, 5, 7))
    made = made_run({"probe/output": Series((*DIMS[:3], "position", "output"), "", STEPS, values)})
    found = snapshots(replace(made, constants={"probe/y": np.zeros((5, 7), np.int64)}))
    assert found.outputs.shape[1:] == (35, 3)
    assert found.truth.shape == (35,)


def test_of_very_many_outputs_some_examples_stand_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    one = run()
    assert (snapshots(one).examples.tolist(), snapshots(one).n_examples) == ([0, 1, 2, 3, 4], 5)
    monkeypatch.setattr("diagnostics.snapshots.MOST_NUMBERS", 9)  # three examples with 3 classes
    found = snapshots(one, spacing="recorded")
    assert (len(found.examples), found.n_examples) == (3, 5)
    np.testing.assert_array_equal(found.outputs[1], one.series["probe/output"].values[1, 0, found.examples])
    np.testing.assert_array_equal(found.truth, one.constants["probe/y"][found.examples])


def test_runs_that_cannot_be_compared_are_named() -> None:
    one = run()
    other = replace(run(), id="second")
    with pytest.raises(
        ValueError, match=r"'made' \(second\) cannot be compared .* other probe examples; train it again"
    ):
        snapshots([one, replace(other, constants={**other.constants, "probe/x": np.zeros((5, 2))})])
    with pytest.raises(ValueError, match=r"its outputs are \(5, 2\), the other's \(5, 3\)"):
        snapshots([one, replace(run(np.full((4, 2, 5, 2), 0.5)), id="second")])
    with pytest.raises(ValueError, match="its task is regression, the other's is classification"):
        snapshots([one, replace(other, info={**other.info, "task": "regression"})])
    with pytest.raises(ValueError, match="no recorded outputs: let it train, or leave it out"):
        snapshots([one, replace(other, series={})])
    with pytest.raises(ValueError, match="no finite outputs"):
        snapshots(run(np.full((4, 2, 5, 3), np.nan)))
    with pytest.raises(ValueError, match="choose at least one"):
        snapshots([])
    with pytest.raises(ValueError, match="not 'time'"):
        snapshots(one, spacing="time")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="at least 2 snapshots"):
        snapshots(one, at_most=1)
    with pytest.raises(ValueError, match="left without snapshots"):
        snapshots(one).take([0])


def test_landmarks_of_classes() -> None:
    found = landmarks(snapshots(run()))
    assert found.names == ("no idea", "majority", "truth")
    np.testing.assert_allclose(found.outputs[0], 1 / 3)
    np.testing.assert_array_equal(found.outputs[1].argmax(axis=1), [1, 1, 1, 1, 1])  # class 1 stands there thrice
    np.testing.assert_array_equal(found.outputs[2].argmax(axis=1), [0, 1, 2, 1, 1])


def test_landmarks_of_labels_and_numbers() -> None:
    truth = np.array([[0, 1], [1, 1], [0, 1.0]])
    labels = landmarks(made_snapshots(np.full((2, 3, 2), 0.5), "multi_label", 1, truth=truth))
    np.testing.assert_array_equal(labels.outputs[1], [[0, 1]] * 3)
    np.testing.assert_array_equal(labels.outputs[2], truth)
    numbers = landmarks(made_snapshots(np.zeros((2, 3, 1)), "regression", 1, truth=np.array([[1.0], [2.0], [6.0]])))
    assert numbers.names == ("mean", "truth")
    np.testing.assert_array_equal(numbers.outputs[0].ravel(), [3, 3, 3])
    assert landmarks(made_snapshots(np.zeros((2, 3, 1)), "regression", 1)).outputs.shape == (0, 3, 1)
