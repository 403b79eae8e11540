"""Home: it says what this is, starts the example, leads to the data, lists the last runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from streamlit.testing.v1 import AppTest

from pages.components import owner

ROOT = Path(__file__).resolve().parents[1]


def home() -> AppTest:
    """Home as a person opens it."""
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()
    assert not at.exception
    return at


def test_home_says_what_this_is_and_offers_two_beginnings() -> None:
    at = home()
    assert "neural network" in at.title[0].value
    assert [button.label for button in at.button] == ["Train the example", "Bring your table"]


def test_without_runs_home_says_what_will_be_listed() -> None:
    assert any("listed here" in caption.value for caption in home().caption)


def test_the_owner_stays_the_same_within_a_session() -> None:
    at = home()
    first = at.session_state["owner_id"]
    assert len(first) == 32
    assert at.run().session_state["owner_id"] == first


def test_one_click_trains_the_example_and_shows_it() -> None:
    at = home()
    at.button(key="train_example").click().run()
    assert not at.exception
    run_id = at.session_state["run_id"]
    from pages.components import frame
    from runs.jobs import registry

    entry = frame.store().entry(run_id)
    assert entry.owner == at.session_state["owner_id"]
    job = registry().job(run_id)
    assert job is not None
    job.stop(owner=entry.owner)


def test_the_page_frame_imports_no_heavy_library() -> None:
    report = "print([m for m in ('pandas', 'plotly', 'sklearn') if m in sys.modules])"
    program = f"import sys; import pages.components.frame; {report}"
    before = f"import sys; import streamlit; {report}"
    shown = [
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for code in (program, before)
    ]
    assert shown[0] == shown[1]


def test_a_cookie_that_is_not_an_id_is_not_taken(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    assert owner._ID.fullmatch("x' ; alert(1)") is None
