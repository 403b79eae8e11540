"""From the gradient to the update: clipping, penalties, the optimizer's rule, and rates of single layers.

All of it is a list of calls over blocks of the flat buffer that stay in the processor's cache. What a pass moves by
itself, running means, `KeptBuffers` puts back for the seeds that are not trained any more.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from models.arrays import Array, BoolArray
from models.experiment import Experiment
from models.network import Network
from models.optimizers import OPTIMIZERS, Block, optimizer_settings
from models.site import Calls, Desk
from models.training_state import TrainingState

BLOCK = 2**15  # numbers: of gradient, update and two slots, half a megabyte in float32


class Updating:
    """Computes the update of all parameters of all seeds, and applies it.

    Parameters
    ----------
    experiment : Experiment
    network : Network
    state : TrainingState
        Its parameters and slots are changed in place.
    gradient : array (R, n_parameters)
        Of the mean loss of the mini-batch; read at every step, and never written.

    Attributes
    ----------
    update : array (R, n_parameters)
        What the last step adds to the parameters.
    """

    def __init__(self, experiment: Experiment, network: Network, state: TrainingState, gradient: Array) -> None:
        self.update = np.zeros_like(state.params)
        self._params, self._experiment, self._network = state.params, experiment, network
        self._rule = OPTIMIZERS[str(experiment.optimizer["type"])]
        self._settings = optimizer_settings(experiment.optimizer)
        dtype = state.params.dtype
        numbers = self._rule.numbers(self._settings, 1.0, 1)
        self._numbers = {name: np.zeros((), dtype) for name in numbers}
        self._calls = Calls()
        self._desk = Desk(self._calls, dtype.name)
        self._factors = self._rate_factors()
        gradient = self._clipped(gradient).reshape(-1)
        slots = {name: slot.reshape(-1) for name, slot in state.slots.items()}
        starts = range(0, gradient.size, BLOCK)
        self._sums = np.zeros(len(starts), dtype)
        for number, start in enumerate(starts):
            self._bind_block(slice(start, min(start + BLOCK, gradient.size)), gradient, slots, number)

    def compute(self, learning_rate: float, step: int) -> bool:
        """Compute the update number `step`, from 1 up; return whether it surely is finite."""
        for name, value in self._rule.numbers(self._settings, learning_rate, step).items():
            self._numbers[name][...] = value
        self._calls.replay()
        return math.isfinite(self._sums[0] if len(self._sums) == 1 else self._sums.sum())

    def apply(self) -> None:
        """Add the update to the parameters."""
        np.add(self._params, self.update, self._params)

    def _bind_block(self, place: slice, gradient: Array, slots: Mapping[str, Array], number: int) -> None:
        params = self._params.reshape(-1)[place]
        decayed = self._decayed(params, place)
        update = self.update.reshape(-1)[place]
        block = Block(
            self._penalized(gradient[place], params, place),
            update,
            {name: slot[place] for name, slot in slots.items()},
            decayed,
            self._numbers,
        )
        self._rule.bind(self._desk, self._settings, block)
        if self._factors is not None:
            self._desk.call(np.multiply, update, self._factors[place], update)
        self._desk.call(np.dot, update, update, self._sums[number : number + 1].reshape(()))

    def _decayed(self, params: Array, place: slice) -> Array | None:
        if "decay" not in self._numbers:
            return None
        decayed = self._desk.scratch(len(params))
        self._desk.call(np.multiply, params, self._is_weight(place), decayed)
        return decayed

    def _penalized(self, gradient: Array, params: Array, place: slice) -> Array:
        """Gradient + l2·W + l1·sign(W), on weights and not on biases."""
        l1, l2, desk = self._experiment.l1, self._experiment.l2, self._desk
        if not l1 and not l2:
            return gradient
        result, part = desk.scratch(len(gradient)), desk.transient(len(gradient))
        desk.call(np.multiply, params, desk.constant(l2), result)
        if l1:
            desk.call(np.sign, params, part)
            desk.call(np.multiply, part, desk.constant(l1), part)
            desk.call(np.add, result, part, result)
        desk.call(np.multiply, result, self._is_weight(place), result)
        desk.call(np.add, result, gradient, result)
        return result

    def _clipped(self, gradient: Array) -> Array:
        """The gradient, each number clipped to ±clip_value, and each seed's scaled down to length clip_norm."""
        by_norm, by_value, desk = self._experiment.clip_norm, self._experiment.clip_value, self._desk
        if not by_norm and not by_value:
            return gradient
        result = desk.scratch(*gradient.shape)
        desk.call(np.copyto, result, gradient)
        if by_value:
            desk.call(np.minimum, result, desk.constant(by_value), out=result)
            desk.call(np.maximum, result, desk.constant(-by_value), out=result)
        if by_norm:
            length = desk.scratch(len(gradient))
            desk.call(np.vecdot, result, result, length)
            desk.call(np.sqrt, length, length)
            desk.call(np.divide, desk.constant(by_norm), length, length)
            desk.call(np.minimum, length, desk.constant(1), out=length)
            desk.call(np.multiply, result, length[:, None], result)
        return result

    def _is_weight(self, place: slice) -> Array:
        """1 for weights and 0 for biases, on one stretch of the buffer of all seeds."""
        return np.take(self._network.is_weight, np.arange(place.start, place.stop), mode="wrap")

    def _rate_factors(self) -> Array | None:
        """What the update of each parameter is multiplied by; None if all layers learn alike."""
        factors = self._experiment.layer_rates
        if not factors:
            return None
        known = [node.name for node in self._network.nodes if node.shapes]
        if unknown := [name for name in factors if name not in known]:
            raise ValueError(
                f"layer_rates names {', '.join(unknown)}, which is no layer with parameters: use {', '.join(known)}"
            )
        one_seed = np.ones(self._network.n_parameters, self._params.dtype)
        for name, place in self._network.places.items():
            one_seed[place] = float(str(factors.get(name.split("/")[0], 1.0)))
        return np.tile(one_seed, len(self._params))


class KeptBuffers:
    """The buffers of a training state as they were before a pass.

    Parameters
    ----------
    buffers : dict of array (R, …)
        Of the training state; `put_back` changes them in place.
    """

    def __init__(self, buffers: Mapping[str, Array]) -> None:
        self._pairs = [(array, array.copy()) for array in buffers.values()]

    def keep(self) -> None:
        """Note them as they are now."""
        for array, kept in self._pairs:
            np.copyto(kept, array)

    def put_back(self, rows: BoolArray) -> None:
        """Undo for some seeds, (R,), what has changed since."""
        for array, kept in self._pairs:
            array[rows] = kept[rows]
