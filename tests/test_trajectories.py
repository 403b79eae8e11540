"""Trajectories: PCA against a second way, t-SNE seeded and cancelled, and what stands in the figure."""

from __future__ import annotations

import numpy as np
import pytest
from made_runs import STEPS, made_run
from sklearn.decomposition import PCA

from diagnostics import Run, Series
from diagnostics.figures.trajectories import trajectories_figure
from diagnostics.projection import Interrupted, pca, tsne
from diagnostics.trajectories import trajectories

DIMS = ("step", "seed", "example", "output")


def run(n_steps: int = 4) -> Run:
    steps = STEPS if n_steps == 4 else np.arange(n_steps)
    values = np.random.default_rng(0).normal(size=(n_steps, 2, 5, 3)).cumsum(axis=0).astype(np.float32)
    return made_run({"probe/output": Series(DIMS, "", steps, values)})


def test_pca_agrees_with_scikit_learn() -> None:
    rows = np.random.default_rng(1).normal(size=(20, 6)) * [5, 3, 1, 1, 1, 1]
    points, shares = pca(rows)
    reference = PCA(2).fit(rows)
    np.testing.assert_allclose(np.abs(points), np.abs(reference.transform(rows)), rtol=1e-8)
    np.testing.assert_allclose(shares[:2], reference.explained_variance_ratio_, rtol=1e-8)


def test_all_seeds_are_embedded_together_one_point_for_each_moment() -> None:
    report = trajectories(run())
    assert report.points.shape == (8, 2)
    assert report.seeds.tolist() == [0, 1] * 4
    assert report.steps.tolist() == [0, 0, 1, 1, 2, 2, 4, 4]
    assert report.epochs[-1] == pytest.approx(1.4)
    assert 0 < sum(report.explained) <= 1
    np.testing.assert_allclose(report.points.mean(axis=0), 0, atol=1e-9)


def test_a_diverged_seed_ends_where_it_diverged() -> None:
    full = run()
    values = np.array(full.series["probe/output"].values)
    values[2:, 1] = np.nan
    report = trajectories(made_run({"probe/output": Series(DIMS, "", STEPS, values)}))
    assert report.seeds.tolist() == [0, 1, 0, 1, 0, 0]


def test_tsne_is_repeated_by_its_seed_and_reports_its_progress() -> None:
    seen: list[float] = []

    def report(share: float) -> bool:
        seen.append(share)
        return True

    one = trajectories(run(12), "tsne", 3, report)
    np.testing.assert_array_equal(one.points, trajectories(run(12), "tsne", 3).points)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert 0 < one.trust <= 1
    assert "trustworthiness" in trajectories_figure(one).layout.annotations[0].text


def test_tsne_can_be_cancelled_and_needs_some_points() -> None:
    with pytest.raises(Interrupted):
        tsne(np.random.default_rng(0).normal(size=(40, 4)), 0, lambda share: False)
    with pytest.raises(ValueError, match="at least 8 recorded moments, there are 4: train longer"):
        tsne(np.zeros((4, 2)), 0, lambda share: True)


def test_the_figure_marks_start_and_end_and_prints_the_explained_variance() -> None:
    report = trajectories(run())
    figure = trajectories_figure(report)
    traces = {trace.name: trace for trace in figure.data}
    np.testing.assert_allclose(np.stack([traces["start"].x, traces["start"].y], axis=1), report.points[:2], rtol=1e-5)
    np.testing.assert_allclose(np.stack([traces["end"].x, traces["end"].y], axis=1), report.points[-2:], rtol=1e-5)
    assert f"{sum(report.explained):.1%} of the variance" in figure.layout.annotations[0].text
    np.testing.assert_allclose(traces["moments"].marker.color, report.epochs, rtol=1e-6)


def test_nothing_recorded_gives_a_sentence() -> None:
    assert len(trajectories_figure(trajectories(made_run({}))).data) == 0


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(ValueError, match="must be 'pca' or 'tsne'"):
        trajectories(run(), "umap")  # type: ignore[arg-type]
