"""Pre-training: what an auto-encoder is, that a run tells it, repeats it and goes on with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from datasets import load_dataset
from diagnostics.learning_curves import learning_curves
from models import Experiment
from models.arrays import Array, stream
from models.pretraining import n_pretraining_steps, pretrain
from models.training import initial_state, network_for, train
from models.training_data import TrainingData
from models.training_state import TrainingState
from runs import RunStore, train_run
from runs.events import PRETRAINING, pretraining_event
from runs.jobs import Registry
from runs.launch import made, training_data

DEEP = Experiment(
    layers=({"type": "dense", "units": 5, "activation": "tanh"}, {"type": "dense", "units": 4, "activation": "tanh"}),
    optimizer={"type": "sgd", "learning_rate": 0.1},
    batch_size=16,
    epochs=3,
    seeds=(3, 8),
    dtype="float64",
)
SETTINGS: dict[str, object] = {"epochs": 20, "learning_rate": 0.01, "noise": 0.0}
MOONS = load_dataset("moons", n=60, seed=0)


def rows(n: int = 48, width: int = 6) -> TrainingData:
    """Points near a plane of two dimensions, so that a narrow layer can hold them; two classes."""
    generator = stream(0, "rows")
    x = generator.normal(size=(n, 2)) @ generator.normal(size=(2, width))
    y = (x[:, 0] > 0).astype(np.int64)
    return TrainingData(x, y, x[:0], y[:0], "classification", 2)


def pretrained(experiment: Experiment, data: TrainingData, settings: dict[str, object] = SETTINGS) -> TrainingState:
    state = initial_state(experiment, network_for(experiment, data))
    for _ in pretrain(experiment, data, settings, state):
        pass
    return state


def named(experiment: Experiment, data: TrainingData, state: TrainingState) -> dict[str, Array]:
    return network_for(experiment, data).views(state.params)


def test_the_first_layer_learns_as_in_a_regression_onto_its_own_input() -> None:
    """The decoder answers the negative of what is read: begun at the negative weights, all else is the same path."""
    data = rows()
    own = replace(data, y_train=data.x_train, y_validation=data.x_validation, task="regression", n_outputs=6)
    plain = replace(
        DEEP, layers=DEEP.layers[:1], optimizer={"type": "adam", "learning_rate": 0.01}, epochs=20, loss="auto"
    )
    network = network_for(plain, own)
    state = initial_state(plain, network)
    decoder = network.views(state.params)["output/W"]
    for row, seed in enumerate(DEEP.seeds):  # as the decoder's weights are drawn, by its name
        limit = np.sqrt(6 / (5 + 6))
        decoder[row] = -stream(seed, "dense2/W").uniform(-limit, limit, (5, 6))
    errors = [step.batch_loss.copy() for step in train(plain, own, state) if step.number]
    found = initial_state(DEEP, network_for(DEEP, data))
    steps = list(pretrain(DEEP, data, SETTINGS, found))
    np.testing.assert_allclose([step.error for step in steps[: len(errors)]], errors, rtol=1e-8)
    ours, theirs = named(DEEP, data, found), network.views(state.params)
    np.testing.assert_allclose(ours["dense1/W"], theirs["dense1/W"], rtol=1e-8)
    np.testing.assert_allclose(ours["dense1/b"], theirs["dense1/b"], rtol=1e-8, atol=1e-12)


def test_each_layer_learns_while_those_below_stay() -> None:
    data = rows()
    state = initial_state(DEEP, network_for(DEEP, data))
    before = {name: value.copy() for name, value in named(DEEP, data, state).items()}
    errors: dict[str, list[Array]] = {}
    first: Array | None = None
    for step in pretrain(DEEP, data, SETTINGS, state):
        errors.setdefault(step.layer, []).append(step.error)
        if step.layer == "dense2":
            now = named(DEEP, data, state)["dense1/W"]
            first = now.copy() if first is None else first
            np.testing.assert_array_equal(now, first)
    assert step.number == step.total == n_pretraining_steps(DEEP, 48, SETTINGS) == 2 * 20 * 3
    after = named(DEEP, data, state)
    for name in ("dense1", "dense2"):
        assert (errors[name][-1] < 0.5 * errors[name][0]).all()
        assert not np.array_equal(after[f"{name}/W"], before[f"{name}/W"])
    np.testing.assert_array_equal(after["output/W"], before["output/W"])
    assert state.step == 0


def test_a_seed_is_pretrained_as_it_would_be_alone() -> None:
    noisy = {**SETTINGS, "noise": 0.3}
    together = pretrained(DEEP, rows(), noisy)
    for row, seed in enumerate(DEEP.seeds):
        alone = pretrained(replace(DEEP, seeds=(seed,)), rows(), noisy)
        np.testing.assert_allclose(together.params[row], alone.params[0], rtol=1e-9)


def test_an_image_is_read_channel_after_channel_as_in_the_training() -> None:
    data = rows(width=12)
    image = replace(data, input_shape=(2, 2, 3))
    ordered = data.x_train.reshape(-1, 4, 3).swapaxes(1, 2).reshape(-1, 12)
    table = replace(data, x_train=ordered)
    np.testing.assert_array_equal(pretrained(DEEP, image).params, pretrained(DEEP, table).params)


def test_what_cannot_be_pretrained_is_refused_in_words() -> None:
    data = rows()
    state = initial_state(DEEP, network_for(DEEP, data))
    with pytest.raises(ValueError, match="pre-training has no setting 'width'"):
        next(pretrain(DEEP, data, {"width": 3}, state))
    with pytest.raises(ValueError, match="these are: none"):
        next(pretrain(replace(DEEP, layers=()), data, SETTINGS, state))
    with pytest.raises(ValueError, match="these are: dense, dropout"):
        next(pretrain(replace(DEEP, layers=(DEEP.layers[0], {"type": "dropout"})), data, SETTINGS, state))
    sequences = replace(data, input_shape=(3, 2))
    with pytest.raises(ValueError, match="these examples are sequences"):
        next(pretrain(DEEP, sequences, SETTINGS, state))
    state.step = 1
    with pytest.raises(ValueError, match="this state has done 1 updates"):
        next(pretrain(DEEP, data, SETTINGS, state))


def test_a_run_tells_that_it_began_so_and_its_events_repeat_it() -> None:
    shares: list[float] = []
    run = train_run(DEEP, MOONS, events=[pretraining_event(SETTINGS)], progress=shares.append)
    assert run.events == ({"step": 0, "field": PRETRAINING, "value": {**SETTINGS}},)
    told = run.info[PRETRAINING]
    assert isinstance(told, dict)
    assert set(told) == {"dense1", "dense2"}
    assert max(told["dense1"]["last_epoch"]) < min(told["dense1"]["first_epoch"])
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    begun = pretrained(DEEP, training_data(MOONS))
    for other in (train_run(DEEP, MOONS, events=run.events), train_run(DEEP, MOONS, state=begun)):
        np.testing.assert_array_equal(run.series["probe/output"].values, other.series["probe/output"].values)
    plain = train_run(DEEP, MOONS)
    assert not np.array_equal(run.series["probe/output"].values[0], plain.series["probe/output"].values[0])
    (mark,) = learning_curves([run]).marks
    assert mark.words == "layers pre-trained without targets before the first update"


@pytest.mark.parametrize("steps", [5, 121, 122, 124])  # in the pre-training of 120 updates, at its end, behind it
def test_what_was_stopped_anywhere_goes_on_to_the_same_end(tmp_path: Path, steps: int) -> None:
    store, events = RunStore(tmp_path), [pretraining_event(SETTINGS)]
    whole = train_run(DEEP, MOONS, events=events, store=store)
    making = made(DEEP, MOONS, events=events)
    making.keep_in(store, None)
    for _ in range(steps):
        assert making.advance()
    stopped = making.finish("stopped")
    registry = Registry(1)
    registry.resume_run(stopped.id, store=store, owner=None)
    job = registry.job(stopped.id)
    assert job is not None
    job.wait(60)
    assert job.state == "finished", job.error
    again = store.load(stopped.id)
    assert again.info[PRETRAINING] == whole.info[PRETRAINING]
    np.testing.assert_array_equal(again.series["probe/output"].steps, whole.series["probe/output"].steps)
    np.testing.assert_array_equal(again.series["probe/output"].values, whole.series["probe/output"].values)
    assert store.entry(stopped.id).pretraining == SETTINGS
