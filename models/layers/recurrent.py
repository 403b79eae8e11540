"""Layers that walk along a sequence (features, positions): the plain recurrent layer and the LSTM.

Both read [x_t; h_(t-1); 1] as one column, so that each position costs one matrix product forward and one backward; the
gradient of the weights is one product over all positions at the end. h_0 and c_0 are zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from models.activations import ACTIVATIONS
from models.arrays import Array
from models.fields import Choice, Field
from models.layers.dense import ACTIVATION
from models.layers.protocol import Factors, Parameter, Plain
from models.signal import Shape
from models.site import Site, transposed

UNITS = Field("units", 32, 1, 1024, "How many numbers it remembers from position to position.", integer=True)
RETURNS = Choice("returns", "last", ("last", "all"), "The state after the last position, or after each.")


@dataclass(frozen=True)
class _Walking(Plain):
    """What the two have in common: the columns they read, and where their state goes."""

    units: int
    returns: str = "last"

    gates: ClassVar[int] = 1

    def output_shape(self, *inputs: Shape) -> Shape:
        if len(inputs[0]) != 2:
            raise ValueError(
                f"a layer that walks along a sequence needs (features, positions), got {inputs[0]}: "
                "give the data as sequences, or put an embedding before it"
            )
        return (self.units, inputs[0][1]) if self.returns == "all" else (self.units,)

    def parameters(self, *inputs: Shape) -> dict[str, Parameter]:
        fan_in = inputs[0][0] + self.units
        return {
            "W": Parameter((fan_in, self.gates * self.units), fan_in, self.units, blocks=self.gates),
            "b": Parameter((self.gates * self.units,), start=self._bias_starts()),
        }

    def _bias_starts(self) -> tuple[float, ...]:
        return (0.0,)

    def _columns(self, site: Site) -> tuple[Array, Array]:
        """Return the columns (T + 1, R, D + H + 1, N), filled with x, and their state part (T + 1, R, H, N)."""
        x = site.inputs[0].array
        n_seeds, d, n_positions, n = x.shape
        columns = np.zeros((n_positions + 1, n_seeds, d + self.units + 1, n), x.dtype)
        columns[:, :, -1] = 1
        site.call(np.copyto, columns[:-1, :, :d], np.moveaxis(x, 2, 0))
        site.notes["columns"] = columns
        return columns, columns[:, :, d:-1]

    def _hand_out(self, site: Site, states: Array) -> None:
        if self.returns == "all":
            site.call(np.copyto, site.output.array, np.moveaxis(states[1:], 0, 2))
        else:
            site.call(np.copyto, site.output.array, states[-1])

    def _arriving(self, site: Site, grad_h: Array, position: int, last: int) -> None:
        """Add to the gradient of h at a position what comes from outside; from later positions it holds already."""
        if self.returns == "all":
            site.call(np.add, grad_h, site.grad_output.array[:, :, position], grad_h)
        elif position == last:
            site.call(np.copyto, grad_h, site.grad_output.array)

    def _recurrent(self, site: Site) -> Array:
        """Return the part of W that reads the state, (R, H, gates·H)."""
        return site.parameters["W"][:, site.inputs[0].shape[0] :]

    def factors(self, site: Site) -> Factors:
        return {"W": [(site.notes["read"], site.notes["grad_z"])]}

    def _hand_back(self, site: Site, grad_z: Array) -> None:
        """The gradients of weights and input, from those of all positions: grad_z (T, R, gates·H, N)."""
        columns = site.notes["columns"][:-1]
        n_positions, n_seeds, n_rows, n = columns.shape
        side_by_side = site.scratch(n_seeds, n_rows, n_positions, n)
        grad_z_side_by_side = site.scratch(n_seeds, grad_z.shape[2], n_positions, n)
        site.call(np.copyto, side_by_side, np.moveaxis(columns, 0, 2))
        site.call(np.copyto, grad_z_side_by_side, np.moveaxis(grad_z, 0, 2))
        site.notes |= {"read": side_by_side, "grad_z": grad_z_side_by_side}
        flat = (n_seeds, -1, n_positions * n)
        grads = grad_z_side_by_side.reshape(flat)
        site.product(side_by_side.reshape(flat), transposed(grads), site.grad_joined["W"])
        if site.grad_inputs[0] is not None:
            d = site.grad_inputs[0].shape[0]
            site.product(site.parameters["W"][:, :d], grads, site.grad_inputs[0].matrix)


@dataclass(frozen=True)
class Recurrent(_Walking):
    """h_t = f(Wᵀ [x_t; h_(t-1)] + b), with W (D + units, units) (Elman 1990)."""

    unit_activation: str = "tanh"

    fields: ClassVar[tuple[Field | Choice, ...]] = (
        UNITS,
        RETURNS,
        Choice("unit_activation", "tanh", ACTIVATION.options, "The nonlinearity at each position."),
    )

    def forward(self, site: Site) -> None:
        columns, states = self._columns(site)
        z = site.scratch(len(columns) - 1, *states.shape[1:])
        for t in range(len(z)):
            site.product(transposed(site.joined["W"]), columns[t], z[t])
            ACTIVATIONS[self.unit_activation].forward(site, z[t], states[t + 1])
        site.notes |= {"z": z, "states": states}
        self._hand_out(site, states)

    def backward(self, site: Site) -> None:
        z, states = site.notes["z"], site.notes["states"]
        n_positions = len(z)
        grad_z = np.zeros_like(z)
        site.call(grad_z[-1].fill, 0)
        for t in reversed(range(n_positions)):
            if t < n_positions - 1:
                site.product(self._recurrent(site), grad_z[t + 1], grad_z[t])
            self._arriving(site, grad_z[t], t, n_positions - 1)
            ACTIVATIONS[self.unit_activation].backward(site, z[t], states[t + 1], grad_z[t])
        self._hand_back(site, grad_z)


@dataclass(frozen=True)
class Lstm(_Walking):
    """Long short-term memory: c_t = f ∘ c_(t-1) + i ∘ g, h_t = o ∘ tanh c_t.

    The gates stand side by side in W (D + units, 4·units): input i, forget f, output o (sigmoid), then the candidate g
    (tanh). The forget gate's bias starts at `forget_bias`. Source: Hochreiter & Schmidhuber 1997; Gers et al. 2000.
    """

    forget_bias: float = 1.0

    fields: ClassVar[tuple[Field | Choice, ...]] = (
        UNITS,
        RETURNS,
        Field("forget_bias", 1.0, -10, 10, "First bias of the forget gate; 1 keeps what is in the cell."),
    )
    gates: ClassVar[int] = 4

    def _bias_starts(self) -> tuple[float, ...]:
        return (0.0, self.forget_bias, 0.0, 0.0)

    def forward(self, site: Site) -> None:
        columns, states = self._columns(site)
        n_positions, h = len(columns) - 1, self.units
        gates = site.scratch(n_positions, site.n_seeds, 4 * h, site.n_examples)
        cells, squashed = np.zeros_like(states), site.scratch(n_positions, *states.shape[1:])
        part = site.transient(*states.shape[1:])
        half = site.constant(0.5)
        for t in range(n_positions):
            all_four, sigmoids = gates[t], gates[t][:, : 3 * h]
            i, f, o, g = (all_four[:, k * h : (k + 1) * h] for k in range(4))
            site.product(transposed(site.joined["W"]), columns[t], all_four)
            site.call(np.multiply, sigmoids, half, sigmoids)  # sigmoid z = (1 + tanh(z/2))/2: one tanh for all four
            site.call(np.tanh, all_four, all_four)
            site.call(np.multiply, sigmoids, half, sigmoids)
            site.call(np.add, sigmoids, half, sigmoids)
            site.call(np.multiply, f, cells[t], cells[t + 1])
            site.call(np.multiply, i, g, part)
            site.call(np.add, cells[t + 1], part, cells[t + 1])
            site.call(np.tanh, cells[t + 1], squashed[t])
            site.call(np.multiply, o, squashed[t], states[t + 1])
        site.notes |= {"gates": gates, "cells": cells, "squashed": squashed}
        self._hand_out(site, states)

    def inner(self, site: Site) -> dict[str, Array]:
        """The gates, the candidate and the state of the cell at every position, (R, N, positions, units)."""
        names = ("input_gate", "forget_gate", "output_gate", "candidate")
        gates, cells = (site.notes[name].transpose(1, 3, 0, 2) for name in ("gates", "cells"))
        parts = {name: gates[..., k * self.units : (k + 1) * self.units] for k, name in enumerate(names)}
        return {**parts, "cell": cells[:, :, 1:]}

    def backward(self, site: Site) -> None:
        gates, cells, squashed = (site.notes[name] for name in ("gates", "cells", "squashed"))
        n_positions = len(gates)
        grad_z = site.scratch(*gates.shape)
        grad_h, grad_c = (np.zeros_like(squashed[0]) for _ in range(2))
        site.call(grad_h.fill, 0)
        site.call(grad_c.fill, 0)
        for t in reversed(range(n_positions)):
            if t < n_positions - 1:
                site.product(self._recurrent(site), grad_z[t + 1], grad_h)
            self._arriving(site, grad_h, t, n_positions - 1)
            self._through_cell(site, (grad_h, grad_c), (gates[t], cells[t], squashed[t]), grad_z[t])
        self._hand_back(site, grad_z)

    def _through_cell(
        self, site: Site, grads: tuple[Array, Array], position: tuple[Array, Array, Array], grad_z: Array
    ) -> None:
        """From the gradients of h and c at one position to those of the four pre-activations, and of c before it."""
        (grad_h, grad_c), (gates, cell_before, squashed), h = grads, position, self.units
        sigmoids = gates[:, : 3 * h]
        i, f, o, g = (gates[:, k * h : (k + 1) * h] for k in range(4))
        grad_i, grad_f, grad_o, grad_g = (grad_z[:, k * h : (k + 1) * h] for k in range(4))
        part, slope, one = site.transient(*grad_h.shape), site.transient(*sigmoids.shape), site.constant(1)
        site.call(np.multiply, squashed, squashed, part)  # grad_c += grad_h ∘ o ∘ (1 - tanh² c)
        site.call(np.subtract, one, part, part)
        site.call(np.multiply, part, o, part)
        site.call(np.multiply, part, grad_h, part)
        site.call(np.add, grad_c, part, grad_c)
        site.call(np.multiply, grad_c, g, grad_i)
        site.call(np.multiply, grad_c, cell_before, grad_f)
        site.call(np.multiply, grad_h, squashed, grad_o)
        site.call(np.subtract, one, sigmoids, slope)  # the slopes of the sigmoids: s(1 - s)
        site.call(np.multiply, slope, sigmoids, slope)
        site.call(np.multiply, grad_z[:, : 3 * h], slope, grad_z[:, : 3 * h])
        site.call(np.multiply, g, g, part)  # the slope of the candidate: 1 - g²
        site.call(np.subtract, one, part, part)
        site.call(np.multiply, grad_c, i, grad_g)
        site.call(np.multiply, grad_g, part, grad_g)
        site.call(np.multiply, grad_c, f, grad_c)
