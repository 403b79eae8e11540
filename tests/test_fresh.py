"""Fresh examples in each epoch: seen in their turn, the same after a pause, and repeatable from the stored data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from datasets import DataError, Prepared, load_dataset
from datasets.endless import Endless
from datasets.shapeset import shapeset
from models import Experiment, TrainingData
from models.arrays import stream
from models.training import initial_state, network_for, steps_per_epoch, train
from models.training_state import TrainingState
from runs import RunStore, train_run

N, EPOCHS = 23, 4
EXPERIMENT = Experiment(
    layers=[{"type": "dense", "units": 5, "activation": "tanh"}],  # type: ignore[arg-type]
    optimizer={"type": "adam", "learning_rate": 0.01},
    batch_size=5,
    epochs=EPOCHS,
    seeds=(0, 3),
)
PER_EPOCH = steps_per_epoch(EXPERIMENT, N)  # 5, the last one with 3 examples


def examples(epoch: int, n: int = N) -> tuple[np.ndarray, np.ndarray]:
    generator = stream(9, "examples", epoch)
    return generator.normal(size=(n, 4)), generator.integers(0, 3, n)


def data_of(epoch: int) -> TrainingData:
    """Data that stay, with the examples of one epoch."""
    x, y = examples(epoch)
    return TrainingData(x, y, x[:0], y[:0], "classification", 3)


FRESH = replace(data_of(0), fresh=examples)


def ended(experiment: Experiment, data: TrainingData, state: TrainingState | None = None) -> TrainingState:
    """The state after all steps that are left."""
    state = state or initial_state(experiment, network_for(experiment, data))
    for _ in train(experiment, data, state):
        pass
    return state


def test_each_epoch_learns_from_its_own_examples() -> None:
    state = None
    for epoch in range(EPOCHS):  # the same training, put together from data that stay
        state = ended(replace(EXPERIMENT, max_steps=(epoch + 1) * PER_EPOCH), data_of(epoch), state)
    assert state is not None
    found = ended(EXPERIMENT, FRESH)
    assert found.step == state.step == EPOCHS * PER_EPOCH
    np.testing.assert_array_equal(found.params, state.params)
    assert not np.array_equal(found.params, ended(EXPERIMENT, data_of(0)).params)


@pytest.mark.parametrize("stop", [PER_EPOCH - 1, PER_EPOCH, 2 * PER_EPOCH + 2])
def test_a_training_stopped_anywhere_goes_on_bit_for_bit(stop: int) -> None:
    state = ended(replace(EXPERIMENT, max_steps=stop), FRESH)
    assert state.step == stop
    np.testing.assert_array_equal(ended(EXPERIMENT, FRESH, state.copy()).params, ended(EXPERIMENT, FRESH).params)


def test_examples_of_an_epoch_are_asked_for_once_and_only_when_needed() -> None:
    asked: list[int] = []
    data = replace(FRESH, fresh=lambda epoch: (asked.append(epoch), examples(epoch))[1])
    ended(replace(EXPERIMENT, max_steps=2 * PER_EPOCH + 1), data)
    assert asked == [1, 2]


def test_what_does_not_fit_is_told() -> None:
    short = replace(FRESH, fresh=lambda epoch: examples(epoch, N - 1))
    with pytest.raises(
        ValueError, match=r"epoch 1 has fresh x \(22, 4\) and y \(22,\) where x \(23, 4\) and y \(23,\)"
    ):
        ended(EXPERIMENT, short)
    with pytest.raises(ValueError, match="weights belong to examples that stay"):
        replace(FRESH, weights=np.ones(N))
    with pytest.raises(ValueError, match="class weights need examples that stay"):
        ended(replace(EXPERIMENT, class_weights="balanced"), FRESH)
    with pytest.raises(DataError, match="no generator 'shapes': use one of shapeset"):
        Endless("shapes", 0, 0)


def test_fresh_shapes_are_those_that_follow_and_none_is_seen_twice(tmp_path: Path) -> None:
    data = load_dataset("shapeset", n=300, seed=4, fresh=1)
    n = len(data.train.y)
    assert data.fresh is not None
    for epoch in (1, 2):
        x, y = data.fresh(epoch)
        expected = shapeset(n, 4, 300 + (epoch - 1) * n)
        np.testing.assert_array_equal(x, expected[0])
        np.testing.assert_array_equal(y, expected[1])
    parts = [data.train.x, data.validation.x, data.test.x, data.fresh(1)[0], data.fresh(2)[0]]
    assert len(np.unique(np.concatenate(parts), axis=0)) == 300 + 2 * n
    stays = load_dataset("shapeset", n=300, seed=4)
    np.testing.assert_array_equal(stays.train.x, data.train.x)
    assert stays.digest != data.digest
    data.save(tmp_path / "data.npz")
    again = Prepared.load(tmp_path / "data.npz")
    assert again.endless == data.endless == Endless("shapeset", 4, 300)
    assert again.digest == data.digest


def test_a_stored_run_on_fresh_shapes_can_be_repeated_and_gone_on_with(tmp_path: Path) -> None:
    store, data = RunStore(tmp_path / "store"), load_dataset("shapeset", n=200, fresh=1)
    experiment = replace(EXPERIMENT, batch_size=35, epochs=3)
    run = train_run(experiment, data, store=store)
    stored = store.load_data(str(run.experiment.data["digest"]))
    again = train_run(Experiment.from_json(run.experiment.to_json()), stored, store=store)
    half = train_run(replace(experiment, max_steps=6), data, store=store)
    rest = train_run(experiment, stored, store=store, state=store.checkpoint(half.id))
    first, *others = [store.checkpoint(one.id) for one in (run, again, rest)]
    assert first is not None
    assert first.step == 12
    for other in others:
        assert other is not None
        np.testing.assert_array_equal(other.params, first.params)
