"""The null of a map: 6/π² on the first axis of a long walk; what learns exceeds it, what walks does not."""

from __future__ import annotations

import numpy as np
import pytest
from made_snapshots import learning, made_snapshots, planar

from diagnostics.embedding import EMBEDDINGS
from diagnostics.embedding.mds import mds
from diagnostics.function_distance import features, row_distances
from diagnostics.random_walk import LONG_WALK_SHARE, random_walk, walking, walks


def test_the_axes_of_a_long_walk_hold_6_over_pi_squared_and_a_quarter_and_a_ninth_of_it() -> None:
    walk = walks([np.ones(300)], 3_000, np.random.default_rng(0))[0]
    shares = mds(made_snapshots(walk[:, :, None], "regression", 1), 3).shares
    np.testing.assert_allclose(shares, LONG_WALK_SHARE / np.array([1, 4, 9]), atol=0.01)
    assert pytest.approx(0.6079, abs=1e-4) == LONG_WALK_SHARE


def test_directions_in_their_own_space_have_the_products_of_directions_in_all_dimensions() -> None:
    # products of two uniform directions in d dimensions have mean 0 and variance 1/d: 40 walks of 60 steps in 200
    # dimensions, drawn in 60; the standard error of the variance is 1/200 · √(2/70 800) = 0.0053/200
    products = []
    for seed in range(40):
        walk = walks([np.ones(60)], 200, np.random.default_rng(seed))[0]
        steps = np.diff(walk, axis=0)
        assert steps.shape == (60, 60)
        products.append((steps @ steps.T)[np.triu_indices(60, 1)])
    assert np.var(products) * 200 == pytest.approx(1, abs=0.03)
    assert np.mean(products) * np.sqrt(200 * 70_800) == pytest.approx(0, abs=4)


def test_walks_have_the_steps_and_the_starts_of_their_paths() -> None:
    snapshots = learning(3, 10)
    walked = walking(snapshots, np.random.default_rng(0))
    rows, theirs = (features(one.outputs, one.task) for one in (snapshots, walked))
    # three times 9 steps and the plane of three starts: fewer than the 15 · 4 dimensions, so they span 27 + 2
    assert theirs.shape == (30, 29)
    for path in snapshots.rows():
        lengths = [np.linalg.norm(np.diff(array[path], axis=0), axis=1) for array in (rows, theirs)]
        np.testing.assert_allclose(*lengths, rtol=1e-9)
    apart = [row_distances(array[snapshots.starts]) for array in (rows, theirs)]
    np.testing.assert_allclose(*apart, rtol=1e-9)


def test_networks_that_begin_apart_and_walk_at_random_do_not_exceed_the_null() -> None:
    # three starts on a line, 1 apart, and steps of 0.001 in directions of chance: the line is no finding
    generator = np.random.default_rng(0)
    steps = generator.normal(size=(3, 9, 50))
    steps *= 1e-3 / np.linalg.norm(steps, axis=2, keepdims=True)
    paths = np.concatenate([np.zeros((3, 1, 50)), steps.cumsum(axis=1)], axis=1)
    paths[:, :, 0] += np.arange(3)[:, None]
    snapshots = made_snapshots(paths.reshape(30, 50, 1) * np.sqrt(50), "regression", 3)
    assert mds(snapshots).shares[0] == pytest.approx(1, abs=1e-3)
    found = random_walk(snapshots, mds(snapshots))
    assert not found.exceeds
    assert 0.2 < found.share < 0.5


def test_a_share_is_the_first_eigenvalue_of_the_movement_however_far_apart_the_starts_are() -> None:
    snapshots = learning(2, 6)
    rows = features(snapshots.outputs, snapshots.task)
    moved = np.concatenate([rows[:6] - rows[0], rows[6:] - rows[6]])
    values = np.linalg.svd(moved - moved.mean(axis=0), compute_uv=False) ** 2
    assert random_walk(snapshots, mds(snapshots), n_walks=1).share == pytest.approx(values[0] / values.sum())


def test_steps_have_uniform_directions_towards_the_starts_too() -> None:
    # two starts 1 apart; the square of a uniform direction's part along them has mean 1/d, here 1/20; of 600 steps the
    # standard error is about √2/20/√600 = 0.003
    found = [walks([np.ones(3)] * 2, 20, np.random.default_rng(i), np.array([[0.5], [-0.5]])) for i in range(100)]
    along = [np.diff(walk, axis=0)[:, 0] ** 2 for pair in found for walk in pair]
    assert np.mean(along) == pytest.approx(1 / 20, abs=0.01)


@pytest.mark.parametrize("method", ["mds", "pca", "inpca", "isomap"])
def test_learning_exceeds_the_null(method: str) -> None:
    snapshots = planar(3, 20)[0]
    found = random_walk(snapshots, EMBEDDINGS[method](snapshots), n_walks=5)
    assert found.exceeds
    assert found.p == pytest.approx(1 / 6)
    assert found.share > 1.05 * found.null_shares.max()
    assert found.points.shape == (60, 2)


def test_walks_on_a_map_of_the_outputs_have_the_steps_of_the_outputs() -> None:
    # probabilities that move by 0.1 at each step: along a line, though their square roots do not
    p = np.linspace(0, 0.5, 6)[:, None, None]
    snapshots = made_snapshots(np.concatenate([p, 1 - p], axis=2), "classification", 1)
    assert random_walk(snapshots, EMBEDDINGS["pca"](snapshots), n_walks=1).path_share == pytest.approx(1, abs=1e-12)
    assert random_walk(snapshots, mds(snapshots), n_walks=1).path_share < 0.999


def test_a_walk_does_not_exceed_other_walks_beyond_chance() -> None:
    snapshots = learning(2, 12)
    exceeds = []
    for seed in range(40):
        walked = walking(snapshots, np.random.default_rng(seed))
        exceeds.append(random_walk(walked, mds(walked), n_walks=4, seed=seed).exceeds)
    assert 1 <= sum(exceeds) <= 17  # of 40 with probability 1/5 each: below 1 or above 17 has probability 0.0003


def test_the_share_of_each_path_alone_is_told_beside_that_of_a_walk() -> None:
    line = np.linspace(0, 1, 20)[:, None, None] * np.ones((1, 30, 1))
    snapshots = made_snapshots(np.concatenate([line, -line]), "regression", 2)
    found = random_walk(snapshots, mds(snapshots), n_walks=3)
    assert found.path_share == pytest.approx(1)
    np.testing.assert_allclose(found.null_path_shares, LONG_WALK_SHARE, atol=0.2)  # 19 steps in 30 dimensions
    again = random_walk(snapshots, mds(snapshots), n_walks=3)
    np.testing.assert_array_equal(found.points, again.points)


def test_the_walk_is_drawn_in_the_frame_of_the_map() -> None:
    snapshots = learning(2, 12)
    embedding = mds(snapshots)
    found = random_walk(snapshots, embedding, n_walks=1)
    np.testing.assert_allclose(found.points.mean(axis=0), embedding.points.mean(axis=0), atol=1e-12)
    assert found.points.std() == pytest.approx(embedding.points.std())


def test_the_test_is_the_same_on_every_map_of_the_function_distance() -> None:
    snapshots = learning(2, 8)
    one, other = (random_walk(snapshots, EMBEDDINGS[method](snapshots), n_walks=3) for method in ("mds", "tsne"))
    assert other.share == one.share
    np.testing.assert_array_equal(other.null_shares, one.null_shares)
    assert other.points.shape == (16, 2)


def test_a_null_without_walks_or_of_another_map_is_refused() -> None:
    snapshots = learning()
    with pytest.raises(ValueError, match="at least 1 walk"):
        random_walk(snapshots, mds(snapshots), n_walks=0)
    with pytest.raises(ValueError, match="the map has 12 points, there are 36 snapshots"):
        random_walk(snapshots, mds(learning(1)))
