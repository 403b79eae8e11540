"""How the scikit-learn estimators train: weights of rows and classes, several seeds, a validation share, divergence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris
from sklearn.exceptions import ConvergenceWarning

from diagnostics import Run
from runs import NetworkClassifier, NetworkRegressor, fitted_network
from runs.making import RunInMaking

Estimator = NetworkClassifier | NetworkRegressor
ROOT = Path(__file__).resolve().parent.parent
SMALL = ({"type": "dense", "units": 8, "activation": "tanh"},)
FAST = {"type": "adam", "learning_rate": 0.01}
BOTH = pytest.mark.parametrize("kind", [NetworkClassifier, NetworkRegressor])


@BOTH
@pytest.mark.parametrize("settings", [{}, {"l2": 0.01, "optimizer": {"type": "sgd", "momentum": 0.9}}])
def test_weights_are_repetitions_and_a_weight_of_zero_removes(
    kind: type[Estimator], settings: dict[str, object]
) -> None:
    generator = np.random.default_rng(1)
    x, y, weights = generator.normal(size=(250, 5)), generator.integers(0, 3, 250), generator.integers(0, 4, 250)
    x[:, 4] = 0.1  # a constant column: its mean in float64 depends on how often it is summed
    model = kind(batch_size=None, **settings)
    weighted = clone(model).fit(x, y, sample_weight=weights)
    repeated = clone(model).fit(np.repeat(x, weights, axis=0), np.repeat(y, weights))
    scores = "predict_proba" if kind is NetworkClassifier else "predict"
    # 100 updates in float64 let round-off grow from 1e-16 to some 1e-12
    np.testing.assert_allclose(getattr(weighted, scores)(x), getattr(repeated, scores)(x), rtol=1e-8, atol=1e-9)
    unweighted = clone(model).fit(x, y)
    assert np.abs(getattr(weighted, scores)(x) - getattr(unweighted, scores)(x)).max() > 0.01


@BOTH
def test_zero_weights_remove_in_small_batches_too_bit_for_bit(kind: type[Estimator]) -> None:
    generator = np.random.default_rng(2)
    x, y, counts = generator.normal(size=(90, 3)), generator.integers(0, 2, 90), generator.random(90) > 0.3
    model = kind(SMALL, batch_size=8, epochs=3, seeds=(0, 1), dtype="float32")
    weighted = clone(model).fit(x, y, sample_weight=counts.astype(float))
    removed = clone(model).fit(x[counts], y[counts], sample_weight=np.ones(counts.sum()))
    np.testing.assert_array_equal(weighted.predict(x), removed.predict(x))
    np.testing.assert_array_equal(weighted.fitted_.params, removed.fitted_.params)


def test_balanced_classes_count_weights_as_repetitions() -> None:
    generator = np.random.default_rng(3)
    x, y = generator.normal(size=(60, 2)), (generator.random(60) < 0.2).astype(int)
    weights = 1 + 2 * y
    model = NetworkClassifier(SMALL, batch_size=None, class_weights="balanced")
    weighted = clone(model).fit(x, y, sample_weight=weights)
    repeated = clone(model).fit(np.repeat(x, weights, axis=0), np.repeat(y, weights))
    np.testing.assert_allclose(weighted.predict_proba(x), repeated.predict_proba(x), rtol=1e-8)


def test_class_weights_go_by_label_or_by_place() -> None:
    x, y = load_iris(return_X_y=True)
    names = np.array(["b", "c", "a"])[y]
    by_label = NetworkClassifier(SMALL, epochs=10, class_weights={"c": 50.0, "b": 1.0, "a": 1.0}).fit(x, names)
    by_place = NetworkClassifier(SMALL, epochs=10, class_weights=(1.0, 1.0, 50.0)).fit(x, names)
    np.testing.assert_array_equal(by_label.predict_proba(x), by_place.predict_proba(x))
    plain = NetworkClassifier(SMALL, epochs=10).fit(x, names)
    assert (by_label.predict(x) == "c").sum() > (plain.predict(x) == "c").sum()


def test_the_same_seeds_give_the_same_bits_and_others_do_not() -> None:
    x, y = load_diabetes(return_X_y=True)
    model = NetworkRegressor(SMALL, epochs=3, seeds=(1, 2))
    first = model.fit(x, y).predict(x)
    np.testing.assert_array_equal(first, clone(model).fit(x, y).predict(x))
    assert np.abs(first - clone(model).set_params(seeds=(1, 3)).fit(x, y).predict(x)).max() > 1e-3


def test_several_seeds_predict_the_mean_of_each_alone() -> None:
    x, y = load_iris(return_X_y=True)
    alone = [NetworkClassifier(SMALL, epochs=5, seeds=(seed,)).fit(x, y).predict_proba(x) for seed in (0, 1)]
    together = NetworkClassifier(SMALL, epochs=5, seeds=(0, 1)).fit(x, y).predict_proba(x)
    np.testing.assert_allclose(together, np.mean(alone, axis=0), rtol=1e-10)  # float64, sums in another order


@BOTH
def test_a_validation_share_is_kept_out_of_training_and_scaling(kind: type[Estimator]) -> None:
    x, y = load_iris(return_X_y=True)
    model = kind(SMALL, epochs=5, validation_share=0.2).fit(x, y)
    assert (model.run_.info["n_train"], model.run_.info["n_validation"]) == (120, 30)
    held_out = model._held_out(150, y if kind is NetworkClassifier else None)
    np.testing.assert_allclose(model.fitted_.standardization.mean, x[~held_out].mean(axis=0))
    if kind is NetworkClassifier:
        assert np.bincount(y[held_out]).tolist() == [10, 10, 10]
    else:
        np.testing.assert_allclose(model.target_standardization_.mean, y[~held_out].mean())
    assert np.isfinite(model.run_.series["validation/loss"].values).all()


def test_early_stopping_ends_seeds_that_still_predict() -> None:
    x, y = load_iris(return_X_y=True)
    patience = {"patience": 240, "factor": 1.0}  # two passes over 120 examples
    settings = {"optimizer": FAST, "seeds": (0, 1), "validation_share": 0.2}
    model = NetworkClassifier(SMALL, epochs=50, early_stopping=patience, **settings).fit(x, y)
    assert model.n_iter_ == 2
    assert model.fitted_.diverged == ()
    two_epochs = NetworkClassifier(SMALL, epochs=2, **settings).fit(x, y)
    np.testing.assert_array_equal(model.predict_proba(x), two_epochs.predict_proba(x))
    picky = {"patience": 240, "factor": 2.0, "least_gain": 0.2}  # one of the two ends long before the other
    model = NetworkClassifier(SMALL, epochs=60, early_stopping=picky, **settings).fit(x, y)
    assert np.isnan(model.run_.series["train/loss"].values[-1]).tolist() == [True, False]
    assert model.fitted_.diverged == ()
    assert len(model.fitted_.params) == 2


def test_where_every_seed_diverges_it_is_told_and_the_run_shows_it() -> None:
    x, y = load_diabetes(return_X_y=True)
    deep = [{"type": "dense", "units": 16, "activation": "relu"}] * 3
    model = NetworkRegressor(deep, optimizer={"type": "sgd", "learning_rate": 100.0}, epochs=5, seeds=(0, 1))
    with pytest.warns(ConvergenceWarning, match=r"predict with the weights at which they stopped \(seeds 0, 1\)"):
        model.fit(x, y)
    assert np.isnan(model.run_.series["train/loss"].values[-1]).all()


def test_a_seed_that_diverges_is_left_out_of_the_prediction(monkeypatch: pytest.MonkeyPatch) -> None:
    class WithoutSeed7(RunInMaking):
        def finish(self, state: str, error: str = "") -> Run:
            run = super().finish(state, error)
            loss = run.series["train/loss"]
            blanked = np.where(np.array(run.experiment.seeds) == 7, np.nan, loss.values)
            return replace(run, series={**run.series, "train/loss": replace(loss, values=blanked)})

    x, y = load_diabetes(return_X_y=True)
    alone = NetworkRegressor(SMALL, epochs=2, seeds=(3,)).fit(x, y)
    monkeypatch.setattr(fitted_network, "RunInMaking", WithoutSeed7)
    with pytest.warns(ConvergenceWarning, match=r"left out of the predictions \(seeds 7\): lower the learning rate"):
        both = NetworkRegressor(SMALL, epochs=2, seeds=(7, 3)).fit(x, y)
    np.testing.assert_allclose(both.predict(x), alone.predict(x), rtol=1e-10)  # float64, sums in another order
