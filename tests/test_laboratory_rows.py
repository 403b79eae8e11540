"""The Laboratory's tables by hand, its figures drawn after them, and the time that a training is told to take."""

from __future__ import annotations

from dataclasses import replace

import plotly.graph_objects as go
import pytest

from pages.components.terms import TERMS
from runs.laboratory.catalog import ENTRIES
from runs.laboratory.conducting import seconds
from runs.laboratory.entry import Conclusion, titled
from runs.laboratory.networks import REDUCED, STANDARD, network
from runs.laboratory.rows import (
    COLUMNS,
    Limits,
    Reference,
    as_markdown,
    at_least,
    at_most,
    beside,
    between,
    compared,
    compared_with,
    within,
)

KNOWN = Reference("2", "printed", "a paper")


def judged(values: list[float], limits: Limits) -> bool | None:
    return compared("q", values, KNOWN, limits).agrees


def test_a_row_is_judged_by_the_mean_over_the_seeds() -> None:
    about_two = within(2.0, 0.25, "why")
    assert compared("q", [1.0, 3.5], KNOWN, about_two).ours == "2.25 ± 1.2"  # mean 2.25, standard deviation 1.25
    assert judged([1.0, 3.5], about_two)
    assert judged([1.0, 3.6], about_two) is False
    assert judged([2.0], at_most(2.0, "why"))
    assert judged([2.1], at_most(2.0, "why")) is False
    assert judged([2.0], at_least(2.0, "why"))
    assert judged([1.9], at_least(2.0, "why")) is False
    assert judged([2.0], between(1.0, 2.0, "why"))
    assert judged([2.5], between(1.0, 2.0, "why")) is False
    assert beside("q", [99.0], KNOWN, "another scale").agrees is None
    for number in (float("nan"), float("inf")):
        assert judged([number], about_two) is False


def test_a_number_on_the_screen_has_as_many_decimals_as_its_spread() -> None:
    def brief(*values: float, unit: str = "") -> str:
        return compared("q", values, KNOWN, within(2.0, 1.0, "why"), unit).brief

    assert brief(1.0, 3.5) == "2.2 ± 1.2"  # 2.25 and 1.25, both rounded to the even digit
    assert brief(0.0, 0.5, unit="%") == "0.25 ± 0.25 %"
    assert brief(75.0, 77.0, unit="%") == "76.0 ± 1.0 %"
    assert brief(3e-5, 4e-5) == "(3.50 ± 0.50)·10⁻⁵"
    assert brief(0.4999, 0.5001) == "0.500 ± 1·10⁻⁴"  # not ± 0.000
    assert brief(0.5) == "0.500"


def test_figures_are_drawn_after_the_table_and_the_drawing_can_be_ended() -> None:
    drawn: list[str] = []

    def draw(name: str) -> go.Figure:
        drawn.append(name)
        return go.Figure()

    known, told = go.Figure(), []
    found = Conclusion((), (("a", known), ("b", lambda: draw("b")), ("c", lambda: draw("c"))))
    assert not drawn
    assert [name for name, _ in found.drawn()] == ["a", "b", "c"]
    assert drawn == ["b", "c"]

    def until_the_last(share: float) -> bool:
        told.append(share)
        return share < 0.5

    figures = found.drawn(until_the_last)
    assert figures == (("a", known), ("b", figures[1][1]))
    assert told == [0, pytest.approx(1 / 3), pytest.approx(2 / 3)]


def test_the_time_told_grows_with_the_depth_and_with_what_is_done_before() -> None:
    (plain,) = (network("tanh", STANDARD, replace(REDUCED, width=64), depth=5),)
    deep = network("tanh", STANDARD, replace(REDUCED, width=64), depth=40)
    quiet, busy = seconds([plain])
    assert 0 < quiet < busy
    # recording and evaluating all layers take their time for each of them; the first one reads 1024 numbers
    assert 3 * quiet < seconds([deep])[0] < 8 * quiet
    digits = next(arm for arm in ENTRIES["pretraining"].reduced.arms if arm.pretraining is not None)
    assert seconds([digits])[0] > seconds([replace(digits, pretraining=None)])[0]


def test_normalization_lengthens_the_time_told_about_as_much_as_it_does() -> None:
    by_label = {arm.label.rsplit(", ", 1)[0]: seconds([arm])[0] for arm in ENTRIES["today"].reduced.arms}
    # processor time on two busy cores: 11.7 s without, 19.6 s with batch and 24.5 s with layer normalization
    for kind in ("batch", "layer"):
        assert 1.4 < by_label[f"relu, {kind} norm"] / by_label["relu, He"] < 2.2


def test_the_verdict_counts_what_was_compared() -> None:
    limits = within(2.0, 0.1, "why")
    rows = (compared("q", [2.0], KNOWN, limits), compared("q", [3.0], KNOWN, limits), beside("q", [3.0], KNOWN, "why"))
    assert Conclusion(rows, ()).verdict == "1 of 2 comparisons agree"


def test_it_is_said_what_is_compared_with_a_paper_and_what_with_something_else() -> None:
    limits, measured = within(2.0, 0.1, "why"), Reference("2", "measured", "a program")
    seen = Reference("2", "read off", "a figure")
    rows = [compared("q", [2.0], one, limits) for one in (KNOWN, seen, measured)]
    rows.append(beside("q", [2.0], measured, "why"))  # is no comparison
    assert compared_with(rows) == (
        "Of 3 comparisons: 2 with what a paper prints or shows, 1 with what is measured elsewhere, one seed."
    )


def test_a_figure_keeps_its_words_but_for_the_label_and_the_question() -> None:
    def figure() -> go.Figure:
        return go.Figure(layout={"meta": {"title": "T", "question": "Q?", "reading": "R"}})

    assert titled(figure(), "tanh").layout.meta == {"title": "T: tanh", "question": "Q?", "reading": "R"}
    assert titled(figure(), question="P?").layout.meta == {"title": "T", "question": "P?", "reading": "R"}


def test_every_term_of_an_experiment_is_explained() -> None:
    assert {term for entry in ENTRIES.values() for term in entry.terms} <= set(TERMS)


def test_the_table_in_markdown_has_a_cell_for_each_column() -> None:
    lines = as_markdown([compared("a|b", [2e-5], KNOWN, within(2.0, 0.1, "by eye"))]).splitlines()
    assert lines[2] == r"| a\|b | 2.00·10⁻⁵ | 1 | 2 | printed in the paper | a paper | ± 0.10 | by eye | differs |"
    assert lines[0].count("|") == lines[1].count("|") == len(COLUMNS) + 1
