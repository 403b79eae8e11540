"""Text made safe for Markdown."""

from __future__ import annotations

import re

import pytest

from pages.components import words


@pytest.mark.parametrize(
    "text", ["see http://evil.example/x.png", "HTTPS://evil.example", "at www.evil.example", "write to me@evil.example"]
)
def test_no_address_is_left_that_markdown_makes_a_link_of(text: str) -> None:
    shown = words.plain(text).replace("\\", "")  # Markdown looks for addresses after it has taken the backslashes away
    assert re.search(r"https?://\w|www\.\w|[-.\w+]@", shown, re.IGNORECASE) is None
    assert shown.replace("\u2060", "") == text


def test_other_words_stay_as_they_are() -> None:
    assert words.plain("120 rows, 3 columns") == "120 rows, 3 columns"
    assert words.plain("![x](y)") == "\\!\\[x\\]\\(y\\)"


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.2, 0.9, "1 s"),
        (4.3, 13.0, "4 to 10 s"),
        (12.0, 36.0, "10 to 40 s"),
        (40.0, 120.0, "40 s to 2 min"),
        (130.0, 390.0, "2 to 6 min"),
        (3000.0, 9000.0, "50 min to 2.5 h"),
    ],
)
def test_a_range_of_times_names_its_unit_once(low: float, high: float, said: str) -> None:
    assert words.duration_range(low, high) == said
