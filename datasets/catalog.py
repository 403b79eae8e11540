"""The built-in data sets by name, one line each. Start at `CATALOG`; `load_dataset` prepares one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from datasets import tables, toys
from datasets.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

    from datasets.prepared import Prepared


@dataclass(frozen=True)
class Option:
    """A setting of a generator: default, inclusive range, and a line that explains it."""

    name: str
    default: float
    low: float
    high: float
    explanation: str
    integer: bool = False


@dataclass(frozen=True)
class DataSet:
    """One entry: `kind` is "toy 2-D", "toy 1-D", "table" or "image"; `make` takes the values of `options` in order."""

    name: str
    title: str
    kind: str
    task: str
    target: str
    explanation: str
    make: Callable[..., pd.DataFrame]
    options: tuple[Option, ...] = ()

    def load(self, **options: float) -> pd.DataFrame:
        """Return the table.

        Raises
        ------
        DataError
            For an unknown option or a value out of range.
        """
        known = {option.name: option for option in self.options}
        if unknown := sorted(set(options) - set(known)):
            raise DataError(f"{self.name} has no option {unknown[0]!r}; it has {', '.join(known) or 'none'}.")
        values = []
        for option in self.options:
            value = options.get(option.name, option.default)
            if not option.low <= value <= option.high:
                raise DataError(f"{self.name}: {option.name} must lie between {option.low:g} and {option.high:g}.")
            values.append(int(value) if option.integer else float(value))
        return self.make(*values)


def _options(n: int, noise: float) -> tuple[Option, ...]:
    return (
        Option("n", n, 20, 20_000, "How many rows.", integer=True),
        Option("noise", noise, 0.0, 2.0, "Standard deviation of the noise that is added."),
        Option("seed", 0, 0, 10**6, "Another seed draws other rows of the same kind.", integer=True),
    )


def _plane(name: str, title: str, explanation: str, make: Callable[..., pd.DataFrame], noise: float) -> DataSet:
    return DataSet(name, title, "toy 2-D", "classification", "class", explanation, make, _options(600, noise))


def _line(name: str, title: str, explanation: str, make: Callable[..., pd.DataFrame]) -> DataSet:
    return DataSet(name, title, "toy 1-D", "regression", "y", explanation, make, _options(300, 0.1))


def _table(name: str, title: str, target: str, explanation: str, make: Callable[..., pd.DataFrame]) -> DataSet:
    task = "regression" if name == "diabetes" else "classification"
    return DataSet(name, title, "image" if name == "digits" else "table", task, target, explanation, make)


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
    _table("digits", "Digits 8 × 8", "digit", "1797 handwritten digits of 8 × 8 pixels.", tables.digits),
)
CATALOG: Mapping[str, DataSet] = {entry.name: entry for entry in _ENTRIES}


def load_frame(name: str, **options: float) -> tuple[pd.DataFrame, str]:
    """Return the table of a built-in data set and the name of its target.

    Raises
    ------
    DataError
        For an unknown name or option.
    """
    if name not in CATALOG:
        raise DataError(f"There is no data set {name!r}: choose one of {', '.join(CATALOG)}.")
    return CATALOG[name].load(**options), CATALOG[name].target


def load_dataset(name: str, *, split_seed: int = 0, **options: float) -> Prepared:
    """Return a built-in data set, prepared; generators take n, noise and seed.

    Raises
    ------
    DataError
        For an unknown name or option.
    """
    from datasets.preparation import prepare

    frame, target = load_frame(name, **options)
    entry = CATALOG[name]
    features = [column for column in frame.columns if column != target] if entry.kind == "image" else None
    return prepare(frame, target=target, task=entry.task, features=features, split_seed=split_seed, name=entry.title)
