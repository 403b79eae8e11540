"""The network of a stored run as one zip archive, ready to be used elsewhere. Start at `export_archive`."""

from __future__ import annotations

import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.graph import Node
from runs.model_export.numpy_script import MAIN, export_numpy, recipe_json, what
from runs.model_export.onnx_model import BY_SEED, answer_name, export_onnx
from runs.model_export.source import pieces, script
from runs.model_export.torch_script import export_torch
from runs.model_export.trained import NUMBERS, Trained, kind_of, trained_network
from runs.run_folder import LAST

if TYPE_CHECKING:
    from runs.store import Entry, RunStore

LONGEST_NAME = 60
ONNX_USAGE = """Predictions of a trained network, by onnxruntime.

    python predict.py rows.csv > predictions.csv
    python predict.py examples.npy > predictions.csv

The network is model.onnx; how rows of a table become numbers is in recipe.json."""
ONNX_RUN = '''
def outputs_of(x: np.ndarray) -> np.ndarray:
    """Return {what} of each seed: (seeds, N, …)."""
    session = onnxruntime.InferenceSession(HERE / "model.onnx")
    return np.asarray(session.run(["{name}"], {{"x": x.astype(np.float32)}})[0]){axis}
'''


@dataclass(frozen=True)
class Format:
    """One way to take a network elsewhere.

    Attributes
    ----------
    title, explanation : str
        What it is called, and what it is good for, in a line.
    needs : str
        The packages that are needed there.
    files : str
        The file that holds the network.
    make : callable
        Returns the files by name.
    """

    title: str
    explanation: str
    needs: str
    files: str
    make: Callable[[Trained], dict[str, bytes]]


def onnx_files(given: Trained) -> dict[str, bytes]:
    """Return model.onnx, and the script and recipe.json that let it read the rows of a table.

    Raises
    ------
    OnnxUnavailable
        If the package onnx is not installed.
    ValueError
        If a layer cannot be written as ONNX, or the data were prepared in a way that a script cannot repeat.
    """
    one = len(given.seeds) == 1
    recipe = recipe_json(given)
    metadata = {"seeds": ", ".join(map(str, given.seeds)), "recipe": recipe.decode()}
    params, buffers = (given.params[0], {n: a[0] for n, a in given.buffers.items()}) if one else (None, None)
    if params is None or buffers is None:
        params, buffers = given.params, dict(given.buffers)
    name = answer_name(given.network) + ("" if one else BY_SEED)
    run = ONNX_RUN.format(what=what(given.network), name=name, axis="[None]" if one else "")
    source = script(ONNX_USAGE, [run, pieces("table", ["main"]), MAIN], ("table",), ["import onnxruntime"])
    return {
        "predict.py": source.encode(),
        "model.onnx": export_onnx(given.network, params, buffers, metadata=metadata),
        "recipe.json": recipe,
    }


FORMATS: Mapping[str, Format] = {
    "onnx": Format(
        "ONNX",
        "A file that onnxruntime and many other programs run, in any language, and a script that predicts a table.",
        "onnxruntime numpy",
        "model.onnx: the network",
        onnx_files,
    ),
    "torch": Format(
        "PyTorch script",
        "The network written out as a PyTorch module, which can be read, changed and trained further.",
        "torch numpy",
        "weights.safetensors: the weights",
        export_torch,
    ),
    "numpy": Format(
        "NumPy script",
        "The network written out as a few lines of Python that need nothing but NumPy.",
        "numpy",
        "weights.npz: the weights",
        export_numpy,
    ),
}


def export_archive(
    run_id: str, store: RunStore, file_format: str, *, seed: int | None = None, checkpoint: str = LAST
) -> bytes:
    """Return the network of a stored run as a zip archive with a README.txt.

    Parameters
    ----------
    run_id : str
    store : RunStore
    file_format : str
        "onnx", "torch" or "numpy".
    seed : int, optional
        One seed; if not given all seeds that did not diverge, of whose predictions the mean is taken.
    checkpoint : str
        "last", "best" (of the validation loss), or another of ``store.checkpoints(run_id)``.

    Raises
    ------
    KeyError
        If there is no such run, or its data are gone.
    ValueError
        If the format is unknown, or there is no network to export; the message says why.
    OnnxUnavailable
        If the package onnx is needed and not installed.
    """
    if file_format not in FORMATS:
        raise ValueError(f"unknown format {file_format!r}: use one of {', '.join(FORMATS)}")
    entry = store.entry(run_id)
    given = trained_network(run_id, store, seed=seed, checkpoint=checkpoint)
    files = FORMATS[file_format].make(given)
    files["experiment.json"] = json.dumps(json.loads(entry.experiment.to_json()), indent=1, ensure_ascii=False).encode()
    files["README.txt"] = _readme(entry, given, FORMATS[file_format]).encode()
    folder, target = archive_name(entry.name, file_format), io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            archive.writestr(f"{folder}/{name}", content)
    return target.getvalue()


def archive_name(name: str, file_format: str) -> str:
    """Return a name for files, of ASCII letters, digits and dashes: "Wine, 2 layers" -> "wine-2-layers-onnx"."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_only.lower())[:LONGEST_NAME].strip("-")
    return f"{slug or 'network'}-{file_format}"


def _in_words(node: Node) -> str:
    kind = "" if node.layer.activation == "linear" else f" {node.layer.activation}"
    return f"{node.name} ({' × '.join(map(str, node.shape))}{kind})"


def _readme(entry: Entry, given: Trained, chosen: Format) -> str:
    plain = " ".join(entry.name.split())
    network, target = given.network, given.data.target_name if given.data else ""
    sizes = ", ".join(map(str, ("N", *network.input_shape)))
    several = len(given.seeds) > 1
    answer = f"the column {target!r}" if target else "the target"
    kept = ", ".join(map(str, given.seeds))
    lines = [
        f"{plain}: a trained network, {chosen.title}",
        "",
        f"It predicts {answer} of the data {' '.join(entry.data_name.split())!r}.",
        f"Network: {', '.join(map(_in_words, network.nodes))}; {network.n_parameters} parameters.",
        f"Seeds: {kept}" + ("; the mean of their predictions is taken." if several else "."),
        f"Run: {entry.id}, {entry.created[:10]}, trained with Backscope.",
        "",
        "Predict new rows:",
        "",
        f"    pip install {chosen.needs}",
        "    python predict.py rows.csv > predictions.csv",
        "",
        "rows.csv is a table with a header line and the columns of the training table; further columns are not read,",
        "and an empty cell is filled as it was in training. --delimiter, --decimal and --encoding say how it is",
        "written. examples.npy in its place is an array of prepared numbers.",
        "",
        f"    predict.py: the program\n    {chosen.files}\n    recipe.json: how rows become numbers",
        "    experiment.json: the settings of the training",
        "",
        f"The network itself reads x ({sizes}), examples first and features last, prepared as recipe.json says.",
    ]
    if kind_of(network) == NUMBERS and given.data is not None:
        scaled = [f"(value - {one.mean:.9g})/{one.std:.9g}" for one in given.data.recipe.targets]
        lines.append(f"What it says is {', '.join(scaled)}; predict.py undoes that.")
    return "\n".join(lines) + "\n"
