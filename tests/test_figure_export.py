"""Figures as files: a page without a network, numbers, a PDF from an SVG, images where a browser is."""

from __future__ import annotations

import io

import pandas as pd
import plotly.graph_objects as go
import pytest
from app_pages import SMALL

from datasets import load_dataset
from diagnostics.figures.learning_curves import learning_curves_figure
from diagnostics.learning_curves import learning_curves
from runs import train_run
from runs.figure_export import (
    PRESETS,
    ExportUnavailable,
    apply_preset,
    export_csv,
    export_html,
    export_image,
    export_pdf_from_svg,
)

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="336" height="240"><text x="10" y="20">loss</text></svg>'


def figure() -> go.Figure:
    return learning_curves_figure(learning_curves([train_run(SMALL, load_dataset("moons"))]))


def test_the_page_holds_everything_it_needs() -> None:
    page = export_html(figure()).decode()
    assert "Plotly.newPlot" in page
    assert "Solid: training rows" in page
    assert '<script src="http' not in page
    assert len(export_html(figure(), include_plotlyjs=False)) < 100_000


def test_the_numbers_are_those_of_the_figure() -> None:
    shown = figure()
    table = pd.read_csv(io.BytesIO(export_csv(shown)))
    training = table[table["series"] == "training"]
    trace = next(trace for trace in shown.data if trace.name == "training")
    assert training["loss (nats)"].tolist() == pytest.approx(list(trace.y), rel=1e-6)
    assert training["step (updates)"].tolist() == list(trace.x)


def test_a_text_that_a_spreadsheet_would_run_is_made_harmless() -> None:
    evil = go.Figure({"data": [{"type": "scatter", "x": [1], "y": [2], "name": "=cmd()"}]})
    assert b"'=cmd()" in export_csv(evil)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_changes_size_and_type_and_leaves_the_figure_alone(preset: str) -> None:
    shown = figure()
    printed = apply_preset(shown, preset)
    assert printed.layout.width == round(PRESETS[preset].width * 96)
    assert printed.layout.font.size == pytest.approx(PRESETS[preset].points * 96 / 72)
    assert shown.layout.width is None
    assert [trace.name for trace in printed.data] == [trace.name for trace in shown.data]


def test_a_pdf_is_made_of_the_browsers_svg() -> None:
    pdf = export_pdf_from_svg(SVG)
    assert pdf.startswith(b"%PDF")
    assert len(pdf) > 500
    with pytest.raises(ValueError, match="did not send a drawing"):
        export_pdf_from_svg("nothing")


def test_without_a_chrome_a_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(self: object, **settings: object) -> bytes:
        raise RuntimeError("Kaleido requires Google Chrome to be installed.")

    monkeypatch.setattr(go.Figure, "to_image", absent)
    with pytest.raises(ExportUnavailable, match="export it in the app, or use export_html and export_csv"):
        export_image(figure(), "png")
    with pytest.raises(ValueError, match="must be png, svg or pdf"):
        export_image(figure(), "bmp")
