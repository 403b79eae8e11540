"""A trained network as a script that needs nothing but NumPy. Start at `export_numpy`."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping

import numpy as np

from models.graph import INPUT, Node
from models.layers.attention import Attention
from models.layers.convolution import AveragePool, Convolution, Flatten, MaxPool
from models.layers.dense import Dense
from models.layers.joining import Add, Concatenate, Dropout, Embedding
from models.layers.normalization import BatchNorm, LayerNorm
from models.layers.protocol import Layer
from models.layers.recurrent import Lstm, Recurrent
from models.network import Network
from runs.model_export.source import definitions, mentioned, pieces, script
from runs.model_export.trained import NUMBERS, SOFTMAX, TWO_CLASSES, Trained, kind_of, not_exported, recipe_of

PART = "numpy_layers"
CALLS: Mapping[type[Layer], tuple[str, tuple[str, ...]]] = {
    Dense: ("dense", ()),
    Convolution: ("convolution", ("stride", "padding", "dilation")),
    MaxPool: ("max_pool", ("size", "stride")),
    AveragePool: ("average_pool", ("size", "stride")),
    Flatten: ("flatten", ()),
    Recurrent: ("recurrent", ("returns",)),
    Lstm: ("lstm", ("returns",)),
    Attention: ("attention", ("heads", "causal", "positional")),
    Add: ("add", ()),
    Concatenate: ("concatenate", ()),
    BatchNorm: ("batch_norm", ("epsilon",)),
    LayerNorm: ("layer_norm", ("epsilon",)),
    Dropout: ("dropout", ()),
    Embedding: ("embedding", ()),
}
"""The function of each layer in parts/numpy_layers.py, and the settings that it is called with."""
PROBABILITIES = {
    NUMBERS: "logits",
    SOFTMAX: "softmax(logits)",
    TWO_CLASSES: "np.concatenate([1 - sigmoid(logits), sigmoid(logits)], axis=-1)",
}
USAGE = """Predictions of a trained network, in plain NumPy.

    python predict.py rows.csv > predictions.csv
    python predict.py examples.npy > predictions.csv

The network is the function `network`; its weights are in weights.npz, and how rows of a table become numbers is in
recipe.json."""
RUN = """
def outputs_of(x: np.ndarray) -> np.ndarray:
    \"\"\"Return {what} of each seed: (seeds, N, …).\"\"\"
    weights = read_weights(HERE / "weights.npz")
    return np.stack([predictions(network(x.astype(np.{dtype}), weights[seed])) for seed in SEEDS])
"""
READ = '''
def read_weights(path: Path) -> dict[str, dict[str, Parameters]]:
    """Return the parameters by seed, layer and name."""
    weights: dict[str, dict[str, Parameters]] = {}
    with np.load(path, allow_pickle=False) as arrays:
        for full in arrays.files:
            seed, layer, name = full.split("/")
            weights.setdefault(seed, {}).setdefault(layer, {})[name] = arrays[full]
    return weights
'''
MAIN = """
if __name__ == "__main__":
    main(outputs_of)
"""


def export_numpy(given: Trained) -> dict[str, bytes]:
    """Return the files of a script that predicts with NumPy alone: predict.py, weights.npz and recipe.json.

    Raises
    ------
    ValueError
        If a layer is unknown here, or the data were prepared in a way that a script cannot repeat.
    """
    network = given.network
    own = [_seeds(given), _network(network), _predictions(network), READ, _run(network)]
    blocks = [pieces(PART, mentioned("\n".join(own))), *own, pieces("table", ["main"]), MAIN]
    source = script(USAGE, blocks, (PART, "table"))
    return {
        "predict.py": source.encode(),
        "weights.npz": _npz(given),
        "recipe.json": recipe_json(given),
    }


def recipe_json(given: Trained) -> bytes:
    """Return the content of recipe.json."""
    recipe = recipe_of(given.network, given.data)
    return json.dumps(recipe, ensure_ascii=False, indent=1, allow_nan=False).encode()


def _seeds(given: Trained) -> str:
    return f"SEEDS = {tuple(f'seed{seed}' for seed in given.seeds)!r}"


def _function(node: Node) -> str:
    """Return what the layer of a node is called in the script.

    Raises
    ------
    ValueError
        If there is no such piece.
    """
    if type(node.layer) not in CALLS or node.layer.activation not in definitions(PART) | {"linear": None}:
        raise ValueError(not_exported(node, "as a NumPy script"))
    return CALLS[type(node.layer)][0]


def _network(network: Network) -> str:
    last = network.nodes[-1].shape
    answer = ", ".join(map(str, ("N", *last[1:], last[0])))
    sizes = ", ".join(map(str, ("N", *network.input_shape)))
    lines = [
        "def network(x: np.ndarray, w: dict[str, Parameters]) -> np.ndarray:",
        f'    """Return the logits ({answer}) of examples x ({sizes})."""',
    ]
    if len(network.input_shape) == 3:
        lines.append("    x = x.transpose(0, 3, 1, 2)  # channels first")
    lines += [f"    {node.name} = {_call(node)}" for node in network.nodes]
    return "\n".join([*lines, "    return output"])


def _call(node: Node) -> str:
    function = _function(node)
    arguments = ["x" if source == INPUT else source for source in node.inputs]
    if node.parameters:
        arguments.append(f'w["{node.name}"]')
    if isinstance(node.layer, Recurrent):
        arguments.append(f"activation={node.layer.unit_activation}")
    walks = node.layer.window if isinstance(node.layer, MaxPool | AveragePool) else node.layer
    arguments += [f"{name}={getattr(walks, name)!r}" for name in CALLS[type(node.layer)][1]]
    call = f"{function}({', '.join(arguments)})"
    return call if node.layer.activation == "linear" else f"{node.layer.activation}({call})"


def what(network: Network) -> str:
    """Return what the outputs are, in words."""
    return "the predicted numbers" if kind_of(network) == NUMBERS else "the probabilities"


def _predictions(network: Network) -> str:
    return (
        "def predictions(logits: np.ndarray) -> np.ndarray:\n"
        f'    """Return {what(network)}."""\n'
        f"    return {PROBABILITIES.get(kind_of(network), 'sigmoid(logits)')}"
    )


def _run(network: Network) -> str:
    return RUN.format(what=what(network), dtype=network.dtype)


def _npz(given: Trained) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for row, seed in enumerate(given.seeds):
            for node, arrays in given.weights(row).items():
                for short, array in arrays.items():
                    with archive.open(f"seed{seed}/{node}/{short}.npy", "w") as member:
                        np.lib.format.write_array(member, array, allow_pickle=False)
    return target.getvalue()
