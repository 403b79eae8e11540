"""The page Laboratory: cards, one button each, results that are found again."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from app_pages import opened
from streamlit.testing.v1 import AppTest

from pages.components import frame
from runs.jobs import registry
from runs.laboratory import catalog
from runs.laboratory.catalog import ENTRIES
from runs.laboratory.entry import Conclusion, LaboratoryEntry, Runs, Size, SizeName
from runs.laboratory.networks import REDUCED, STANDARD, network
from runs.laboratory.rows import Reference, compared, within


def texts(at: AppTest) -> str:
    return " ".join(str(element.value) for kind in (at.markdown, at.caption, at.error) for element in kind)


def settled(at: AppTest) -> AppTest:
    """Look again until the table is computed, which happens in the background."""
    for _ in range(200):
        if at.table or at.exception:
            break
        time.sleep(0.1)
        at.run()
    assert not at.exception
    return at


def tiny_entry(updates: int) -> LaboratoryEntry:
    """An experiment that takes no time."""

    def conclude(runs: Runs, size: SizeName) -> Conclusion:
        (run,) = runs.values()
        loss = run.series["train/loss"].values[0]
        known, limits = Reference("2.2", "derived", "ln 9"), within(2.2, 0.2, "small weights")
        return Conclusion((compared("loss at the start", loss, known, limits),), ())

    arm = network("tanh", STANDARD, replace(REDUCED, width=4, updates=updates, seeds=(0,), images=200))
    size = Size("reduced", (arm,), "Tiny.")
    return replace(ENTRIES["sigmoid"], reduced=size, conclude=conclude)


def test_every_experiment_has_a_card_with_one_button() -> None:
    at = opened("laboratory")
    assert at.title[0].value == "Laboratory"
    for entry in ENTRIES.values():
        assert entry.title in texts(at).replace("\\", "")
        assert at.button(key=f"start/{entry.name}")


def test_what_needs_no_training_is_there_after_a_click() -> None:
    at = opened("laboratory")
    at.button(key="start/costs").click().run()
    settled(at)
    assert "comparisons agree" in texts(at)
    assert at.query_params["experiment"] in ("costs", ["costs"])
    assert len(at.table[0].value) == len(ENTRIES["costs"].conclude({}, "reduced").rows)
    for _ in range(200):  # the figure comes after the table
        if "Two costs over two weights" in texts(at):
            break
        time.sleep(0.1)
        at.run()
    assert "Two costs over two weights" in texts(at)
    at.button(key="open/costs").click().run()  # closes it
    assert not at.table


def test_a_link_to_what_needs_no_training_computes_it() -> None:
    at = opened("laboratory")
    at.query_params["experiment"] = "costs"
    settled(at.run())
    assert "comparisons agree" in texts(at)
    at.button(key="close/costs").click().run()
    assert not at.table
    assert "experiment" not in at.query_params


def test_a_link_to_what_is_not_trained_says_what_will_be_done_and_begins_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "ENTRIES", {"sigmoid": tiny_entry(30)})
    at = opened("laboratory")
    at.query_params["experiment"] = "sigmoid"
    at.run()
    assert "not trained yet" in texts(at)
    assert "1 network, " in texts(at)
    at.button(key="go_on/sigmoid").click().run()
    (entry,) = frame.store().list()
    job = registry().job(entry.id)
    assert job is not None
    job.wait(60)
    assert job.state == "finished"


def test_a_click_trains_and_the_table_is_found_after_a_refresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "ENTRIES", {"sigmoid": tiny_entry(30)})
    monkeypatch.setattr("pages.components.owner.current", lambda: "a" * 32)  # the same browser both times
    at = opened("laboratory")
    at.button(key="start/sigmoid").click().run()
    (entry,) = frame.store().list()
    assert entry.name == "Laboratory: tanh, standard, 5 × 4, rate 0.05"
    job = registry().job(entry.id)
    assert job is not None
    job.wait(60)
    again = opened("laboratory")
    again.button(key="open/sigmoid").click().run()
    settled(again)
    assert again.table[0].value.index.tolist() == ["loss at the start"]
    assert again.table[0].value["Verdict"].tolist() == ["✓\u00a0agrees"]
    known = again.table[1].value  # folded away
    assert known["Agrees if"].tolist() == [r"± 0\.20"]
    assert known["Why that limit, or why none"].tolist() == ["small weights"]


def test_what_runs_can_be_cancelled_and_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "ENTRIES", {"sigmoid": tiny_entry(1_000_000)})
    at = opened("laboratory")
    at.button(key="start/sigmoid").click().run()
    (entry,) = frame.store().list()
    job = registry().job(entry.id)
    assert job is not None
    at.button(key="cancel/sigmoid").click().run()
    job.wait(60)
    assert job.state == "stopped"
    at.run()
    assert not at.exception
    assert "stopped" in texts(at)
    assert at.button(key="go_on/sigmoid")
