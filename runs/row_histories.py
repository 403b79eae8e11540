"""Single rows of a stored run: their losses through its kept states, and what stands in them. Start at `row_losses`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from diagnostics.projection import Interrupted
from diagnostics.row_losses import RowLossesReport
from diagnostics.seed_spread import Floats
from diagnostics.table_columns import Report, silent
from runs.decision import IMAGE, SEQUENCE, TABLE, DecisionNetwork, decision_network
from runs.features import as_shown
from runs.fork import kept_states
from runs.model_export.trained import Trained

if TYPE_CHECKING:
    import pandas as pd

    from runs.store import RunStore

MOST_SHOWN = 24  # numbers or tokens of a sequence that are written out
FIRST = "before training"


def row_losses(run_id: str, store: RunStore, part: str, report: Report = silent) -> RowLossesReport:
    """Return the loss of each row of a part before training and at every kept state, of the seeds that did not diverge.

    Every position of a sequence counts as a row.

    Raises
    ------
    KeyError
        If there is no such run, or its data are gone.
    ValueError
        If no state is kept.
    Interrupted
        If `report` returns False.
    """
    states = sorted(kept_states(run_id, store), key=lambda state: state.step)
    if not states:
        raise ValueError("no state of this run was kept: train it anew")
    networks = {state.step: decision_network(run_id, store, state.name) for state in states}
    last = networks[states[-1].step]
    seeds = [seed for seed in last.trained.seeds if all(seed in one.trained.seeds for one in networks.values())]
    found = {0: _start(last)} | networks
    split, losses = last.split(part), []
    for number, at in enumerate(found.values()):
        rows = [at.trained.seeds.index(seed) for seed in seeds]
        losses.append(at.losses(split.x, split.y)[rows])
        if not report((number + 1) / len(found)):
            raise Interrupted
    positions = losses[0].shape[1] // max(len(split.x), 1)
    numbers = np.repeat(split.rows, positions)
    return RowLossesReport(np.array(list(found)), np.stack(losses), numbers, part, f"all {part} rows", run_id)


def _start(at: DecisionNetwork) -> DecisionNetwork:
    """The same networks before their first update: weights follow from the seeds."""
    network, seeds = at.trained.network, at.trained.seeds
    fresh = Trained(network, network.init(seeds), network.init_buffers(len(seeds)), seeds, at.data)
    return DecisionNetwork(at.run_id, 0, fresh, at.data)


def row_table(
    at: DecisionNetwork, losses: RowLossesReport, places: NDArray[np.int64], said: dict[str, object]
) -> pd.DataFrame:
    """Return rows of a part as a table: number, what was said, losses, and the columns with their own values.

    "loss" is that of the state of `at`; the largest stands first.

    Parameters
    ----------
    at : DecisionNetwork
    losses : RowLossesReport
        Of the whole part, as `row_losses` returns it.
    places : array (M,)
        In that part; of sequences with a target at each position, in all positions one after the other.
    said : dict
        Columns (M,) that stand behind the number of the row, in the same order as `places`.
    """
    import pandas as pd

    split = at.split(losses.part)
    positions = max(1, losses.losses.shape[2] // max(len(split.x), 1))
    own = places // positions
    columns: dict[str, object] = {"row": split.rows[own] + 1}
    if positions > 1:
        columns["position"] = places % positions + 1
    columns |= said
    mean = losses.mean[:, places]
    columns["loss"] = np.round(losses.at(at.step)[places], 6)
    x = np.asarray(split.x[own])
    for column in at.columns:
        values = column.values(x)
        name = column.name if column.name not in columns else f"{column.name} (column)"
        columns[name] = values if column.is_numeric else [column.text(value) for value in values]
    if at.kind == SEQUENCE:
        columns["sequence"] = [_written(at, one) for one in x]
    for step, one in zip(losses.steps, mean, strict=True):
        columns[f"loss {FIRST}" if step == 0 else f"loss at step {step}"] = np.round(one, 6)
    table = pd.DataFrame(columns)
    return table.sort_values("loss", ascending=False, kind="stable", ignore_index=True)


def _written(at: DecisionNetwork, x: Floats) -> str:
    """Return a sequence in one line: its tokens by name if they are the classes, else numbers."""
    names = at.data.class_names
    if at.data.per_position and at.data.vocabulary and at.data.vocabulary <= len(names):
        return "".join(_sign(names[int(token)]) for token in x)
    shown = " ".join(f"{value:.3g}" for value in x[:MOST_SHOWN])
    return shown + (" …" if len(x) > MOST_SHOWN else "")


def _sign(name: str) -> str:
    """One character for a token: its name, if that is one."""
    return {"space": " ", "new line": "⏎"}.get(name, name if len(name) == 1 else f"‹{name}›")


def row_images(at: DecisionNetwork, part: str, places: NDArray[np.int64]) -> Floats | None:
    """Return rows that are images with their own brightness, (M, height, width, channels); None for others."""
    if at.kind != IMAGE:
        return None
    x = np.asarray(at.split(part).x[places], dtype=np.float64)
    return np.asarray(as_shown(at.data, x).reshape(-1, *at.data.input_shape))


def missing_note(at: DecisionNetwork) -> str:
    """Return what must be said of values that are not as they were in the file; "" if there are none."""
    filled = [note for note in at.data.notes if "missing" in note and "median" in note]
    if at.kind != TABLE or not filled:
        return ""
    return "Where a number was missing stands the median of the training rows, which the network was given instead."
