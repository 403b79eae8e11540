"""Maps of function space against second implementations; new snapshots in a finished map; which way a map is turned."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from made_snapshots import learning, made_snapshots, planar, with_labels
from sklearn.manifold import ClassicalMDS, Isomap

from diagnostics.embedding import EMBEDDINGS, Embedding, Interrupted, Options
from diagnostics.embedding.inpca import inpca
from diagnostics.embedding.isomap import geodesics, isomap
from diagnostics.embedding.mds import mds
from diagnostics.embedding.orientation import orientation
from diagnostics.embedding.spectral import principal_axes
from diagnostics.embedding.tsne import tsne
from diagnostics.function_distance import bhattacharyya, function_distance
from diagnostics.landmarks import landmarks
from diagnostics.snapshots import Snapshots

SPECTRAL = ("mds", "pca", "inpca", "isomap")


def up_to_signs(points: np.ndarray, others: np.ndarray) -> np.ndarray:
    return others * np.where((points * others).sum(axis=0) < 0, -1, 1)


def scaled(squares: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Classical scaling by loops and the whole spectrum: eigenvalues by |λ|, coordinates v √|λ|."""
    n = len(squares)
    rows, columns, mean = squares.mean(axis=1), squares.mean(axis=0), squares.mean()
    inner = np.zeros((n, n))
    for i, j in itertools.product(range(n), repeat=2):
        inner[i, j] = -0.5 * (squares[i, j] - rows[i] - columns[j] + mean)
    values, vectors = np.linalg.eig(inner)  # the general solver, not the symmetric one
    order = np.argsort(-np.abs(values.real))
    values, vectors = values.real[order], vectors.real[:, order]
    return vectors[:, :k] * np.sqrt(np.abs(values[:k])), values


@pytest.mark.parametrize("made", [learning, with_labels, lambda: learning(2, 30, 4, 3)], ids=["wide", "labels", "tall"])
def test_classical_scaling_equals_loops_over_the_distances(made: object) -> None:
    snapshots = made()  # type: ignore[operator]
    distances = function_distance(snapshots.outputs, task=snapshots.task)
    expected, values = scaled(distances**2, 3)
    found = mds(snapshots, 3)
    np.testing.assert_allclose(up_to_signs(found.points, expected), found.points, atol=1e-10)
    np.testing.assert_allclose(found.shares, values[:3] / values.sum(), atol=1e-10)
    theirs = ClassicalMDS(n_components=3, metric="precomputed").fit_transform(distances)
    np.testing.assert_allclose(up_to_signs(found.points, theirs), found.points, atol=1e-10)


@pytest.mark.parametrize("made", [learning, with_labels], ids=["classes", "labels"])
def test_intensive_pca_equals_loops_and_keeps_negative_eigenvalues(made: object) -> None:
    snapshots = made()  # type: ignore[operator]
    expected, values = scaled(bhattacharyya(snapshots.outputs, task=snapshots.task), 3)
    found = inpca(snapshots, 3)
    np.testing.assert_allclose(up_to_signs(found.points, expected), found.points, atol=1e-10)
    assert found.negative == tuple(bool(value < 0) for value in values[:3])
    stress = 1 - np.sqrt(1 - (values[:3] ** 2).sum() / (values**2).sum())
    assert found.explained == pytest.approx(stress, abs=1e-10)
    assert (values < -1e-6).any()


def test_a_negative_axis_is_named_and_drawn_by_its_size() -> None:
    # two networks that begin at (½, ½) and become sure of opposite classes. D is 100 between the ends, -log √½ from
    # either end to the starts, so the starts are far nearer to both than the middle of a segment of length √100 is
    outputs = np.array([[0.5, 0.5], [1, 0], [0.5, 0.5], [0, 1]])[:, None]
    found = inpca(made_snapshots(outputs, "classification", 2))
    assert found.negative == (False, True)
    # first axis: ends at ±√25, starts at 0
    half = 0.5 * np.log(2)
    np.testing.assert_allclose(found.points[:, 0] ** 2, [0, 25, 0, 25], atol=1e-9)
    # second axis: ends at ±c, starts at ∓c with D = 25 - 4 c² from start to end, so c² = (25 - half)/4
    np.testing.assert_allclose(found.points[:, 1] ** 2, np.full(4, (25 - half) / 4), atol=1e-9)
    assert (found.points[:, 1] > 0).tolist() == [False, True, False, True]  # from start to end, as on every axis


@pytest.mark.parametrize("n_neighbors", [5, 12])
def test_isomap_equals_that_of_scikit_learn(n_neighbors: int) -> None:
    snapshots = planar()[0]
    rows = snapshots.outputs[:, :, 0] / np.sqrt(40)
    theirs = Isomap(n_neighbors=n_neighbors, n_components=2, metric="precomputed", eigen_solver="dense")
    distances = function_distance(snapshots.outputs, task="regression")
    if geodesics(distances, n_neighbors)[1] > 1:
        with pytest.warns(UserWarning, match="number of connected components"):
            expected = theirs.fit_transform(distances)
    else:
        expected = theirs.fit_transform(distances)
    found = isomap(snapshots, options=Options(n_neighbors=n_neighbors))
    np.testing.assert_allclose(up_to_signs(found.points, expected), found.points, atol=1e-8)
    new = rows[:7] + 0.01
    away = np.linalg.norm(new[:, None] - rows[None], axis=2)
    assert found.place is not None
    placed = found.place((new * np.sqrt(40))[:, :, None])
    signs = np.where((found.points * expected).sum(axis=0) < 0, -1, 1)
    np.testing.assert_allclose(theirs.transform(away) * signs, placed, atol=1e-8)


def test_a_graph_in_parts_is_joined_and_the_map_says_so() -> None:
    far = np.array([0, 0.1, 0.2, 5, 5.1, 5.2]).reshape(6, 1, 1)
    found = isomap(made_snapshots(far, "regression", 2), options=Options(n_neighbors=2))
    assert found.notes == (
        "With 2 neighbours the snapshots fall into 2 parts, which are joined by their shortest links.",
    )
    np.testing.assert_allclose(np.ptp(found.points[:, 0]), 5.2)
    ways, n_parts = geodesics(np.zeros((3, 3)), 1)  # three equal snapshots: ways of length 0, not none
    assert n_parts == 1
    assert ways.max() < 1e-300


@pytest.mark.parametrize("n_dims", [2, 3])
@pytest.mark.parametrize("method", SPECTRAL)
@pytest.mark.parametrize("made", [learning, with_labels], ids=["classes", "labels"])
def test_the_snapshots_of_a_map_are_placed_on_themselves(method: str, n_dims: int, made: object) -> None:
    snapshots = made()  # type: ignore[operator]
    found = EMBEDDINGS[method](snapshots, n_dims)
    assert (found.n_dims, found.places_exactly) == (n_dims, True)
    assert found.place is not None
    np.testing.assert_allclose(found.place(snapshots.outputs), found.points, atol=1e-8)


@pytest.mark.parametrize("method", ["mds", "pca", "inpca"])
def test_new_snapshots_stand_where_a_joint_map_would_have_them(method: str) -> None:
    snapshots, plane = planar()
    found = EMBEDDINGS[method](snapshots)
    assert found.place is not None
    # within the plane that the map spans, distances on the map are distances in truth
    placed = found.place(snapshots.outputs[:5] * 0.7)
    scale = np.sqrt(8) if method == "inpca" else 1
    everything = np.concatenate([placed, found.points]) * scale
    truth = np.concatenate([plane[:5] * 0.7, plane])
    away = np.linalg.norm(everything[:, None] - everything[None], axis=2)
    np.testing.assert_allclose(away, np.linalg.norm(truth[:, None] - truth[None], axis=2), atol=1e-8)


@pytest.mark.parametrize("method", EMBEDDINGS)
def test_landmarks_can_be_placed_in_every_map(method: str) -> None:
    snapshots = learning()
    found = EMBEDDINGS[method](snapshots)
    assert found.place is not None
    placed = found.place(landmarks(snapshots).outputs)
    assert placed.shape == (3, 2)
    assert np.isfinite(placed).all()


def test_truth_lies_ahead_of_learning_and_ignorance_at_its_start() -> None:
    snapshots = learning()
    found = mds(snapshots)
    assert found.place is not None
    ignorance, _, truth = found.place(landmarks(snapshots).outputs)
    starts, ends = found.points[snapshots.starts].mean(axis=0), found.points[snapshots.ends].mean(axis=0)
    assert ignorance[0] < ends[0] < truth[0]
    assert np.linalg.norm(ignorance - starts) < np.linalg.norm(ignorance - ends)


def test_the_mean_path_goes_towards_positive_numbers_whatever_the_solver_found() -> None:
    snapshots = learning()
    for method in SPECTRAL:
        found = EMBEDDINGS[method](snapshots, 3)
        assert (found.points[snapshots.ends] - found.points[snapshots.starts]).mean(axis=0).min() > 0
    points = mds(snapshots, 3).points
    values = np.array([3.0, 2.0, 1.0])
    for signs in itertools.product((-1, 1), repeat=3):
        turned = points * signs @ orientation(points * signs, values, snapshots.starts, snapshots.ends)
        np.testing.assert_allclose(turned, points, atol=1e-12)


def test_axes_of_equal_eigenvalues_are_turned_to_one_place() -> None:
    points = mds(learning(), 3).points
    values, starts, ends = np.array([2.0, 2.0, 1.0]), np.array([0]), np.array([len(points) - 1])
    expected = points @ orientation(points, values, starts, ends)
    turn = np.eye(3)
    turn[:2, :2] = [[0.6, -0.8], [0.8, 0.6]]
    found = points @ turn @ orientation(points @ turn, values, starts, ends)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    closed = np.array([[1.0], [-1.0], [1.0]])  # ends where it began: fixed weights decide, and always alike
    signs = [orientation(sign * closed, values[:1], starts, np.array([2]))[0, 0] * sign for sign in (1, -1)]
    assert signs[0] == signs[1]


def test_many_rows_have_the_axes_that_all_eigenvalues_give(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("diagnostics.embedding.spectral.DENSE", 50)
    rows = np.random.default_rng(0).normal(size=(130, 90)) * np.geomspace(10, 0.1, 90)  # beyond the dense solver
    axes = principal_axes(rows, 3, np.array([0]), np.array([129]))
    centered = rows - rows.mean(axis=0)
    _, sizes, right = np.linalg.svd(centered, full_matrices=False)
    np.testing.assert_allclose(np.abs(axes.directions.T), np.abs(right[:3]), atol=1e-8)
    np.testing.assert_allclose(axes.shares, sizes[:3] ** 2 / (sizes**2).sum(), rtol=1e-10)


def test_large_sets_are_fitted_on_some_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    snapshots = planar()[0]
    for method in ("inpca", "isomap"):
        monkeypatch.setattr(f"diagnostics.embedding.{method}.MOST", 60)
        found = EMBEDDINGS[method](snapshots)
        assert found.notes[0] == "60 of the 120 snapshots, evenly chosen, make the map; the others are placed into it."
        assert found.points.shape == (120, 2)
        assert found.place is not None
        np.testing.assert_allclose(found.place(snapshots.outputs), found.points, atol=1e-8)


def test_tsne_is_repeated_by_its_seed_and_tells_its_progress() -> None:
    snapshots, seen = learning(3, 14), list[float]()

    def progress(share: float) -> bool:
        seen.append(share)
        return True

    one = tsne(snapshots, options=Options(seed=3), progress=progress)
    np.testing.assert_array_equal(one.points, tsne(snapshots, options=Options(seed=3)).points)
    assert seen == sorted(seen)
    assert (seen[-1], len(seen)) == (1.0, 31)
    assert one.settings == {"distance": "Hellinger distance", "perplexity": 41 / 3, "seed": 3}
    assert one.place is not None
    placed = one.place(snapshots.outputs)
    # not exact, but each snapshot lands near itself, in the frame of the map, which is about 17 wide
    assert np.median(np.linalg.norm(placed - one.points, axis=1)) < 0.3
    assert np.abs((placed - one.points).mean(axis=0)).max() < 0.15
    assert len(seen) == 31


def test_tsne_can_be_cancelled_and_needs_some_snapshots() -> None:
    with pytest.raises(Interrupted):
        tsne(learning(), progress=lambda share: False)
    with pytest.raises(ValueError, match="at least 8 snapshots, there are 6: train longer or take more seeds"):
        tsne(learning(1, 6))


def test_tsne_is_turned_to_lie_on_the_linear_map() -> None:
    snapshots = learning(3, 14)
    shown, linear = tsne(snapshots).points, mds(snapshots).points
    assert np.corrcoef(shown[:, 0], linear[:, 0])[0, 1] > 0.7
    assert tsne(snapshots, 3).points.shape == (42, 3)


@pytest.mark.parametrize("method", EMBEDDINGS)
def test_what_does_not_move_is_one_point_and_no_error(method: str) -> None:
    still = learning(2, 6)
    still = replace(still, outputs=np.repeat(still.outputs[:1], 12, axis=0))
    found: Embedding = EMBEDDINGS[method](still)
    assert np.isfinite(found.points).all()
    if method != "tsne":
        np.testing.assert_allclose(found.points, 0, atol=1e-7)


def test_two_snapshots_make_a_map() -> None:
    two: Snapshots = learning(1, 2)
    for method in SPECTRAL:
        points = EMBEDDINGS[method](two, 3).points
        assert points.shape == (2, 3)
        np.testing.assert_allclose(points[:, 1:], 0, atol=1e-7)


def test_settings_out_of_range_are_refused() -> None:
    for method in EMBEDDINGS.values():
        with pytest.raises(ValueError, match="2 or 3 dimensions, not 4"):
            method(learning(), 4)
    with pytest.raises(ValueError, match="at least 1 neighbour, not 0"):
        Options(n_neighbors=0)
    with pytest.raises(ValueError, match="perplexity must be at least 1"):
        Options(perplexity=0.5)
