"""A trained network as a PyTorch script with its weights as safetensors. Start at `export_torch`."""

from __future__ import annotations

from models.arrays import Array
from models.graph import INPUT, Node
from models.network import Network
from runs.model_export.numpy_script import MAIN, recipe_json, what
from runs.model_export.safetensors import safetensors
from runs.model_export.source import pieces, script
from runs.model_export.torch_modules import Written, written
from runs.model_export.trained import NUMBERS, SOFTMAX, TWO_CLASSES, Trained, kind_of

PART = "torch_layers"
PROBABILITIES = {
    NUMBERS: "logits",
    SOFTMAX: "logits.softmax(-1)",
    TWO_CLASSES: "torch.cat([1 - logits.sigmoid(), logits.sigmoid()], dim=-1)",
}
USAGE = """Predictions of a trained network, in PyTorch.

    python predict.py rows.csv > predictions.csv
    python predict.py examples.npy > predictions.csv

The network is the class `Network`; its weights are in weights.safetensors, and how rows of a table become numbers is in
recipe.json. PREFIXES are what the names of each seed's weights begin with; `load_network(PREFIXES[0])` returns one
network, ready to be used or to be trained further."""
RUN = '''
def load_network(prefix: str) -> Network:
    """Return the network with the weights whose names begin with `prefix`, for evaluation."""
    weights = read_weights(HERE / "weights.safetensors")
    network = Network().to(torch.{dtype})
    network.load_state_dict({{name.removeprefix(prefix): w for name, w in weights.items() if name.startswith(prefix)}})
    return network.eval()


def outputs_of(x: np.ndarray) -> np.ndarray:
    """Return {what} of each seed: (seeds, N, …)."""
    examples = torch.from_numpy(x).to(torch.{dtype})
    with torch.inference_mode():
        return np.stack([predictions(load_network(prefix)(examples)).numpy() for prefix in PREFIXES])
'''


def export_torch(given: Trained) -> dict[str, bytes]:
    """Return the files of a PyTorch script: predict.py, weights.safetensors and recipe.json.

    Raises
    ------
    ValueError
        If a layer is unknown here, or the data were prepared in a way that a script cannot repeat.
    """
    network, by_seed = given.network, [_nodes(given, row) for row in range(len(given.seeds))]
    body = _network(network, by_seed[0])
    run = RUN.format(what=what(network), dtype=network.dtype)
    needed = ["read_weights", *(name for name in ("Attention", "Recurrent", "flatten") if f"{name}(" in body)]
    blocks = [f"PREFIXES = {given.prefixes!r}", pieces(PART, needed), body]
    blocks += [_predictions(network), run, pieces("table", ["main"]), MAIN]
    more = ["import torch.nn.functional as F"] if "F." in body else []
    source = script(USAGE, blocks, (PART, "table"), more)
    arrays: dict[str, Array] = {}
    for prefix, nodes in zip(given.prefixes, by_seed, strict=True):
        for node, entry in nodes.items():
            arrays |= {f"{prefix}{node.name}.{name}": array for name, array in (entry.arrays or {}).items()}
    metadata = {"format": "pt", "seeds": ", ".join(map(str, given.seeds))}
    return {
        "predict.py": source.encode(),
        "weights.safetensors": safetensors(arrays, metadata),
        "recipe.json": recipe_json(given),
    }


def _nodes(given: Trained, row: int) -> dict[Node, Written]:
    weights = given.weights(row)
    return {node: written(node, weights.get(node.name, {})) for node in given.network.nodes}


def _network(network: Network, nodes: dict[Node, Written]) -> str:
    last = network.nodes[-1].shape
    sizes, answer = (", ".join(map(str, ("N", *shape))) for shape in (network.input_shape, (*last[1:], last[0])))
    lines = [
        "class Network(nn.Module):",
        f'    """The logits ({answer}) of examples x ({sizes})."""',
        "",
        "    def __init__(self) -> None:",
        "        super().__init__()",
        *(f"        self.{node.name} = {entry.module}" for node, entry in nodes.items() if entry.module),
        "",
        "    def forward(self, x: Tensor) -> Tensor:",
    ]
    if len(network.input_shape) == 3:
        lines.append("        x = x.movedim(-1, 1)  # channels first")
    for node, entry in nodes.items():
        inputs = ["x" if source == INPUT else source for source in node.inputs]
        call = entry.call.replace("{self}", f"self.{node.name}").format(*inputs)
        lines.append(f"        {node.name} = {call}")
    return "\n".join([*lines, "        return output"])


def _predictions(network: Network) -> str:
    return (
        "def predictions(logits: Tensor) -> Tensor:\n"
        f'    """Return {what(network)}."""\n'
        f"    return {PROBABILITIES.get(kind_of(network), 'logits.sigmoid()')}"
    )
