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
