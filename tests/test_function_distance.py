"""Function distance: worked by hand, by loops, and blind to how hidden units are numbered."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from made_snapshots import learning, with_labels

from diagnostics.function_distance import bhattacharyya, features, function_distance
from models import Experiment
from models.evaluation import predict
from models.training import network_for
from models.training_data import TrainingData


def test_two_coins_by_hand() -> None:
    # p = (½, ½), q = (1, 0): Σ √(pq) = √½, H² = 1 - √½ = 0.2929, -log √½ = 0.3466
    outputs = np.array([[[0.5, 0.5]], [[1.0, 0.0]]])
    assert function_distance(outputs, task="classification")[0, 1] == pytest.approx(math.sqrt(1 - math.sqrt(0.5)))
    assert bhattacharyya(outputs, task="classification")[0, 1] == pytest.approx(0.5 * math.log(2))
    # a label with probabilities ½ and 1 is the same two coins
    label = np.array([[[0.5]], [[1.0]]])
    assert function_distance(label, task="multi_label")[0, 1] == pytest.approx(math.sqrt(1 - math.sqrt(0.5)))
    assert bhattacharyya(label, task="multi_label")[0, 1] == pytest.approx(0.5 * math.log(2))
    # predictions (1, 2) and (4, 6) of two examples: √((9 + 16)/2); Bhattacharyya of normals (25/2)/8
    numbers = np.array([[[1.0], [2.0]], [[4.0], [6.0]]])
    assert function_distance(numbers, task="regression")[0, 1] == pytest.approx(math.sqrt(12.5))
    assert bhattacharyya(numbers, task="regression")[0, 1] == pytest.approx(12.5 / 8)


def test_opposite_certainties_are_one_apart_and_count_as_100() -> None:
    outputs = np.array([[[1.0, 0.0]] * 9, [[0.0, 1.0]] * 9])  # more examples than go into one logarithm
    assert function_distance(outputs, task="classification")[0, 1] == pytest.approx(1)
    assert bhattacharyya(outputs, task="classification")[0, 1] == pytest.approx(100)


@pytest.mark.parametrize("task", ["classification", "multi_label"])
def test_all_pairs_equal_explicit_loops(task: str) -> None:
    outputs = (learning() if task == "classification" else with_labels()).outputs
    n, n_examples = outputs.shape[:2]
    hellinger, divergence = np.zeros((n, n)), np.zeros((n, n))
    for i, j in itertools.product(range(n), repeat=2):
        for example in range(n_examples):
            p, q = outputs[i, example], outputs[j, example]
            if task == "classification":
                affinities = [float(sum(math.sqrt(a * b) for a, b in zip(p, q, strict=True)))]
            else:
                affinities = [math.sqrt(a * b) + math.sqrt((1 - a) * (1 - b)) for a, b in zip(p, q, strict=True)]
            hellinger[i, j] += sum(1 - affinity for affinity in affinities) / len(affinities) / n_examples
            divergence[i, j] += sum(-math.log(affinity) for affinity in affinities) / len(affinities) / n_examples
    np.testing.assert_allclose(function_distance(outputs, task=task) ** 2, hellinger, atol=1e-13)
    np.testing.assert_allclose(bhattacharyya(outputs, task=task), divergence, atol=1e-13)
    some = function_distance(outputs[:5], outputs, task=task)
    np.testing.assert_allclose(some, function_distance(outputs, task=task)[:5], atol=1e-7)  # √ of round-off at 0
    np.testing.assert_allclose(bhattacharyya(outputs[:5], outputs, task=task), divergence[:5], atol=1e-13)


def test_permuting_hidden_units_changes_parameters_but_not_the_function() -> None:
    generator = np.random.default_rng(0)
    x, y = generator.normal(size=(30, 4)).astype(np.float32), np.arange(30) % 3
    data = TrainingData(x, y, x[:0], y[:0], "classification", 3)
    experiment = Experiment(layers=[{"type": "dense", "units": 8, "activation": "tanh"}], seeds=(0,))
    network = network_for(experiment, data)
    params = network.init((0,))
    named = network.views(params)
    named["dense1/b"][...] = generator.normal(size=(1, 8))
    outputs = [predict(network, params, x).copy()]
    before, order = params.copy(), np.roll(np.arange(8), 3)
    named["dense1/W"][...] = named["dense1/W"][:, :, order]
    named["dense1/b"][...] = named["dense1/b"][:, order]
    named["output/W"][...] = named["output/W"][:, order]
    outputs.append(predict(network, params, x).copy())
    assert np.abs(params - before).max() > 0.1
    both = np.concatenate(outputs)
    # float32 sums in another order: a relative 1e-7 of each probability
    assert np.linalg.norm(np.diff(features(both, "classification"), axis=0)) < 1e-6
    assert np.abs(np.diff(both, axis=0)).max() < 1e-6


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(ValueError, match="must be one of classification, multi_label, regression, not 'ranking'"):
        features(np.zeros((1, 2, 3)), "ranking")
    with pytest.raises(ValueError, match=r"\(networks, examples, outputs\), these have the shape \(2, 3\)"):
        features(np.zeros((2, 3)), "regression")
    with pytest.raises(ValueError, match="cannot be compared"):
        function_distance(np.zeros((1, 2, 3)), np.zeros((1, 4, 3)), task="regression")
