"""The form of an experiment, in the lecture's three groups: Optimization, Regularization, Architecture.

Choices, defaults, ranges and explanations come from the tables of `models`, so a new optimizer appears here by itself.
What is set survives a change of page. `fill` puts an experiment into the form (of a run to be repeated, for instance).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

import streamlit as st

from pages.components import words

if TYPE_CHECKING:
    from datasets import Prepared
    from models import Experiment
    from models.fields import Field

Choice = TypeVar("Choice")
MOST_UNITS = 1024
SEED_CHOICES = (0, 1, 2, 3, 5, 8, 10)
_LAYERS = "form/layers"


class WithFields(Protocol):
    """An entry of a table that says which of its settings a form shows."""

    @property
    def fields(self) -> tuple[Field, ...]:
        """The settings in the order of the form."""


def experiment_form(data: Prepared) -> Experiment | None:
    """Draw the form and return the experiment that is set; None, with the reason shown, if it is not a valid one.

    Parameters
    ----------
    data : datasets.Prepared
        Decides the losses on offer and the number of seeds.
    """
    from models import Experiment

    if _LAYERS not in st.session_state:
        fill(suggested())
    with st.expander("Optimization", expanded=True):
        settings = _optimization(data.task)
    with st.expander(_regularization_title()):
        settings |= _regularization()
    with st.expander("Architecture", expanded=True):
        settings |= _architecture()
    try:
        single = Experiment.of({**settings, "seeds": (0,)})
        return Experiment.of({**settings, "seeds": _seeds(single, data)})
    except ValueError as error:
        st.error(words.plain(str(error)))
        return None


def suggested() -> Experiment:
    """Return what stands in the form at first: two layers of 32 tanh units, Adam, 60 epochs."""
    from models import Experiment

    layer = {"type": "dense", "units": 32, "activation": "tanh"}
    return Experiment(
        layers=(layer, layer), optimizer={"type": "adam", "learning_rate": 3e-3}, batch_size=32, epochs=60
    )


def fill(experiment: Experiment) -> None:
    """Put the settings of an experiment into the form. Call it before the form is drawn, or in a callback."""
    state = st.session_state
    state[_LAYERS] = list(range(len(experiment.layers)))
    for position, layer in enumerate(experiment.layers):
        state[f"form/units/{position}"] = int(str(layer.get("units", 32)))
        state[f"form/activation/{position}"] = str(layer.get("activation", "tanh"))
    for group, entry in (("optimizer", experiment.optimizer), ("schedule", experiment.schedule)):
        name = str(entry["type"])
        state[f"form/{group}"] = name
        for field, value in entry.items():
            if field != "type":
                state[f"form/{group}/{name}/{field}"] = value
    for field in ("initializer", "loss", "batch_size", "epochs", "l1", "l2"):
        state[f"form/{field}"] = getattr(experiment, field)
    state["form/seeds"] = len(experiment.seeds) if len(experiment.seeds) in SEED_CHOICES[1:] else 0


def _optimization(task: str) -> dict[str, object]:
    from models import INITIALIZERS, LOSSES, OPTIMIZERS, SCHEDULES

    losses = ["auto", *(name for name in LOSSES if (task == "classification") == ("entropy" in name))]
    return {
        "optimizer": _table_choice("Optimizer", "optimizer", OPTIMIZERS),
        "schedule": _table_choice("Learning-rate schedule", "schedule", SCHEDULES),
        "batch_size": _whole("Batch size", "batch_size", 1, 4096, "Rows per update; the last batch may be smaller."),
        "epochs": _whole("Epochs", "epochs", 1, 10000, "How often the network sees each training row."),
        "loss": _choice(
            "Loss",
            "loss",
            losses,
            "What training makes small. auto: cross-entropy for classes, mean squared error for numbers.",
            _automatic,
        ),
        "initializer": _choice(
            "Initializer",
            "initializer",
            list(INITIALIZERS),
            "How the weights are drawn before the first step; standard is U(±1/√fan_in), the usual one before 2010.",
        ),
    }


def _regularization_title() -> str:
    set_inside = [
        f"{name.upper()} {words.number(value)}"
        for name in ("l2", "l1")
        if isinstance(value := st.session_state.get(f"form/{name}"), float) and value > 0
    ]
    return "Regularization: " + (", ".join(set_inside) or "none")


def _regularization() -> dict[str, object]:
    return {
        "l2": _real("L2 penalty", "l2", 0.0, 1.0, "Pulls every weight toward zero in proportion to its size."),
        "l1": _real("L1 penalty", "l1", 0.0, 1.0, "Pulls every weight toward zero by one amount; many become zero."),
    }


def _architecture() -> dict[str, object]:
    from models import ACTIVATIONS

    numbers, activations = st.session_state[_LAYERS], list(ACTIVATIONS)
    layers = [_layer_row(position, number, activations) for position, number in enumerate(numbers)]
    st.button("Add a layer", on_click=_add_layer, icon=":material/add:", key="form/add", width="stretch")
    return {"layers": tuple(layers)}


def _layer_row(position: int, number: int, activations: Sequence[str]) -> Mapping[str, object]:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        units = st.number_input(
            f"Units {position + 1}",
            1,
            MOST_UNITS,
            step=1,
            key=_set(f"form/units/{number}", 32),
            persist_state="session",
        )
        activation = st.selectbox(
            "Activation", activations, key=_set(f"form/activation/{number}", "tanh"), persist_state="session"
        )
        st.button(
            "Remove",
            key=f"form/remove/{number}",
            on_click=_remove_layer,
            args=(number,),
            type="tertiary",
            help=f"Remove hidden layer {position + 1}",
            icon=":material/close:",
        )
    return {"type": "dense", "units": int(units), "activation": activation}


def _add_layer() -> None:
    numbers: list[int] = st.session_state[_LAYERS]
    fresh = max(numbers, default=-1) + 1
    if numbers:
        for field in ("units", "activation"):
            st.session_state[f"form/{field}/{fresh}"] = st.session_state[f"form/{field}/{numbers[-1]}"]
    st.session_state[_LAYERS] = [*numbers, fresh]


def _remove_layer(number: int) -> None:
    st.session_state[_LAYERS] = [other for other in st.session_state[_LAYERS] if other != number]


def _seeds(single: Experiment, data: Prepared) -> tuple[int, ...]:
    from runs.cost import estimate, seeds_within_patience

    automatic = seeds_within_patience(estimate(single, data))

    def label(choice: object) -> str:
        return f"automatic: {automatic}" if choice == 0 else str(choice)

    explanation = (
        "Networks trained side by side from different initial weights; the band in every figure is their spread. "
        "Automatic: five, fewer where training is slow."
    )
    chosen = _choice("Seeds", "seeds", SEED_CHOICES, explanation, label)
    return tuple(range(int(str(chosen)) or automatic))


def _table_choice(label: str, group: str, table: Mapping[str, WithFields]) -> dict[str, object]:
    """Draw the choice of an entry of a table and the fields of the chosen one."""
    name = str(_choice(label, group, list(table), ""))
    result: dict[str, object] = {"type": name}
    for field in table[name].fields:
        result[field.name] = _field(field, f"{group}/{name}/{field.name}")
    return result


def _field(field: Field, key: str) -> object:
    label = field.name.replace("_", " ").capitalize()
    if isinstance(field.default, bool):
        return st.toggle(label, key=_set(f"form/{key}", field.default), help=field.explanation, persist_state="session")
    if field.integer:
        return _whole(label, key, int(field.low), int(field.high), field.explanation, int(field.default))
    return _real(label, key, float(field.low), float(field.high), field.explanation, float(field.default))


def _whole(label: str, key: str, low: int, high: int, explanation: str, default: int = 1) -> int:
    return int(
        st.number_input(
            label,
            low,
            high,
            step=1,
            key=_set(f"form/{key}", default),
            persist_state="session",
            help=f"{explanation} From {low} to {high}.",
        )
    )


def _real(label: str, key: str, low: float, high: float, explanation: str, default: float = 0.0) -> float:
    value = _set(f"form/{key}", default)
    step = 10.0 ** math.floor(math.log10(default)) if default > 0 else 1e-4
    return float(
        st.number_input(
            label,
            low,
            high,
            step=step,
            format="%.6g",
            key=value,
            persist_state="session",
            help=f"{explanation} From {low:g} to {high:g}.",
        )
    )


def _choice(
    label: str, key: str, options: Sequence[Choice], explanation: str, shown: Callable[[object], str] = str
) -> Choice:
    """Draw a choice; one that is no longer on offer (another task, say) falls back to the first."""
    full = _set(f"form/{key}", options[0])
    if st.session_state[full] not in options:
        st.session_state[full] = options[0]
    return st.selectbox(label, options, key=full, help=explanation or None, format_func=shown, persist_state="session")


def _automatic(name: object) -> str:
    return "automatic" if name == "auto" else str(name)


def _set(key: str, value: object) -> str:
    """Give a widget its first value through the session, and return its key."""
    if key not in st.session_state:
        st.session_state[key] = value
    return key
