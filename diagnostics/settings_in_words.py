"""An experiment in one line, for captions and tables; what happened meanwhile, likewise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from models.experiment import Experiment

# The settings of a layer that name it best, in the order in which they are said; "" where the type says enough.
_SIZES = ("units", "channels", "heads", "rate", "size")


def architecture(experiment: Experiment) -> str:
    """Return the hidden layers: "64-64 tanh", "64 tanh, 32 relu", "lstm 16, dropout 0.2, 8 tanh", "no hidden layer"."""
    return _chain(experiment.layers) or "no hidden layer"


def _chain(layers: Sequence[Mapping[str, object]]) -> str:
    activations = {str(layer.get("activation")) for layer in layers}
    if len(activations) == 1 and all(layer.get("type", "dense") == "dense" for layer in layers):
        return f"{'-'.join(str(layer['units']) for layer in layers)} {activations.pop()}"
    return ", ".join(map(_layer, layers))


def _layer(layer: Mapping[str, object]) -> str:
    kind = str(layer.get("type", "dense"))
    words = [] if kind == "dense" else [kind.replace("_", " ")]
    words += [f"{size:g}" for name in _SIZES if isinstance(size := layer.get(name), int | float)][:1]
    inner = layer.get("layers")
    if isinstance(inner, Sequence) and not isinstance(inner, str):
        words.append(f"({_chain(inner)})")
    activation = str(layer.get("activation", "linear"))
    return " ".join([*words, activation] if kind == "dense" or activation != "linear" else words)


def optimizer(experiment: Experiment) -> str:
    """Return the optimizer with its learning rate: "adam 0.001", "sgd 0.1, momentum 0.9"."""
    entry = experiment.optimizer
    text = f"{entry['type']} {float(str(entry['learning_rate'])):g}"
    if momentum := float(str(entry.get("momentum", 0))):
        text += f", {'Nesterov ' if entry.get('nesterov') else ''}momentum {momentum:g}"
    return text


def settings(experiment: Experiment) -> str:
    """Return the settings that matter most."""
    parts = [architecture(experiment), experiment.initializer, optimizer(experiment), f"batch {experiment.batch_size}"]
    if experiment.schedule["type"] != "constant":
        parts.append(f"{experiment.schedule['type']} schedule")
    parts += [f"{name.upper()} {value:g}" for name, value in (("l1", experiment.l1), ("l2", experiment.l2)) if value]
    return "; ".join(parts)


def event(happened: Mapping[str, object]) -> str:
    """Return what happened to a run while it trained: "learning rate × 0.5 from step 300", "forked from run 1f… …"."""
    step = int(str(happened["step"]))
    if happened["field"] == "forked_from":
        return f"forked from run {happened['value']} at step {step}"
    if happened["field"] == "pretraining":
        return "layers pre-trained without targets before the first update"
    value = float(str(happened["value"]))
    return f"{str(happened['field']).removesuffix('_factor').replace('_', ' ')} × {value:.4g} from step {step}"


def seeds(n: int) -> str:
    """Return "1 seed" or "5 seeds"."""
    return "1 seed" if n == 1 else f"{n} seeds"


def mean_of_seeds(n: int) -> str:
    """Return what a line over seeds shows: "mean of 5 seeds", or "one seed", of which there is no mean."""
    return "one seed" if n == 1 else f"mean of {seeds(n)}"
