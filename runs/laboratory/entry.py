"""What an experiment of the Laboratory is: its question, its networks at two sizes, and how their runs are judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from diagnostics.run import Run
from models.experiment import Experiment
from runs.events import Event, pretraining_event
from runs.laboratory.rows import Row

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from runs.computations import Report

    NamedFigures = tuple[tuple[str, go.Figure], ...]

SizeName = Literal["reduced", "paper"]
Runs = Mapping[str, Run]


@dataclass(frozen=True)
class Arm:
    """One network of an experiment: its label, its settings, and the data of the catalog that it learns from.

    `experiment.data` holds nothing but the options of the data, so that a run with the same settings on the same data
    is recognized, whoever started it. `pretraining` holds the settings of what comes before the training, if anything
    does (`models.pretraining`).
    """

    label: str
    experiment: Experiment
    dataset: str
    options: Mapping[str, int] = field(default_factory=dict)
    pretraining: Mapping[str, object] | None = None

    @property
    def events(self) -> tuple[Event, ...]:
        """With what its training begins."""
        return () if self.pretraining is None else (pretraining_event(self.pretraining),)

    @property
    def run_name(self) -> str:
        """What its run is called."""
        return f"Laboratory: {self.label}"

    @property
    def settings(self) -> Experiment:
        """The experiment with the options of its data in it, as it is handed to a training."""
        return self.experiment.with_data({"options": dict(self.options)})

    def with_seeds(self, n: int) -> Arm:
        """Return the same network from n beginnings."""
        return replace(self, experiment=replace(self.experiment, seeds=tuple(range(n))))


@dataclass(frozen=True)
class Size:
    """An experiment at one size: its networks, and in words what differs from the paper's and how long it takes."""

    name: SizeName
    arms: tuple[Arm, ...]
    words: str

    def with_seeds(self, n: int) -> Size:
        """Return the same networks from n beginnings each."""
        return replace(self, arms=tuple(arm.with_seeds(n) for arm in self.arms))


@dataclass(frozen=True, eq=False)
class Conclusion:
    """What came out: a table of ours beside the references, and figures by a name that can stand in a file's name.

    A figure that takes long to draw may be a function that draws it, so that the table need not wait for it.
    """

    rows: tuple[Row, ...]
    figures: tuple[tuple[str, go.Figure | Callable[[], go.Figure]], ...]

    def drawn(self, report: Report = lambda share: True) -> NamedFigures:
        """Return all figures, drawn; fewer if `report`, which is told the share that is done, says to end it."""
        result: list[tuple[str, go.Figure]] = []
        for name, figure in self.figures:
            if not report(len(result) / len(self.figures)):
                break
            result.append((name, figure() if callable(figure) else figure))
        return tuple(result)

    @property
    def verdict(self) -> str:
        """How many of the comparisons agree, in words."""
        compared = [row.agrees for row in self.rows if row.agrees is not None]
        return f"{sum(compared)} of {len(compared)} comparisons agree"


def titled(figure: go.Figure, label: str = "", *, question: str = "") -> go.Figure:
    """Return the figure with a network's label behind its title, and the question that it answers here.

    A label tells figures apart that stand side by side. `question` takes the place of the figure's own, which asks for
    any network; here it asks what the paper claims, and names the paper's figure.
    """
    meta = dict(figure.layout.meta)
    title = str(meta.get("title", ""))
    told = {"title": f"{title}: {label}" if label else title, "question": question or meta.get("question", "")}
    figure.update_layout(meta={**meta, **told})
    return figure


def labelled(runs: Runs) -> list[Run]:
    """Return the runs, each called what tells it from the others: its label without what all labels end with."""
    parts = [label.split(", ") for label in runs]
    n = min(map(len, parts)) - 1
    common = next((k for k in range(n) if len({part[-1 - k] for part in parts}) > 1), n)
    names = [", ".join(part[: len(part) - common]) for part in parts]
    return [replace(run, info={**run.info, "name": name}) for name, run in zip(names, runs.values(), strict=True)]


@dataclass(frozen=True)
class LaboratoryEntry:
    """One experiment.

    Attributes
    ----------
    name : str
        Of the command line and of addresses.
    title, question : str
        In plain words.
    figure : str
        The paper's figure or table, described in our words.
    source : str
        Author, year, and where.
    reduced, paper : Size
        What one click does, and the size of the paper.
    conclude : callable
        (runs by label, size) -> Conclusion.
    terms : tuple of str
        Terms of the field in these texts that a page explains.
    """

    name: str
    title: str
    question: str
    figure: str
    source: str
    reduced: Size
    paper: Size
    conclude: Callable[[Runs, SizeName], Conclusion]
    terms: tuple[str, ...] = ()

    def size(self, name: SizeName) -> Size:
        """Return one of the two sizes."""
        return self.reduced if name == "reduced" else self.paper
