"""The layers: frozen settings with the shapes they make and their two passes. Start at `LAYERS` and `protocol.Layer`.

The nonlinearity behind a layer is applied by the network (`models.network`), which also owns all arrays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from models.fields import Choice, Field, checked
from models.layers.attention import Attention
from models.layers.convolution import AveragePool, Convolution, Flatten, MaxPool
from models.layers.custom import Own, own_layer
from models.layers.dense import NO_ACTIVATION, Dense
from models.layers.joining import Add, Concatenate, Dropout, Embedding
from models.layers.normalization import BatchNorm, LayerNorm
from models.layers.protocol import Layer, Parameter, Plain
from models.layers.recurrent import Lstm, Recurrent

__all__ = [
    "JOINING",
    "LAYERS",
    "Add",
    "Dense",
    "Embedding",
    "Flatten",
    "Layer",
    "Parameter",
    "checked_layer",
    "layer_from",
    "register_layer",
]


class Residual(Plain):
    """A chain of layers whose input is added to its output (He et al. 2016); the network takes it apart.

    Its inner layers are nodes like any other, and the sum is the node that bears the block's name.
    """

    fields: ClassVar[tuple[Field | Choice, ...]] = (NO_ACTIVATION,)


LAYERS: dict[str, type[Plain]] = {
    "dense": Dense,
    "convolution": Convolution,
    "max_pool": MaxPool,
    "average_pool": AveragePool,
    "flatten": Flatten,
    "recurrent": Recurrent,
    "lstm": Lstm,
    "attention": Attention,
    "residual": Residual,
    "add": Add,
    "concatenate": Concatenate,
    "batch_norm": BatchNorm,
    "layer_norm": LayerNorm,
    "dropout": Dropout,
    "embedding": Embedding,
}
JOINING = ("add", "concatenate")


def register_layer(name: str, cls: type[Any]) -> None:
    """Make a user's own class usable as ``{"type": name, …}``, once its gradient is found right.

    Parameters
    ----------
    name : str
        A lower-case word; a layer of the engine cannot be replaced, one's own can.
    cls : type
        See `models.layers.custom.OwnLayer`; docs/own_layer.md has a worked example.

    Raises
    ------
    ValueError
        For a name that is taken or no word, or if the gradient check fails.
    """
    if not name.isidentifier() or not name.islower() or name[-1].isdigit():
        raise ValueError(
            f"a layer's name is a lower-case word such as 'maxout', without a number at its end, got {name!r}"
        )
    if name in LAYERS and not issubclass(LAYERS[name], Own):
        raise ValueError(f"{name!r} is a layer of the engine: choose another name")
    LAYERS[name] = own_layer(name, cls)


def checked_layer(entry: object, place: str) -> dict[str, object]:
    """Return an entry of ``Experiment.layers`` with its defaults filled in.

    Raises
    ------
    ValueError
        For an unknown type, activation or setting; `place` says where, "layer 2".
    """
    if not isinstance(entry, Mapping):
        raise ValueError(f'a layer is a mapping such as {{"type": "dense", "units": 64}}, got {entry!r}')
    kind = entry.get("type", "dense")
    if not isinstance(kind, str) or kind not in LAYERS:
        raise ValueError(f"{place} has the unknown type {kind!r}: use one of {', '.join(LAYERS)}")
    settings = {name: value for name, value in entry.items() if name not in ("inputs", "layers")}
    result: dict[str, object] = {"type": kind, **checked(place, LAYERS[kind].fields, settings)}
    if "layers" in entry or kind == "residual":
        result["layers"] = _inner(entry, kind, place)
    if "inputs" in entry:
        result["inputs"] = _names(entry["inputs"], kind, place)
    elif kind in JOINING:
        raise ValueError(f'{place} ({kind}) needs "inputs", the names of the nodes that it joins: ["dense1", "dense2"]')
    return result


def _inner(entry: Mapping[str, object], kind: str, place: str) -> list[dict[str, object]]:
    layers = entry.get("layers")
    if kind != "residual":
        raise ValueError(f"{place} ({kind}) has inner layers, which only a residual block has")
    if not isinstance(layers, (list, tuple)) or not layers:
        raise ValueError(f'{place} (residual) needs "layers", a list of at least one layer')
    return [checked_layer(inner, f"{place}, inner layer {number}") for number, inner in enumerate(layers, 1)]


def _names(value: object, kind: str, place: str) -> list[str]:
    if not isinstance(value, (list, tuple)) or not value or not all(isinstance(name, str) for name in value):
        raise ValueError(f'{place}: inputs must be a list of node names, ["input"] or ["dense1"], got {value!r}')
    if len(value) > 1 and kind not in JOINING:
        raise ValueError(
            f"{place} ({kind}) reads one node, but its inputs name {len(value)}, {', '.join(value)}: join them first, "
            f"with {' or '.join(JOINING)}"
        )
    return list(value)


def layer_from(entry: Mapping[str, object]) -> Layer:
    """Return the layer of a checked entry."""
    settings = {name: value for name, value in entry.items() if name not in ("type", "inputs", "layers")}
    layer = LAYERS[str(entry["type"])](**settings)
    return cast("Layer", layer)
