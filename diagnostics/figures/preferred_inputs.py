"""What units answer to most, drawn: the nine examples, and the inputs that were made for them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.theme import FigureWords, Naming, figure_of
from diagnostics.figures.tiles import cells_layout, cells_trace, grey_of, grey_trace, tiles, tiles_layout
from diagnostics.preferred_inputs import PreferredInputReport, TopExamplesReport

MOST_FEATURES = 16
COLUMNS = 8
TOP: Naming = {"title": "What excites a unit most", "term": "preferred input"}
MADE: Naming = {"title": "Inputs made for units", "term": "activation maximization"}
TOP_QUESTION = "Which examples does each unit answer to most?"
MADE_QUESTION = "What would each unit like best?"
SOURCE = "Erhan et al. 2009, section 3"
STANDARDIZED = "standardized"


def top_examples_figure(report: TopExamplesReport) -> go.Figure:
    """Return a row of the nine images for each unit; of a table the nine rows of one unit, or the means of several."""
    names = [_unit_name(report, unit) for unit in report.units]
    if len(report.input_shape) == 3:
        return _top_images(report, names)
    features, shown = _telling(report.examples.mean(axis=1), report.feature_names)
    if len(names) == 1:
        rows = report.examples[0][:, features]
        row_names = [_row_name(report, place) for place in range(rows.shape[0])]
        caption = f"The {len(row_names)} examples with the largest responses of {names[0]}, largest first"
    else:
        rows, row_names = report.examples[:, :, features].mean(axis=1), names
        caption = f"Each row: the mean of the {report.examples.shape[1]} examples to which a unit responds most"
    caption += ", as the network sees them: blue is above the average of all examples, orange below."
    caption += _features_told(shown, report.examples.shape[2])
    layout = cells_layout(len(rows), "" if len(names) == 1 else report.layer)
    trace = cells_trace(rows, row_names, shown, STANDARDIZED)
    return figure_of([trace], _top_words(report, names, caption), kind="top-examples", layout=layout)


def preferred_input_figure(report: PreferredInputReport) -> go.Figure:
    """Return the input made for each unit: an image, or a row of features."""
    names = [_unit_name(report, unit) for unit in report.units]
    if len(report.input_shape) == 3:
        images = grey_of(report.inputs.reshape(-1, *report.input_shape))
        laid = tiles(images, min(COLUMNS, len(names)), names)
        traces, layout = [grey_trace(laid, names), *laid.names], tiles_layout(laid)
        caption = "One image for each unit, made so that it responds as strongly as possible."
    else:
        features, shown = _telling(report.inputs, report.feature_names)
        traces = [cells_trace(report.inputs[:, features], names, shown, STANDARDIZED)]
        layout = cells_layout(len(names), report.layer)
        caption = (
            "Each row: an input made so that the unit responds as strongly as possible, as the network sees it: blue "
            f"is above the average of all examples, orange below.{_features_told(shown, report.inputs.shape[1])}"
        )
    caption += " It need not look like any example: it is what the unit itself asks for."
    details = (
        f"Gradient ascent in {len(report.path) - 1} steps from the mean of the training examples, within their range "
        f"and no farther from their mean than half of them are ({report.radius:.3g}). Seed {report.seed} at step "
        f"{report.step}."
    )
    words = FigureWords(
        MADE_QUESTION, caption, _made_summary(report, names), report.run_id, 1, SOURCE, details=details, **MADE
    )
    return figure_of(traces, words, kind="preferred-input", layout=layout)


def _top_images(report: TopExamplesReport, names: Sequence[str]) -> go.Figure:
    n_units, k = report.places.shape
    images = grey_of(report.examples.reshape(n_units * k, *report.input_shape))
    above = [] if report.labels is None else [_class(report, int(label)) for label in report.labels.ravel()]
    laid = tiles(images, k, above)
    hover = [
        f"{names[row]}, response {report.responses[row, place]:.3g}".replace("-", "−")
        for row in range(n_units)
        for place in range(k)
    ]
    caption = f"A row for each unit: the {k} of {report.n_examples} examples with its largest responses, largest first."
    if above:
        caption += " Above each image stands its class."
    words = _top_words(report, names, caption)
    return figure_of(
        [grey_trace(laid, hover), *laid.names], words, kind="top-examples", layout=tiles_layout(laid, names)
    )


def _top_words(report: TopExamplesReport, names: Sequence[str], caption: str) -> FigureWords:
    if len(report.units) < report.n_units:
        caption += f" {_of_units(report)}"
    if report.purity is not None:
        best = int(np.argmax(report.purity))
        label = int(np.bincount(report.labels[best]).argmax()) if report.labels is not None else 0
        summary = (
            f"Of the examples that {names[best]} answers to most, {report.purity[best]:.0%} are of the class "
            f"{_class(report, label)}; the most frequent class makes up {report.prior:.0%} of all."
        )
    else:
        gain = report.responses[:, 0] - report.mean_response
        best = int(np.argmax(gain))
        summary = f"{names[best]} responds to its best example {gain[best]:.3g} more than on average."
    details = f"Responses are pre-activations. Seed {report.seed} at step {report.step}."
    return FigureWords(
        TOP_QUESTION, caption, summary[0].upper() + summary[1:], report.run_id, 1, SOURCE, details=details, **TOP
    )


def _made_summary(report: PreferredInputReport, names: Sequence[str]) -> str:
    rise = report.path[-1] - report.path[0]
    best = int(np.argmax(rise))
    first, last = report.path[[0, -1], best]
    name = f"the output for {names[best]}" if report.is_output and report.class_names else names[best]
    summary = f"{name} responds with {last:.3g} to its input, {first:.3g} to the start"
    if np.isfinite(report.best_example[best]):
        summary += f" and at most {report.best_example[best]:.3g} to an example"
    return f"{summary[0].upper()}{summary[1:]}.".replace(" -", " −")


def _unit_name(report: TopExamplesReport | PreferredInputReport, unit: int) -> str:
    if report.is_output and int(unit) < len(report.class_names):
        return report.class_names[int(unit)]
    return f"output {unit}" if report.is_output else f"unit {unit}"


def _of_units(report: TopExamplesReport) -> str:
    verb = "Shown is" if len(report.units) == 1 else "Shown are"
    return f"{verb} {len(report.units)} of {report.n_units} units of {report.layer}."


def _class(report: TopExamplesReport, label: int) -> str:
    return report.class_names[label] if label < len(report.class_names) else str(label)


def _row_name(report: TopExamplesReport, place: int) -> str:
    name = f"example {report.places[0, place]}"
    return name if report.labels is None else f"{name}: {_class(report, report.labels[0, place])}"


def _telling(rows: np.ndarray, names: Sequence[str]) -> tuple[np.ndarray, list[str]]:
    """Return the features that lie farthest from the average, in their order, and their names."""
    order = np.argsort(-np.abs(rows).max(axis=0), kind="stable")[:MOST_FEATURES]
    features = np.sort(order)
    return features, [names[i] if i < len(names) else f"feature {i}" for i in features]


def _features_told(shown: Sequence[str], n: int) -> str:
    return f" Shown are the {len(shown)} of {n} features that differ most from it." if len(shown) < n else ""
