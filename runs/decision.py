"""What all seeds of a stored run decide at a kept state: over the columns of a table, on the PCA plane, row by row.

Start at `decision_network`, and keep what it returns while the view changes. Each function chooses rows and calls one
analysis of `diagnostics`; the report goes to the figure of the same name. The losses of single rows through the kept
states are in `runs.row_histories`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from diagnostics.feature_slice import FeatureSliceReport, Held, Rows, feature_slice
from diagnostics.partial_dependence import PartialDependenceReport, partial_dependence
from diagnostics.pca_plane import PcaPlaneReport, pca_plane
from diagnostics.permutation_importance import MOST_ROWS, ImportanceReport, permutation_importance
from diagnostics.plane_surface import Meaning
from diagnostics.row_errors import ClassErrorsReport, NumberErrorsReport, class_errors, label_errors, number_errors
from diagnostics.row_losses import each_loss
from diagnostics.run import AnyArray
from diagnostics.seed_spread import Floats
from diagnostics.table_columns import Report, TableColumn, outputs_of, silent, typical_row
from models.arrays import Targets, stream
from models.evaluation import logits, predict
from runs.model_export.trained import Trained, trained_network
from runs.run_folder import LAST

if TYPE_CHECKING:
    from datasets import Prepared
    from datasets.prepared import Split
    from runs.store import RunStore

TABLE, IMAGE, SEQUENCE = "table", "image", "sequence"
TRAINING, VALIDATION = "training", "validation"
MOST_TRAINING, MOST_VALIDATION = 600, 300  # rows that are drawn
MOST_WORK, FEWEST_ROWS = 6e9, 50  # multiplications with weights, and rows, for the importance of the columns
MOST_SEEN = 3000  # training rows whose density is drawn
TYPICAL = "the typical row (medians, and the most frequent categories)"


@dataclass(frozen=True, eq=False)
class DecisionNetwork:
    """All seeds of a run that did not diverge, at one kept state, with what they learned from."""

    run_id: str
    step: int
    trained: Trained
    data: Prepared

    @property
    def kind(self) -> str:
        """What a row is: "table", "image" or "sequence"."""
        return {0: TABLE, 3: IMAGE}.get(len(self.data.input_shape), SEQUENCE)

    @property
    def n_seeds(self) -> int:
        """R."""
        return len(self.trained.seeds)

    @property
    def output_names(self) -> tuple[str, ...]:
        """The classes, labels or targets."""
        return self.data.class_names or self.data.target_names

    @cached_property
    def columns(self) -> tuple[TableColumn, ...]:
        """The columns of a table, in order; () for what is none."""
        return table_columns(self.data) if self.kind == TABLE else ()

    @property
    def part(self) -> str:
        """Which rows are looked at first: of validation, or of training where there are no others."""
        return VALIDATION if len(self.data.validation.x) else TRAINING

    def split(self, part: str) -> Split:
        """Return the rows of "training" or "validation"."""
        return self.data.validation if part == VALIDATION else self.data.train

    def predict(self, x: Floats) -> Floats:
        """Return probabilities, or numbers in the targets' own units, (R, N, K)."""
        found = np.asarray(predict(self.trained.network, self.trained.params, x, self.trained.buffers), np.float64)
        return self.data.recipe.inverse_target(found) if self.data.task == "regression" else found

    def losses(self, x: AnyArray, y: Targets) -> Floats:
        """Return the loss of each row, (R, N)."""
        network = self.trained.network
        given = np.asarray(x, network.dtype)
        return each_loss(network.loss, logits(network, self.trained.params, given, self.trained.buffers), y)

    def meaning(self, output: int | None) -> Meaning:
        """Return what is shown: an output by its place, or for classes None, the most probable one."""
        return Meaning(self.data.task, self.output_names, output, self.data.target_name)

    def own_units(self, y: AnyArray) -> AnyArray:
        """Return targets as a person knows them: numbers of a regression in their own units."""
        return self.data.recipe.inverse_target(np.asarray(y, np.float64)) if self.data.task == "regression" else y

    def held(self, row: int | None, part: str = "") -> Held:
        """Return the row at which columns are held: a place in a part, or None for the typical one of the training."""
        if row is None:
            return Held(typical_row(self.data.train.x, self.columns), TYPICAL)
        part = part or self.part
        split = self.split(part)
        name = f"{part} row {int(split.rows[row]) + 1}"
        return Held(np.asarray(split.x[row], dtype=np.float64), name, is_real=True)


def decision_network(run_id: str, store: RunStore, state: str = LAST) -> DecisionNetwork:
    """Return the networks of a run at a kept state.

    Raises
    ------
    KeyError
        If there is no such run, or its data are gone.
    ValueError
        If there is no such state, or every seed diverged.
    """
    found = trained_network(run_id, store, checkpoint=state)
    assert found.data is not None
    step, _ = store.checkpoint_head(run_id, state)
    return DecisionNetwork(run_id, step, found, found.data)


def table_columns(data: Prepared) -> tuple[TableColumn, ...]:
    """Return the columns of the recipe of a table with the features that each of them becomes."""
    from datasets.recipe import Categorical

    found, start = [], 0
    for one in data.recipe.columns:
        if isinstance(one, Categorical):
            found.append(TableColumn(one.column, start, one.categories))
        else:
            found.append(TableColumn(one.column, start, (), one.mean, one.std, one.median))
        start = found[-1].places.stop
    return tuple(found)


def importance(at: DecisionNetwork, report: Report = silent) -> ImportanceReport:
    """Return which columns the networks use, on up to 300 rows; see `diagnostics.permutation_importance`.

    Where many columns meet a large network, there are fewer rows and, if need be, fewer seeds; the report counts both.
    """
    split = at.split(at.part)
    each = len(at.columns) * at.trained.params.shape[1]  # multiplications for one row and seed, all columns shuffled
    n_rows = int(np.clip(MOST_WORK // (each * at.n_seeds), FEWEST_ROWS, MOST_ROWS))
    n_seeds = int(np.clip(MOST_WORK // (each * n_rows), 1, at.n_seeds))
    some = replace(at, trained=_first_seeds(at.trained, n_seeds))
    chosen = _some(len(split.x), n_rows, "importance")
    y = split.y[chosen]
    x = np.asarray(split.x[chosen], dtype=np.float64)
    found = permutation_importance(lambda changed: some.losses(changed, y), x, at.columns, report)
    return replace(found, part=at.part, step=at.step, run_id=at.run_id)


def _first_seeds(trained: Trained, n: int) -> Trained:
    buffers = {name: array[:n] for name, array in trained.buffers.items()}
    return replace(trained, params=trained.params[:n], buffers=buffers, seeds=trained.seeds[:n])


def slice_of_features(
    at: DecisionNetwork,
    columns: tuple[int, int],
    held: int | None = None,
    output: int | None = None,
    report: Report = silent,
) -> FeatureSliceReport:
    """Return the surface over two columns, by their places; see `diagnostics.feature_slice`."""
    pair = at.columns[columns[0]], at.columns[columns[1]]
    meaning = at.meaning(output)
    rows = _rows(at, meaning)
    found = feature_slice(at.predict, pair, rows, at.held(held), meaning=meaning, report=report)
    return replace(found, notes=_notes(at, *pair), step=at.step, run_id=at.run_id)


def plane_of_components(at: DecisionNetwork, output: int | None = None, report: Report = silent) -> PcaPlaneReport:
    """Return the surface on the plane of two principal components; see `diagnostics.pca_plane`."""
    meaning = at.meaning(output)
    found = pca_plane(at.predict, _rows(at, meaning), at.data.feature_names, meaning=meaning, report=report)
    return replace(found, step=at.step, run_id=at.run_id)


def curves_of_feature(
    at: DecisionNetwork, column: int, held: int | None = None, output: int = 0, report: Report = silent
) -> PartialDependenceReport:
    """Return the curves over one column, of the rows of validation; see `diagnostics.partial_dependence`."""
    x = np.asarray(at.split(at.part).x, dtype=np.float64)
    seen = np.asarray(at.data.train.x, dtype=np.float64)
    seen = seen[_some(len(seen), MOST_SEEN, "density")]
    found = partial_dependence(
        at.predict, at.columns[column], x, at.held(held), meaning=at.meaning(output), seen=seen, report=report
    )
    return replace(found, notes=_notes(at, at.columns[column]), step=at.step, run_id=at.run_id)


def errors_of_rows(
    at: DecisionNetwork, part: str, output: int = 0, report: Report = silent
) -> ClassErrorsReport | NumberErrorsReport:
    """Return how each row of a part is answered; every position of a sequence counts as a row.

    `output` is the label or target that is looked at; it says nothing where there are classes.
    """
    split = at.split(part)
    outputs = outputs_of(at.predict, np.asarray(split.x, dtype=np.float64), report)
    outputs = outputs.reshape(len(outputs), -1, outputs.shape[-1])
    found: ClassErrorsReport | NumberErrorsReport
    if at.data.task == "classification":
        counted = "positions" if at.data.per_position else "rows"
        found = replace(class_errors(outputs, split.y.ravel(), at.data.class_names), counted=counted)
    elif at.data.task == "multi_label":
        found = label_errors(outputs, split.y, output, at.output_names[output])
    else:
        found = number_errors(outputs, np.asarray(at.own_units(split.y)), output, at.output_names[output])
    return replace(found, part=part, step=at.step, run_id=at.run_id)


def _notes(at: DecisionNetwork, *columns: TableColumn) -> tuple[str, ...]:
    """What the preparation tells of these columns: missing numbers that stand at the median, among other things."""
    return tuple(note for note in at.data.notes if any(f"column {column.name!r}:" in note for column in columns))


def _rows(at: DecisionNetwork, meaning: Meaning) -> Rows:
    """Return the rows that are drawn: some of the training part, and some of validation."""
    parts = ((at.data.train, MOST_TRAINING), (at.data.validation, MOST_VALIDATION))
    chosen = [(split, _some(len(split.x), most, "drawn")) for split, most in parts]
    x, y, numbers = (
        np.concatenate([getattr(split, name)[places] for split, places in chosen]) for name in ("x", "y", "rows")
    )
    is_validation = np.arange(len(x)) >= len(chosen[0][1])
    wanted = meaning.target_of(np.asarray(at.own_units(y)))
    return Rows(np.asarray(x, dtype=np.float64), wanted, is_validation, numbers)


def _some(n: int, most: int, name: str) -> NDArray[np.int64]:
    """Return up to `most` of n places, the same ones each time, ascending."""
    return np.arange(n) if n <= most else np.sort(stream(0, name).permutation(n)[:most])
