"""Every layer with each of its settings: gradients by central differences, seeds apart from each other, and more."""

from __future__ import annotations

import numpy as np
import pytest
from engine_pass import SEEDS, Trial
from gradient_check import check_gradient
from layer_cases import CASES, Case, entries, layer
from small_data import classes

from models import ACTIVATIONS, LAYERS, Experiment, train
from models.layers.attention import sinusoids

MODES = {"evaluation": False, "training": True}
TOLERANCE = 1e-8  # of slopes of about 1 between values of about 10: rounding leaves 10·1e-16/1e-5 = 1e-10


def test_every_entry_of_the_table_has_a_case_with_each_of_its_settings() -> None:
    tried: dict[str, dict[str, set[object]]] = {name: {} for name in LAYERS}
    for case in CASES.values():
        for entry in entries(Experiment(layers=case.layers).layers):
            for setting, value in entry.items():
                tried[str(entry["type"])].setdefault(setting, set()).add(str(value))
    for name, layer_type in LAYERS.items():
        assert tried[name], f"{name} has no case in tests/layer_cases.py: add one"
        for field in layer_type.fields:
            seen = tried[name][field.name] - {str(field.default)}
            assert seen, f"{name} has no case in tests/layer_cases.py with a {field.name} other than {field.default}"
            if field.name == "returns":
                assert tried[name]["returns"] == {"last", "all"}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", CASES)
def test_the_gradient_of_each_parameter_is_that_of_central_differences(name: str, mode: str) -> None:
    trial = Trial(CASES[name], training=MODES[mode]).replay()
    gradients = {parameter: array.copy() for parameter, array in trial.named_gradients.items()}
    for parameter, live in trial.network.views(trial.params).items():
        for row in range(len(SEEDS)):
            check_gradient(
                lambda at, row=row, live=live: trial.value_at(live[row], at),
                live[row].copy(),
                gradients[parameter][row],
                TOLERANCE,
            )


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", [name for name, case in CASES.items() if not case.vocabulary])
def test_the_gradient_of_the_input_is_that_of_central_differences(name: str, mode: str) -> None:
    trial = Trial(CASES[name].behind_a_node(), training=MODES[mode]).replay()
    live = trial.x
    gradient = trial.grad_input.copy()
    if mode == "evaluation":  # both seeds read the same numbers
        gradient = gradient.sum(axis=0, keepdims=True)
    check_gradient(lambda at: trial.value_at(live, at), live.copy(), gradient, TOLERANCE)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", CASES)
def test_a_second_replay_gives_the_same_numbers(name: str, mode: str) -> None:
    trial = Trial(CASES[name], training=MODES[mode]).replay()
    first = trial.outputs.copy(), trial.gradients.copy()
    trial.one.backward.replay()
    trial.replay()
    np.testing.assert_array_equal(trial.outputs, first[0])
    np.testing.assert_array_equal(trial.gradients, first[1])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", CASES)
def test_each_of_two_seeds_gives_what_it_gives_alone(name: str, mode: str) -> None:
    """To 1e-12: alone, the products run through another routine of BLAS, which may add in another order."""
    both = Trial(CASES[name], training=MODES[mode]).replay()
    for row, seed in enumerate(SEEDS):
        alone = Trial(CASES[name], training=MODES[mode], seeds=(seed,)).replay()
        np.testing.assert_allclose(both.outputs[row], alone.outputs[0], rtol=1e-12, atol=1e-13)
        np.testing.assert_allclose(both.gradients[row], alone.gradients[0], rtol=1e-12, atol=1e-13)
        for buffer, array in both.buffers.items():
            np.testing.assert_allclose(array[row], alone.buffers[buffer][0], rtol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_in_evaluation_an_example_gives_the_same_whatever_stands_beside_it(name: str) -> None:
    trial = Trial(CASES[name]).replay()
    whole = trial.outputs.copy()
    for n in range(trial.x.shape[1]):
        lone = trial.network.forward(trial.params, trial.x[0, n : n + 1], trial.buffers).output
        np.testing.assert_allclose(lone[:, 0], whole[:, n], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize(
    ("kind", "shape"), [("dense", (3,)), ("recurrent", (4, 2)), ("batch_norm", (3,)), ("convolution", (3, 3, 2))]
)
def test_every_nonlinearity_fits_behind_a_layer(kind: str, shape: tuple[int, ...], activation: str) -> None:
    size = {"dense": {"units": 3}, "recurrent": {"units": 3}, "convolution": {"channels": 2}}.get(kind, {})
    setting = "unit_activation" if kind == "recurrent" else "activation"
    trial = Trial(Case((layer(kind, **size, **{setting: activation}),), shape), training=True).replay()
    check_gradient(lambda at: trial.value_at(trial.params, at), trial.params.copy(), trial.gradients.copy(), TOLERANCE)


def test_dropout_drops_its_share_and_scales_what_stays() -> None:
    trial = Trial(Case((layer("dropout", rate=0.3),), (400,)), training=True, n=50).replay()
    y, x = trial.one.tape.activation["dropout1"], trial.x
    stays = y != 0
    np.testing.assert_allclose(y[stays], x[stays] / 0.7, rtol=1e-14)
    assert abs(stays.mean() - 0.7) < 0.01  # 40000 numbers: one standard deviation is 0.0023
    assert (stays[0] != stays[1]).mean() == pytest.approx(2 * 0.7 * 0.3, abs=0.02)  # the seeds drop different ones


def test_dropout_draws_anew_at_each_step_and_the_same_for_the_same_step() -> None:
    trial = Trial(Case((layer("dropout"),), (40,)), training=True)
    seen = []
    for step in (4, 5, 4):
        trial.one._draws.step = step
        seen.append(trial.replay().outputs.copy())
    assert (seen[0] != seen[1]).any()
    np.testing.assert_array_equal(seen[0], seen[2])


def test_two_dropouts_of_one_network_drop_different_numbers() -> None:
    case = Case(
        (layer("dropout"), layer("dropout", inputs=["input"]), layer("add", inputs=["dropout1", "dropout2"])), (60,)
    )
    tape = Trial(case, training=True).replay().one.tape
    assert ((tape.activation["dropout1"] != 0) != (tape.activation["dropout2"] != 0)).any()


def test_a_causal_position_does_not_see_what_comes_after_it() -> None:
    trial = Trial(CASES["attention, two in a row"].behind_a_node(), n=2)
    assert trial.one.network.nodes[1].layer.causal
    trial.replay()
    before = trial.one.tape.activation["attention1"].copy()
    trial.x[:, :, 2] += 1
    after = trial.replay().one.tape.activation["attention1"]
    np.testing.assert_array_equal(after[:, :, :2], before[:, :, :2])
    assert (np.abs(after[:, :, 2:] - before[:, :, 2:]).max(axis=(0, 1, 3)) > 1e-3).all()


def test_sinusoids_by_hand() -> None:
    # position 1 of four features: sin 1, cos 1, sin 1/100, cos 1/100
    np.testing.assert_allclose(
        sinusoids(2, 4), [[0, 1, 0, 1], [0.841470985, 0.540302306, 0.009999833, 0.99995]], atol=1e-9
    )


def test_batch_norm_of_one_batch_has_mean_zero_and_variance_one() -> None:
    trial = Trial(Case((layer("batch_norm", epsilon=1e-12),), (3,)), training=True, n=50)
    trial.network.views(trial.params)["batch_norm1/scale"][...] = 1
    trial.network.views(trial.params)["batch_norm1/shift"][...] = 0
    y = trial.replay().one.tape.activation["batch_norm1"]
    np.testing.assert_allclose(y.mean(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose(y.var(axis=1), 1, rtol=1e-10)


def test_seeds_trained_together_end_as_alone() -> None:
    """In float64 to 1e-9: rounding of about 1e-16 grows over 24 updates through relu, pooling and normalization."""
    layers = [
        {"type": "convolution", "channels": 3, "activation": "linear"},
        {"type": "batch_norm", "activation": "relu"},
        {"type": "max_pool"},
        {"type": "dropout", "rate": 0.2},
        {"units": 6},
    ]
    settings = {"layers": layers, "batch_size": 7, "epochs": 4, "dtype": "float64", "optimizer": "adam"}
    generator = np.random.default_rng(4)
    flat = classes()
    x = generator.normal(size=(len(flat.x_train), 32)) + flat.y_train[:, None]
    data = type(flat)(x, flat.y_train, x[:0], flat.y_train[:0], "classification", 3, input_shape=(4, 4, 2))
    *_, together = train(Experiment(**settings, seeds=(0, 5)), data)
    for row, seed in enumerate((0, 5)):
        *_, alone = train(Experiment(**settings, seeds=(seed,)), data)
        np.testing.assert_allclose(together.state.params[row], alone.state.params[0], rtol=1e-9, atol=1e-10)
        for name, array in together.state.buffers.items():
            np.testing.assert_allclose(array[row], alone.state.buffers[name][0], rtol=1e-9)
