"""Metrics by hand and against scikit-learn, every seed at once, and where they are not defined."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as reference
from sklearn.calibration import calibration_curve

from models import Experiment, Network, metrics
from models.evaluation import scores

GENERATOR = np.random.default_rng(3)
N = 90


def network(task: str, n_outputs: int, loss: str = "auto") -> Network:
    """Any network: only its loss matters here."""
    return Network.build(Experiment(layers=[{"units": 2}], loss=loss, dtype="float64"), 3, task, n_outputs)


def softmax(logits: np.ndarray) -> np.ndarray:
    shares = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return shares / shares.sum(axis=-1, keepdims=True)


def test_recall_and_precision_by_hand() -> None:
    y = np.array([0, 0, 0, 1, 1, 2])
    predicted = np.array([[0, 0, 1, 1, 0, 0], [0, 0, 0, 1, 1, 2]])
    counts = metrics.confusion_counts(predicted, y, 3)
    np.testing.assert_array_equal(counts[0], [[2, 1, 0], [1, 1, 0], [1, 0, 0]])
    recall, precision = metrics.recall_and_precision(counts)
    np.testing.assert_allclose(recall, [[2 / 3, 1 / 2, 0], [1, 1, 1]])
    # 4 are taken for class 0, of which 2 are; 2 for class 1, of which 1 is; none for class 2
    np.testing.assert_allclose(precision, [[2 / 4, 1 / 2, np.nan], [1, 1, 1]])


def test_the_calibration_error_by_hand() -> None:
    confidence = np.array([[0.95, 0.95, 0.55, 0.55], [1.0, 1.0, 1.0, 1.0]])
    hits = np.array([[True, False, True, True], [True, True, True, False]])
    # first seed: in the bin of 0.95 half are hits, in that of 0.55 all; 2/4 |1/2 - 0.95| + 2/4 |1 - 0.55| = 0.45
    # second seed: |3/4 - 1| = 0.25
    np.testing.assert_allclose(metrics.calibration_error(confidence, hits), [0.45, 0.25])


def test_the_calibration_error_agrees_with_the_calibration_curve_of_scikit_learn() -> None:
    confidence = GENERATOR.uniform(0.2, 1, (2, 500))
    hits = GENERATOR.random((2, 500)) < confidence**2
    found = metrics.calibration_error(confidence, hits)
    for row in range(2):
        shares, means = calibration_curve(hits[row], confidence[row], n_bins=15, strategy="uniform")
        counts = np.histogram(confidence[row], bins=np.linspace(0, 1, 16))[0]
        assert found[row] == pytest.approx(np.sum(counts[counts > 0] / 500 * np.abs(shares - means)))


def test_the_area_under_the_curve_by_hand_with_ties() -> None:
    scores_ = np.array([[0.1, 0.4, 0.4, 0.8], [1.0, 1.0, 1.0, 1.0], [4.0, 3.0, 2.0, 1.0]])
    is_positive = np.array([False, False, True, True])
    # first: of the 4 pairs 0.4 > 0.1, 0.8 > 0.1, 0.8 > 0.4 are right and 0.4 = 0.4 counts half: 3.5/4
    np.testing.assert_allclose(metrics.roc_auc(scores_, is_positive), [3.5 / 4, 0.5, 0])


@given(
    st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=1, max_size=30),
)
def test_the_area_is_the_share_of_pairs_in_the_right_order(examples: list[tuple[int, bool]]) -> None:
    values = np.array([value for value, _ in examples], dtype=float)
    positive = np.array([is_positive for _, is_positive in examples])
    pairs = np.sign(values[positive][:, None] - values[~positive][None, :])
    naive = (pairs + 1).mean() / 2 if pairs.size else np.nan
    np.testing.assert_allclose(metrics.roc_auc(values, positive), naive)


@pytest.mark.parametrize("n_classes", [2, 3, 7])
def test_classification_agrees_with_scikit_learn(n_classes: int) -> None:
    y = GENERATOR.integers(0, n_classes, N)
    logits = np.round(4 * GENERATOR.normal(size=(3, N, n_classes))) / 4  # quarters, so that some are equal
    logits[1] += 2 * np.eye(n_classes)[y]
    found = scores(network("classification", n_classes), logits, y, full=True)
    for row in range(3):
        shares = softmax(logits[row])
        predicted = shares.argmax(axis=1)
        area = reference.roc_auc_score(y, shares[:, 1] if n_classes == 2 else shares, multi_class="ovr")
        assert found["loss"][row] == pytest.approx(reference.log_loss(y, shares))
        assert found["accuracy"][row] == pytest.approx(reference.accuracy_score(y, predicted))
        assert found["balanced_accuracy"][row] == pytest.approx(reference.balanced_accuracy_score(y, predicted))
        assert found["roc_auc"][row] == pytest.approx(area)
        kinds = reference.precision_recall_fscore_support(y, predicted, zero_division=np.nan)
        np.testing.assert_allclose(found["precision"][row], kinds[0])
        np.testing.assert_allclose(found["recall"][row], kinds[1])


def test_one_logit_of_two_classes_says_the_same_as_two() -> None:
    y, logits = GENERATOR.integers(0, 2, N), GENERATOR.normal(size=(2, N, 1))
    one = scores(network("classification", 2, "binary_cross_entropy"), logits, y, full=True)
    two = scores(network("classification", 2), np.concatenate([0 * logits, logits], axis=2), y, full=True)
    assert one.keys() == two.keys()
    for name, values in one.items():
        np.testing.assert_allclose(values, two[name], rtol=1e-12)


def test_a_single_example_of_a_single_logit_has_a_loss() -> None:
    found = scores(network("classification", 2, "binary_cross_entropy"), np.zeros((2, 1, 1)), np.array([1]), full=True)
    np.testing.assert_allclose(found["loss"], np.log(2))


def test_the_area_of_two_classes_tells_sure_outputs_apart() -> None:
    logits = np.stack([np.zeros(4), np.array([50.0, 60.0, 70.0, 80.0])], axis=1)[None]  # as probabilities all 1
    assert scores(network("classification", 2), logits, np.array([0, 0, 1, 1]), full=True)["roc_auc"] == [1.0]


def test_labels_agree_with_scikit_learn() -> None:
    y = GENERATOR.integers(0, 2, (N, 4)).astype(float)
    logits = GENERATOR.normal(size=(2, N, 4)) + y
    found = scores(network("multi_label", 4), logits, y, full=True)
    assert set(found) == {"loss", "accuracy", "roc_auc"}
    for row in range(2):
        shares = 1 / (1 + np.exp(-logits[row]))
        losses = [reference.log_loss(y[:, k], shares[:, k]) for k in range(4)]
        assert found["loss"][row] == pytest.approx(np.mean(losses))
        assert found["accuracy"][row] == pytest.approx(1 - reference.hamming_loss(y, shares > 0.5))
        assert found["roc_auc"][row] == pytest.approx(reference.roc_auc_score(y, shares, average="macro"))


def test_regression_agrees_with_scikit_learn() -> None:
    y = GENERATOR.normal(size=(N, 3)) * [1, 2, 3]
    outputs = y + GENERATOR.normal(size=(2, N, 3))
    found = scores(network("regression", 3), outputs, y)
    for row in range(2):
        assert found["loss"][row] == pytest.approx(reference.mean_squared_error(y, outputs[row]))
        assert found["mae"][row] == pytest.approx(reference.mean_absolute_error(y, outputs[row]))
        assert found["rmse"][row] == pytest.approx(reference.root_mean_squared_error(y, outputs[row]))
        assert found["r2"][row] == pytest.approx(reference.r2_score(y, outputs[row]))


def test_regression_by_hand() -> None:
    # errors 1, 1, 2 of targets 0, 3, 6 with mean 3: mae 4/3, mean square 6/3, r2 = 1 - 6/18
    found = scores(network("regression", 1), np.array([[[1.0], [4.0], [8.0]]]), np.array([[0.0], [3.0], [6.0]]))
    assert found["mae"] == pytest.approx([4 / 3])
    assert found["rmse"] == pytest.approx([np.sqrt(2)])
    assert found["r2"] == pytest.approx([2 / 3])


def test_every_position_counts_as_an_example() -> None:
    y, logits = GENERATOR.integers(0, 3, (10, 4)), GENERATOR.normal(size=(2, 10, 4, 3))
    by_position = scores(network("classification", 3), logits, y, full=True)
    flat = scores(network("classification", 3), logits.reshape(2, 40, 3), y.ravel(), full=True)
    for name, values in flat.items():
        np.testing.assert_array_equal(by_position[name], values)
    numbers, targets = GENERATOR.normal(size=(2, 10, 4, 3)), GENERATOR.normal(size=(10, 4, 3))
    by_position = scores(network("regression", 3), numbers, targets)
    flat = scores(network("regression", 3), numbers.reshape(2, 40, 3), targets.reshape(40, 3))
    for name, values in flat.items():
        np.testing.assert_array_equal(by_position[name], values)


def test_the_short_set_is_part_of_the_full_one() -> None:
    y, logits = GENERATOR.integers(0, 3, N), GENERATOR.normal(size=(2, N, 3))
    short, full = (scores(network("classification", 3), logits, y, full=full) for full in (False, True))
    assert set(short) == {"loss", "accuracy"}
    for name, values in short.items():
        np.testing.assert_array_equal(values, full[name])


@pytest.mark.parametrize("task", ["classification", "multi_label", "regression"])
def test_without_examples_every_metric_is_nan(task: str) -> None:
    y = np.empty((0, 3)) if task != "classification" else np.empty(0, np.int64)
    found = scores(network(task, 3), np.empty((2, 0, 3)), y, full=True)
    assert all(np.isnan(values).all() for values in found.values())
    assert {name for name, values in found.items() if values.ndim == 2} <= {"precision", "recall"}
    assert all(len(values) == 2 for values in found.values())


def test_one_class_alone_has_no_area_and_counts_only_what_occurs() -> None:
    logits = np.array([[[2.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])
    found = scores(network("classification", 3), logits, np.array([0, 0]), full=True)
    assert np.isnan(found["roc_auc"]).all()
    assert found["balanced_accuracy"] == [0.5]
    np.testing.assert_array_equal(found["recall"], [[0.5, np.nan, np.nan]])
    np.testing.assert_array_equal(found["precision"], [[1.0, 0.0, np.nan]])


def test_a_class_that_does_not_occur_is_left_out_of_the_area() -> None:
    y, logits = GENERATOR.integers(0, 2, N), GENERATOR.normal(size=(1, N, 3))
    shares = softmax(logits[0])
    expected = np.mean([reference.roc_auc_score(y == k, shares[:, k]) for k in range(2)])
    assert scores(network("classification", 3), logits, y, full=True)["roc_auc"] == pytest.approx([expected])


def test_a_target_without_spread_has_no_r2_and_two_targets_still_have_their_error() -> None:
    found = scores(network("regression", 2), np.ones((1, 3, 2)), np.array([[1.0, 2.0]] * 3))
    assert np.isnan(found["r2"]).all()
    assert found["mae"] == [0.5]


@pytest.mark.parametrize("task", ["classification", "multi_label", "regression"])
def test_a_diverged_seed_is_nan_and_leaves_the_others_alone(task: str) -> None:
    logits = GENERATOR.normal(size=(3, N, 3))
    y = GENERATOR.integers(0, 3, N) if task == "classification" else GENERATOR.integers(0, 2, (N, 3)).astype(float)
    clean = scores(network(task, 3), logits, y, full=True)
    logits[1, 4, 0] = np.inf
    found = scores(network(task, 3), logits, y, full=True)
    for name, values in found.items():
        assert np.isnan(values[1]).all()
        np.testing.assert_array_equal(values[[0, 2]], clean[name][[0, 2]])
