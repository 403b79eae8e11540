"""Mean, standard deviation, minimum and maximum of everything that is recorded of the layers, at one step, as a table.

Grouped by what the numbers are: inputs and outputs of the nonlinearities, gradients with respect to them, and then
parameters and their gradients, biases apart from weights. Source: Bengio 2012, section 4.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from diagnostics.run import Run
from diagnostics.seed_spread import Floats

if TYPE_CHECKING:
    import pandas as pd

GROUPS = {
    "pre_activation": "pre-activations",
    "activation": "activations",
    "gradient": "back-propagated gradients",
    "weight": "weights",
    "weight_gradient": "weight gradients",
    "bias": "biases",
    "bias_gradient": "bias gradients",
}
STATISTICS = ("mean", "std", "minimum", "maximum")


@dataclass(frozen=True, eq=False)
class LayerSummaryReport:
    """One row for each group and layer, group by group.

    Attributes
    ----------
    step : int
        The one that was asked for; each row is the last record at or before it.
    groups, layers : tuple of str, (rows,)
    numbers : array (rows, 4)
        As `STATISTICS`: mean and standard deviation are means over the seeds, minimum and maximum the least and the
        largest of all seeds; NaN where none is left.
    """

    step: int
    groups: tuple[str, ...]
    layers: tuple[str, ...]
    numbers: Floats
    run_id: str
    n_seeds: int


def layer_summary(run: Run, step: int | None = None) -> LayerSummaryReport:
    """Return the four numbers of every recorded quantity of every layer; at the last record if there is no `step`."""
    groups, layers, rows, at = [], [], [], 0
    for quantity, group in GROUPS.items():
        for layer in run.layers:
            series = [run.series.get(f"{layer.name}/{quantity}/{what}") for what in STATISTICS]
            there = [entry for entry in series if entry is not None and len(entry.steps)]
            if len(there) < len(STATISTICS):
                continue
            at = max(at, there[0].at(step)[0])
            groups.append(group)
            layers.append(layer.name)
            rows.append([_over_seeds(entry.at(step)[1], what) for entry, what in zip(there, STATISTICS, strict=True)])
    numbers = np.array(rows, np.float64).reshape(len(rows), len(STATISTICS))
    return LayerSummaryReport(at, tuple(groups), tuple(layers), numbers, run.id, len(run.experiment.seeds))


def summary_table(report: LayerSummaryReport) -> pd.DataFrame:
    """Return the report as a table with the columns quantity, layer, mean, std, minimum, maximum."""
    import pandas as pd

    columns = {what: report.numbers[:, i] for i, what in enumerate(STATISTICS)}
    return pd.DataFrame({"quantity": report.groups, "layer": report.layers, **columns})


def _over_seeds(values: np.ndarray, what: str) -> float:
    finite = np.asarray(values, np.float64)
    finite = finite[np.isfinite(finite)]
    if len(finite) == 0:
        return float("nan")
    return float({"minimum": np.min, "maximum": np.max}.get(what, np.mean)(finite))
