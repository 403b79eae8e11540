"""The null of a map: 6/π² on the first axis of a long walk; what learns exceeds it, what walks does not."""

from __future__ import annotations

import numpy as np
import pytest
from made_snapshots import learning, made_snapshots, planar

from diagnostics.embedding import EMBEDDINGS
from diagnostics.embedding.mds import mds
from diagnostics.function_distance import features
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


def test_walks_have_the_steps_of_their_paths_and_one_start() -> None:
    snapshots = learning(3, 10)
    walked = walking(snapshots, np.random.default_rng(0))
    rows, theirs = (features(one.outputs, one.task) for one in (snapshots, walked))
    # three times 9 steps: fewer than the 15 · 4 dimensions, so they span 27
    assert theirs.shape == (30, 27)
    for path in snapshots.rows():
        lengths = [np.linalg.norm(np.diff(array[path], axis=0), axis=1) for array in (rows, theirs)]
        np.testing.assert_allclose(*lengths, rtol=1e-9)
    np.testing.assert_allclose(theirs[snapshots.starts], 0)


@pytest.mark.parametrize("method", ["mds", "pca", "inpca", "isomap"])
def test_learning_exceeds_the_null(method: str) -> None:
    snapshots = planar(3, 20)[0]
    found = random_walk(snapshots, EMBEDDINGS[method](snapshots), n_walks=5)
    assert found.exceeds
    assert found.p == pytest.approx(1 / 6)
    assert found.share > 1.05 * found.null_shares.max()
    assert found.points.shape == (60, 2)


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


def test_tsne_has_no_first_axis_but_a_walk_to_draw() -> None:
    snapshots = learning(2, 8)
    found = random_walk(snapshots, EMBEDDINGS["tsne"](snapshots))
    assert np.isnan([found.share, found.p]).all()
    assert (found.exceeds, len(found.null_shares), found.points.shape) == (False, 0, (16, 2))


def test_a_null_without_walks_or_of_another_map_is_refused() -> None:
    snapshots = learning()
    with pytest.raises(ValueError, match="at least 1 walk"):
        random_walk(snapshots, mds(snapshots), n_walks=0)
    with pytest.raises(ValueError, match="the map has 12 points, there are 36 snapshots"):
        random_walk(snapshots, mds(learning(1)))
