"""Learning-rate schedules: factors of the learning rate, functions of the update's number and nothing else."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Protocol

from models.fields import Field, checked_numbers


class Schedule(Protocol):
    """How the learning rate changes over training; `fields` are its settings."""

    @property
    def fields(self) -> tuple[Field, ...]:
        """The settings, in the order of the form."""
        ...

    def factor(self, settings: Mapping[str, float], done: int, total: int) -> float:
        """Return what the learning rate is multiplied by after `done` of `total` updates."""
        ...


class Constant:
    """1 throughout."""

    fields: tuple[Field, ...] = ()

    def factor(self, settings: Mapping[str, float], done: int, total: int) -> float:
        return 1.0


class StepDecay:
    """Multiplied by `factor` at the end of each of `drops` + 1 equal parts."""

    fields = (
        Field("drops", 2, 1, 20, "How many times the learning rate falls, at equal distances.", integer=True),
        Field("factor", 0.1, 0.0, 1.0, "What it is multiplied by each time."),
    )

    def factor(self, settings: Mapping[str, float], done: int, total: int) -> float:
        part = done * (int(settings["drops"]) + 1) // max(total, 1)
        return float(settings["factor"] ** part)


class Cosine:
    """Half a cosine from 1 to `final` (Loshchilov & Hutter 2017, equation 5)."""

    fields = (Field("final", 0.0, 0.0, 1.0, "Share of the learning rate that is left at the end."),)

    def factor(self, settings: Mapping[str, float], done: int, total: int) -> float:
        final = settings["final"]
        return final + (1 - final) * 0.5 * (1 + math.cos(math.pi * min(done / max(total, 1), 1.0)))


class WarmUp:
    """Rises in a line over the first `share` of all updates, then 1 (Goyal et al. 2017, section 2.2)."""

    fields = (Field("share", 0.1, 0.0, 1.0, "Share of the training during which the learning rate rises."),)

    def factor(self, settings: Mapping[str, float], done: int, total: int) -> float:
        return min(1.0, (done + 1) / max(1.0, settings["share"] * total))


SCHEDULES: Mapping[str, Schedule] = {
    "constant": Constant(),
    "step": StepDecay(),
    "cosine": Cosine(),
    "warm_up": WarmUp(),
}


def schedule_settings(entry: Mapping[str, object]) -> dict[str, float]:
    """Return all settings of an experiment's ``schedule`` entry; ValueError for one that is unknown or out of range."""
    name = str(entry["type"])
    return checked_numbers(name, SCHEDULES[name].fields, entry)
