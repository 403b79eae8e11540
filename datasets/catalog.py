"""The data sets by name, one line each. Start at `CATALOG`; `load_dataset` prepares one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from datasets import characters, idx, images, sequences, tables, toys
from datasets.array_data import ArrayData, prepared_arrays
from datasets.data_set import DataSet, Option
from datasets.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

    from datasets.prepared import Prepared

__all__ = ["CATALOG", "DataSet", "Option", "load_dataset", "load_frame"]


def _whole(name: str, default: int, low: int, high: int, explanation: str) -> Option:
    return Option(name, default, low, high, explanation, integer=True)


_SEED = _whole("seed", 0, 0, 10**6, "Another seed draws other rows of the same kind.")


def _options(n: int, noise: float) -> tuple[Option, ...]:
    return (
        _whole("n", n, 20, 20_000, "How many rows."),
        Option("noise", noise, 0.0, 2.0, "Standard deviation of the noise that is added."),
        _SEED,
    )


def _plane(name: str, title: str, explanation: str, make: Callable[..., pd.DataFrame], noise: float) -> DataSet:
    return DataSet(name, title, "toy 2-D", "classification", "class", explanation, make, _options(600, noise))


def _line(name: str, title: str, explanation: str, make: Callable[..., pd.DataFrame]) -> DataSet:
    return DataSet(name, title, "toy 1-D", "regression", "y", explanation, make, _options(300, 0.1))


def _table(name: str, title: str, target: str, explanation: str, make: Callable[..., pd.DataFrame]) -> DataSet:
    task = "regression" if name == "diabetes" else "classification"
    return DataSet(name, title, "table", task, target, explanation, make)


def _sequence(
    name: str, title: str, target: str, explanation: str, make: Callable[..., ArrayData], *options: Option
) -> DataSet:
    kind = "text" if name == "characters" else "sequence"
    task = "regression" if name == "adding_problem" else "classification"
    return DataSet(name, title, kind, task, target, explanation, make, (*options, _SEED), is_table=False)


def _larger_digits(side: int, make: Callable[..., ArrayData]) -> DataSet:
    title, explanation = f"Digits {side} × {side}", f"1797 handwritten digits of 8 × 8 pixels, made {side} pixels wide."
    return DataSet(f"digits_{side}", title, "image", "classification", "digit", explanation, make, is_table=False)


def _folder(name: str, title: str, explanation: str, make: Callable[..., ArrayData], *options: Option) -> DataSet:
    task = "classification"
    return DataSet(name, title, "image", task, "class", explanation, make, options, is_table=False, needs_folder=True)


def _mnist(name: str, title: str, content: str, make: Callable[..., ArrayData]) -> DataSet:
    explanation = (
        f"{content} of 28 × 28 pixels, in the four files train-images-idx3-ubyte, train-labels-idx1-ubyte, "
        "t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte (or with .gz), which you download yourself."
    )
    share = "Images of the training file, to train and to validate; of the test file the same share is used."
    return _folder(name, title, explanation, make, _whole("n", 12_000, 20, 60_000, share), _SEED)


_ENTRIES = (
    _plane("two_spirals", "Two spirals", "Two arms wind around each other: a hard one.", toys.two_spirals, 0.02),
    _plane("moons", "Moons", "Two half circles, one inside the other.", toys.moons, 0.15),
    _plane("circles", "Circles", "A small circle inside a large one: no line divides them.", toys.circles, 0.1),
    _plane("xor", "XOR", "Opposite quadrants belong together: no line divides them.", toys.xor, 0.05),
    _plane("blobs", "Blobs", "Three round clouds: easy, even for a linear model.", toys.blobs, 0.3),
    _plane("linear", "Linear", "Two sides of a line: no hidden layer is needed.", toys.linear, 0.05),
    _line("sine", "Sine", "Two periods of a sine wave.", toys.sine),
    _line("step", "Step", "A jump at zero, which a smooth network can only come near.", toys.step),
    _line("bump", "Non-monotone bump", "A line with a hill on it: rises, falls and rises again.", toys.bump),
    _table("breast_cancer", "Breast cancer", "diagnosis", "569 tumours, 30 measurements.", tables.breast_cancer),
    _table("wine", "Wine", "cultivar", "178 wines of three cultivars, 13 chemical measurements.", tables.wine),
    _table("iris", "Iris", "species", "150 irises of three species, 4 lengths in cm.", tables.iris),
    _table("diabetes", "Diabetes", "progression", "442 patients; how far their disease went.", tables.diabetes),
    DataSet(
        "digits",
        "Digits 8 × 8",
        "image",
        "classification",
        "digit",
        "1797 handwritten digits of 8 × 8 pixels.",
        tables.digits,
        input_shape=(8, 8, 1),
    ),
    _larger_digits(28, images.digits_28),
    _larger_digits(32, images.digits_32),
    DataSet(
        "shapeset",
        "Shapeset-3×2",
        "image",
        "classification",
        "shapes",
        "Images of 32 × 32 pixels with one or two triangles, parallelograms or ellipses, which may overlap: which are "
        "there? (Glorot & Bengio 2010)",
        images.shapes,
        (
            _whole("n", 6000, 200, 60_000, "How many images."),
            _SEED,
            _whole("fresh", 0, 0, 1, "1: each epoch trains on new images, so that none is seen twice."),
        ),
        is_table=False,
    ),
    _sequence(
        "adding_problem",
        "Adding problem",
        "sum",
        "Numbers, two of them marked, whose sum is wanted: for networks with a memory.",
        sequences.adding_problem,
        _whole("n", 2000, 20, 60_000, "How many sequences."),
        _whole("length", 20, 2, 400, "How many numbers a sequence has."),
    ),
    _sequence(
        "copy_task",
        "Copy task",
        "letter",
        "Letters to be repeated after a signal: for networks with a memory or attention.",
        sequences.copy_task,
        _whole("n", 1000, 20, 60_000, "How many sequences."),
        _whole("length", 5, 1, 50, "How many letters are to be remembered."),
        _whole("symbols", 8, 2, 26, "How many different letters there are."),
        _whole("delay", 0, 0, 200, "How many blanks come between the letters and the signal."),
    ),
    _sequence(
        "parity",
        "Parity",
        "parity",
        "Bits: is the number of ones odd? No bit alone says anything.",
        sequences.parity,
        _whole("n", 256, 20, 60_000, "How many patterns; none occurs twice."),
        _whole("length", 8, 5, 24, "How many bits a pattern has."),
    ),
    _sequence(
        "characters",
        "Characters",
        "next character",
        "A short text with quotes and indentation: which character comes next?",
        characters.characters,
        _whole("n", 300, 20, 3000, "How many pieces of the training text."),
        _whole("length", 24, 4, 100, "How many characters a piece has."),
    ),
    _mnist("mnist", "MNIST", "70 000 handwritten digits", idx.mnist),
    _mnist("fashion_mnist", "Fashion-MNIST", "70 000 pieces of clothing", idx.fashion_mnist),
    _folder(
        "image_folder",
        "Folder of images",
        "PNG and JPEG images, sorted into one sub-folder for each class.",
        images.image_folder,
        _whole("size", 32, 8, 64, "Pixels on each side; larger images are made smaller."),
        _whole("grey", 0, 0, 1, "1 makes colours grey."),
    ),
)
CATALOG: Mapping[str, DataSet] = {entry.name: entry for entry in _ENTRIES}


def load_frame(name: str, **options: float) -> tuple[pd.DataFrame, str]:
    """Return the table of a built-in data set and the name of its target.

    Raises
    ------
    DataError
        For an unknown name or option, or data that are no table.
    """
    entry = _entry(name)
    return entry.load(**options), entry.target


def load_dataset(name: str, *, split_seed: int = 0, folder: str | Path | None = None, **options: float) -> Prepared:
    """Return a data set of the catalog, prepared.

    Parameters
    ----------
    name : str
    split_seed : int
        Another seed is another division into training, validation and test part.
    folder : str or Path, optional
        Where the files are, for "mnist", "fashion_mnist" and "image_folder".
    **options
        Those of the entry; generators take n and seed.

    Raises
    ------
    DataError
        For an unknown name or option, or files that are missing or damaged.
    """
    from datasets.preparation import prepare

    entry = _entry(name)
    if folder is not None and not entry.needs_folder:
        raise DataError(f"{name} is built in and is read from no folder: leave folder out.")
    if not entry.is_table:
        data = entry.arrays(folder, split_seed, **options)
        return prepared_arrays(data, name=data.name or entry.title, split_seed=split_seed)
    frame = entry.load(**options)
    return prepare(
        frame,
        target=entry.target,
        task=entry.task,
        input_shape=entry.input_shape,
        split_seed=split_seed,
        name=entry.title,
    )


def _entry(name: str) -> DataSet:
    if name not in CATALOG:
        raise DataError(f"There is no data set {name!r}: choose one of {', '.join(CATALOG)}.")
    return CATALOG[name]
