"""The scikit-learn estimators: they pass scikit-learn's own checks, learn, and keep their run."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator, clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_linnerud
from sklearn.inspection import permutation_importance
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from diagnostics import Run
from models import Experiment
from runs import NetworkClassifier, NetworkRegressor

Estimator = NetworkClassifier | NetworkRegressor
ROOT = Path(__file__).resolve().parent.parent
SMALL = ({"type": "dense", "units": 8, "activation": "tanh"},)
FAST = {"type": "adam", "learning_rate": 0.01}
BOTH = pytest.mark.parametrize("kind", [NetworkClassifier, NetworkRegressor])


@parametrize_with_checks([NetworkClassifier(), NetworkRegressor()])
def test_scikit_learns_own_checks_pass(
    estimator: BaseEstimator, check: Callable[[BaseEstimator], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")  # without it the check of array_api_dispatch is skipped
    check(estimator)


def test_no_check_of_scikit_learn_is_skipped_or_expected_to_fail() -> None:
    marks = next(mark for mark in test_scikit_learns_own_checks_pass.pytestmark if mark.name == "parametrize")
    assert all(isinstance(case, tuple) for case in marks.args[1])  # one with a mark would be a ParameterSet
    assert len(marks.args[1]) > 100


@BOTH
def test_the_parameters_are_the_fields_of_an_experiment_and_what_data_need(kind: type[Estimator]) -> None:
    settings = {item.name for item in fields(Experiment)} - {"data"}
    assert set(kind().get_params()) == settings | {"input_shape", "validation_share"}


def test_the_classifier_learns_iris_and_keeps_its_run() -> None:
    x, y = load_iris(return_X_y=True)
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    model = NetworkClassifier(epochs=30, optimizer={"type": "adam", "learning_rate": 0.01}, seeds=(0, 1)).fit(x, names)
    assert model.score(x, names) > 0.93
    assert set(model.predict(x)) <= set(names)
    np.testing.assert_allclose(model.predict_proba(x).sum(axis=1), 1, rtol=1e-12)  # float64
    assert isinstance(model.run_, Run)
    assert "dense1/activation/histogram" in model.run_.series
    assert model.n_iter_ == 30


def test_the_regressor_predicts_in_the_targets_own_unit() -> None:
    x, y = load_diabetes(return_X_y=True)
    model = NetworkRegressor(epochs=20, optimizer={"type": "adam", "learning_rate": 0.003}).fit(x, y)
    assert model.predict(x).shape == y.shape
    assert abs(model.predict(x).mean() - y.mean()) < 15  # of a standard deviation of 77
    assert model.score(x, y) > 0.4


def test_the_run_holds_curves_names_and_settings_and_can_be_saved(tmp_path: Path) -> None:
    frame = load_iris(as_frame=True)
    names = frame.target.map(dict(enumerate(frame.target_names)))
    run = NetworkClassifier(SMALL, epochs=5, seeds=(3, 4)).fit(frame.data, names).run_
    assert run.series["train/loss"].values.shape[1:] == (2,)
    assert np.isfinite(run.series["train/loss"].values).all()
    assert not [name for name in run.series if name.startswith("validation/")]
    assert run.experiment.seeds == (3, 4)
    assert run.info["class_names"] == ["setosa", "versicolor", "virginica"]
    assert run.info["feature_names"] == list(frame.data.columns)
    run.save(tmp_path / "iris.run")
    assert Run.load(tmp_path / "iris.run").experiment == run.experiment


def test_they_can_be_cloned_and_cross_validated() -> None:
    x, y = load_iris(return_X_y=True)
    layer, optimizer = {"type": "dense", "units": 8, "activation": "relu"}, {"type": "adam", "learning_rate": 0.01}
    model = clone(NetworkClassifier(layers=[layer], epochs=60, optimizer=optimizer))
    assert model.get_params()["epochs"] == 60
    assert cross_val_score(model, x, y, cv=3).mean() > 0.9


def test_a_search_over_layers_and_optimizers_in_a_pipeline_finds_what_learns() -> None:
    x, y = load_iris(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), NetworkClassifier(epochs=20)).set_output(transform="pandas")
    still = {"type": "adam", "learning_rate": 1e-8}
    grid = {
        "networkclassifier__layers": [(), SMALL, [*SMALL, {"type": "dense", "units": 4, "activation": "relu"}]],
        "networkclassifier__optimizer": [FAST, still],
    }
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(x, y)
    assert search.best_params_["networkclassifier__optimizer"] == FAST
    assert search.best_score_ > 0.8
    assert isinstance(search.best_estimator_[-1].run_, Run)


def test_permutation_importance_sees_that_a_column_of_noise_is_of_no_use() -> None:
    x, y = load_iris(return_X_y=True)
    noisy = np.column_stack([x[:, 2:], np.random.default_rng(0).normal(size=len(x))])
    model = NetworkClassifier(SMALL, epochs=30, l2=0.01).fit(noisy, y)
    importances = permutation_importance(model, noisy, y, n_repeats=3, random_state=0).importances_mean
    assert importances.argmin() == 2
    assert importances.max() > 0.1


def test_class_probabilities_and_decisions_agree_for_two_classes_and_either_loss() -> None:
    x, y = load_breast_cancer(return_X_y=True)
    for loss in ("cross_entropy", "binary_cross_entropy"):
        model = NetworkClassifier(SMALL, loss=loss, epochs=10, optimizer=FAST).fit(x, np.where(y, "yes", "no"))
        share = model.predict_proba(x)[:, 1]
        # log(p/(1 - p)) loses digits where 1 - p is small: compare where both are above 1e-6
        inside = (share > 1e-6) & (share < 1 - 1e-6)
        log_odds = np.log(share / (1 - share))
        np.testing.assert_allclose(model.decision_function(x)[inside], log_odds[inside], rtol=1e-8, atol=1e-8)
        np.testing.assert_array_equal(model.predict(x), np.where(model.decision_function(x) > 0, "yes", "no"))
        assert model.score(x, np.where(y, "yes", "no")) > 0.95


def test_several_labels_are_learned_one_by_one() -> None:
    x, y = load_iris(return_X_y=True)
    labels = np.stack([y == 0, y > 0, x[:, 0] > 5.8], axis=1).astype(int)
    model = NetworkClassifier(SMALL, epochs=60, optimizer=FAST).fit(x, labels)
    assert model.run_.info["task"] == "multi_label"
    assert (model.predict(x) == labels).mean(axis=0).min() > 0.9
    np.testing.assert_array_equal(model.predict(x), model.decision_function(x) > 0)
    again = clone(model).fit(x, csr_array(labels))
    np.testing.assert_array_equal(model.predict(x), again.predict(x))


def test_several_targets_keep_their_units_and_their_shape() -> None:
    x, y = load_linnerud(return_X_y=True)
    y = y * [1.0, 1e3, 1e-3]
    model = NetworkRegressor(SMALL, epochs=300, optimizer=FAST).fit(x, y)
    assert model.predict(x).shape == y.shape
    # standardized targets are learned alike: the shares of variance explained are of one size
    assert (1 - ((model.predict(x) - y) ** 2).sum(axis=0) / ((y - y.mean(axis=0)) ** 2).sum(axis=0)).min() > 0.3
    assert model.fit(x, y[:, 0]).predict(x).shape == (20,)
    assert model.fit(x, y[:, :1]).predict(x).shape == (20, 1)


def test_an_image_goes_through_convolutions_and_running_means() -> None:
    x, y = load_digits(n_class=3, return_X_y=True)
    layers = [
        {"type": "convolution", "channels": 4, "kernel_size": 3},
        {"type": "batch_norm", "activation": "relu"},
        {"type": "max_pool", "size": 2},
    ]
    model = NetworkClassifier(layers, optimizer=FAST, input_shape=(8, 8, 1), epochs=8, dtype="float32").fit(x, y)
    assert model.score(x, y) > 0.95  # with the running means of an untrained network it is at the level of chance
    # one mean for the whole channel, not one for each pixel
    np.testing.assert_allclose(model.fitted_.standardization.mean, [x.mean()])
    assert pickle.loads(pickle.dumps(model)).score(x, y) == model.score(x, y)


def test_a_sequence_of_tokens_is_read_as_it_stands() -> None:
    generator = np.random.default_rng(0)
    tokens = generator.integers(0, 5, size=(200, 6))
    y = (tokens == 3).any(axis=1)
    layers = [{"type": "embedding", "vocabulary": 5, "units": 4}, {"type": "lstm", "units": 8}]
    model = NetworkClassifier(layers, optimizer=FAST, input_shape=(6,), epochs=40).fit(tokens, y)
    assert model.score(tokens, y) > 0.95


@BOTH
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"initializer": "best"}, "unknown initializer"),
        ({"layers": [{"type": "lattice"}]}, "unknown type 'lattice'"),
        ({"epochs": 0}, "epochs must be a whole number from 1 up"),
        ({"input_shape": (2, 3)}, r"examples of shape \(2, 3\) do not fit rows of 4 numbers"),
        ({"validation_share": 1.0}, "validation_share must be a number from 0 up to, but not, 1, got 1.0"),
        ({"early_stopping": {}}, "early stopping needs validation rows: set a validation share"),
        ({"input_shape": 4.0}, r"input_shape must be whole numbers such as \(8, 8, 1\), or None, got 4.0"),
    ],
)
def test_settings_of_no_use_are_refused_in_fit(
    kind: type[Estimator], settings: dict[str, object], message: str
) -> None:
    x, y = load_iris(return_X_y=True)
    with pytest.raises(ValueError, match=message):
        kind(**settings).fit(x, y)


def test_targets_of_no_use_are_refused() -> None:
    x, y = load_iris(return_X_y=True)
    with pytest.raises(ValueError, match="only one class"):
        NetworkClassifier().fit(x, np.zeros(150, int))
    with pytest.raises(ValueError, match="must hold 0 and 1, one column for each label"):
        NetworkClassifier().fit(x, np.stack([y, y], axis=1))
    with pytest.raises(ValueError, match="are for classes: leave them out of a regression"):
        NetworkRegressor(class_weights="balanced").fit(x, y)


def test_the_page_on_estimators_runs_as_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / "docs" / "estimators.md").read_text(encoding="utf-8")
    examples = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    assert len(examples) == 3
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "estimators"}
    for number, example in enumerate(examples, 1):
        exec(compile(example, f"docs/estimators.md, example {number}", "exec"), namespace)
    printed = capsys.readouterr().out
    accuracies = [float(number) for number in re.findall(r"\b0\.\d+", printed)]
    assert len(accuracies) == 3
    assert min(accuracies) > 0.9  # 62.7 % of the examples are benign
    assert "Plotly.newPlot" in (tmp_path / "loss.html").read_text(encoding="utf-8")
    assert isinstance(namespace["frame"], pd.DataFrame)
