"""Decision views of tables: columns there and back, slices, the PCA plane, curves, importance, rows behind mistakes."""

from __future__ import annotations

from dataclasses import replace

import decision_reports as made
import numpy as np
import pytest
from small_data import classes, numbers

from diagnostics.data_density import kernel, usual_density, veil
from diagnostics.feature_slice import Held, Rows, feature_slice, numeric_places
from diagnostics.partial_dependence import partial_dependence
from diagnostics.pca_plane import fitted_plane, pca_plane
from diagnostics.permutation_importance import permutation_importance
from diagnostics.plane_surface import Meaning
from diagnostics.projection import Interrupted
from diagnostics.row_errors import label_errors
from diagnostics.row_losses import each_loss
from diagnostics.seed_spread import Floats
from diagnostics.table_columns import TableColumn, outputs_of, typical_row, with_columns
from models import Experiment, TrainingData
from models.evaluation import evaluate, logits
from models.training import network_for
from runs import RunStore, train_run
from runs.decision import (
    curves_of_feature,
    decision_network,
    errors_of_rows,
    importance,
    plane_of_components,
    slice_of_features,
    table_columns,
)
from runs.row_histories import missing_note, row_losses, row_table

NUMBER = Meaning("regression", ("y",), 0, "y")
PLAIN = tuple(TableColumn(name, place) for place, name in enumerate("abc"))
SETTINGS = Experiment(layers=[{"type": "dense", "units": 5, "activation": "tanh"}], epochs=4, seeds=(0, 1))


def rows_of(x: Floats) -> Rows:
    """All of them training rows."""
    return Rows(x, np.zeros(len(x)), np.zeros(len(x), dtype=bool), np.arange(len(x)))


def some(n: int = 60) -> Floats:
    return np.random.default_rng(0).normal(size=(n, 3))


def test_a_column_makes_the_features_of_the_recipe_and_gives_its_own_values_back() -> None:
    data = made.table_data()
    columns = {column.name: column for column in table_columns(data)}
    table = made.frame().iloc[data.train.rows]
    x = data.recipe.transform(table)
    age, port = columns["age"], columns["port"]
    np.testing.assert_allclose(age.features(table["age"].to_numpy()), x[:, age.places], rtol=1e-12)
    given = np.where(table["age"].isna(), age.median, table["age"])
    assert age.values(x).tolist() == given.tolist()  # to the last digit: 29.3, not 29.299999999999997
    texts = [port.text(value) for value in port.values(x)]
    assert texts == table["port"].fillna("(missing)").tolist()
    np.testing.assert_array_equal(port.features(port.values(x)), x[:, port.places])
    unknown = data.recipe.transform(table.assign(port="east"))
    assert set(port.values(unknown)) == {-1.0}


def test_the_typical_row_has_medians_and_the_most_frequent_category() -> None:
    columns = (TableColumn("a", 0), TableColumn("b", 1, ("x", "y")))
    x = np.array([[1.0, 1, 0], [2.0, 0, 1], [9.0, 0, 1]])
    assert typical_row(x, columns).tolist() == [2.0, 0.0, 1.0]


def test_a_slice_moves_two_columns_and_holds_the_others() -> None:
    def predict(x: Floats) -> Floats:  # two seeds: a + 10 b + 100 c, and twice that
        value = (x @ np.array([1.0, 10.0, 100.0]))[:, None]
        return np.stack([value, 2 * value])

    x = some()
    held = Held(np.array([5.0, 5.0, 0.25]), "row 1", is_real=True)
    report = feature_slice(predict, (PLAIN[0], PLAIN[1]), rows_of(x), held, meaning=NUMBER)
    first, second = (axis.places for axis in report.surface.axes)
    expected = 1.5 * (first[None, :] + 10 * second[:, None] + 25)  # mean of the seeds, c held at 0.25
    np.testing.assert_allclose(report.surface.values, expected)
    np.testing.assert_allclose(report.surface.disagreement, np.abs(expected) / 3)  # std of v and 2 v is v/2
    assert report.held_at == (5.0, 5.0)
    own, replaced = x @ [1, 10, 100], x @ [1, 10, 0]
    assert report.agreement == pytest.approx(np.corrcoef(own, replaced)[0, 1] ** 2)


def test_a_slice_over_categories_has_a_cell_for_each_and_strews_its_points() -> None:
    columns = (TableColumn("a", 0, ("x", "y", "z")), TableColumn("b", 3))
    x = np.array([[1, 0, 0, 0.5], [0, 1, 0, 1.5], [1, 0, 0, 2.5]] * 4, dtype=float)
    seen: list[Floats] = []

    def predict(given: Floats) -> Floats:
        seen.append(given)
        return (given @ np.array([1.0, 2.0, 3.0, 0.0]))[None, :, None]

    report = feature_slice(predict, columns, rows_of(x), Held(x[0], ""), meaning=NUMBER)
    assert report.surface.values.shape[1] == 3
    np.testing.assert_array_equal(report.surface.values[0], [1, 2, 3])
    assert all((given[:, :3].sum(axis=1) == 1).all() for given in seen)  # never two categories at once
    assert np.array_equal(np.round(report.points.x), [0, 1, 0] * 4)
    assert len(set(report.points.x)) == 12
    assert report.surface.veil[:, 2].min() == 1  # nobody is z
    assert report.surface.veil[:, 0].min() == 0


def test_two_equal_columns_are_refused_and_a_cancelled_surface_ends() -> None:
    held = Held(np.zeros(3), "")
    with pytest.raises(ValueError, match="two different columns"):
        feature_slice(lambda x: x[None], (PLAIN[0], PLAIN[0]), rows_of(some()), held, meaning=NUMBER)
    with pytest.raises(Interrupted):
        outputs_of(lambda x: x[None], some(), lambda _: False)


def test_most_probable_classes_disagree_where_seeds_say_another_class_than_their_mean() -> None:
    outputs = np.array([[[0.6, 0.4]], [[0.6, 0.4]], [[0.1, 0.9]]])  # the mean is (0.43, 0.57): class 1
    meaning = Meaning("classification", ("p", "q"))
    assert meaning.shown(outputs.mean(axis=0)).tolist() == [1]
    report = feature_slice(
        lambda x: np.repeat(outputs, len(x), axis=1), (PLAIN[0], PLAIN[1]), rows_of(some()), Held(np.zeros(3), ""),
        meaning=meaning,
    )  # fmt: skip
    np.testing.assert_allclose(report.surface.disagreement, 2 / 3)


def test_the_veil_is_clear_among_the_data_and_thick_far_away() -> None:
    data = np.random.default_rng(1).normal(size=400)
    own = kernel(data, data, 1, is_numeric=True)
    places = np.array([0.0, 6.0])
    np.testing.assert_array_equal(
        veil(kernel(data, places, 1, is_numeric=True).sum(axis=1), usual_density(own)), [0, 1]
    )
    # Scott's width for 400 rows of one number: σ·400^(-1/5) = 0.3017 σ
    width = min(data.std(), np.subtract(*np.percentile(data, [75, 25])) / 1.34) * 400 ** (-1 / 5)
    assert kernel(data, data[:1] + width, 1, is_numeric=True)[0, 0] == pytest.approx(np.exp(-0.5))
    assert veil(np.array([1.0, 0.05, 0.05**0.5]), 1.0) == pytest.approx([0, 1, 0.5])


def test_a_long_tail_is_cut_off_and_a_short_one_is_not() -> None:
    values = np.linspace(0, 1, 1001)
    assert numeric_places(values)[-1] == pytest.approx(1.04)
    assert numeric_places(np.append(values, 50.0))[-1] < 1.1


@pytest.mark.parametrize("shape", [(40, 5), (5, 40)])
def test_the_plane_is_that_of_the_singular_vectors(shape: tuple[int, int]) -> None:
    x = np.random.default_rng(2).normal(size=shape) * np.arange(1, shape[1] + 1)
    plane = fitted_plane(x)
    _, sizes, vectors = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    np.testing.assert_allclose(np.abs(plane.directions), np.abs(vectors[:2]), atol=1e-8)
    np.testing.assert_allclose(plane.shares, sizes[:2] ** 2 / (sizes**2).sum())
    assert plane.directions[0, np.abs(plane.directions[0]).argmax()] > 0
    feet = plane.examples(plane.coordinates(x))
    np.testing.assert_allclose(plane.distances(feet), 0, atol=1e-8)
    whole = np.square(x - x.mean(axis=0)).sum()
    assert np.square(plane.distances(x)).sum() == pytest.approx(whole * (1 - sum(plane.shares)))


def test_rows_in_the_plane_are_answered_there_as_anywhere() -> None:
    x = some()
    x[:, 2] = 0.0  # the plane holds everything
    report = pca_plane(lambda x: x[None, :, :1], rows_of(x), ("a", "b", "c"), meaning=NUMBER)
    assert sum(report.shares) == pytest.approx(1)
    assert report.agreement == pytest.approx(1)
    assert report.typical_far == pytest.approx(0, abs=1e-9)
    with pytest.raises(ValueError, match="three features"):
        pca_plane(lambda x: x[None], rows_of(x[:, :2]), ("a", "b"), meaning=NUMBER)


def test_the_average_curve_of_a_sum_is_its_own_part_plus_the_mean_of_the_others() -> None:
    x = some()
    report = partial_dependence(
        lambda x: (2 * x[:, 0] + 3 * x[:, 1])[None, :, None], PLAIN[0], x, Held(np.array([0.0, 1.0, 0.0]), "held"),
        meaning=NUMBER, seen=x,
    )  # fmt: skip
    places = report.axis.places
    np.testing.assert_allclose(report.average.mean, 2 * places + 3 * x[:, 1].mean())
    np.testing.assert_allclose(report.held.mean, 2 * places + 3)
    assert report.crossing_share == 0
    assert report.n_averaged == 60


def test_single_curves_show_what_an_average_hides() -> None:
    x = some()
    x[:, 1] = np.where(np.arange(60) % 3 == 0, -1.0, 1.0)
    report = partial_dependence(
        lambda x: (x[:, 0] * x[:, 1])[None, :, None], PLAIN[0], x, Held(x[0], ""), meaning=NUMBER, seen=x
    )
    drawn = x[:: max(1, -(-60 // 40)), 1]
    assert report.crossing_share == pytest.approx((drawn < 0).mean())


def test_only_the_column_that_is_used_is_important() -> None:
    columns = (PLAIN[0], TableColumn("text", 1, ("p", "q")), TableColumn("unused", 3))
    generator = np.random.default_rng(4)
    texts = np.eye(2)[generator.integers(0, 2, 50)]
    x = np.concatenate([generator.normal(size=(50, 1)), texts, generator.normal(size=(50, 1))], axis=1)

    def losses(changed: Floats) -> Floats:
        assert (changed[:, 1:3].sum(axis=1) == 1).all()  # the categories of a row are shuffled together
        error = changed[:, 0] + 3 * changed[:, 1] - x[:, 0] - 3 * x[:, 1]
        return np.stack([error**2, 2 * error**2])

    report = permutation_importance(losses, x, columns)
    assert report.order.tolist() == [1, 0, 2]
    assert report.increase.mean[2] == 0
    assert report.loss == pytest.approx(0)
    # of a shuffled column the mean square of the differences is about twice its variance: 2 Var(3 q) and 2 Var(a)
    expected = 1.5 * 2 * np.array([x[:, 0].var(), 9 * x[:, 1].var()])
    np.testing.assert_allclose(report.increase.mean[:2], expected, rtol=0.35)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (classes(), "cross_entropy"),
        (classes(n_classes=2), "binary_cross_entropy"),
        *((numbers(), name) for name in ("mean_squared_error", "mean_absolute_error", "huber")),
    ],
)
def test_the_losses_of_single_rows_average_to_the_loss(data: TrainingData, name: str) -> None:
    network = network_for(replace(SETTINGS, loss=name), data)
    x, y = data.x_train, data.y_train
    params = network.init((0, 1))
    each = each_loss(network.loss, logits(network, params, x), y)
    assert each.shape == (2, len(x))
    np.testing.assert_allclose(each.mean(axis=1), evaluate(network, params, x, y)["loss"], rtol=1e-5)


def test_rows_behind_a_cell_are_those_that_any_seed_puts_there() -> None:
    report = made.class_errors()
    np.testing.assert_array_equal(report.counts, [[1, 1, 0], [0, 1, 0], [0.5, 0, 1.5]])
    assert report.rows_of(0, 1).tolist() == [1]
    assert report.rows_of(2, 0).tolist() == [4]
    assert report.seeds_for(np.array([1, 4]), 1).tolist() == [2, 0]
    assert report.worst_cell == (0, 1)
    labels = label_errors(np.array([[[0.2, 0.9], [0.7, 0.1]]]), np.array([[0, 1], [0, 0]]), 0, "wet")
    assert labels.counts.tolist() == [[1, 1], [0, 0]]


def test_rows_near_a_residual_are_near_in_the_plot() -> None:
    report = made.number_errors()
    assert report.residuals.tolist() == [0, 1, 0, -4]
    assert report.largest(2).tolist() == [3, 1]
    # the plot in units of its spreads (3.5 and 1.9): from row 0 it is 0.56 to row 2, 0.60 to row 1, 3.3 to row 3
    assert report.nearest(0, 4).tolist() == [0, 2, 1, 3]


def test_rows_of_a_report_are_sorted_by_their_last_loss() -> None:
    report = made.row_losses().of([0, 1, 2], "three", 99)
    assert report.numbers.tolist() == [8, 9, 7]
    assert report.mean[-1].tolist() == [2, 0.5, pytest.approx(0.2)]


def test_a_stored_run_is_looked_at_row_by_row() -> None:
    store = RunStore()
    data = made.table_data()
    run = train_run(SETTINGS, data, store=store)
    losses = row_losses(run.id, store, "validation")
    recorded = run.series["validation/loss"]
    assert losses.steps[0] == 0
    for place in (0, -1):
        step = int(losses.steps[place])
        np.testing.assert_allclose(losses.losses[place].mean(axis=1), recorded.at(step)[1], rtol=1e-4)
    at = decision_network(run.id, store)
    errors = errors_of_rows(at, "validation")
    accuracy = run.series["validation/accuracy"].at(None)[1].mean()
    assert np.trace(errors.counts) / len(errors.true) == pytest.approx(accuracy, rel=1e-6)  # type: ignore[union-attr]
    places = np.arange(6)
    table = row_table(at, losses, places, {"true": [str(number) for number in places]})
    assert (np.diff(table["loss"]) <= 0).all()
    original = made.frame().iloc[table["row"] - 1]
    there = original["age"].notna().to_numpy()
    assert table["age"].to_numpy()[there].tolist() == original["age"].to_numpy()[there].tolist()
    assert table["port"].tolist() == original["port"].fillna("(missing)").tolist()
    assert "median" in missing_note(at)
    found = importance(at)
    assert sorted(found.names) == ["age", "noise", "port"]
    surface = slice_of_features(at, (0, 1), 2, 1)
    assert surface.held_name == f"validation row {int(data.validation.rows[2]) + 1}"
    x = np.asarray(data.validation.x[2:3], dtype=np.float64)
    age, port = (at.columns[place] for place in (0, 1))
    on_grid = with_columns(x[0], (age, port), (surface.surface.axes[0].places[:1], np.array([1.0])))
    assert surface.surface.values[1, 0] == pytest.approx(at.predict(on_grid).mean(axis=0)[0, 1])
    assert any("became the median" in note for note in surface.notes)
    assert curves_of_feature(at, 1, None, 1).axis.categories[0] == "(missing)"
    assert plane_of_components(at, 1).surface.n_seeds == 2


def test_a_run_whose_data_are_gone_says_so() -> None:
    store = RunStore()
    data = made.table_data()
    run = train_run(SETTINGS, data, store=store)
    (store.folder / "data" / f"{data.digest}.npz").unlink()
    with pytest.raises(KeyError, match="no prepared data"):
        decision_network(run.id, store)
