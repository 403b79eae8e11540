"""Small images side by side on one sheet, each with a name above it; and rows of a table as coloured cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from diagnostics.figures.colors import SCALES
from diagnostics.figures.theme import SIZE, axis, color_bar, single

GREYS = [[0.0, "#000000"], [1.0, "#ffffff"]]
QUIET = "#7a828c"
GAP_SHARE = 0.1  # of an image's side, between two of them
NAME_SHARE = 0.28  # of the height, for a name above an image
TILE = 72  # pixels of the screen, name included
LEAST_HEIGHT = 150  # of a figure, so that a bar of colours fits beside it
PLAIN = {"showgrid": False, "showline": False, "ticks": "", "constrain": "domain"}


@dataclass(frozen=True, eq=False)
class Tiles:
    """Images on a sheet.

    Attributes
    ----------
    sheet : array (H, W)
        NaN between the images.
    owners : array (H, W)
        To which image a pixel belongs, row by row; -1 to none.
    x, y : array (n_columns,), (n_rows,)
        Middles of the columns and rows of images.
    """

    sheet: np.ndarray
    owners: np.ndarray
    x: np.ndarray
    y: np.ndarray
    names: list[dict[str, object]]

    @property
    def height(self) -> int:
        """Of the figure without what stands around the plot, in pixels of the screen."""
        return TILE * len(self.y)


def grey_of(images: np.ndarray) -> np.ndarray:
    """Return images (…, height, width, channels) with their channels averaged."""
    return np.asarray(images.mean(axis=-1))


def tiles(images: np.ndarray, n_columns: int, names: Sequence[str] = ()) -> Tiles:
    """Return images (n, height, width) laid out row by row; `names` stand above them."""
    n, height, width = images.shape
    n_rows = -(-n // n_columns)
    gap = max(1, round(GAP_SHARE * width))
    above = max(1, round(NAME_SHARE * height)) if names else 0
    down, across = height + gap + above, width + gap
    sheet = np.full((n_rows * down - gap, n_columns * across - gap), np.nan)
    owners = np.full(sheet.shape, -1)
    for place, image in enumerate(images):
        top, left = (place // n_columns) * down + above, (place % n_columns) * across
        sheet[top : top + height, left : left + width] = image
        owners[top : top + height, left : left + width] = place
    x = np.arange(n_columns) * across + (width - 1) / 2
    y = np.arange(n_rows) * down + above + (height - 1) / 2
    return Tiles(sheet, owners, x, y, _names(names, x, y - height / 2, n_columns))


def _names(names: Sequence[str], x: np.ndarray, tops: np.ndarray, n_columns: int) -> list[dict[str, object]]:
    if not names:
        return []
    places = range(len(names))
    trace = {
        "type": "scatter",
        "mode": "text",
        "x": single(x[[place % n_columns for place in places]]),
        "y": single(tops[[place // n_columns for place in places]]),
        "text": list(names),
        "textposition": "top center",
        "textfont": {"size": SIZE - 2, "color": QUIET},
        "cliponaxis": False,
        "hoverinfo": "skip",
        "showlegend": False,
        "name": "names",
        "meta": {"sign": "label"},
    }
    return [trace]


def signed_trace(laid: Tiles, hover: Sequence[str], title: str) -> dict[str, object]:
    """Return the sheet in blue where it is positive and orange where negative; `hover` names each image."""
    most = _largest(laid.sheet)
    return {
        **_sheet(laid, hover),
        "colorscale": SCALES["signed"][0],
        "meta": {"scale": "signed"},
        "zmin": -most,
        "zmax": most,
        "colorbar": color_bar(title),
    }


def grey_trace(laid: Tiles, hover: Sequence[str]) -> dict[str, object]:
    """Return the sheet in grey, black where the least and white where the largest number of all images is."""
    return {
        **_sheet(laid, hover),
        "colorscale": GREYS,
        "zmin": float(np.nanmin(laid.sheet)),
        "zmax": float(np.nanmax(laid.sheet)),
        "showscale": False,
    }


def _sheet(laid: Tiles, hover: Sequence[str]) -> dict[str, object]:
    texts = np.array([*hover, ""], dtype=object)[laid.owners]
    return {
        "type": "heatmap",
        "z": single(laid.sheet),
        "customdata": texts,
        "hovertemplate": "%{customdata}: %{z:.3~g}<extra></extra>",
        "hoverongaps": False,
        "name": "images",
    }


def _largest(values: np.ndarray) -> float:
    finite = np.abs(values[np.isfinite(values)])
    return float(finite.max()) if finite.size and finite.max() > 0 else 1.0


def tiles_layout(laid: Tiles, row_names: Sequence[str] = ()) -> dict[str, object]:
    """Return the layout of a sheet: no axes, the names of its rows at the left."""
    rows = {"tickvals": list(laid.y), "ticktext": list(row_names)} if row_names else {"showticklabels": False}
    return {
        "xaxis": axis("", **PLAIN, showticklabels=False, range=[-1, laid.sheet.shape[1]]),
        "yaxis": axis("", **PLAIN, **rows, range=[laid.sheet.shape[0], -1], scaleanchor="x", constraintoward="top"),
        "height": max(laid.height + 32, LEAST_HEIGHT),
        "margin": {"l": 56 if row_names else 16, "r": 16, "t": 20, "b": 12},
    }


def cells_trace(
    rows: np.ndarray, row_names: Sequence[str], column_names: Sequence[str], title: str
) -> dict[str, object]:
    """Return rows of numbers as cells, blue where positive and orange where negative."""
    most = _largest(rows)
    return {
        "type": "heatmap",
        "x": list(column_names),
        "y": list(row_names),
        "z": single(rows),
        "colorscale": SCALES["signed"][0],
        "meta": {"scale": "signed"},
        "zmin": -most,
        "zmax": most,
        "xgap": 1,
        "ygap": 1,
        "colorbar": color_bar(title),
        "hovertemplate": "%{y}, %{x}: %{z:.3~g}<extra></extra>",
        "name": "features",
    }


def cells_layout(n_rows: int, title: str) -> dict[str, object]:
    """Return the layout of `cells_trace`: long names of columns are written slanting."""
    fixed = {"type": "category", "showgrid": False, "ticks": ""}
    return {
        "xaxis": axis("feature", **fixed, tickangle=-40, nticks=40),
        "yaxis": axis(title, **fixed, autorange="reversed", nticks=40),
        "height": 190 + 24 * n_rows,
    }


def joined_names(names: Sequence[str], most: int = 4) -> str:
    """Return "a, b and c"; of many the first few."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
