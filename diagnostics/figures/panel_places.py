"""Where several small plots stand in one figure whose axes differ, and what stands above each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from diagnostics.figures.theme import SIZE

Span = list[float]
TITLE = 30  # pixels above each row of plots for their names


@dataclass(frozen=True)
class PanelPlaces:
    """Plots row by row from the top.

    Attributes
    ----------
    n, n_columns : int
    x_gap : float
        Between two columns, as a share of the figure.
    row_height, y_gap : int
        Of a plot, and between two rows for numbers and names, in pixels of the screen.
    """

    n: int
    n_columns: int
    x_gap: float
    row_height: int
    y_gap: int

    @property
    def n_rows(self) -> int:
        """How many rows there are."""
        return -(-self.n // self.n_columns)

    @property
    def height(self) -> int:
        """Of all plots, in pixels of the screen."""
        return self.n_rows * (self.row_height + self.y_gap) - self.y_gap

    def domains(self) -> list[tuple[Span, Span]]:
        """Return where each plot stands, (across, up), as shares of the figure."""
        width = (1 - self.x_gap * (self.n_columns - 1)) / self.n_columns
        height, down = self.row_height / self.height, (self.row_height + self.y_gap) / self.height
        result = []
        for place in range(self.n):
            left, top = (place % self.n_columns) * (width + self.x_gap), 1 - (place // self.n_columns) * down
            result.append(([left, min(left + width, 1.0)], [max(top - height, 0.0), top]))
        return result

    def is_lowest(self, place: int) -> bool:
        """Whether no plot stands below one."""
        return place + self.n_columns >= self.n

    def layout(self, titles: Sequence[str], *, legend: bool = False) -> dict[str, object]:
        """Return the height, the margins, the names of the plots, and where the legend stands above them."""
        above = TITLE + (TITLE if legend else 0)
        place = {"orientation": "h", "x": 0, "xanchor": "left", "yanchor": "bottom", "itemsizing": "constant"}
        return {
            "height": self.height + above + 48,
            "margin": {"l": 56, "r": 16, "t": above, "b": 48},
            "showlegend": legend,
            "legend": {**place, "y": 1 + TITLE / self.height},
            "annotations": [_title(title, *where) for title, where in zip(titles, self.domains(), strict=True)],
        }


def _title(title: str, across: Span, up: Span) -> dict[str, object]:
    return {
        "text": title,
        "xref": "paper",
        "yref": "paper",
        "x": across[0],
        "y": up[1],
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": SIZE},
        "yshift": 3,
    }
