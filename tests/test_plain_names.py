"""What users call their classes, columns and runs is drawn as it stands, and never read as a tag."""

from __future__ import annotations

import numpy as np

from diagnostics.confusion import ConfusionReport
from diagnostics.figures.confusion import confusion_figure
from diagnostics.figures.data_set import class_balance_figure, plane_figure
from diagnostics.figures.plain_names import with_plain_names
from diagnostics.figures.table import figure_table

LINK = '<a href="http://evil.example">cat</a>'
SHOWN = '&lt;a href="http://evil.example">cat&lt;/a>'


def test_a_link_in_the_name_of_a_class_is_shown_as_it_stands_and_tabled_as_it_was() -> None:
    names = (LINK, "dog < 3")
    figure = class_balance_figure({"train": [1, 2], "validation": [1, 1], "test": [0, 1]}, names)
    assert list(figure.data[0].x) == [SHOWN, "dog &lt; 3"]
    assert figure_table(figure)["class"].tolist()[:2] == list(names)
    report = ConfusionReport(np.eye(2), names, 4, 0, "run", 1)
    matrix = confusion_figure(report)
    assert matrix.data[0].y[0] == SHOWN
    assert matrix.data[0].hovertemplate.endswith("<extra></extra>")
    plane = plane_figure(np.zeros((2, 2)), np.array([0, 1]), (LINK, "x2"), names)
    assert {trace.name for trace in plane.data} == {SHOWN, "dog &lt; 3"}
    assert plane.layout.xaxis.title.text.startswith(SHOWN)


def test_the_tags_of_the_figures_stay() -> None:
    ours = "<b>dense1</b><br>10<sup>−3</sup><extra></extra>"
    assert with_plain_names({"text": [ours], "meta": {"question": "<i>?"}}) == {
        "text": [ours],
        "meta": {"question": "<i>?"},
    }
    numbers = np.arange(3)
    assert with_plain_names([numbers])[0] is numbers  # type: ignore[index]
    assert with_plain_names(np.array(["<img>"])) == ["&lt;img>"]
