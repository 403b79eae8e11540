"""The maps of hidden units over two features as small images, and the linear regions behind each layer as patches."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.colors import SCALES
from diagnostics.figures.theme import FigureWords, Naming, figure_of, single
from diagnostics.figures.tiles import joined_names, signed_trace, tiles, tiles_layout
from diagnostics.settings_in_words import mean_of_seeds
from diagnostics.unit_maps import UnitMapsReport

COLUMNS = 8
REGION_COLUMNS = 4
REGION_HEIGHT = 250  # of a row of patches, in pixels of the screen
NOTE_HEIGHT = 110  # of a sentence instead
GOLDEN = 0.6180339887  # so that numbers next to one another get colours far apart
MAPS: Naming = {"title": "What each hidden unit says over the plane", "term": "activation"}
REGIONS: Naming = {"title": "Linear regions by depth", "term": "linear region"}
MAPS_QUESTION = "How do the units of one layer put together what the layer before them offers?"
REGIONS_QUESTION = "Into how many linear pieces do the layers cut the plane?"
SOURCE = "Montúfar et al. 2014, section 2"


def unit_maps_figure(report: UnitMapsReport) -> go.Figure:
    """Return a small map for each unit, the layers one below the other; the first feature runs to the right."""
    side = next(iter(report.maps.values())).shape[1]
    n_columns = min(COLUMNS, max(len(units) for units in report.units.values()))
    images, names, hover, rows = [], [], [], []
    for layer in report.layers:
        maps = report.maps[layer]
        shares = maps[:, ::-1] / (float(np.abs(maps).max()) or 1.0)  # the second feature runs upwards
        n_rows = -(-len(maps) // n_columns)
        filled = np.full((n_rows * n_columns, side, side), np.nan)
        filled[: len(maps)] = shares
        images.append(filled)
        units = [f"unit {unit}" for unit in report.units[layer]]
        names += units + [""] * (len(filled) - len(units))
        hover += [f"{layer}, {unit}" for unit in units] + [""] * (len(filled) - len(units))
        rows += [layer] + [""] * (n_rows - 1)
    laid = tiles(np.concatenate(images), n_columns, names)
    sheet = {**signed_trace(laid, hover, "share of the layer's largest"), "zmin": -1, "zmax": 1}
    words = FigureWords(
        MAPS_QUESTION, _maps_caption(report), _maps_summary(report), report.run_id, 1,
        details=f"Seed {report.seed} at step {report.step}: units of different seeds do not correspond.", **MAPS,
    )  # fmt: skip
    return figure_of([sheet, *laid.names], words, kind="unit-maps", layout=tiles_layout(laid, rows))


def _maps_caption(report: UnitMapsReport) -> str:
    first, second = (*report.feature_names, "x1", "x2")[:2] if len(report.feature_names) >= 2 else ("x1", "x2")
    caption = (
        f"One map for each unit: {first} runs to the right, {second} upwards, colour is its activation. "
        "The first layer can only draw straight edges; later layers join them into shapes."
    )
    cut = [name for name in report.layers if len(report.units[name]) < report.n_units[name]]
    if cut:
        caption += f" Of {joined_names(cut)} the units that vary most are shown."
    return caption


def _maps_summary(report: UnitMapsReport) -> str:
    still = {name: int((np.ptp(maps, axis=(1, 2)) == 0).sum()) for name, maps in report.maps.items()}
    quiet = [f"{n} of {name}" for name, n in still.items() if n]
    shown = ", ".join(f"{len(report.units[name])} of {name}" for name in report.layers)
    text = f"At step {report.step} the maps of {shown} are shown"
    return f"{text}; units that say the same everywhere: {', '.join(quiet)}." if quiet else f"{text}; all of them vary."


def linear_regions_figure(report: UnitMapsReport) -> go.Figure:
    """Return a map of patches behind each layer: inside one the network up to there is linear."""
    n_layers = len(report.regions)
    if not n_layers:
        sentence = (
            f"There are no linear regions to count: {report.curved} is not made of straight pieces. "
            "Train with relu to see them."
        )
        words = FigureWords(REGIONS_QUESTION, "", sentence, **REGIONS)
        return figure_of([], words, kind="linear-regions", layout={"height": NOTE_HEIGHT})
    names = [_name(report, place) for place in range(n_layers)]
    laid = tiles(np.mod(report.regions[:, ::-1] * GOLDEN, 1.0), min(REGION_COLUMNS, n_layers), names)
    texts = np.array([*names, ""], dtype=object)[laid.owners]
    sheet = {
        "type": "heatmap",
        "z": single(laid.sheet),
        "zmin": 0,
        "zmax": 1,
        "customdata": texts,
        "colorscale": SCALES["number"][0],
        "meta": {"scale": "number"},
        "showscale": False,
        "hovertemplate": "%{customdata}<extra></extra>",
        "hoverongaps": False,
        "name": "regions",
    }
    n_rows = len(laid.y)
    layout = {**tiles_layout(laid), "height": REGION_HEIGHT * n_rows + 40}
    words = FigureWords(
        REGIONS_QUESTION, _regions_caption(report), _regions_summary(report), report.run_id, len(report.n_regions),
        SOURCE, details=_regions_details(report), **REGIONS,
    )  # fmt: skip
    return figure_of([sheet, *laid.names], words, kind="linear-regions", layout=layout)


def _name(report: UnitMapsReport, place: int) -> str:
    n = int(report.n_regions[0, place])
    return f"{report.layers[place]}: {n} region{'s' if n != 1 else ''}"


def _regions_caption(report: UnitMapsReport) -> str:
    caption = (
        "Each patch is a region in which every unit up to that layer stays on one straight piece, so that the network "
        "is linear there; colours only tell neighbours apart. Every layer cuts the regions before it further."
    )
    if len(report.regions) < len(report.layers):
        caption += f" Behind {report.layers[len(report.regions) - 1]} nothing is counted: {report.curved} is curved."
    return caption


def _regions_details(report: UnitMapsReport) -> str:
    side = report.axes.shape[1]
    text = f"Seed {report.seed}; counted on a grid of {side} × {side} points: regions between its points are missed."
    if len(report.n_regions) > 1:
        means, stds = report.n_regions.mean(axis=0), report.n_regions.std(axis=0)
        parts = [f"{name} {mean:.0f} ± {std:.0f}" for name, mean, std in zip(report.layers, means, stds, strict=False)]
        text += f" {mean_of_seeds(len(report.n_regions)).capitalize()} ± one standard deviation: {', '.join(parts)}."
    return text


def _regions_summary(report: UnitMapsReport) -> str:
    counts = ", ".join(f"{int(n)} behind {name}" for name, n in zip(report.layers, report.n_regions[0], strict=False))
    return f"At step {report.step} the plane has {counts} linear regions."
