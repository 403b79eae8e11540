"""What units look for, asked of a stored run: each function of `runs.features` once, at two of its states."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from app_pages import SMALL

from datasets import load_dataset
from models.evaluation import predict
from runs import RunStore, features, train_run

DIGITS = replace(SMALL, layers=({"type": "convolution", "channels": 2}, {"type": "dense", "units": 4}), epochs=1)


def test_a_table_is_asked(tmp_path: object) -> None:
    store = RunStore(str(tmp_path))
    run_id = train_run(SMALL, load_dataset("moons"), store=store).id
    at = features.stored_network(run_id, store, seed=1)
    assert (at.seed, at.network.input_shape) == (1, (2,))
    last, state = features.first_layer(run_id, store), store.checkpoint(run_id)
    assert state is not None
    expected = at.network.views(state.params[0])["dense1/W"][:, last.units].T
    np.testing.assert_allclose(last.weights, expected, rtol=1e-6)
    assert last.feature_names == load_dataset("moons").feature_names
    earlier = next(name for name in store.checkpoints(run_id) if name.startswith("step"))
    first = features.first_layer(run_id, store, earlier)
    assert first.step < last.step == state.step
    assert features.hinton_diagram(run_id, store, "dense1/W").column_names == last.feature_names
    with pytest.raises(ValueError, match="no checkpoint"):
        features.first_layer(run_id, store, "nowhere")


def test_a_slider_is_asked(tmp_path: object) -> None:
    store = RunStore(str(tmp_path))
    run_id = train_run(SMALL, load_dataset("moons"), store=store).id
    at = features.stored_network(run_id, store)
    rows = features.unsure_rows(at)
    x = at.examples[0]
    shares = predict(at.network, at.params[None], x)[0]
    sure = np.abs(shares[:, 1] - 0.5)
    np.testing.assert_allclose(np.sort(sure[list(rows)]), np.sort(sure)[:4])
    for report in (features.varied_unit(at, "dense1", 2), features.varied_weights(at, "dense1", 2)):
        np.testing.assert_allclose(report.own_outputs, shares[list(rows)], rtol=1e-5)
        assert report.example_names[0].startswith(f"example {rows[0]} (")
    report = features.linear_probes(run_id, store)
    assert report.before is not None
    assert report.scores.shape == report.before.shape == (4, 2)
    np.testing.assert_array_equal(report.scores[0], report.before[0])  # the input stays what it is


def test_images_are_handed_out_with_their_own_brightness(tmp_path: object) -> None:
    store, data = RunStore(str(tmp_path)), load_dataset("digits")
    run_id = train_run(replace(DIGITS, max_steps=3), data, store=store).id
    report = features.top_examples(run_id, store, "dense1", [0])
    assert report.examples.min() == pytest.approx(0, abs=1e-4)  # the digits have whole numbers from 0 to 16
    assert report.examples.max() == pytest.approx(16, abs=1e-4)
    np.testing.assert_allclose(report.examples, np.round(report.examples), atol=1e-4)
    assert report.labels is not None
    assert report.labels[0, 0] == data.validation.y[report.places[0, 0]]
    made = features.preferred_input(run_id, store)
    assert made.inputs.shape == (10, 64)
    assert made.class_names == data.class_names
    assert (made.path[-1] > made.path[0]).all()
    assert np.isfinite(made.best_example).all()
