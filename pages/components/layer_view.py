"""What is looked at on the page Layers: the run, the layer, and the choices of the bars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from diagnostics.run import Run


@dataclass(frozen=True)
class Seen:
    """A run with the name and the colour ("#rrggbb") under which it is drawn."""

    run: Run
    name: str
    color: str


@dataclass(frozen=True)
class View:
    """What is looked at: the run, the layer in depth, the choices of the bars, and another run to compare with.

    The last three say how distributions are drawn (`diagnostics.figures.layer_distributions.DistributionView`).
    """

    seen: Seen
    layer: str
    share: str = "saturated"
    quantity: str = "activation"
    binning: str = ""
    other: Seen | None = None
    height: Literal["density", "share", "count"] = "density"
    log: bool = False
    panels: bool = False

    @property
    def run(self) -> Run:
        """The run of the page."""
        return self.seen.run
