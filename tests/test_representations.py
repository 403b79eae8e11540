"""What layers hold, compared: read off stored runs, worked by hand, and the figures' numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from representation_cases import LAYERS, image_moments

from datasets import load_dataset
from diagnostics import example_maps as maps
from diagnostics import representations as read
from diagnostics.cka import linear_cka
from diagnostics.figures.example_maps import example_maps_figure
from diagnostics.figures.layer_similarity import layer_similarity_figure
from diagnostics.figures.similarity_over_training import between_moments_figure, to_final_figure
from diagnostics.figures.unit_trajectories import unit_trajectories_figure
from diagnostics.layer_similarity import Side, layer_similarity
from diagnostics.projection import Interrupted
from diagnostics.representations import Moments, chosen_moments
from diagnostics.similarity_over_training import similarity_over_training
from diagnostics.unit_trajectories import standardized, unit_trajectories
from models import Experiment
from runs import RunStore, train_run
from runs import representations as stored
from runs.representations import Networks


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, RunStore]:
    store = RunStore(tmp_path_factory.mktemp("kept"))
    experiment = Experiment(layers=LAYERS, epochs=4, seeds=(0, 1, 2))
    return train_run(experiment, load_dataset("moons"), store=store).id, store


@pytest.fixture
def moments(kept: tuple[str, RunStore]) -> Moments:
    return stored.stored_moments(*kept)


def test_layers_are_read_in_parts_as_in_one_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    images = replace(image_moments())
    monkeypatch.setattr(read, "MOST_AT_ONCE", 800)  # 118 numbers for each example: 6 at once, the last part has 2
    said = images.read(1, 1, ["input", *images.layers])
    assert images.layers == ("convolution1", "batch_norm1", "dense1", "output")
    tape = images.network.forward(images.params[1], images.x, dict(images.buffers[1]))
    assert images._pass.n_examples == 6
    for name in images.layers:
        np.testing.assert_allclose(said[name], tape.activation[name][1], rtol=1e-5, atol=1e-6)  # single precision
    assert said["input"] is images.x
    again = images.read(0, 0, ["dense1"])["dense1"]
    assert not np.allclose(again, said["dense1"])


def test_every_kept_state_is_a_moment(kept: tuple[str, RunStore], moments: Moments) -> None:
    run_id, store = kept
    there = stored.kept_run(run_id, store)
    assert there.steps == moments.steps
    assert there.layers == moments.layers == ("dense1", "dense2", "output")
    assert moments.steps[0] == 0
    assert len(moments.steps) > 5
    state = store.checkpoint(run_id, "last")
    assert state is not None
    assert np.array_equal(moments.params[-1], state.params)
    assert np.array_equal(moments.params[0], moments.network.init((0, 1, 2)))


def test_moments_are_chosen_with_the_first_update_and_both_ends(moments: Moments) -> None:
    one = replace(moments, steps=(0, 10, 20, 30, 40, 50, 60, 70, 79, 80))
    assert [one.steps[place] for place in chosen_moments(one, 5)] == [0, 10, 30, 60, 80]
    assert chosen_moments(one, 20) == tuple(range(10))


def test_layers_against_layers_of_each_network_with_itself(moments: Moments) -> None:
    side = Side(moments)
    report = layer_similarity(side, side, across_seeds=False)
    said = [list(moments.read(-1, row, report.first).values()) for row in range(3)]
    each = [[[linear_cka(a, b) for b in one] for a in one] for one in said]
    np.testing.assert_allclose(report.mean, np.mean(each, axis=0), atol=1e-10)
    np.testing.assert_allclose(report.std, np.std(each, axis=0), atol=1e-10)
    np.testing.assert_allclose(np.diag(report.mean), 1.0, atol=1e-12)
    assert report.same
    assert report.n_pairs == report.n_seeds == 3


def test_layers_against_layers_of_different_seeds(moments: Moments) -> None:
    early, late = Side(moments, (0,), 0), Side(moments, (2,))
    report = layer_similarity(early, late)
    one, other = moments.read(0, 0, report.first), moments.read(-1, 2, report.first)
    assert report.mean[1, 3] == pytest.approx(linear_cka(one["dense1"], other["output"]), abs=1e-10)
    assert report.mean[0, 0] == pytest.approx(1.0)
    assert report.names == ("seed 0, step 0", f"seed 2, step {moments.steps[-1]}")
    every = layer_similarity(Side(moments), Side(moments))
    assert every.n_pairs == 3
    assert not every.same
    np.testing.assert_allclose(every.mean, every.mean.T, atol=1e-12)
    pairs = [
        layer_similarity(Side(moments, (a,)), Side(moments, (b,))).mean for a in range(3) for b in range(3) if a != b
    ]
    np.testing.assert_allclose(every.mean, np.mean(pairs, axis=0), atol=1e-12)


def test_a_network_with_its_units_permuted_is_the_same(moments: Moments) -> None:
    """The first six units in another order: columns of W1, entries of b1, rows of W2."""
    order = np.array([3, 1, 5, 0, 2, 4])
    params = moments.params[-1].copy()
    w1, b1 = params[:, :12].reshape(3, 2, 6), params[:, 12:18]
    w2 = params[:, 18:48].reshape(3, 6, 5)
    w1[:], b1[:], w2[:] = w1[:, :, order].copy(), b1[:, order].copy(), w2[:, order].copy()
    other = replace(moments, params=(*moments.params[:-1], params), run_id="other", run_name="permuted")
    report = layer_similarity(Side(moments, (1,)), Side(other, (1,)))
    np.testing.assert_allclose(np.diag(report.mean), 1.0, atol=1e-6)  # single precision of the pass
    assert report.names[0] != report.names[1]


def test_a_layer_is_followed_over_training_and_a_diverged_seed_left_out(moments: Moments) -> None:
    report = similarity_over_training(moments)
    assert report.values.shape == (3, len(moments.steps), len(moments.steps), 3)
    first, last = (moments.read(place, 1, ["dense2"])["dense2"] for place in (0, -1))
    assert report.values[1, 0, -1, 1] == pytest.approx(linear_cka(first, last), abs=1e-10)
    np.testing.assert_allclose(report.to_final.mean[-1], 1.0, atol=1e-12)
    there = moments.is_there.copy()
    there[2:, 1] = False
    gone = similarity_over_training(replace(moments, is_there=there))
    assert np.isnan(gone.values[:, 2:, :, 1]).all()
    assert gone.to_final.n[0].tolist() == [2, 2, 2]
    np.testing.assert_allclose(gone.values[..., 2], report.values[..., 2])


def test_layers_that_do_not_fit_into_the_memory_together_are_done_in_turn(
    moments: Moments, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = similarity_over_training(moments)
    monkeypatch.setattr("diagnostics.similarity_over_training.MOST_BYTES", 1)
    np.testing.assert_allclose(similarity_over_training(moments).values, whole.values, atol=1e-12)


def test_a_layer_has_settled_once_it_stays_alike(moments: Moments) -> None:
    """0.96 at step 0 does not count where 0.9 follows; what is like itself at the end only has not settled."""
    report = similarity_over_training(replace(moments, steps=moments.steps[:4], params=moments.params[:4]))
    to_final = np.array([[0.96, 0.5, 0.1], [0.9, 0.97, 0.2], [0.96, 0.99, 0.3], [1, 1, 1]])
    values = np.zeros((3, 4, 4, 1))
    values[:, :, -1, 0] = to_final.T
    made = replace(report, values=values, steps=np.array([0, 10, 20, 30]))
    assert made.settled == (20, 10, None)
    summary = to_final_figure(made).layout.meta["summary"]
    assert "dense1 from step 20, dense2 from step 10, output not before the end" in summary
    assert "Before training it falls from layer to layer" in summary


def test_the_share_between_classes_by_hand() -> None:
    """Means -1 and 1, each class ±1 around them: total 0+4+4+0 = 8, between 4·1 = 4."""
    rows = np.array([[-2.0], [0.0], [0.0], [2.0]])
    assert maps.between_share(rows, np.array([0, 0, 1, 1])) == pytest.approx(0.5)
    assert maps.between_share(rows, np.array([0, 1, 1, 0])) == pytest.approx(0.0)
    assert np.isnan(maps.between_share(np.ones((4, 2)), np.array([0, 0, 1, 1])))


def test_procrustes_finds_the_rotation_and_the_reflection() -> None:
    generator = np.random.default_rng(0)
    rows = generator.normal(size=(40, 4))
    turn, _ = np.linalg.qr(generator.normal(size=(4, 4)))
    found, match = maps.procrustes_rotation(2.0 * rows @ turn + 5.0, rows)
    np.testing.assert_allclose(found, turn, atol=1e-10)
    assert match == pytest.approx(1.0)
    assert maps.procrustes_rotation(generator.normal(size=(40, 4)), rows)[1] < 0.6


def test_seeds_that_differ_in_the_order_of_their_units_have_the_same_map(moments: Moments) -> None:
    """Seed 1 is made seed 0 with its six units reversed: turned back, both maps are equal."""
    params = []
    for one in moments.params:
        changed = one.copy()
        changed[1, :12] = one[0, :12].reshape(2, 6)[:, ::-1].ravel()
        changed[1, 12:18] = one[0, 12:18][::-1]
        params.append(changed)
    report = maps.example_maps(replace(moments, params=tuple(params)), "dense1", (0, 1))
    np.testing.assert_allclose(report.points[0], report.points[1], atol=1e-5)
    assert report.alignment[1] == pytest.approx(1.0, abs=1e-6)
    np.testing.assert_allclose(report.separation[0], report.separation[1], atol=1e-6)


def test_a_map_of_examples_is_their_principal_components(moments: Moments) -> None:
    report = maps.example_maps(moments, "dense1", (2,))
    places = chosen_moments(moments, 6)
    rows = np.concatenate([moments.read(place, 2, ["dense1"])["dense1"] for place in places]).astype(np.float64)
    each = rows.reshape(len(places), -1, 6)
    centered = (each - each.mean(axis=1, keepdims=True)).reshape(rows.shape)
    sizes = np.linalg.svd(centered, compute_uv=False) ** 2
    np.testing.assert_allclose(report.explained, sizes[:2] / sizes.sum(), rtol=1e-6)
    flat = report.points.reshape(-1, 2)
    np.testing.assert_allclose(np.square(flat).sum(axis=0), sizes[:2], rtol=1e-6)
    assert report.steps.tolist() == [moments.steps[place] for place in places]
    assert report.by_chance == pytest.approx(1 / (len(moments.x) - 1))
    figure = example_maps_figure(report)
    drawn = [trace for trace in figure.data if trace.xaxis == "x2"]
    assert sum(len(trace.x) for trace in drawn) == len(moments.x)
    ranges = {tuple(figure.layout[f"xaxis{n or ''}"].range) for n in ("", 2, 6)}
    assert len(ranges) == 1
    assert f"{report.separation[0, -1]:.0%}" in figure.layout.annotations[-1].text


def test_images_are_flattened_for_examples_and_a_channel_is_a_unit() -> None:
    images = image_moments()
    assert (
        maps.example_maps(images, "convolution1").n_units == images.read(0, 0, ["convolution1"])["convolution1"][0].size
    )
    report = unit_trajectories(images, ["convolution1"])
    assert report.n_units == {"convolution1": 2}
    means = images.read(0, 0, ["convolution1"])["convolution1"].mean(axis=(1, 2))
    later = images.read(1, 0, ["convolution1"])["convolution1"].mean(axis=(1, 2))
    expected = [np.corrcoef(means[:, unit], later[:, unit])[0, 1] for unit in range(2)]
    np.testing.assert_allclose(report.kept["convolution1"], expected, rtol=1e-5)
    assert report.class_names == ("a", "b", "c")


def test_distances_of_units_are_correlations() -> None:
    generator = np.random.default_rng(0)
    responses = np.stack([*generator.normal(size=(2, 30)), np.full(30, 0.3)])
    rows = standardized(responses)
    r = np.corrcoef(responses[:2])[0, 1]
    assert np.square(rows[0] - rows[1]).sum() == pytest.approx(2 * (1 - r))
    assert np.isnan(rows[2]).all()


def test_the_map_of_units_keeps_each_units_way_together(moments: Moments) -> None:
    report = unit_trajectories(moments, seed=1)
    n = len(moments.steps)
    assert set(zip(report.layer.tolist(), report.unit.tolist(), strict=True)) <= {
        (layer, unit) for layer, width in enumerate((6, 5)) for unit in range(width)
    }
    assert len(report.points) + report.n_silent == 11 * n
    first, said = (moments.read(place, 1, ["dense1"])["dense1"] for place in (0, -1))
    kept = [np.corrcoef(first[:, unit], said[:, unit])[0, 1] for unit in range(6)]
    np.testing.assert_allclose(report.kept["dense1"], kept, rtol=1e-5)
    liked = [said[moments.y == label].mean(axis=0) for label in (0, 1)]
    for unit in range(6):
        (row,) = np.flatnonzero((report.layer == 0) & (report.unit == unit) & (report.step == moments.steps[-1]))
        assert report.preferred[row] == int(liked[1][unit] > liked[0][unit])
    figure = unit_trajectories_figure(report, "layer")
    (ends,) = [trace for trace in figure.data if trace.name == "dense1"]
    assert len(ends.x) == 6
    by_class = unit_trajectories_figure(report, "class")
    assert {trace.legendgroup for trace in by_class.data} <= {*report.class_names, "silent at the end"}


def test_too_many_units_are_thinned_out_evenly_over_the_layers(
    moments: Moments, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("diagnostics.unit_trajectories.MOST_POINTS", 8 * len(moments.steps))
    report = unit_trajectories(moments)
    assert [len(values) for values in report.kept.values()] == [4, 4]
    assert report.n_units == {"dense1": 6, "dense2": 5}
    assert "4 of 6 units" in unit_trajectories_figure(report).layout.meta["details"]


@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_everything_can_be_stopped_and_tells_its_progress(kept: tuple[str, RunStore], method: maps.Method) -> None:
    run_id, store = kept
    side = Networks(run_id)
    told: list[float] = []
    stored.example_maps(run_id, store, "dense1", method=method, progress=lambda share: told.append(share) or True)
    assert told == sorted(told)
    assert told[-1] == 1.0
    for ask in (
        lambda stop: stored.layer_similarity(side, side, store, progress=stop),
        lambda stop: stored.similarity_over_training(run_id, store, progress=stop),
        lambda stop: stored.example_maps(run_id, store, "dense1", method=method, progress=stop),
        lambda stop: stored.unit_trajectories(run_id, store, method=method, progress=stop),
    ):
        for least in (0.0, 0.6):
            with pytest.raises(Interrupted):
                ask(lambda share, least=least: share < least)


def test_what_cannot_be_asked_is_refused(kept: tuple[str, RunStore], moments: Moments, tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        stored.stored_moments("nothing", RunStore(tmp_path))
    with pytest.raises(ValueError, match="two different seeds"):
        layer_similarity(Side(moments, (1,)), Side(moments, (1,)))
    other = replace(moments, x=moments.x + 1, run_id="other", run_name="shifted")
    with pytest.raises(ValueError, match="not probed with the same examples"):
        layer_similarity(Side(moments), Side(other))
    with pytest.raises(ValueError, match="no seed 9"):
        maps.example_maps(moments, "dense1", (9,))
    with pytest.raises(ValueError, match="no layer 'dense9'"):
        unit_trajectories(moments, ["dense9"])
    with pytest.raises(ValueError, match="no state was kept at step 3"):
        layer_similarity(Side(moments, (), 3), Side(moments))
    there = np.zeros_like(moments.is_there)
    with pytest.raises(ValueError, match="every seed"):
        unit_trajectories(replace(moments, is_there=there))
    dead = replace(moments, params=tuple(np.zeros_like(one) for one in moments.params))
    with pytest.raises(ValueError, match="the same for every example"):
        maps.example_maps(dead, "dense1")
    nothing = layer_similarity_figure(layer_similarity(Side(dead), Side(dead), across_seeds=False))
    assert np.isnan(nothing.data[0].z[1:]).all()


def test_the_figures_show_the_numbers_of_the_reports(moments: Moments) -> None:
    report = layer_similarity(Side(moments), Side(moments))
    figure = layer_similarity_figure(report)
    np.testing.assert_allclose(figure.data[0].z, report.mean, rtol=1e-6)
    assert figure.data[0].text[1][1] == f"{report.mean[1, 1]:.2f}"
    assert "Of 3 layers" in figure.layout.meta["summary"]
    over = similarity_over_training(moments)
    lines = {trace.name: trace for trace in to_final_figure(over).data if trace.mode == "lines+markers"}
    np.testing.assert_allclose(lines["dense2"].y, over.to_final.mean[:, 1], rtol=1e-6)
    sheet = between_moments_figure(over, "dense2")
    np.testing.assert_allclose(sheet.data[0].z, over.between_moments.mean[1], rtol=1e-6)
    gone = replace(over, values=np.full_like(over.values, np.nan))
    assert not to_final_figure(gone).data
    assert not between_moments_figure(gone, "dense1").data
