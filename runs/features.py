"""What the units of a stored run's network look for, at any of its kept states. Start at any of the functions.

Each loads the state, chooses the examples, and calls one analysis of `diagnostics`; the report goes to the figure of
the same name. Units of different seeds do not correspond, so that all but `linear_probes` look at one seed: the first
one that did not diverge, if none is given. Images are handed out with their own brightness, rows of tables as the
network sees them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from diagnostics import first_layer as first_layers
from diagnostics import hinton_diagram as hinton_diagrams
from diagnostics import linear_probes as probes
from diagnostics import preferred_inputs as preferred
from diagnostics import unit_maps as maps
from diagnostics import varied_unit as varied
from diagnostics import weight_subsets as subsets
from diagnostics.first_layer import FirstLayerReport
from diagnostics.hinton_diagram import HintonReport
from diagnostics.linear_probes import LinearProbesReport
from diagnostics.preferred_inputs import PreferredInputReport, TopExamplesReport
from diagnostics.seed_spread import Floats
from diagnostics.unit_maps import UnitMapsReport
from diagnostics.varied_unit import VariedReport
from models.arrays import Array, Targets
from models.evaluation import predict
from models.network import Network
from runs.model_export.trained import trained_network
from runs.run_folder import LAST

if TYPE_CHECKING:
    from datasets import Prepared
    from runs.store import RunStore

N_ROWS = 4  # examples beside one another
VALUE = "value"


@dataclass(frozen=True, eq=False)
class StoredNetwork:
    """The network of one kept state; `params` (n_parameters,) and `buffers` (1, …) are those of one seed.

    Loading it takes longer than any one question about it: keep it while a slider is moved.
    """

    run_id: str
    network: Network
    params: Array
    buffers: dict[str, Array]
    seed: int
    step: int
    data: Prepared

    @property
    def examples(self) -> tuple[Array, Targets]:
        """The validation part (N, D) and its targets; the training part, if that is empty."""
        part = self.data.validation if len(self.data.validation.x) else self.data.train
        return part.x, part.y

    @property
    def output_names(self) -> tuple[str, ...]:
        """What the outputs are called."""
        return self.data.class_names or self.data.target_names

    @property
    def feature_names(self) -> tuple[str, ...]:
        """What the features of a table are called; () for anything else."""
        return () if self.data.input_shape else self.data.feature_names

    def as_shown(self, x: Floats) -> Floats:
        """Return inputs (…, D) as a person sees them: images with their own brightness, all others as they are."""
        return as_shown(self.data, x)


def as_shown(data: Prepared, x: Floats) -> Floats:
    """Return inputs (…, D) as a person sees them: images with their own brightness, all others as they are."""
    if len(data.input_shape) != 3:
        return x
    scale = [(getattr(one, "mean", 0.0), getattr(one, "std", 1.0)) for one in data.recipe.columns]
    mean, std = np.array(scale).T if len(scale) == x.shape[-1] else (0.0, 1.0)
    return np.asarray(x * std + mean)


def stored_network(run_id: str, store: RunStore, state: str = LAST, seed: int | None = None) -> StoredNetwork:
    """Return the network of a run at a kept state.

    Parameters
    ----------
    run_id : str
    store : RunStore
    state : str
        One of ``store.checkpoints(run_id)``: "last", "best", "step-000100", …
    seed : int, optional

    Raises
    ------
    KeyError
        If there is no such run, or its data are gone.
    ValueError
        If there is no such state or seed, or it diverged.
    """
    found = trained_network(run_id, store, seed=seed, checkpoint=state)
    assert found.data is not None
    buffers = {name: array[:1] for name, array in found.buffers.items()}
    step, _ = store.checkpoint_head(run_id, state)
    return StoredNetwork(run_id, found.network, found.params[0], buffers, found.seeds[0], step, found.data)


def first_layer(run_id: str, store: RunStore, state: str = LAST, *, seed: int | None = None) -> FirstLayerReport:
    """Return the weights of the first layer; see `diagnostics.first_layer`."""
    at = stored_network(run_id, store, state, seed)
    report = first_layers.first_layer(at.network, at.params, at.feature_names)
    return replace(report, seed=at.seed, step=at.step, run_id=run_id)


def hinton_diagram(
    run_id: str, store: RunStore, name: str, state: str = LAST, *, seed: int | None = None
) -> HintonReport:
    """Return a weight matrix, ``"dense1/W"``; see `diagnostics.hinton_diagram`."""
    at = stored_network(run_id, store, state, seed)
    reads_features = at.network.nodes[0].name == name.split("/")[0]
    report = hinton_diagrams.hinton_diagram(at.network, at.params, name, at.feature_names if reads_features else ())
    return replace(report, seed=at.seed, step=at.step, run_id=run_id)


def top_examples(
    run_id: str,
    store: RunStore,
    layer: str,
    units: Sequence[int] = (),
    state: str = LAST,
    *,
    seed: int | None = None,
) -> TopExamplesReport:
    """Return the validation examples that units respond to most; see `diagnostics.preferred_inputs`."""
    at = stored_network(run_id, store, state, seed)
    x, y = at.examples
    labels = y.astype(np.int64) if at.data.task == "classification" and y.ndim == 1 else None
    report = preferred.top_examples(at.network, at.params, x, layer, units, labels=labels, buffers=at.buffers)
    return replace(
        report, examples=at.as_shown(report.examples), feature_names=at.feature_names, class_names=at.output_names,
        seed=at.seed, step=at.step, run_id=run_id,
    )  # fmt: skip


def preferred_input(
    run_id: str,
    store: RunStore,
    layer: str = "output",
    units: Sequence[int] = (),
    state: str = LAST,
    *,
    seed: int | None = None,
) -> PreferredInputReport:
    """Return inputs made by gradient ascent: for units, or for each output if none are given; likewise.

    Of a hidden layer without `units` those whose responses differ most between examples, up to eight.
    """
    at = stored_network(run_id, store, state, seed)
    found = preferred.top_examples(at.network, at.params, at.examples[0], layer, buffers=at.buffers)
    if not len(units):
        units = range(found.n_units) if found.is_output else found.units.tolist()
    best = preferred.top_examples(at.network, at.params, at.examples[0], layer, units, buffers=at.buffers)
    region = preferred.Region.of_data(at.data.train.x)
    report = preferred.preferred_input(at.network, at.params, layer, units, region, buffers=at.buffers)
    return replace(
        report, inputs=at.as_shown(report.inputs), start=at.as_shown(report.start),
        best_example=best.responses[:, 0], feature_names=at.feature_names, class_names=at.output_names,
        seed=at.seed, step=at.step, run_id=run_id,
    )  # fmt: skip


def unsure_rows(at: StoredNetwork, most: int = N_ROWS) -> tuple[int, ...]:
    """Return the rows of ``at.examples`` of whose class the network is least sure; of other targets the first rows.

    There the output changes most where a part of the network is varied.
    """
    x = at.examples[0][: probes.MOST_SCORED]
    if at.data.task != "classification" or len(at.network.nodes[-1].shape) > 1:
        return tuple(range(min(most, len(x))))
    shares = np.sort(predict(at.network, at.params[None], x, at.buffers)[0], axis=-1)
    return tuple(int(row) for row in np.argsort(shares[:, -1] - shares[:, -2], kind="stable")[:most])


def varied_unit(at: StoredNetwork, layer: str, unit: int, rows: Sequence[int] = ()) -> VariedReport:
    """Return the outputs for rows of ``at.examples`` along the values of a unit; see `diagnostics.varied_unit`.

    Without `rows` those of `unsure_rows`.
    """
    x, rows = at.examples[0], rows or unsure_rows(at)
    report = varied.varied_unit(
        at.network, at.params, x[list(rows)], layer, unit, data=x[: probes.MOST_SCORED], buffers=at.buffers
    )
    return _named(at, report, rows)


def varied_weights(
    at: StoredNetwork, layer: str, unit: int, rows: Sequence[int] = (), which: str = "all"
) -> VariedReport:
    """Return the same along a factor on the weights into a unit, or on one of `weight_subsets.SUBSETS` of them."""
    rows = rows or unsure_rows(at)
    chosen = subsets.subset_of(at.params, subsets.weights_into(at.network, layer, unit), which)
    what = f"{subsets.SUBSETS[which]} into unit {unit} of {layer}"
    x = at.examples[0][list(rows)]
    report = varied.varied_weights(at.network, at.params, x, chosen, what=what, buffers=at.buffers)
    return _named(at, report, rows)


def varied_part(at: StoredNetwork, layer: str, unit: int, row: int, how: str) -> VariedReport:
    """Return what one example's slider shows, its own place among the others: `varied_unit.with_own`.

    Parameters
    ----------
    at : StoredNetwork
    layer : str
    unit : int
    row : int
        Of ``at.examples``.
    how : str
        "value", the unit's own, or one of `weight_subsets.SUBSETS`, a factor on these of the weights into it.
    """
    if how == VALUE:
        return varied.with_own(varied_unit(at, layer, unit, (row,)))
    return varied.with_own(varied_weights(at, layer, unit, (row,), how))


def _named(at: StoredNetwork, report: VariedReport, rows: Sequence[int]) -> VariedReport:
    y = at.examples[1]
    is_class = at.data.task == "classification" and y.ndim == 1
    names = [f"example {row}" + (f" ({at.data.class_names[int(y[row])]})" if is_class else "") for row in rows]
    return replace(
        report, example_names=tuple(names), output_names=at.output_names, examples=at.as_shown(report.examples),
        seed=at.seed, step=at.step, run_id=at.run_id,
    )  # fmt: skip


def unit_maps(run_id: str, store: RunStore, state: str = LAST) -> UnitMapsReport:
    """Return the maps of hidden units over two features, and the linear regions of all seeds.

    Raises
    ------
    ValueError
        If the data do not have two features.
    """
    grid = store.load(run_id).constants.get("grid/axes")
    if grid is None:
        raise ValueError("maps of units need data with two features")
    found = trained_network(run_id, store, checkpoint=state)
    assert found.data is not None
    spans = np.asarray(grid, np.float64)[:, [0, -1]]
    report = maps.unit_maps(found.network, found.params, spans, found.buffers)
    step, _ = store.checkpoint_head(run_id, state)
    return replace(report, feature_names=found.data.feature_names, seed=found.seeds[0], step=step, run_id=run_id)


def linear_probes(
    run_id: str,
    store: RunStore,
    state: str = LAST,
    *,
    progress: Callable[[float], bool] = lambda _: True,
) -> LinearProbesReport:
    """Return the score of a linear model on each layer, of all seeds, now and before training.

    Fitted on the training part and scored on the validation part; see `diagnostics.linear_probes`.
    """
    found = trained_network(run_id, store, checkpoint=state)
    assert found.data is not None
    data = found.data
    parts = (data.train.x, data.train.y), (data.validation.x, data.validation.y)
    after = probes.linear_probes(
        found.network, found.params, *parts, buffers=found.buffers, progress=lambda share: progress(share / 2)
    )
    start = found.network.init(found.seeds)
    before = probes.linear_probes(found.network, start, *parts, progress=lambda share: progress(0.5 + share / 2))
    step, _ = store.checkpoint_head(run_id, state)
    return replace(after, before=before.scores, step=step, run_id=run_id)
