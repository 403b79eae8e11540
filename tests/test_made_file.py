"""A file for the browser is sent again with every drawing of the page, until the browser surely has it."""

from __future__ import annotations

import pytest

from pages.components import made_file
from pages.components.made_file import SENT_FOR, MadeFile, keep


def test_a_file_is_sent_more_than_once_and_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(made_file.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(made_file.st, "session_state", {})
    assert made_file.made_file("pdf") == MadeFile(0, None, None)
    keep("pdf", "content")
    assert made_file.made_file("pdf") == made_file.made_file("pdf") == MadeFile(1, "content", None)
    now[0] += SENT_FOR + 1
    assert made_file.made_file("pdf") == MadeFile(1, None, None)
    keep("pdf", None, "too large")
    assert made_file.made_file("pdf") == MadeFile(2, None, "too large")
    assert made_file.made_file("gif") == MadeFile()
