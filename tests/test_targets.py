"""Several targets at once: numbers and labels, their names, their way back, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from datasets import DataError, Prepared, Recipe, prepare

N = 100


def houses() -> pd.DataFrame:
    """Two numbers to learn from, two numbers and three labels to predict."""
    x = np.random.default_rng(1).normal(size=(N, 2))
    return pd.DataFrame(
        {
            "area": x[:, 0],
            "age": x[:, 1],
            "price": 100 + 20 * x[:, 0],
            "heat": 5 - x[:, 1],
            "garden": (x[:, 0] > 0).astype(int),
            "old": x[:, 1] > 0.5,
            "sold": (x.sum(axis=1) > 0).astype(float),
            "street": np.where(x[:, 0] > 0, "long", "short"),
        }
    )


FEATURES = ["area", "age"]


def test_several_numbers_are_scaled_each_by_itself_and_come_back() -> None:
    frame = houses()
    data = prepare(frame, target=["price", "heat"], features=FEATURES)
    assert (data.task, data.n_outputs, data.class_names) == ("regression", 2, ())
    assert (data.target_names, data.target_name) == (("price", "heat"), "price, heat")
    np.testing.assert_allclose(data.train.y.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(data.train.y.std(axis=0), 1)
    back = data.recipe.inverse_target(data.test.y)
    np.testing.assert_allclose(back, frame[["price", "heat"]].to_numpy()[data.test.rows])
    seeds = data.recipe.inverse_target(np.stack([data.test.y, data.test.y]))  # (R, N, K)
    np.testing.assert_allclose(seeds[1], back)
    raw = prepare(frame, target=["price", "heat"], features=FEATURES, standardize_target=False)
    np.testing.assert_allclose(raw.test.y, back)


def test_columns_of_0_and_1_are_labels() -> None:
    frame = houses()
    data = prepare(frame, target=["garden", "old", "sold"], features=FEATURES)
    assert (data.task, data.n_outputs) == ("multi_label", 3)
    assert data.class_names == data.target_names == ("garden", "old", "sold")
    assert data.train.y.dtype == np.float64
    np.testing.assert_array_equal(data.test.y, frame[["garden", "old", "sold"]].to_numpy(float)[data.test.rows])
    assert prepare(frame, target=["garden", "price"], features=FEATURES).task == "regression"
    assert prepare(frame, target=["garden", "sold"], features=FEATURES, task="regression").task == "regression"


def test_the_targets_are_no_features() -> None:
    data = prepare(houses()[["area", "age", "price", "heat"]], target=("price", "heat"))
    assert data.feature_names == ("area", "age")
    with pytest.raises(DataError, match="The target 'heat' cannot be a feature as well"):
        prepare(houses(), target=["price", "heat"], features=["area", "heat"])


def test_one_target_in_a_list_is_that_target() -> None:
    frame = houses()
    listed, plain = (prepare(frame, target=target, features=FEATURES) for target in (["price"], "price"))
    assert listed.digest == plain.digest
    assert prepare(frame, target=["street"], features=FEATURES).class_names == ("long", "short")


def test_a_row_without_one_of_the_targets_is_left_out() -> None:
    frame = houses()
    frame.loc[3, "price"], frame.loc[[5, 6], "heat"] = np.nan, np.inf
    data = prepare(frame, target=["price", "heat"], features=FEATURES)
    rows = np.concatenate([data.train.rows, data.validation.rows, data.test.rows])
    assert sorted(set(range(N)) - set(rows.tolist())) == [3, 5, 6]
    assert "3 rows without a value of every target are left out" in data.notes


def test_several_targets_come_back_from_their_file_and_their_recipe(tmp_path: Path) -> None:
    data = prepare(houses(), target=["garden", "old"], features=FEATURES)
    data.save(tmp_path / "h.npz")
    again = Prepared.load(tmp_path / "h.npz")
    assert (again.digest, again.task, again.class_names) == (data.digest, "multi_label", ("garden", "old"))
    recipe = Recipe.from_json(data.recipe.to_json())
    assert recipe == data.recipe
    np.testing.assert_array_equal(recipe.transform_target(houses().iloc[:3]), houses()[["garden", "old"]].iloc[:3])


@pytest.mark.parametrize(
    ("targets", "task", "words"),
    [
        (["price", "absent"], "auto", "There is no column 'absent': choose among area"),
        (["price", "price"], "auto", "'price' is named twice"),
        (["price", "street"], "auto", r"'street' has 100 values that are no numbers \(first: (long|short)\)"),
        (["garden", "old"], "classification", "for classes that exclude each other choose one target"),
        (["garden", "price"], "multi_label", "The label 'price' must hold 0 and 1 only, but it holds"),
        (["garden", "same"], "auto", "The target 'same' has one value only"),
        (["garden"], "multi_label", "needs several targets, not 'garden' alone"),
        ([], "auto", "No target is chosen"),
    ],
)
def test_targets_that_do_not_fit_are_refused_with_advice(targets: list[str], task: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        prepare(houses().assign(same=1), target=targets, features=FEATURES, task=task)


def test_too_few_rows_with_all_targets_are_refused() -> None:
    frame = houses()
    frame.loc[4:, "price"] = np.nan
    with pytest.raises(DataError, match="Only 4 rows have all targets; at least 5 are needed"):
        prepare(frame, target=["price", "heat"], features=FEATURES)
