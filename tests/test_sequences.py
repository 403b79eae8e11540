"""Sequences and characters: they are what they say, obey their options, and keep the parts apart."""

from __future__ import annotations

import numpy as np
import pytest

from datasets import CATALOG, DataError, Prepared, load_dataset
from datasets.characters import alphabet, text, text_of, tokens_of

NAMES = ["adding_problem", "copy_task", "parity", "characters"]


def everything(data: Prepared) -> tuple[np.ndarray, np.ndarray]:
    """Features and targets of all parts, in the order of their rows."""
    parts = (data.train, data.validation, data.test)
    order = np.argsort(np.concatenate([part.rows for part in parts]))
    return np.concatenate([part.x for part in parts])[order], np.concatenate([part.y for part in parts])[order]


def test_the_adding_problem_wants_the_sum_of_the_two_marked_numbers() -> None:
    data = load_dataset("adding_problem", n=200, length=9)
    assert (data.input_shape, data.task, data.n_outputs) == ((9, 2), "regression", 1)
    x, y = everything(data)
    values, marks = np.moveaxis(x.reshape(200, 9, 2), 2, 0)
    assert (marks[:, :4].sum(axis=1) == 1).all()
    assert (marks[:, 4:].sum(axis=1) == 1).all()
    np.testing.assert_allclose(data.recipe.inverse_target(y)[:, 0], (values * marks).sum(axis=1))
    assert abs(data.train.y.mean()) < 1e-12
    assert data.feature_names[:3] == ("value 1", "mark 1", "value 2")


def test_always_saying_the_mean_errs_by_a_sixth_in_the_adding_problem() -> None:
    data = load_dataset("adding_problem", n=20_000, length=4)
    assert data.recipe.target.std**2 == pytest.approx(1 / 6, rel=0.02)  # 2/12; a standard error is 0.7 %


def test_the_copy_task_wants_the_letters_after_the_signal() -> None:
    data = load_dataset("copy_task", n=50, length=3, symbols=4, delay=2)
    assert (data.input_shape, data.vocabulary, data.per_position) == ((8,), 6, True)
    assert data.class_names == ("blank", "a", "b", "c", "d")
    x, y = everything(data)
    assert ((x[:, :3] >= 1) & (x[:, :3] <= 4)).all()
    assert (x[:, 3:] == [0, 0, 5, 0, 0]).all()
    assert (y[:, :5] == 0).all()
    np.testing.assert_array_equal(y[:, 5:], x[:, :3])


def test_parity_counts_ones_and_no_pattern_occurs_twice() -> None:
    data = load_dataset("parity", n=60, length=6)
    assert (data.input_shape, data.class_names, data.per_position) == ((6, 1), ("even", "odd"), False)
    x, y = everything(data)
    assert len(np.unique(x, axis=0)) == 60
    np.testing.assert_array_equal(y, x.sum(axis=1) % 2)
    with pytest.raises(DataError, match="There are 64 patterns of 6 bits, not 65"):
        load_dataset("parity", n=65, length=6)


def test_the_text_is_of_some_length_and_has_what_a_memory_is_needed_for() -> None:
    assert 3500 < len(text()) < 4500
    assert text().count('"') % 2 == 0
    assert text().count("(") == text().count(")")
    assert "\n        " in text()
    assert text_of(tokens_of(text())) == text()
    assert text_of(tokens_of("€")) == " "


def test_the_target_of_characters_is_the_next_one() -> None:
    data = load_dataset("characters", n=40, length=12)
    assert (data.input_shape, data.per_position, data.task) == ((12,), True, "classification")
    assert data.n_outputs == len(alphabet()) == data.vocabulary
    assert {"space", "new line"} < set(data.class_names)
    for part in (data.train, data.validation, data.test):
        np.testing.assert_array_equal(part.x[:, 1:], part.y[:, :-1])
        for x, y in zip(part.x.astype(np.int64), part.y, strict=True):
            assert text_of(np.append(x, y[-1])) in text()


@pytest.mark.parametrize("split_seed", range(3))
def test_no_place_of_the_text_is_in_two_parts(split_seed: int) -> None:
    # all pieces for training that there are, so that every place that could be in two parts is
    data = load_dataset("characters", n=3000, length=30, split_seed=split_seed)
    assert "only" in data.notes[0]
    pieces = [{text_of(np.append(x, y[-1:])) for x, y in zip(p.x.astype(int), p.y, strict=True)}
              for p in (data.train, data.validation, data.test)]  # fmt: skip
    # a piece that the text itself repeats has no one place
    places = [{text().index(one) + i for one in part if text().count(one) == 1 for i in range(31)} for part in pieces]
    assert not places[0] & places[1]
    assert not places[0] & places[2]
    assert not places[1] & places[2]
    assert len(places[0]) > 0.5 * len(text())


@pytest.mark.parametrize("name", NAMES)
def test_another_seed_is_other_data_and_another_split_another_division(name: str) -> None:
    assert CATALOG[name].kind in ("sequence", "text")
    one, same = load_dataset(name, n=50), load_dataset(name, n=50)
    assert one.digest == same.digest
    assert load_dataset(name, n=50, seed=1).digest != one.digest
    other = load_dataset(name, n=50, split_seed=1)
    assert other.digest != one.digest
    assert other.split_seed == 1
    assert len(one.train.x) == (50 if name == "characters" else 35)


@pytest.mark.parametrize("name", NAMES)
def test_an_option_out_of_range_is_refused(name: str) -> None:
    with pytest.raises(DataError, match=f"{name}: length must lie between"):
        load_dataset(name, length=10_000)
    with pytest.raises(DataError, match=f"{name} has no option 'noise'; it has n, length"):
        load_dataset(name, noise=1)
