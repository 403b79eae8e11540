"""What is printed under a map, against scikit-learn, SciPy and loops; good maps get good marks, bad ones bad marks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_snapshots import learning, made_snapshots, planar
from scipy.spatial import procrustes
from scipy.spatial.distance import pdist, squareform
from scipy.stats import pearsonr, spearmanr
from sklearn.manifold import trustworthiness

from diagnostics.embedding import EMBEDDINGS, Embedding, Options
from diagnostics.embedding.methods import SEEDED
from diagnostics.function_distance import features, function_distance
from diagnostics.map_quality import map_quality, procrustes_disparity, seed_disparity, steady_steps

SPECTRAL = tuple(name for name in EMBEDDINGS if name not in SEEDED)


def drawn(points: np.ndarray) -> Embedding:
    return Embedding(points, "mds", (), 1.0, "", None)


@pytest.mark.parametrize("method", EMBEDDINGS)
def test_every_number_equals_an_independent_computation(method: str) -> None:
    snapshots = learning(4, 15)
    embedding = EMBEDDINGS[method](snapshots)
    found, k = map_quality(snapshots, embedding, n_neighbors=7), 7
    rows, points = features(snapshots.outputs, "classification"), embedding.points
    assert found.trustworthiness == pytest.approx(trustworthiness(rows, points, n_neighbors=k), abs=1e-12)
    assert found.continuity == pytest.approx(trustworthiness(points, rows, n_neighbors=k), abs=1e-12)
    true, shown = pdist(rows), pdist(points)
    assert found.distance_spearman == pytest.approx(spearmanr(true, shown).statistic, abs=1e-9)
    scales = np.linspace(0.5, 1.5, 100_001) * (true @ shown) / (shown @ shown)
    squares = true @ true - 2 * scales * (true @ shown) + scales**2 * (shown @ shown)
    assert found.stress == pytest.approx(np.sqrt(squares.min() / (true @ true)), abs=1e-7)
    near = [np.argsort(squareform(lengths) + np.eye(60) * 1e9, axis=1) for lengths in (true, shown)]
    overlap = [len(set(near[0][i, :k]) & set(near[1][i, :k])) / k for i in range(60)]
    assert found.neighbor_overlap == pytest.approx(np.mean(overlap))
    steps = [np.array([np.linalg.norm(a[i + 1] - a[i]) for i in range(59) if i % 15 < 14]) for a in (rows, points)]
    assert found.step_spearman == pytest.approx(spearmanr(*steps).statistic, abs=1e-9)
    assert found.step_pearson == pytest.approx(pearsonr(*steps).statistic, abs=1e-9)
    for order, value in zip(near, (found.temporal_recall_true, found.temporal_recall), strict=True):
        pairs = [(i, i + d) for i in range(60) for d in (-1, 1) if 0 <= i % 15 + d < 15]
        assert value == pytest.approx(np.mean([j in order[i, :4] for i, j in pairs]))
    assert (found.n_points, found.n_measured, found.n_steps) == (60, 60, 56)
    np.testing.assert_equal(found.explained, embedding.explained)


@pytest.mark.parametrize("method", SPECTRAL)
def test_a_spectral_map_of_planar_paths_is_as_good_as_perfect(method: str) -> None:
    snapshots, plane = planar()
    embedding = EMBEDDINGS[method](snapshots, options=Options(n_neighbors=100))
    found = map_quality(snapshots, embedding)
    for name in ("trustworthiness", "continuity", "neighbor_overlap", "distance_spearman"):
        assert getattr(found, name) >= 0.99, name
    for name in ("step_spearman", "step_pearson", "temporal_recall", "explained"):
        assert getattr(found, name) >= 0.99, name
    assert found.stress < (0.05 if method == "isomap" else 1e-6)
    assert procrustes_disparity(embedding.points, plane) < (0.01 if method == "isomap" else 1e-12)


def test_a_shuffled_map_gets_bad_marks() -> None:
    snapshots, plane = planar()
    found = map_quality(snapshots, drawn(np.random.default_rng(0).permutation(plane)))
    assert found.trustworthiness == pytest.approx(0.5, abs=0.1)
    assert abs(found.distance_spearman) < 0.1
    assert found.neighbor_overlap < 0.2
    assert found.stress > 0.5
    assert found.temporal_recall < 0.2 < found.temporal_recall_true


def test_marks_do_not_depend_on_scale_and_turn() -> None:
    snapshots, plane = planar()
    one, other = map_quality(snapshots, drawn(plane)), map_quality(snapshots, drawn(plane[:, ::-1] * -7))
    for name in ("trustworthiness", "stress", "step_pearson", "distance_spearman"):
        assert getattr(one, name) == pytest.approx(getattr(other, name), abs=1e-9)


def test_steps_are_compared_at_equal_distances_in_time() -> None:
    snapshots = made_snapshots(np.zeros((7, 1, 1)), "regression", 1)
    epochs = np.array([0, 0.1, 0.2, 1, 2.1, 3, 4])  # the longest is 1.1: 3 steps of 1.1 before 4, from 0.7
    first, second = steady_steps(replace(snapshots, epoch=epochs))
    assert first.tolist() == [3, 4, 5]  # 0.7 -> 1, 1.8 -> 2.1, 2.9 -> 3, 4
    assert second.tolist() == [4, 5, 6]


def test_too_few_snapshots_give_no_numbers() -> None:
    snapshots = learning(1, 2)
    found = map_quality(snapshots, EMBEDDINGS["mds"](snapshots))
    assert np.isnan([found.trustworthiness, found.continuity, found.neighbor_overlap, found.temporal_recall]).all()
    assert np.isnan([found.step_spearman, found.distance_spearman]).all()
    assert found.stress == pytest.approx(0, abs=1e-9)


def test_of_many_snapshots_some_are_compared_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("diagnostics.map_quality.MOST", 60)
    snapshots, plane = planar()
    found = map_quality(snapshots, drawn(plane))
    assert (found.n_points, found.n_measured) == (120, 60)
    assert found.trustworthiness == pytest.approx(1)


def test_procrustes_equals_that_of_scipy_and_is_blind_to_turns() -> None:
    generator = np.random.default_rng(0)
    one, other = generator.normal(size=(2, 30, 2))
    assert procrustes_disparity(one, other) == pytest.approx(procrustes(one, other)[2], abs=1e-12)
    turned = 3 * one @ np.array([[0.6, -0.8], [-0.8, -0.6]]) + 5
    assert procrustes_disparity(one, turned) == pytest.approx(0, abs=1e-12)
    with pytest.raises(ValueError, match="cannot be compared"):
        procrustes_disparity(one, other[:5])
    with pytest.raises(ValueError, match="coincide"):
        procrustes_disparity(one, np.zeros((30, 2)))


def test_maps_without_a_seed_are_the_same_for_every_seed_and_tsne_is_measured() -> None:
    snapshots = learning(2, 8)
    for method in SPECTRAL:
        one, other = (EMBEDDINGS[method](snapshots, options=Options(seed=seed)).points for seed in (0, 1))
        np.testing.assert_array_equal(one, other)
        assert seed_disparity(method, snapshots) == 0
    seen: list[float] = []
    found = seed_disparity("tsne", snapshots, seeds=(0, 1), progress=lambda share: seen.append(share) or True)
    maps = [EMBEDDINGS["tsne"](snapshots, options=Options(seed=seed)).points for seed in (0, 1)]
    assert found == pytest.approx(procrustes(*maps)[2], abs=1e-9)
    assert seen == sorted(seen)
    with pytest.raises(ValueError, match="not 'umap'"):
        seed_disparity("umap", snapshots)
    with pytest.raises(ValueError, match="at least 2 seeds"):
        seed_disparity("mds", snapshots, seeds=(0,))


def test_a_map_of_other_snapshots_is_refused() -> None:
    snapshots, plane = planar()
    with pytest.raises(ValueError, match="the map has 5 points, there are 120 snapshots"):
        map_quality(snapshots, drawn(plane[:5]))
    with pytest.raises(ValueError, match="at least 1 neighbour"):
        map_quality(snapshots, drawn(plane), n_neighbors=0)


def test_the_distances_held_against_the_map_are_the_function_distances() -> None:
    snapshots = learning(2, 10)
    distances = function_distance(snapshots.outputs, task="classification")
    found = map_quality(snapshots, EMBEDDINGS["mds"](snapshots, 3), n_neighbors=3)
    expected = trustworthiness(distances, EMBEDDINGS["mds"](snapshots, 3).points, n_neighbors=3, metric="precomputed")
    assert found.trustworthiness == pytest.approx(expected, abs=1e-12)
