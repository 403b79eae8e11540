"""The map of function space: means and outlines by hand, a frozen map, what grows under the clock, its figures."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from made_runs import STEPS, made_run
from made_snapshots import planar
from test_packing import numbers

from diagnostics import Run, Series
from diagnostics.disagreement import disagreement
from diagnostics.embedding import EMBEDDINGS
from diagnostics.figures.disagreement import disagreement_matrix_figure, disagreement_over_time_figure
from diagnostics.figures.growing import without_growth
from diagnostics.figures.map_surroundings import MapView
from diagnostics.figures.map_traces import NEVER, growth
from diagnostics.figures.packing import packed_growing
from diagnostics.figures.theme import apply_theme, themed_arrays
from diagnostics.figures.trajectories import function_map_figure
from diagnostics.function_distance import function_distance
from diagnostics.snapshots import snapshots
from diagnostics.trajectories import convex_outline, extended, function_map, map_tests, mean_paths

DIMS = ("step", "seed", "example", "output")
N = 12


def run(n: int = N, n_seeds: int = 2, seed: int = 0, name: str = "made") -> Run:
    """Class probabilities of some seeds that walk away from one beginning."""
    generator = np.random.default_rng(seed)
    logits = generator.normal(size=(n, n_seeds, 9, 3)).cumsum(axis=0) * 0.3
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=3, keepdims=True)
    steps = np.arange(n, dtype=np.int64) * 3
    made = made_run({"probe/output": Series(DIMS, "", steps, probabilities.astype(np.float32))}, name=name)
    experiment = replace(made.experiment, seeds=tuple(range(n_seeds)))
    return replace(made, id=name, experiment=experiment, constants={"probe/y": np.arange(9) % 3})


def test_the_mean_of_two_paths_is_taken_at_equal_epochs() -> None:
    shown, plane = planar(2, 5)
    (mean,) = mean_paths(shown, plane)
    np.testing.assert_allclose(mean.points, plane.reshape(2, 5, 2).mean(axis=0))
    shown = replace(shown, epoch=np.array([0.0, 1, 2, 3, 4, 0, 2, 4, 6, 8]))
    (mean,) = mean_paths(shown, plane)
    assert mean.epochs.tolist() == [0, 1, 2, 3, 4]  # while both are recorded
    halfway = (plane[5] + plane[6]) / 2  # of the slower one at epoch 1
    np.testing.assert_allclose(mean.points[1], (plane[1] + halfway) / 2)


def test_an_outline_has_the_corners_alone() -> None:
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0.5, 0.5]])
    outline = convex_outline(square)
    assert {tuple(corner) for corner in outline} == {(0, 0), (1, 0), (1, 1), (0, 1)}
    assert tuple(outline[0]) == tuple(outline[-1])
    assert len(convex_outline(square[:2])) == 0
    assert len(convex_outline(np.array([[0.0, 0], [1, 1], [2, 2]]))) == 0


@pytest.mark.parametrize("method", ["mds", "pca", "inpca"])
def test_a_frozen_map_keeps_its_axes_and_takes_in_what_comes(method: str) -> None:
    early, late = run(8), run(12)
    assert np.array_equal(early.series["probe/output"].values, late.series["probe/output"].values[:8])
    first = function_map([early], method)
    grown = extended(first, [late])
    assert not first.is_frozen
    assert grown.is_frozen
    assert len(grown.snapshots) > len(first.snapshots)
    np.testing.assert_allclose(grown.points[grown.snapshots.starts], first.points[first.snapshots.starts], atol=1e-7)
    assert function_map_figure(grown).layout.meta["details"].count("axes are those of the first") == 1


def test_neighbours_alone_are_all_that_tsne_tells() -> None:
    found = function_map([run()], "tsne")
    assert (found.mean_paths, found.outlines) == ((), ())
    assert np.isnan(found.landmark_points).all()
    assert "Bold line" not in function_map_figure(found).layout.meta["reading"]
    tests = map_tests(found, [run()])
    assert tests.disparity > 0
    assert tests.null.share == map_tests(function_map([run()]), [run()]).null.share  # of the paths, not of the map


def test_what_chance_gives_is_told_of_one_run_and_of_two() -> None:
    one = map_tests(function_map([run()]), [run()])
    assert one.separation is None
    assert one.disparity == 0
    pair = [run(n_seeds=3), run(n_seeds=3, seed=5, name="other")]
    two = map_tests(function_map(pair), pair)
    assert two.separation is not None
    assert two.separation.n_permutations == 20  # ways to choose three of six


def test_known_functions_tell_how_far_they_really_are() -> None:
    report = function_map([run()])
    shown = report.snapshots
    place = report.landmarks.names.index("no idea")
    uniform = np.full((1, *shown.outputs.shape[1:]), 1 / shown.outputs.shape[2])
    expected = function_distance(uniform, shown.outputs[shown.ends], task=shown.task).mean()
    assert report.landmark_distances[place] == pytest.approx(expected)
    (trace,) = [trace for trace in function_map_figure(report).data if trace.name == "known functions"]
    assert f"in truth {expected:.2g} from the ends" in trace.customdata[place][0]


def test_a_step_shows_what_was_recorded_until_then() -> None:
    report = function_map([run()], spacing="epoch")
    sent = json.loads(
        packed_growing(
            themed_arrays(function_map_figure(report), dark=False),
            [0, 3, 9, 33],
            {"path": report.snapshots.path, "step": report.snapshots.step},
        )
    )
    names = [trace["name"] for trace in sent["figure"]["data"]]
    heads, dots = names.index("end"), names.index("snapshots")

    def shown(trace: int, step: int) -> np.ndarray:
        (change,) = [change for change in sent["changes"] if change["path"] == ["data", trace, "x"]]
        x, since, until = (numbers(sent["arrays"][change[key]]) for key in ("array", "from", "until"))
        return np.where((since <= step) & (step < until), x, np.nan)

    for step in (0, 9, 33):
        before = report.snapshots.step <= step
        np.testing.assert_allclose(shown(dots, step)[before], report.points[before, 0], rtol=1e-6)
        assert np.isnan(shown(dots, step)[~before]).all()
        newest = [np.flatnonzero(before & (report.snapshots.path == path))[-1] for path in (0, 1)]
        assert np.flatnonzero(np.isfinite(shown(heads, step))).tolist() == newest
    assert sent["rows"]["step"] == report.snapshots.step.tolist()
    assert all("shown" not in (trace.get("meta") or {}) for trace in sent["figure"]["data"])


def test_growth_ends_where_the_next_snapshot_of_the_path_begins() -> None:
    report = function_map([run(4)], spacing="recorded")
    since, until = growth(report)
    assert since.tolist() == [0, 3, 6, 9] * 2
    assert until.tolist() == [3, 6, 9, NEVER] * 2


@pytest.mark.parametrize("n_dims", [2, 3])
def test_the_figure_is_accepted_and_says_what_it_shows(n_dims: int) -> None:
    pair = [run(), run(seed=1, name="other")]
    report = function_map(pair, n_dims=n_dims)
    null = map_tests(report, pair).null
    figure = without_growth(function_map_figure(report, MapView("loss", null=null)))
    themed = apply_theme(figure, dark=True)
    assert {trace.type for trace in themed.data} == {"scatter" if n_dims == 2 else "scatter3d"}
    assert "random walks, for comparison" in {trace.name for trace in themed.data}
    (known,) = [trace for trace in themed.data if trace.name == "known functions"]
    assert list(known.text) == ["no idea", "majority", "truth"]
    assert all("shown" not in (trace.meta or {}) for trace in themed.data)
    assert f"{report.moved:.2g} from where they began" in figure.layout.meta["summary"]


def test_runs_on_other_examples_cannot_share_a_map() -> None:
    other = replace(run(name="other"), constants={"probe/y": np.zeros(9, dtype=int)})
    with pytest.raises(ValueError, match="cannot be compared"):
        function_map([run(), other])
    with pytest.raises(ValueError, match="the method must be one of"):
        function_map([run()], "umap")
    with pytest.raises(ValueError, match="no recorded outputs"):
        function_map([made_run({"probe/output": Series(DIMS, "", STEPS[:0], np.empty((0, 2, 3, 2)))})])


def test_a_map_that_cannot_be_computed_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise np.linalg.LinAlgError("SVD did not converge")

    monkeypatch.setitem(EMBEDDINGS, "mds", fails)
    with pytest.raises(ValueError, match="leave out the run whose networks explode"):
        function_map([run()])


def test_disagreement_is_drawn_at_a_step_and_over_time() -> None:
    report = disagreement(snapshots([run(n_seeds=3)], spacing="recorded"))
    matrix = disagreement_matrix_figure(report, ("made",), 4)
    np.testing.assert_allclose(matrix.data[0].z, report.matrix[4], rtol=1e-6)
    assert list(matrix.data[0].x) == ["seed 0", "seed 1", "seed 2"]
    line = disagreement_over_time_figure(report).data[-1]
    np.testing.assert_allclose(line.y, report.spread.mean, rtol=1e-6)
