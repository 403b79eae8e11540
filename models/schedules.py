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


class InverseTime:
    """1/(1 + decay·t), with t the share of the training that is done: it falls like 1/t (Robbins & Monro 1951)."""

    fields = (
        Field("decay", 9.0, 0.0, 1e6, "How much smaller the learning rate is at the end, less one: 9 is a tenth."),
    )

    def factor(self, settings: Mapping[str, float], done: int, total: int) -> float:
        return 1 / (1 + settings["decay"] * done / max(total, 1))


class HoldThenInverse:
    """τ/max(t, τ): constant for τ updates, then falling like 1/t (Bengio 2012, on the learning rate schedule)."""

    fields = (Field("share", 0.3, 1e-6, 1.0, "τ, as the share of all updates for which the learning rate is held."),)

    def factor(self, settings: Mapping[str, float], done: int, total: int) -> float:
        tau = max(settings["share"] * total, 1.0)
        return tau / max(done, tau)


class OneCycle:
    """From 1/`start` up to 1 over the first `share`, then half a cosine down to 0 (Smith & Topin 2018, section 2)."""

    fields = (
        Field("share", 0.3, 0.0, 1.0, "Share of the training during which the learning rate rises."),
        Field("start", 25.0, 1.0, 1e6, "How many times smaller the learning rate is at the start."),
    )

    def factor(self, settings: Mapping[str, float], done: int, total: int) -> float:
        top = settings["share"] * total
        if done < top and top >= 1:
            low = 1 / settings["start"]
            return low + (1 - low) * 0.5 * (1 - math.cos(math.pi * done / top))
        rest = max(total - top, 1.0)
        return 0.5 * (1 + math.cos(math.pi * min(max(done - top, 0.0) / rest, 1.0)))


SCHEDULES: Mapping[str, Schedule] = {
    "constant": Constant(),
    "step": StepDecay(),
    "inverse_time": InverseTime(),
    "hold_then_inverse": HoldThenInverse(),
    "cosine": Cosine(),
    "warm_up": WarmUp(),
    "one_cycle": OneCycle(),
}


def schedule_settings(entry: Mapping[str, object]) -> dict[str, float]:
    """Return all settings of an experiment's ``schedule`` entry; ValueError for one that is unknown or out of range."""
    name = str(entry["type"])
    return checked_numbers(name, SCHEDULES[name].fields, entry)
