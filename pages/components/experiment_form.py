"""The form of an experiment, in the lecture's three groups: Optimization, Regularization, Architecture.

Choices, defaults, ranges and explanations come from the tables of `models`, so a new optimizer appears here by itself.
What is set survives a change of page. `fill` puts an experiment into the form (of a run to be repeated, for instance).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import streamlit as st

from pages.components import fitting_layers, words
from pages.components.architecture_form import DENSE, LAYERS, architecture_form, fill_layers
from pages.components.form_fields import choice, field, first_value, real, whole

if TYPE_CHECKING:
    from datasets import Prepared
    from models import Experiment
    from models.fields import Field

SEED_CHOICES = (0, 1, 2, 3, 5, 8, 10)
NUMBERS = ("l1", "l2", "clip_value", "clip_norm", "label_smoothing")
SWITCHES = {"balanced": "classes balanced", "early": "early stopping"}
FOLDED = {"beta1": "β₁", "beta2": "β₂", "epsilon": "ε"}  # settings that hardly anybody changes
OPTIMIZER = "The rule that turns gradients into updates: sgd takes them as they are, adam adapts to each weight."
SCHEDULE = "How the learning rate changes over the training: constant, falling, or rising at first."


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

    if LAYERS not in st.session_state:
        fill(suggested())
    fitting_layers.fit_layers(data)
    with st.expander("Optimization", expanded=True):
        settings = _optimization(data.task)
        rates = st.container()
    with st.expander(_regularization_title()):
        settings |= _regularization(data)
    with st.expander("Architecture", expanded=True):
        fitting_layers.note()
        settings["layers"] = architecture_form(data)
    with rates:
        settings["layer_rates"] = _layer_rates(settings, data)
    try:
        single = Experiment.of({**settings, "seeds": (0,)})
        return Experiment.of({**settings, "seeds": _seeds(single, data)})
    except ValueError as error:
        st.error(words.plain(str(error)))
        return None


def suggested() -> Experiment:
    """Return what stands in the form at first: two layers of 32 tanh units, Adam, 60 epochs."""
    from models import Experiment

    return Experiment(
        layers=(DENSE, DENSE), optimizer={"type": "adam", "learning_rate": 3e-3}, batch_size=32, epochs=60
    )


def fill(experiment: Experiment) -> None:
    """Put the settings of an experiment into the form. Call it before the form is drawn, or in a callback."""
    state = st.session_state
    fill_layers(experiment.layers)
    for group, entry in (("optimizer", experiment.optimizer), ("schedule", experiment.schedule)):
        name = str(entry["type"])
        state[f"form/{group}"] = name
        for setting, value in entry.items():
            if setting != "type":
                state[f"form/{group}/{name}/{setting}"] = value
    for name in ("initializer", "loss", "batch_size", "epochs", *NUMBERS):
        state[f"form/{name}"] = getattr(experiment, name)
    state["form/balanced"] = experiment.class_weights == "balanced"
    state["form/early"] = experiment.early_stopping is not None
    for name, value in (experiment.early_stopping or {}).items():
        state[f"form/early/{name}"] = value
    state["form/rates"] = bool(experiment.layer_rates)
    for name, value in experiment.layer_rates.items():
        state[f"form/rate/{name}"] = value
    state["form/seeds"] = len(experiment.seeds) if len(experiment.seeds) in SEED_CHOICES[1:] else 0


def _optimization(task: str) -> dict[str, object]:
    from models import INITIALIZERS, LOSSES, OPTIMIZERS, SCHEDULES

    losses = ["auto", *(name for name, loss in LOSSES.items() if task in loss.tasks)]
    result: dict[str, object] = {
        "optimizer": _table_choice("Optimizer", "optimizer", OPTIMIZERS, OPTIMIZER),
        "schedule": _table_choice("Learning-rate schedule", "schedule", SCHEDULES, SCHEDULE),
    }
    with st.container(horizontal=True, gap="small", key="row-length"):
        explanation = "Rows per update; the last batch may be smaller."
        result["batch_size"] = whole("Batch size", "batch_size", 1, 4096, explanation)
        result["epochs"] = whole("Epochs", "epochs", 1, 10000, "How often the network sees each training row.")
    explanation = "The gradient of all weights together is scaled down to this length where it is longer; 0: never."
    result["clip_norm"] = real("Clip the gradient to length", "clip_norm", 0.0, 1e6, explanation)
    explanation = "What training makes small. Automatic: cross-entropy for classes, mean squared error for numbers."
    result["loss"] = choice("Loss", "loss", losses, explanation, _automatic)
    explanation = (
        "How the weights are drawn before the first step; standard, U(±1/√fan_in), was the usual one before 2010."
    )
    result["initializer"] = choice("Initializer", "initializer", list(INITIALIZERS), explanation)
    return result


def _regularization_title() -> str:
    state = st.session_state
    set_inside = [
        f"{words_of} {words.number(value)}"
        for name, words_of in (("l2", "L2"), ("l1", "L1"), ("label_smoothing", "label smoothing"))
        if isinstance(value := state.get(f"form/{name}"), float) and value > 0
    ]
    set_inside += [words_of for name, words_of in SWITCHES.items() if state.get(f"form/{name}")]
    return "Regularization: " + (", ".join(set_inside) or "none")


def _regularization(data: Prepared) -> dict[str, object]:
    from models.early_stopping import FIELDS

    result: dict[str, object] = {}
    with st.container(horizontal=True, gap="small", key="row-penalties"):
        result["l2"] = real("L2 penalty", "l2", 0.0, 1.0, "Pulls every weight toward zero in proportion to its size.")
        explanation = "Pulls every weight toward zero by one amount; many become zero."
        result["l1"] = real("L1 penalty", "l1", 0.0, 1.0, explanation)
    if data.task == "classification":
        explanation = "Share of the target's probability that is spread evenly over all classes."
        result["label_smoothing"] = real("Label smoothing", "label_smoothing", 0.0, 0.999, explanation)
        explanation = "Errors on rare classes count more, so that all classes weigh alike in the training loss."
        if _switch("Balance the classes", "balanced", explanation):
            result["class_weights"] = "balanced"
    if len(data.validation.x):
        explanation = "A seed whose validation loss has not fallen for long enough is not trained any further."
        if _switch("Early stopping", "early", explanation):
            result["early_stopping"] = {item.name: field(item, f"early/{item.name}") for item in FIELDS}
    return result


def _layer_rates(settings: dict[str, object], data: Prepared) -> dict[str, float]:
    """Draw a factor of the learning rate for each layer, if that is asked for."""
    explanation = "What the learning rate of a single layer is multiplied by; 0 freezes the layer exactly."
    if not _switch("Rates of single layers", "rates", explanation):
        return {}
    from models import Experiment, Network

    try:
        experiment = Experiment.of({name: value for name, value in settings.items() if name != "layer_rates"})
        network = Network.build(experiment, data.shape, data.task, data.n_outputs, per_position=data.per_position)
    except ValueError:
        return {}  # what is wrong is said below the form
    names = [node.name for node in network.nodes if node.shapes]
    rates = {name: real(f"Rate of {name}", f"rate/{name}", 0.0, 100.0, explanation, 1.0) for name in names}
    return {name: rate for name, rate in rates.items() if rate != 1}


def _switch(label: str, key: str, explanation: str) -> bool:
    return bool(st.toggle(label, key=first_value(f"form/{key}", False), help=explanation, persist_state="session"))


def _seeds(single: Experiment, data: Prepared) -> tuple[int, ...]:
    from runs.cost import estimate, seeds_within_patience

    automatic = seeds_within_patience(estimate(single, data))

    def label(choice: object) -> str:
        return f"automatic: {automatic}" if choice == 0 else str(choice)

    explanation = (
        "Networks trained side by side from different initial weights; the band in every figure is their spread. "
        "Automatic: five, fewer where training is slow."
    )
    chosen = choice("Seeds", "seeds", SEED_CHOICES, explanation, label)
    return tuple(range(int(str(chosen)) or automatic))


def _table_choice(label: str, group: str, table: Mapping[str, WithFields], explanation: str) -> dict[str, object]:
    """Draw the choice of an entry of a table and the fields of the chosen one; rarely changed ones are folded away."""
    name = str(choice(label, group, list(table), explanation))
    result: dict[str, object] = {"type": name}
    fields = table[name].fields
    for item in fields:
        if item.name not in FOLDED:
            result[item.name] = field(item, f"{group}/{name}/{item.name}")
    folded = [item for item in fields if item.name in FOLDED]
    if folded:
        with st.popover(_set_inside(folded, f"form/{group}/{name}"), key=f"form/{group}/more", width="stretch"):
            for item in folded:
                result[item.name] = field(item, f"{group}/{name}/{item.name}", FOLDED[item.name])
    return result


def _set_inside(folded: Sequence[Field], key: str) -> str:
    """Say what is set in the fields that are folded away."""
    state = st.session_state
    return " · ".join(f"{FOLDED[item.name]} {state.get(f'{key}/{item.name}', item.default):g}" for item in folded)


def _automatic(name: object) -> str:
    return "automatic" if name == "auto" else str(name)
