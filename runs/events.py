"""What is changed while a run is trained, such as its learning rate: applied between two updates, kept in the run.

An event is ``{"step": updates done, "field": name, "value": number}``. With settings and data, the events repeat a run.
One of the field "forked_from" changes nothing: it notes from which run (its id is the value) this one was forked there.
One of the field "pretraining", at step 0, holds the settings with which the layers were trained without targets before
the first update (`models.pretraining`): a run in the making that has no state to go on from begins with that.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence

from models.pretraining import pretraining_settings
from models.training import LEARNING_RATE_FACTOR
from models.training_state import TrainingState

Event = Mapping[str, object]
FIELDS = (LEARNING_RATE_FACTOR,)
FORKED_FROM = "forked_from"
PRETRAINING = "pretraining"
LARGEST = 1e6


class EventList:
    """Events that have happened, are due at a later step, or were just asked for.

    `ask` may be called from another thread, everything else belongs to the one that trains.

    Parameters
    ----------
    events : sequence of mapping
        Of the run that is repeated or gone on with.
    step : int
        Updates done; events from there on are due.
    """

    def __init__(self, events: Sequence[Event], step: int) -> None:
        self.past = tuple(event for event in events if _is_past(event, step))
        self._due = deque(sorted((event for event in events if not _is_past(event, step)), key=_step))
        self._asked: deque[tuple[str, float]] = deque()

    def ask(self, field: str, value: float) -> None:
        """Ask for a change before the next update.

        Raises
        ------
        ValueError
            For a field that cannot be changed, or a value out of range.
        """
        check_change(field, value)
        self._asked.append((field, float(value)))

    def apply(self, state: TrainingState) -> bool:
        """Apply to the state what is due at its step, and what was asked for; return whether there was anything."""
        if not self._due and not self._asked:
            return False
        happened: list[Event] = []
        while self._due and _step(self._due[0]) <= state.step:
            happened.append(self._due.popleft())
        while self._asked:
            field, value = self._asked.popleft()
            happened.append({"step": state.step, "field": field, "value": value})
        for event in happened:
            if event["field"] in FIELDS:
                state.control[str(event["field"])] = event["value"]
        self.past += tuple(happened)
        return bool(happened)


def pretraining_event(settings: Mapping[str, object]) -> Event:
    """Return the event with which a run begins whose layers are pre-trained; see `models.pretraining.FIELDS`.

    Raises
    ------
    ValueError
        If a setting is unknown or out of range.
    """
    return {"step": 0, "field": PRETRAINING, "value": pretraining_settings(settings)}


def pretraining_of(events: Sequence[Event]) -> Mapping[str, object] | None:
    """Return the settings of the pre-training that a run began with, or None."""
    for event in events:
        if event["field"] == PRETRAINING and isinstance(event["value"], Mapping):
            return event["value"]
    return None


def check_change(field: str, value: float) -> None:
    """Raise a ValueError for a field that cannot be changed, or a value out of range."""
    if field not in FIELDS:
        raise ValueError(f"{field!r} cannot be changed while it trains: only {', '.join(FIELDS)} can")
    if not 0 <= value <= LARGEST:
        raise ValueError(f"{field} must lie between 0 and {LARGEST:g}, got {value!r}")


def _step(event: Event) -> int:
    return int(str(event["step"]))


def _is_past(event: Event, step: int) -> bool:
    """A change at `step` is still to be made, a note of that step stands."""
    return _step(event) < step or (_step(event) == step and event["field"] not in FIELDS)
