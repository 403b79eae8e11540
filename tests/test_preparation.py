"""Preparation: what touches which part, what is told, and what is refused."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from datasets import DataError, Prepared, Recipe, column_summary, prepare

GENERATOR = np.random.default_rng(0)


def animals(n: int = 100) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "number": np.arange(n) + 1,
            "weight": np.where(np.arange(n) % 10 == 0, np.nan, GENERATOR.normal(20, 5, n)),
            "colour": np.array(["red", "blue", None], dtype=object)[np.arange(n) % 3],
            "same": 1.0,
            "void": np.nan,
            "name": [f"animal {i}" for i in range(n)],
            "kind": np.array(["cat", "dog", "dog", "cow", "dog"])[np.arange(n) % 5],
        }
    )


def test_columns_are_told_apart_and_useless_ones_left_out_with_a_reason() -> None:
    data = prepare(animals(), target="kind")
    assert data.feature_names == ("weight", "colour = (missing)", "colour = blue", "colour = red")
    assert data.class_names == ("cat", "cow", "dog")
    notes = " | ".join(data.notes)
    expected = (
        "'number' is left out: counts the rows",
        "'same' is left out",
        "'void' is left out: every value is missing",
        "'name' is left out",
        "'weight': 10 missing values became the median",
    )
    for part in expected:
        assert part in notes


def test_the_recipe_is_fitted_on_the_training_part_only() -> None:
    frame = animals()
    data = prepare(frame, target="kind")
    weights = frame["weight"].to_numpy()[data.train.rows]
    median = np.nanmedian(weights)
    filled = np.where(np.isnan(weights), median, weights)
    np.testing.assert_allclose(data.train.x[:, 0], (filled - filled.mean()) / filled.std())
    changed = frame.copy()
    changed.loc[data.test.rows, "weight"] = 1e6
    changed.loc[data.validation.rows, "colour"] = "green"
    again = prepare(changed, target="kind")
    assert again.recipe == data.recipe
    np.testing.assert_array_equal(again.train.x, data.train.x)
    assert not again.validation.x[:, 1:].any()  # an unknown colour is none of the known ones


def test_the_parts_are_disjoint_complete_and_stratified() -> None:
    frame = animals(200)
    data = prepare(frame, target="kind", split_seed=3)
    rows = np.concatenate([data.train.rows, data.validation.rows, data.test.rows])
    assert sorted(rows) == list(range(200))
    assert (len(data.train.rows), len(data.validation.rows), len(data.test.rows)) == (140, 30, 30)
    for part in (data.train, data.validation, data.test):
        shares = np.bincount(part.y, minlength=3) / len(part.y)
        np.testing.assert_allclose(shares, [0.2, 0.2, 0.6], atol=1 / len(part.y))
    assert not np.array_equal(data.train.rows, prepare(frame, target="kind", split_seed=4).train.rows)
    np.testing.assert_array_equal(data.train.rows, prepare(frame, target="kind", split_seed=3).train.rows)


def test_a_class_of_one_row_trains() -> None:
    frame = pd.DataFrame({"a": np.arange(30.0) ** 2, "kind": ["rare"] + ["usual"] * 29})
    data = prepare(frame, target="kind")
    assert data.class_names == ("rare", "usual")
    assert (data.train.y == 0).sum() == 1


@pytest.mark.parametrize("task", ["classification", "regression"])
@pytest.mark.parametrize("n", [5, 6, 11])
def test_every_class_trains_whatever_the_shares(n: int, task: str) -> None:
    frame = pd.DataFrame({"a": np.arange(float(n)) ** 2, "kind": np.arange(n) % 2})
    data = prepare(frame, target="kind", task=task, validation_share=0.5, test_share=0.49)
    assert len(np.unique(data.train.y)) == (2 if task == "classification" else 1)


def test_a_part_without_rows_or_without_a_class_is_told() -> None:
    frame = pd.DataFrame({"a": np.arange(30.0) ** 2, "kind": ["rare"] + ["usual"] * 29})
    assert "1 class has too few rows to be in the test part as well" in prepare(frame, target="kind").notes
    assert "no row is left for the test part" in prepare(frame, target="kind", test_share=0.0).notes


def test_numbers_that_are_too_large_to_square_count_as_missing() -> None:
    frame = pd.DataFrame({"a": [1e308, -1e308, *np.arange(18.0)], "b": np.arange(20.0) ** 2, "y": np.arange(20.0)})
    frame.loc[4, "y"] = 1e300
    data = prepare(frame, target="y", task="regression")
    assert sum(len(part.x) for part in (data.train, data.validation, data.test)) == 19
    assert all(np.abs(part.x).max() < 100 for part in (data.train, data.validation, data.test))


def test_rows_are_those_of_the_table_even_if_some_have_no_target() -> None:
    frame = pd.DataFrame({"a": np.arange(20.0) ** 2, "kind": [None, None, *(["cat", "dog"] * 9)]})
    data = prepare(frame, target="kind")
    assert sorted(np.concatenate([data.train.rows, data.validation.rows, data.test.rows])) == list(range(2, 20))
    np.testing.assert_array_equal(data.train.y, [i % 2 for i in data.train.rows])


def test_the_target_of_a_regression_is_scaled_and_comes_back() -> None:
    frame = pd.DataFrame({"a": np.arange(50.0) ** 2, "y": np.linspace(100, 900, 50) + 0.5})
    data = prepare(frame, target="y")
    assert data.task == "regression"
    assert data.train.y.shape == (len(data.train.rows), 1)
    assert abs(data.train.y.mean()) < 1e-12
    np.testing.assert_allclose(data.recipe.inverse_target(data.test.y)[:, 0], frame["y"].to_numpy()[data.test.rows])
    raw = prepare(frame, target="y", standardize=False, standardize_target=False)
    np.testing.assert_allclose(raw.train.x[:, 0], frame["a"].to_numpy()[raw.train.rows])
    np.testing.assert_allclose(raw.train.y[:, 0], frame["y"].to_numpy()[raw.train.rows])


@pytest.mark.parametrize(
    ("values", "task"),
    [
        (["x", "y"] * 20, "classification"),
        ([True, False] * 20, "classification"),
        ([0, 1, 2, 1] * 10, "classification"),
        ([0.0, 1.0] * 20, "classification"),
        (list(range(40)), "regression"),
        ([0.5, 1.25] * 20, "regression"),
    ],
)
def test_the_task_follows_from_the_target(values: list[object], task: str) -> None:
    frame = pd.DataFrame({"a": GENERATOR.normal(size=40), "y": values})
    assert prepare(frame, target="y").task == task


def test_new_rows_go_through_the_same_recipe() -> None:
    frame = animals()
    data = prepare(frame, target="kind")
    np.testing.assert_allclose(data.recipe.transform(frame.iloc[data.test.rows]), data.test.x)
    again = Recipe.from_json(data.recipe.to_json())
    assert again == data.recipe
    with pytest.raises(DataError, match="lacks the column 'weight'"):
        again.transform(frame.drop(columns="weight"))
    with pytest.raises(DataError, match="has the class 'horse'"):
        again.transform_target(pd.Series(["horse"]))


def test_prepared_data_come_back_from_their_file(tmp_path: Path) -> None:
    data = prepare(animals(), target="kind", name="zoo", split_seed=7)
    data.save(tmp_path / "zoo.npz")
    again = Prepared.load(tmp_path / "zoo.npz")
    assert (again.digest, again.name, again.notes, again.split_seed) == (data.digest, "zoo", data.notes, 7)
    np.testing.assert_array_equal(again.test.x, data.test.x)
    (tmp_path / "zoo.npz").write_bytes(b"PK nothing")
    with pytest.raises(DataError, match="are damaged"):
        Prepared.load(tmp_path / "zoo.npz")


def test_the_digest_of_a_table_is_that_of_task_recipe_and_numbers_alone() -> None:
    data = prepare(animals(), target="kind")
    total = hashlib.sha256(f"classification\n{data.recipe.to_json()}".encode())
    for part in (data.train, data.validation, data.test):
        for array in (part.x, part.y):
            total.update(str(array.shape).encode() + array.tobytes())
    assert data.digest == total.hexdigest()
    assert dataclasses.replace(data, input_shape=(2, 2)).digest != data.digest


def test_other_data_have_another_digest() -> None:
    frame = animals()
    one = prepare(frame, target="kind").digest
    frame.loc[3, "weight"] = 77.0
    assert prepare(frame, target="kind").digest != one


def test_many_rare_categories_are_taken_together() -> None:
    letters = [f"c{i % 40}" if i % 2 else "often" for i in range(400)]
    frame = pd.DataFrame({"letter": letters, "a": np.sin(np.arange(400)), "kind": ["x", "y"] * 200})
    data = prepare(frame, target="kind")
    names = [name for name in data.feature_names if name.startswith("letter")]
    assert len(names) <= 30
    assert "letter = often" in names


@pytest.mark.parametrize(
    ("frame", "settings", "words"),
    [
        (animals(), {"target": "absent"}, "There is no column 'absent': choose one of number"),
        (animals(), {"target": "void"}, "has no values: choose another column"),
        (animals(), {"target": "same"}, "has one value only"),
        (animals(), {"target": "name"}, "has 100 different values, more than 50 classes"),
        (animals(), {"target": "kind", "task": "regression"}, "holds text"),
        (animals(), {"target": "kind", "features": []}, "No feature is chosen"),
        (animals(), {"target": "kind", "features": ["void"]}, "'void' has no values at all"),
        (animals(), {"target": "kind", "features": ["kind"]}, "cannot be a feature as well"),
        (animals(), {"target": "kind", "test_share": 0.9}, "together below 1"),
        (animals(3), {"target": "kind"}, "Only 3 rows have a target"),
        (animals()[["same", "kind"]], {"target": "kind"}, "no column can be learned from"),
        (animals().rename(columns={"same": "kind"}), {"target": "kind"}, "Two columns are called 'kind'"),
        (animals().assign(kind=["cat"] * 40 + [None] * 60), {"target": "kind"}, "one value only .cat., and 60 rows"),
    ],
)
def test_what_cannot_be_learned_is_refused_with_advice(
    frame: pd.DataFrame, settings: dict[str, str], words: str
) -> None:
    with pytest.raises(DataError, match=words):
        prepare(frame, **settings)  # type: ignore[arg-type]


def test_rows_without_a_target_are_left_out_and_told() -> None:
    frame = animals()
    frame.loc[:9, "kind"] = None
    data = prepare(frame, target="kind")
    assert len(data.train.rows) + len(data.validation.rows) + len(data.test.rows) == 90
    assert any("10 rows without a value of the target are left out" in note for note in data.notes)


def test_a_column_of_dates_is_left_out_with_that_reason() -> None:
    frame = animals(60).assign(day=[f"2024-{1 + i // 28:02d}-{1 + i % 28:02d}" for i in range(60)])
    assert any("'day' is left out: holds dates" in note for note in prepare(frame, target="kind").notes)


def test_dates_that_come_back_are_left_out_unless_they_are_few() -> None:
    days = animals(400).assign(day=[f"{1 + i % 28:02d}.{1 + i % 12:02d}.2024" for i in range(400)])  # 84 different
    assert any("'day' is left out: holds dates" in note for note in prepare(days, target="kind").notes)
    waves = animals(400).assign(day=[f"2024-0{1 + i % 3}-01" for i in range(400)])
    assert any("'day' became 3 features" in note for note in prepare(waves, target="kind").notes)


def test_the_summary_has_a_row_for_each_column() -> None:
    summary = column_summary(animals()).set_index("column")
    assert summary.loc["weight", "type"] == "numeric"
    assert summary.loc["weight", "missing"] == 10
    assert summary.loc["colour", "type"] == "categorical"
    assert summary.loc["void", "type"] == "empty"
    assert summary.loc["same", "reason"] == "every value is 1.0"
