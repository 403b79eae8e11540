"""An experiment in one line, for captions and tables."""

from __future__ import annotations

from collections.abc import Mapping

from models.experiment import Experiment


def architecture(experiment: Experiment) -> str:
    """Return the layers: "64-64 tanh", "64 tanh, 32 relu", "convolution 8 relu, max_pool", "no hidden layer"."""
    layers = experiment.layers
    if not layers:
        return "no hidden layer"
    kinds = {(layer["type"], layer.get("activation")) for layer in layers}
    if len(kinds) == 1 and layers[0]["type"] == "dense":
        return f"{'-'.join(str(layer['units']) for layer in layers)} {layers[0]['activation']}"
    return ", ".join(map(_layer, layers))


def _layer(entry: Mapping[str, object]) -> str:
    named = "" if entry["type"] == "dense" else str(entry["type"])
    sizes = (str(entry[key]) for key in ("units", "channels", "activation") if key in entry)
    return " ".join(filter(None, (named, *sizes)))


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


def seeds(n: int) -> str:
    """Return "1 seed" or "5 seeds"."""
    return "1 seed" if n == 1 else f"{n} seeds"
