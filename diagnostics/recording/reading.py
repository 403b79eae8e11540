"""What a recorder looks at: passes over evaluated parts, probe examples and grid, bound once and replayed."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from diagnostics.run import AnyArray
from models.arrays import Array, Targets, stream
from models.evaluation import Outputs
from models.network import Network
from models.passes import Pass, Tape
from models.training_data import TrainingData
from models.training_state import TrainingState

MOST_EVALUATED = 2000


def as_targets(y: AnyArray) -> Targets:
    """Return stored targets as the engine takes them: whole numbers as classes, others as numbers."""
    return y.astype(np.int64) if y.dtype.kind in "iu" else y.astype(np.float64)


class Reading:
    """Passes that read a training's live parameters.

    Parameters
    ----------
    network : Network
    state : TrainingState
        Whose parameters and buffers are read, as they are at each call.
    parts : mapping
        Examples and targets that are evaluated, by part.
    constants : mapping
        The probe examples and, for one or two features, the grid.
    """

    def __init__(
        self,
        network: Network,
        state: TrainingState,
        parts: Mapping[str, tuple[Array, Targets]],
        constants: Mapping[str, AnyArray],
    ) -> None:
        self.state, self._network = state, network
        self.outputs = {part: Outputs(network, state.params, x, state.buffers) for part, (x, _) in parts.items()}
        self.grid = None
        if "grid/x" in constants:
            self.grid = Outputs(network, state.params, np.asarray(constants["grid/x"]), state.buffers)
        probes = np.asarray(constants["probe/x"], network.dtype)
        self._probe_logits = Outputs(network, state.params, probes, state.buffers)
        self._probes = Pass(network, state.params, len(probes), buffers=state.buffers)
        self._probes.load(probes)
        self._probes.load_targets(network.loss.encode(as_targets(constants["probe/y"]), network.nodes[-1].units))

    def tape(self) -> Tape:
        """Return the tape of a pass over the probe examples, forward and backward, as the parameters are now."""
        with np.errstate(all="ignore"):
            self._probes.replay()
        return self._probes.tape

    def function(self, logits: Array | None = None) -> dict[str, AnyArray]:
        """Return what the network answers now, by series: probabilities or predictions of probe examples and grid.

        `logits` (R, P, …, K) are those of the probe examples, if they are known already.
        """
        probabilities = self._network.loss.probabilities
        with np.errstate(all="ignore"):
            found = self._probe_logits() if logits is None else np.ascontiguousarray(logits)
            rows: dict[str, AnyArray] = {"probe/output": probabilities(found)}
            if self.grid is not None:
                rows["grid/output"] = probabilities(self.grid())
        return rows


def function_numbers(network: Network, constants: Mapping[str, AnyArray]) -> int:
    """Return how many numbers `Reading.function` gives for each seed."""
    examples = sum(len(constants[name]) for name in ("probe/x", "grid/x") if name in constants)
    return examples * math.prod(network.nodes[-1].shape)


def evaluated_parts(data: TrainingData) -> dict[str, tuple[Array, Targets]]:
    """The parts that are evaluated; of the training part up to 2000 rows, always the same."""
    rows = np.arange(len(data.x_train))
    if len(rows) > MOST_EVALUATED:
        rows = np.sort(stream(0, "evaluated").permutation(rows)[:MOST_EVALUATED])
    parts: dict[str, tuple[Array, Targets]] = {"train": (data.x_train[rows], data.y_train[rows])}
    if len(data.x_validation):
        parts["validation"] = (data.x_validation, data.y_validation)
    return parts
