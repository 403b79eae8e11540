"""The shown part of a logarithmic axis: whole bins, nothing lost, zero in the middle."""

from __future__ import annotations

import numpy as np

from diagnostics.figures.symlog_axis import symlog_view

EDGES = np.concatenate([-np.logspace(4, -8, 39), np.logspace(-8, 4, 39)])  # 77 bins, the middle one holds zero
MIDDLE = 38


def share(**bins: float) -> np.ndarray:
    """Shares in bins that are named by their distance from the middle: left3, right30."""
    result = np.zeros(77)
    for name, value in bins.items():
        side = -1 if name.startswith("left") else 1
        result[MIDDLE + side * int(name.lstrip("leftrigh"))] = value
    return result


def test_nothing_but_empty_bins_is_left_out() -> None:
    values = share(left30=0.25, right25=0.75)
    view = symlog_view(EDGES, values)
    shown = view.shown(values)
    assert shown.sum() == 1
    assert len(shown) == len(view.places)
    assert shown[list(view.places).index(-(30 - view.core))] == 0.25


def test_empty_bins_around_zero_become_one() -> None:
    view = symlog_view(EDGES, share(left30=0.5, right26=0.5))
    assert view.core > 0
    assert "nearer to 0 than" in view.in_words
    full = symlog_view(EDGES, share(left30=0.5, right1=0.5))
    assert full.core == 0
    assert full.in_words == ""


def test_what_lies_at_zero_stays_in_the_middle() -> None:
    values = share(right0=0.5, right30=0.5)
    view = symlog_view(EDGES, values)
    assert view.shown(values)[list(view.places).index(0)] == 0.5


def test_the_ticks_are_symmetric_and_stand_at_their_powers() -> None:
    view = symlog_view(EDGES, share(left12=0.5, right12=0.5))
    places, labels = view.ticks()
    assert labels[0] == "0"
    assert places[1::2] == [-place for place in places[2::2]]
    exponent = int(labels[1].removeprefix("10<sup>").removesuffix("</sup>").replace("−", "-"))
    lower_edge = EDGES[MIDDLE + view.core + int(places[1] + 0.5)]  # of the bin at that place, right of the middle
    assert 0.3 < 10.0**exponent / lower_edge < 3  # a bin is a third of a decade wide


def test_an_empty_histogram_is_shown_whole() -> None:
    assert symlog_view(EDGES, np.zeros(77)).reach == MIDDLE
