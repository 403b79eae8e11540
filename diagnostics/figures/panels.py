"""Small multiples: one plot for each layer in a grid, all with the same axes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from diagnostics.figures.theme import BOTTOM, LEFT, SIZE

MOST_COLUMNS = 4
GAP = 0.03  # between two plots beside one another, as a share of the figure
ROW_HEIGHT = 150  # pixels
TITLE_HEIGHT = 24


@dataclass(frozen=True)
class Panels:
    """A grid for `n` plots."""

    n: int

    @property
    def columns(self) -> int:
        """As many as fit, such that the last row is not nearly empty."""
        rows = math.ceil(self.n / MOST_COLUMNS)
        return math.ceil(self.n / rows)

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return math.ceil(self.n / self.columns)

    def placed(self, number: int, traces: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
        """Return traces that stand in one of the plots, 0 for the first."""
        suffix = str(number + 1) if number else ""
        return [{**trace, "xaxis": f"x{suffix}", "yaxis": f"y{suffix}"} for trace in traces]

    def layout_with_legend(self, x_axis: Mapping[str, object], y_axis: Mapping[str, object]) -> dict[str, object]:
        """Return `layout` with room for a legend above the names of the plots."""
        layout = self.layout(x_axis, y_axis)
        height = ROW_HEIGHT * self.rows
        legend = {"orientation": "h", "x": 0, "xanchor": "left", "yanchor": "bottom", "bgcolor": "rgba(0,0,0,0)"}
        return {
            **layout,
            "height": 90 + height + TITLE_HEIGHT,
            "showlegend": True,
            "legend": {**legend, "y": 1 + TITLE_HEIGHT / height},
            "margin": {"l": LEFT, "r": 16, "t": 12 + 2 * TITLE_HEIGHT, "b": BOTTOM},
        }

    def layout(self, x_axis: Mapping[str, object], y_axis: Mapping[str, object]) -> dict[str, object]:
        """Return the axes of all plots; those at the left and at the bottom have numbers, one of each a title."""
        result: dict[str, object] = {
            "height": 90 + ROW_HEIGHT * self.rows,
            "showlegend": False,
            "margin": {"l": LEFT, "r": 16, "t": 12 + TITLE_HEIGHT, "b": BOTTOM},
        }
        between = TITLE_HEIGHT / (ROW_HEIGHT * self.rows)
        across, up = _spans(self.columns, GAP), _spans(self.rows, between)[::-1]
        middle_column = (self.columns - 1) // 2
        for number in range(self.n):
            row, column = divmod(number, self.columns)
            suffix = str(number + 1) if number else ""
            is_lowest = number + self.columns >= self.n
            bottom = x_axis if column == middle_column else _untitled(x_axis)
            if (column - middle_column) % 2 and x_axis.get("type") != "log":
                # Its first number would lie over the last one of the plot before it.
                bottom = {**bottom, "showticklabels": False}
            same = {"matches": "x"} if number else {}
            result[f"xaxis{suffix}"] = {
                **(bottom if is_lowest else _bare(x_axis)),
                "tickangle": 0,
                **same,
                "domain": across[column],
                "anchor": f"y{suffix}",
                "nticks": 5,
            }
            same = {"matches": "y"} if number else {}
            middle = column == 0 and row == (self.rows - 1) // 2
            result[f"yaxis{suffix}"] = {
                **(y_axis if column == 0 and middle else _untitled(y_axis) if column == 0 else _bare(y_axis)),
                **same,
                "domain": up[row],
                "anchor": f"x{suffix}",
                "nticks": 5,
            }
        return result

    @staticmethod
    def label(text: str, color: str, corner: tuple[float, float]) -> dict[str, object]:
        """Return the name of a plot, and remarks behind it, written above its upper left corner (x, y)."""
        return {
            "type": "scatter",
            "mode": "text",
            "x": [corner[0]],
            "y": [corner[1]],
            "text": [text],
            "name": "name of a plot",
            "meta": {"sign": "label"},
            "textposition": "top right",
            "cliponaxis": False,
            "textfont": {"size": SIZE - 1, "color": color},
            "showlegend": False,
            "hoverinfo": "skip",
        }


def _spans(n: int, gap: float) -> list[list[float]]:
    width = (1 - gap * (n - 1)) / n
    return [[i * (width + gap), i * (width + gap) + width] for i in range(n)]


def _bare(entry: Mapping[str, object]) -> dict[str, object]:
    return {**_untitled(entry), "showticklabels": False}


def _untitled(entry: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in entry.items() if name != "title"}
