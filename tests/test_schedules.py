"""Learning-rate schedules at points worked by hand."""

from __future__ import annotations

import pytest

from models import SCHEDULES
from models.schedules import schedule_settings


def factor(entry: dict[str, object], done: int, total: int) -> float:
    return SCHEDULES[str(entry["type"])].factor(schedule_settings(entry), done, total)


def test_step_decay_falls_twice_at_thirds() -> None:
    entry = {"type": "step", "drops": 2, "factor": 0.1}
    assert [factor(entry, done, 9) for done in (0, 2, 3, 5, 6, 8)] == pytest.approx([1, 1, 0.1, 0.1, 0.01, 0.01])


def test_cosine_is_one_half_in_the_middle_and_final_at_the_end() -> None:
    entry = {"type": "cosine", "final": 0.2}
    assert [factor(entry, done, 10) for done in (0, 5, 10)] == pytest.approx([1.0, 0.6, 0.2])


def test_warm_up_rises_in_a_line_and_stays() -> None:
    entry = {"type": "warm_up", "share": 0.5}
    assert [factor(entry, done, 8) for done in (0, 1, 3, 4, 7)] == pytest.approx([0.25, 0.5, 1, 1, 1])


def test_inverse_time_halves_when_decay_times_share_is_one() -> None:
    entry = {"type": "inverse_time", "decay": 4.0}
    assert [factor(entry, done, 8) for done in (0, 2, 4)] == pytest.approx(
        [1, 1 / 2, 1 / 3]
    )  # 1/(1 + 4·1/4), 1/(1 + 4·1/2)


def test_hold_then_inverse_is_constant_up_to_tau_and_then_falls_like_one_over_t() -> None:
    entry = {"type": "hold_then_inverse", "share": 0.25}  # τ = 2 of 8
    assert [factor(entry, done, 8) for done in (0, 1, 2, 4, 8)] == pytest.approx([1, 1, 1, 1 / 2, 1 / 4])


def test_one_cycle_rises_to_its_top_and_falls_to_nothing() -> None:
    entry = {"type": "one_cycle", "share": 0.5, "start": 10.0}
    assert [factor(entry, done, 8) for done in (0, 2, 4, 6, 8)] == pytest.approx([0.1, 0.55, 1.0, 0.5, 0.0])


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_factor_lies_between_zero_and_one(name: str) -> None:
    entry: dict[str, object] = {"type": name}
    assert all(0 <= factor(entry, done, 20) <= 1 for done in range(20))
    assert factor(entry, 0, 1) == pytest.approx(1.0)
