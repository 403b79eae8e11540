"""The derivative of a pass along a direction in the space of its parameters: products with the Hessian.

A pass is a list of NumPy calls, so that it can be differentiated by walking along it: beside every array stands its
derivative along the direction, and each call first moves the derivatives by the chain rule, then the numbers. What
arrives beside the gradient is the Hessian times the direction, exact up to rounding (Pearlmutter 1994, "Fast exact
multiplication by the Hessian"). As everywhere in the field, a corner such as that of relu adds nothing.

This is for looking at a network now and then: it allocates, and takes about three times as long as a replay.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models import activations
from models.arrays import Array
from models.passes import Pass
from models.site import Calls

Derivative = Array | float
Rule = Callable[..., Derivative]


def _maximum(a: Array, b: Array, d_a: Derivative, d_b: Derivative) -> Derivative:
    return np.where(a > b, d_a, d_b)


def _minimum(a: Array, b: Array, d_a: Derivative, d_b: Derivative) -> Derivative:
    return np.where(a < b, d_a, d_b)


def _logaddexp(a: Array, b: Array, d_a: Derivative, d_b: Derivative) -> Derivative:
    share = 0.5 * (1 + np.tanh(0.5 * (np.asarray(a) - b)))
    return share * d_a + (1 - share) * d_b


def _gelu_slope(z: Array, d_z: Derivative) -> Derivative:
    """The slope of Φ(z) + z φ(z) is (2 - z²) φ(z)."""
    density: Array = np.exp(-0.5 * z * z) / activations.ROOT_TWO_PI
    return (2 - z * z) * density * d_z


def _gelu(z: Array, d_z: Derivative) -> Derivative:
    slope = np.empty_like(z)
    activations._gelu_slope(z, slope)
    return slope * d_z


def _product(function: Any, a: Array, b: Array, d_a: Derivative, d_b: Derivative) -> Derivative:
    first = function(d_a, b) if isinstance(d_a, np.ndarray) else 0.0
    second = function(a, d_b) if isinstance(d_b, np.ndarray) else 0.0
    return np.asarray(first + second)


UNARY: Mapping[object, Rule] = {
    np.tanh: lambda a, d: (1 - np.square(np.tanh(a))) * d,
    np.exp: lambda a, d: np.exp(a) * d,
    np.expm1: lambda a, d: np.exp(a) * d,
    np.sqrt: lambda a, d: d / (2 * np.sqrt(a)),
    np.log: lambda a, d: d / a,
    np.reciprocal: lambda a, d: -d / np.square(a),
    np.abs: lambda a, d: np.sign(a) * d,
    np.sign: lambda a, d: 0.0,
    activations._gelu: _gelu,
    activations._gelu_slope: _gelu_slope,
}
BINARY: Mapping[object, Rule] = {
    np.add: lambda a, b, d_a, d_b: d_a + d_b,
    np.subtract: lambda a, b, d_a, d_b: d_a - d_b,
    np.multiply: lambda a, b, d_a, d_b: d_a * b + a * d_b,
    np.divide: lambda a, b, d_a, d_b: (d_a - a / b * d_b) / b,
    np.maximum: _maximum,
    np.minimum: _minimum,
    np.logaddexp: _logaddexp,
    np.matmul: partial(_product, np.matmul),
    np.dot: partial(_product, np.dot),
    **dict.fromkeys((np.greater, np.greater_equal, np.less, np.equal), lambda a, b, d_a, d_b: 0.0),
}


@dataclass(frozen=True)
class _Move:
    """One call: what it reads, what it writes, and the rule that gives the derivative of the latter."""

    call: Callable[[], object]
    inputs: tuple[Any, ...]
    output: NDArray[Any]
    rule: Rule
    adds_at: Any = None  # places to which the derivative is added instead of being written


class DirectionalPass:
    """A pass with the derivative of each of its arrays.

    Parameters
    ----------
    one : Pass
        In evaluation. Its parameters must be an array of its own.

    Raises
    ------
    NotImplementedError
        If a layer makes a call whose derivative is not known, such as a user's own.
    """

    def __init__(self, one: Pass) -> None:
        self._one = one
        self._derivatives: dict[int, tuple[NDArray[Any], NDArray[Any]]] = {}
        self._moves = [_move(*call) for part in (one.forward, one.compare, one.backward) for call in _unbound(part)]
        self._add(one.params)
        while sum(map(self._reaches, self._moves)):
            pass
        self._bound = [(move, *self._bind(move)) for move in self._moves]
        self._params, self._gradients = self._derivative(one.params), self._derivative(one.gradients)

    def hessian_times(self, direction: Array) -> Array:
        """Return H d (R, n_parameters) for directions d, each seed with its own; the pass is replayed on the way."""
        assert self._params is not None
        assert self._gradients is not None
        self._params[...] = direction
        for move, inputs, output in self._bound:
            if output is None:
                move.call()
                continue
            change = move.rule(*move.inputs, *(0.0 if d is None else d for d in inputs))
            move.call()
            if move.adds_at is None:
                output[...] = change
            else:
                np.add.at(output, move.adds_at, change)
        return self._gradients.copy()

    def _add(self, array: NDArray[Any]) -> None:
        owner = _owner(array)
        self._derivatives[id(owner)] = (owner, np.zeros_like(owner))

    def _reaches(self, move: _Move) -> bool:
        """Whether the derivative reaches the output of a move that it was not known to reach."""
        is_new = id(_owner(move.output)) not in self._derivatives and move.output.dtype.kind == "f"
        if is_new and any(isinstance(a, np.ndarray) and id(_owner(a)) in self._derivatives for a in move.inputs):
            self._add(move.output)
            return True
        return False

    def _bind(self, move: _Move) -> tuple[list[NDArray[Any] | None], NDArray[Any] | None]:
        inputs = [self._derivative(a) if isinstance(a, np.ndarray) else None for a in move.inputs]
        return inputs, self._derivative(move.output)

    def _derivative(self, array: NDArray[Any]) -> NDArray[Any] | None:
        """Return the view of a derivative that lies as `array` lies in its memory; None if it is zero throughout."""
        owner = _owner(array)
        if id(owner) not in self._derivatives:
            return None
        whole = self._derivatives[id(owner)][1]
        offset = array.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
        return np.ndarray(array.shape, array.dtype, buffer=whole, offset=offset, strides=array.strides)


def _owner(array: Any) -> NDArray[Any]:
    """Return the array whose memory a view shows."""
    owner = array
    while array is not None:
        owner = array if isinstance(array, np.ndarray) else owner
        array = getattr(array, "base", None)
    assert isinstance(owner, np.ndarray)
    return owner


def _unbound(calls: Calls) -> list[tuple[Any, tuple[Any, ...], Mapping[str, Any]]]:
    """Return function, arguments and named arguments of each call."""
    return [
        (function.func, arguments, function.keywords) if isinstance(function, partial) else (function, arguments, {})
        for function, arguments in calls.bound
    ]


def _move(function: Any, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> _Move:
    call = partial(function, *arguments, **named)
    if function in UNARY or function in BINARY:
        n = 1 if function in UNARY else 2
        output = named["out"] if "out" in named else arguments[n]
        return _Move(call, arguments[:n], output, UNARY[function] if n == 1 else BINARY[function])
    if function is np.copyto and "where" in named:
        return _Move(call, arguments[:2], arguments[0], partial(_replaced, named["where"]))
    if function is np.copyto:
        return _Move(call, arguments[1:2], arguments[0], lambda a, d: d)
    if function in (np.add.reduce, np.maximum.reduce):
        array, axis, _, output, *keep = arguments
        rule = _summed if function == np.add.reduce else _largest
        return _Move(call, (array,), output, partial(rule, axis=axis, keepdims=bool(keep and keep[0])))
    if function is np.take:
        rows, places, axis, output, mode = arguments
        return _Move(call, (rows,), output, lambda a, d: np.take(d, places, axis, mode=mode))
    if function == np.add.at:
        output, places, values = arguments
        return _Move(call, (values,), output, lambda a, d: d, places)
    if getattr(function, "__name__", "") == "fill" and isinstance(function.__self__, np.ndarray):
        return _Move(call, (), function.__self__, lambda: 0.0)
    name = getattr(function, "__qualname__", repr(function))
    raise NotImplementedError(f"the derivative of {name} is not known: enter it in models/directional.py")


def _replaced(where: NDArray[np.bool_], a: Array, b: Array, d_a: Derivative, d_b: Derivative) -> Derivative:
    return np.asarray(np.where(where, d_b, d_a))


def _summed(a: Array, d: Derivative, *, axis: int, keepdims: bool) -> Derivative:
    return np.asarray(np.sum(d, axis=axis, keepdims=keepdims))


def _largest(a: Array, d: Derivative, *, axis: int, keepdims: bool) -> Derivative:
    """Of several equal ones the mean."""
    is_largest = a == a.max(axis=axis, keepdims=True)
    total = np.sum(is_largest * d, axis=axis, keepdims=keepdims)
    return np.asarray(total / is_largest.sum(axis=axis, keepdims=keepdims))
