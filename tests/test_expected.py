"""What theory expects is computed once for each run, begun when a page first reads it."""

from __future__ import annotations

import pytest
from app_pages import finished_run, opened

from diagnostics.depth_profile import theories_of_run
from pages.components import expected, frame


def test_theory_is_begun_when_a_run_is_read_and_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = finished_run()
    opened("curves", run_id)
    found = expected._known[run_id].result(timeout=20)
    run = frame.store().load(run_id)
    for one, other in zip(found, theories_of_run(run, singular_values=False), strict=True):
        assert one.layers == other.layers or str(one.layers) == str(other.layers)  # NaN is not equal to itself
    asked = []
    monkeypatch.setattr(expected, "_computed", asked.append)
    assert expected.expected(run) is found
    assert not opened("layers", run_id).exception
    assert asked == []


def test_only_so_many_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expected, "MOST", 1)
    first, second = finished_run(), finished_run()
    for run_id in (first, second):
        expected.expected(frame.store().load(run_id))
    assert list(expected._known) == [second]
