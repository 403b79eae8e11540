"""New rows predicted by stored runs: the recipe of the training part, the mean over the seeds, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from datasets import DataError, load_dataset, load_frame, prepare, read_csv
from models import Experiment, predict
from runs import RunStore, train_run
from runs.model_export import trained_network
from runs.prediction import predict_rows, predictions
from runs.spreadsheet import as_csv

EXPERIMENT = Experiment(layers=[{"type": "dense", "units": 6}], epochs=3, seeds=(0, 1, 2))
CODES = "code,weight,price\n" + "\n".join(
    f"{('01', '02', 'A1')[i % 3]},{i % 7},{100 + 10 * (i % 3) + i % 7}" for i in range(40)
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> RunStore:
    return RunStore(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def iris(store: RunStore) -> str:
    return train_run(EXPERIMENT, load_dataset("iris"), store=store).id


@pytest.fixture(scope="module")
def prices(store: RunStore) -> str:
    """A regression on a number and on codes that may look like numbers."""
    return train_run(EXPERIMENT, prepare(read_csv(CODES.encode()), target="price"), store=store).id


def test_classes_are_predicted_by_the_mean_of_the_probabilities_over_the_seeds(store: RunStore, iris: str) -> None:
    frame, target = load_frame("iris")
    data = load_dataset("iris")
    said = predict_rows(iris, store, frame.drop(columns=target))
    state = store.checkpoint(iris)
    assert state is not None
    shares = predict(trained_network(iris, store).network, state.params, data.recipe.transform(frame))
    names = [f"probability of {name}" for name in data.class_names]
    np.testing.assert_allclose(said[names], shares.mean(axis=0), rtol=1e-6)
    best = shares.mean(axis=0).argmax(axis=1)
    assert said["predicted species"].tolist() == [data.class_names[k] for k in best]
    spread = shares.std(axis=0)[np.arange(len(best)), best]
    np.testing.assert_allclose(said["spread over seeds"], spread, rtol=1e-4)
    assert list(said.columns[:4]) == list(frame.columns[:4])


def test_numbers_are_predicted_in_the_unit_of_the_target(store: RunStore, prices: str) -> None:
    given = trained_network(prices, store)
    assert given.data is not None
    table = read_csv(CODES.encode()).frame
    outputs = predict(given.network, given.params, given.data.recipe.transform(table))[:, :, 0].astype(float)
    in_unit = given.data.recipe.inverse_target(outputs)
    said = predict_rows(prices, store, CODES.encode())
    np.testing.assert_allclose(said["predicted price"], in_unit.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(said["spread of price over seeds"], in_unit.std(axis=0), rtol=1e-4)
    assert 90 < said["predicted price"].mean() < 140


def test_several_numbers_come_back_each_in_its_own_unit_and_labels_as_probabilities(store: RunStore) -> None:
    frame = pd.DataFrame({"x": np.linspace(-1, 1, 40)})
    frame = frame.assign(
        metres=100 + frame["x"], grams=-5 * frame["x"], left=(frame["x"] < 0) * 1, far=(frame["x"] > 0.8) * 1
    )
    numbers = prepare(frame, target=["metres", "grams"], features=["x"])
    labels = prepare(frame, target=["left", "far"], features=["x"])
    long = Experiment(layers=[], epochs=200, seeds=(0, 1), optimizer={"type": "adam", "learning_rate": 0.05})
    said = predict_rows(train_run(long, numbers, store=store).id, store, frame)
    np.testing.assert_allclose(said["predicted metres"], frame["metres"], atol=0.1)
    np.testing.assert_allclose(said["predicted grams"], frame["grams"], atol=0.5)
    said = predict_rows(train_run(long, labels, store=store).id, store, frame)
    assert list(said.columns[-4::2]) == ["probability of left", "probability of far"]
    assert ((said["probability of left"] > 0.5) == (frame["left"] == 1)).mean() > 0.9


def test_one_seed_has_no_spread(store: RunStore, prices: str) -> None:
    alone, together = predict_rows(prices, store, CODES.encode(), seed=1), predict_rows(prices, store, CODES.encode())
    assert alone["spread of price over seeds"].isna().all()
    assert not np.allclose(alone["predicted price"], together["predicted price"])


def test_a_run_a_path_and_a_frame_say_the_same(store: RunStore, prices: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(CODES)
    expected = predict_rows(prices, store, CODES.encode())
    pd.testing.assert_frame_equal(predict_rows(store.load(prices), store, path), expected)
    pd.testing.assert_frame_equal(predict_rows(prices, store, read_csv(path).frame), expected)


def test_a_code_stays_a_code_in_a_file_where_all_of_them_look_like_numbers(store: RunStore, prices: str) -> None:
    all_rows = predict_rows(prices, store, CODES.encode()).iloc[[0, 1]]
    few = predict_rows(prices, store, b"code,weight\n01,0\n02,1\n")
    np.testing.assert_allclose(few["predicted price"], all_rows["predicted price"], rtol=1e-6)
    assert few["code"].tolist() == ["01", "02"]


def test_rows_of_one_feature_are_read(store: RunStore) -> None:
    run = train_run(EXPERIMENT, load_dataset("sine", n=60), store=store)
    said = predict_rows(run, store, b"x\n0.25\n-0,5\n0.75\n".replace(b",", b"."))
    assert said["x"].tolist() == [0.25, -0.5, 0.75]
    assert said["predicted y"].notna().all()


def test_the_index_and_the_other_columns_of_a_frame_are_kept(store: RunStore, prices: str) -> None:
    frame = pd.DataFrame(
        {"name": ["p", "q"], "weight": [1.0, None], "code": ["02", "B7"], "predicted price": [0, 0]}, index=[5, 9]
    )
    said = predictions(prices, store, frame)
    assert said.table.index.tolist() == [5, 9]
    assert said.columns == ("predicted price (network)", "spread of price over seeds")
    assert said.table["name"].tolist() == ["p", "q"]
    assert "'weight': 1 missing value became the median, 3" in said.notes[1]
    assert "'code': 1 value was not there in training (first: row 2, 'B7')" in said.notes[0]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("code\n01\n", "lacks the column 'weight', which the network was trained with; it has the column 'code'"),
        ("a,b\n1,2\n", "lacks the columns 'code', 'weight'"),
        ("code,weight\n01,heavy\n", "'weight' has 1 cell that is no number .first: row 1, 'heavy'."),
        ("code,weight\n", "no rows"),
        ("", "empty"),
    ],
)
def test_rows_that_cannot_be_predicted_get_a_sentence(rows: str, words: str, store: RunStore, prices: str) -> None:
    with pytest.raises(DataError, match=words):
        predict_rows(prices, store, rows.encode())


def test_a_frame_without_rows_is_refused(store: RunStore, prices: str) -> None:
    with pytest.raises(DataError, match="no rows"):
        predict_rows(prices, store, pd.DataFrame({"code": [], "weight": []}))


def test_a_file_without_a_header_is_read_as_it_was_in_training(store: RunStore) -> None:
    text = "\n".join(f"{i % 5},{i % 3},{'no' if i % 5 < 2 else 'yes'}" for i in range(40)).encode()
    run = train_run(EXPERIMENT, prepare(read_csv(text), target="column 3"), store=store)
    assert predict_rows(run, store, b"4,1,\n0,2,\n")["column 1"].tolist() == [4, 0]


def test_missing_cells_are_empty_and_formulas_are_no_formulas_in_the_file() -> None:
    table = pd.DataFrame({"a": [1.5, None], "=b": ["=1+1", "-3"]})
    assert as_csv(table) == b"\xef\xbb\xbfa,'=b\r\n1.5,'=1+1\r\n,-3\r\n"
