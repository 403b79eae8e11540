"""The layers that tests try: every entry of `LAYERS` with each of its settings, on tables, images and sequences.

Start at `CASES`. A new entry or setting of `LAYERS` needs a case here; `test_layers.py` says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from models import Experiment, Network

Entry = Mapping[str, object]
N_OUTPUTS = 3


@dataclass(frozen=True)
class Case:
    """Layers, and the shape of an example as the world outside sees it."""

    layers: tuple[Entry, ...]
    shape: tuple[int, ...]
    per_position: bool = False

    @property
    def vocabulary(self) -> int:
        """How many tokens there are, if the network reads tokens, which cannot be varied a little; else 0."""
        return int(str(self.layers[0].get("vocabulary", 0))) if self.layers else 0

    def network(self, dtype: str = "float64") -> Network:
        """The network with a linear output of three numbers."""
        experiment = Experiment(layers=self.layers, dtype=dtype, initializer="lecun_normal")
        return Network.build(experiment, self.shape, "regression", N_OUTPUTS, per_position=self.per_position)

    def behind_a_node(self) -> Case:
        """The same with a node before it that hands on what it reads: its gradient is that of the input."""
        renamed = tuple(_renamed(entry) for entry in self.layers)
        return replace(self, layers=({"type": "dropout", "rate": 0.0}, *renamed))


def _renamed(entry: Entry) -> Entry:
    if "inputs" not in entry:
        return entry
    names = entry["inputs"]
    assert isinstance(names, list)
    return {**entry, "inputs": ["dropout1" if name == "input" else name for name in names]}


def entries(layers: object) -> Iterator[Entry]:
    """Yield every entry, those within residual blocks, too."""
    assert isinstance(layers, (list, tuple))
    for entry in layers:
        yield entry
        yield from entries(entry.get("layers", ()))


def dense(units: int, activation: str = "tanh", **more: object) -> Entry:
    """A dense layer."""
    return {"type": "dense", "units": units, "activation": activation, **more}


def conv(channels: int, activation: str = "tanh", **more: object) -> Entry:
    """A convolution."""
    return {"type": "convolution", "channels": channels, "activation": activation, **more}


def layer(kind: str, **settings: object) -> Entry:
    """Any layer."""
    return {"type": kind, **settings}


def residual(*inner: Entry, **settings: object) -> Entry:
    """A residual block."""
    return {"type": "residual", "layers": list(inner), **settings}


TOKENS = layer("embedding", vocabulary=5, units=4)

CASES: dict[str, Case] = {
    "no hidden layer": Case((), (3,)),
    "dense, a table": Case((dense(4), dense(3, "sigmoid")), (3,)),
    "dense, one feature and one unit": Case((dense(1),), (1,)),
    "dense, an image at once": Case((dense(4),), (3, 4, 2)),
    "dense, each position of a sequence": Case((dense(4), dense(2, "softsign")), (5, 3)),
    "convolution, padded": Case((conv(3),), (5, 4, 2)),
    "convolution, stride 2 without padding": Case((conv(3, stride=2, padding=0),), (7, 6, 2)),
    "convolution, dilated": Case((conv(2, kernel_size=2, dilation=3),), (6, 5, 1)),
    "convolution, a stride that skips pixels": Case((conv(2, kernel_size=2, stride=3, padding=0),), (8, 6, 2)),
    "convolution, all at once": Case((conv(3, "silu", kernel_size=3, stride=2, padding=2, dilation=2),), (7, 6, 2)),
    "convolution, one pixel": Case((conv(4, "gelu", kernel_size=1, padding=0), conv(2)), (3, 2, 3)),
    "convolution, two in a row": Case((conv(4, stride=2), conv(3, "softplus", kernel_size=2, padding=0)), (7, 6, 2)),
    "max_pool, odd sides": Case((layer("max_pool"),), (5, 7, 2)),
    "max_pool, overlapping": Case((conv(2), layer("max_pool", size=3, stride=2)), (7, 7, 1)),
    "max_pool, stride 1": Case((layer("max_pool", size=2, stride=1), dense(3)), (4, 3, 2)),
    "max_pool, a stride that skips pixels": Case((layer("max_pool", size=2, stride=3),), (5, 8, 2)),
    "max_pool, single pixels": Case((layer("max_pool", size=1, stride=2),), (3, 4, 2)),
    "average_pool, odd sides": Case((layer("average_pool"),), (5, 7, 2)),
    "average_pool, overlapping": Case((conv(2), layer("average_pool", size=3, stride=2)), (7, 7, 1)),
    "average_pool, stride 1": Case((layer("average_pool", size=2, stride=1), conv(2)), (4, 3, 2)),
    "flatten, an image": Case((layer("flatten"), dense(4)), (3, 4, 2)),
    "flatten, a sequence": Case((dense(2), layer("flatten"), dense(4)), (4, 3)),
    "flatten, a table": Case((layer("flatten"),), (4,)),
    "recurrent, the last state": Case((layer("recurrent", units=4),), (5, 3)),
    "recurrent, all states": Case((layer("recurrent", units=4, returns="all"),), (5, 3)),
    "recurrent, one position": Case((layer("recurrent", units=3, unit_activation="elu"),), (1, 2)),
    "recurrent, two in a row": Case(
        (
            layer("recurrent", units=4, returns="all", unit_activation="sigmoid"),
            layer("recurrent", units=2, unit_activation="relu"),
        ),
        (4, 3),
    ),
    "recurrent, a target at each position": Case((layer("recurrent", units=4, returns="all"),), (4, 2), True),
    "lstm, the last state": Case((layer("lstm", units=4),), (5, 3)),
    "lstm, all states": Case((layer("lstm", units=3, returns="all", forget_bias=-0.5),), (4, 3)),
    "lstm, one position": Case((layer("lstm", units=3),), (1, 2)),
    "lstm, two in a row": Case((layer("lstm", units=4, returns="all"), layer("lstm", units=2)), (4, 3)),
    "lstm, a target at each position": Case((layer("lstm", units=4, returns="all"),), (4, 2), True),
    "attention, one head": Case((layer("attention", heads=1),), (4, 3)),
    "attention, two heads": Case((layer("attention", heads=2),), (5, 4)),
    "attention, causal": Case((layer("attention", heads=3, causal=True),), (4, 6)),
    "attention, positional": Case((layer("attention", heads=1, positional=True),), (4, 5)),
    "attention, two in a row": Case(
        (layer("attention", heads=2, causal=True, positional=True), layer("attention", heads=1)), (4, 4), True
    ),
    "residual, a table": Case((dense(4), residual(dense(5), dense(4, "linear"), activation="softsign")), (3,)),
    "residual, within another": Case((residual(dense(4), residual(dense(4)), dense(3, "linear")),), (3,)),
    "residual, images": Case(
        (conv(3), residual(conv(4), layer("batch_norm"), conv(3, "linear"), activation="silu")), (4, 3, 2)
    ),
    "residual, attention": Case(
        (residual(layer("layer_norm"), layer("attention", heads=2)), residual(layer("layer_norm"), dense(4))), (4, 4)
    ),
    "residual, from an earlier node": Case(
        (
            dense(4),
            dense(2),
            residual(dense(4), inputs=["dense1"]),
            layer("concatenate", inputs=["residual1", "dense2"]),
        ),
        (3,),
    ),
    "add, several readers of one node": Case(
        (
            dense(4),
            dense(4, "sigmoid"),
            dense(4, "tanh", inputs=["dense1"]),
            layer("add", inputs=["dense1", "dense2", "dense3"], activation="tanh"),
            layer("add", inputs=["add1", "dense1"]),
        ),
        (3,),
    ),
    "add, one node twice": Case((dense(3), layer("add", inputs=["dense1", "dense1"])), (2,)),
    "add, the input itself": Case((dense(3), layer("add", inputs=["dense1", "input"])), (3,)),
    "concatenate, the input itself": Case(
        (dense(4), dense(2, inputs=["input"]), layer("concatenate", inputs=["dense2", "input", "dense1"]), dense(3)),
        (3,),
    ),
    "concatenate, images": Case(
        (conv(2), conv(3, inputs=["input"]), layer("concatenate", inputs=["convolution1", "convolution2"])), (3, 4, 2)
    ),
    "concatenate, sequences": Case(
        (
            layer("lstm", units=2, returns="all"),
            layer("recurrent", units=3, returns="all", inputs=["input"]),
            layer("concatenate", inputs=["recurrent1", "lstm1"]),
        ),
        (4, 2),
        True,
    ),
    "batch_norm, a table": Case((dense(4, "linear"), layer("batch_norm", activation="tanh"), dense(3)), (3,)),
    "batch_norm, the input itself": Case((layer("batch_norm", momentum=0.4, epsilon=0.01),), (3,)),
    "batch_norm, images": Case((conv(3, "linear"), layer("batch_norm", activation="softplus")), (4, 3, 2)),
    "batch_norm, a sequence": Case((dense(3), layer("batch_norm", momentum=1.0), layer("lstm", units=2)), (4, 2)),
    "layer_norm, a table": Case((dense(4, "linear"), layer("layer_norm", activation="tanh"), dense(3)), (3,)),
    "layer_norm, the input itself": Case((layer("layer_norm", epsilon=0.1),), (4,)),
    "layer_norm, images": Case((layer("layer_norm"), conv(2)), (3, 4, 3)),
    "layer_norm, a sequence": Case((dense(4), layer("layer_norm"), layer("lstm", units=3)), (4, 2)),
    "dropout, a table": Case((dense(8), layer("dropout", rate=0.4), dense(3)), (3,)),
    "dropout, images": Case((conv(3), layer("dropout", rate=0.2), conv(2)), (4, 3, 2)),
    "dropout, a sequence": Case((layer("dropout"), layer("lstm", units=3)), (4, 3)),
    "embedding, a target at each position": Case((TOKENS, layer("lstm", units=3, returns="all")), (5,), True),
    "embedding, flattened": Case((TOKENS, dense(3)), (4,)),
    "embedding, attention": Case((TOKENS, layer("attention", heads=2, positional=True)), (4,)),
}
