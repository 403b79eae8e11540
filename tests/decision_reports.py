"""A small table with every kind of column, a run on it, and the reports that are drawn of it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd

from datasets import Prepared, prepare
from diagnostics.feature_slice import FeatureSliceReport, Held, Rows, feature_slice
from diagnostics.partial_dependence import PartialDependenceReport, partial_dependence
from diagnostics.pca_plane import PcaPlaneReport, pca_plane
from diagnostics.permutation_importance import ImportanceReport
from diagnostics.plane_surface import Meaning
from diagnostics.row_errors import ClassErrorsReport, NumberErrorsReport
from diagnostics.row_losses import RowLossesReport
from diagnostics.seed_spread import Floats, spread_over_seeds
from diagnostics.table_columns import TableColumn


@cache
def frame() -> pd.DataFrame:
    """120 rows: numbers with gaps, texts with gaps, a number that says nothing."""
    generator = np.random.default_rng(3)
    n = 120
    age = np.round(generator.gamma(6, 5, n), 1)
    port = np.array(["north", "south", "west"], dtype=object)[generator.integers(0, 3, n)]
    noise = np.round(generator.normal(1000, 250, n), 2)
    kept = np.where((age > 28) ^ (port == "west"), "yes", "no")
    table = pd.DataFrame({"age": age, "port": port, "noise": noise, "kept": kept})
    table.loc[[3, 30, 77], "age"] = np.nan
    table.loc[[5, 50], "port"] = None
    return table


def table_data() -> Prepared:
    """It, prepared to predict `kept`."""
    return prepare(frame(), target="kept", name="Ports")


def _predict(x: Floats) -> Floats:
    """Two seeds, two classes: the first is sure of itself, the second less so."""
    share = 0.5 * (1 + np.tanh(x[:, 0] + x[:, 1] * x[:, -1]))
    return np.stack([np.stack([1 - one, one], axis=1) for one in (share, 0.5 * share + 0.2)])


COLUMNS = (TableColumn("age", 0, (), 30.0, 10.0), TableColumn("port", 1, ("north", "south")), TableColumn("size", 3))
MEANING = Meaning("classification", ("no", "yes"), 1, "kept")


@cache
def _rows() -> Rows:
    """40 training and 10 validation rows of a column of numbers, one of two categories, and another of numbers."""
    generator = np.random.default_rng(5)
    port = np.eye(2)[generator.integers(0, 2, 50)]
    x = np.concatenate([generator.normal(size=(50, 1)), port, generator.normal(size=(50, 1))], axis=1)
    return Rows(x, (x[:, 0] > 0).astype(float), np.arange(50) >= 40, np.arange(50))


@cache
def surface() -> FeatureSliceReport:
    """Over the two columns of numbers, probability of one class."""
    held = Held(_rows().x[1], "training row 2", is_real=True)
    found = feature_slice(_predict, (COLUMNS[0], COLUMNS[2]), _rows(), held, meaning=MEANING)
    return replace(found, run_id="made")


@cache
def plane() -> PcaPlaneReport:
    """The most probable class."""
    meaning = replace(MEANING, output=None)
    return replace(pca_plane(_predict, _rows(), ("age", "north", "south", "size"), meaning=meaning), run_id="made")


@cache
def curves(column: int) -> PartialDependenceReport:
    """Over one of the columns."""
    x = _rows().x
    found = partial_dependence(_predict, COLUMNS[column], x, Held(x[0], "row 1"), meaning=MEANING, seen=x)
    return replace(found, run_id="made")


def importance() -> ImportanceReport:
    """Of three columns and two seeds."""
    increase = spread_over_seeds(np.array([[0.1, 0.2], [0.9, 1.1], [0.0, -0.1]]))
    return ImportanceReport(("a", "b", "c"), increase, np.array([1, 0, 2]), 0.5, 20, 3, 2, run_id="made")


def class_errors() -> ClassErrorsReport:
    """Five rows of three classes, two seeds: row 1 is mistaken by both, row 4 by the second."""
    predicted = np.array([[0, 1, 1, 2, 2], [0, 1, 1, 2, 0]])
    return ClassErrorsReport(np.array([0, 0, 1, 2, 2]), predicted, ("a", "b", "c"), "validation", run_id="made")


def number_errors() -> NumberErrorsReport:
    """Four rows, two seeds: means 1, 2, 3, 10 and residuals 0, 1, 0, -4."""
    predicted = np.array([[0.0, 2.0, 3.0, 9.0], [2.0, 2.0, 3.0, 11.0]])
    return NumberErrorsReport(np.array([1.0, 3.0, 3.0, 6.0]), predicted, "price", "validation", run_id="made")


def row_losses() -> RowLossesReport:
    """Two states, two seeds, three rows; mean losses at the end 0.2, 2 and 0.5."""
    losses = np.array([[[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]], [[0.1, 1.0, 0.5], [0.3, 3.0, 0.5]]])
    return RowLossesReport(np.array([0, 10]), losses, np.array([7, 8, 9]), "validation", "all rows", "made")
