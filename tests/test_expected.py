"""What theory expects is computed once for each run, begun when a page first reads it."""

from __future__ import annotations

import numpy as np
import pytest
from app_pages import finished_run, opened

from diagnostics.depth_profile import theories_of_run
from diagnostics.theory import MEAN_SINGULAR_VALUE
from pages.components import expected, frame


def test_theory_is_begun_when_a_run_is_read_and_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = finished_run()
    opened("curves", run_id)
    found = expected._known[run_id].quick.result(timeout=20)
    whole = expected._known[run_id].whole.result(timeout=20)
    run = frame.store().load(run_id)
    for one, other in zip(found, theories_of_run(run, singular_values=False), strict=True):
        assert one.layers == other.layers or str(one.layers) == str(other.layers)  # NaN is not equal to itself
    names = [layer.name for layer in run.layers]
    assert not any(np.isfinite(one.values(MEAN_SINGULAR_VALUE, names)).any() for one in found)
    assert any(np.isfinite(one.values(MEAN_SINGULAR_VALUE, names)).any() for one in whole)
    asked = []
    monkeypatch.setattr(expected, "_computed", lambda run, **_: asked.append(run))
    assert expected.expected(run) is found
    assert expected.expected(run, singular_values=True) is whole
    assert not opened("layers", run_id).exception
    assert asked == []


def test_only_so_many_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expected, "MOST", 1)
    first, second = finished_run(), finished_run()
    for run_id in (first, second):
        expected.expected(frame.store().load(run_id))
    assert list(expected._known) == [second]
