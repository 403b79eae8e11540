"""Frames of a figure are made when they are asked for, and all have the axes of the whole."""

from __future__ import annotations

import pytest

from diagnostics.figures.frames import Frames
from pages.components.late_frames import Late


def test_a_frame_is_made_only_when_it_is_asked_for() -> None:
    made: list[int] = []

    def draw(number: int) -> int:
        made.append(number)
        return number * number

    frames = Frames(4, draw)
    assert len(frames) == 4
    assert made == []
    assert frames[2] == 4
    assert frames[-1] == 9
    assert made == [2, 3]
    assert list(frames) == [0, 1, 4, 9]
    with pytest.raises(IndexError):
        frames[4]


def test_late_frames_are_packed_once_and_two_figures_have_two_versions() -> None:
    made: list[str] = []

    def make() -> str:
        made.append("")
        return "frames"

    one, other = Late("chart", make), Late("chart", make)
    assert made == []
    assert [one.packed(), one.packed()] == ["frames", "frames"]
    assert len(made) == 1
    assert one.version != other.version
