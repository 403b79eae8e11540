"""Makes the recording that Home plays: static/two_spirals.json.

    python -m benchmarks.home_picture

It trains the ready example with one seed and keeps, for some fifty steps, the decision surface (one byte a point), the
validation accuracy and each layer's histogram of activations.
"""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from datasets import load_dataset
from models import predict, train
from pages.components.example import DATA, example_experiment
from runs.launch import training_data

SIDE, BINS, FRAMES = 64, 24, 56
TARGET = Path(__file__).resolve().parents[1] / "static" / "two_spirals.json"


def main() -> None:
    """Train, keep what the picture shows, and write it."""
    data = training_data(load_dataset(DATA))
    experiment = replace(example_experiment(), seeds=(0,))
    edge = 1.08 * float(np.abs(data.x_train).max())
    axis = np.linspace(-edge, edge, SIDE)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    film: dict[str, list[object]] = {"steps": [], "accuracy": [], "surfaces": [], "histograms": []}
    wanted: set[int] = set()
    for step in train(experiment, data):
        wanted = wanted or {round(step.total * (i / (FRAMES - 1)) ** 1.8) for i in range(FRAMES)}
        if step.number not in wanted:
            continue
        network, params = step.network, step.state.params
        film["steps"].append(step.number)
        film["surfaces"].append(np.round(255 * predict(network, params, grid)[0, :, 1]).astype(np.uint8))
        guess = predict(network, params, data.x_validation)[0].argmax(axis=1)
        film["accuracy"].append(round(float((guess == data.y_validation).mean()), 4))
        tape = network.forward(params, data.x_validation)
        layers = [name for name in network.nodes if name != "output"] if isinstance(network.nodes, dict) else []
        layers = layers or [node.name for node in network.nodes if node.name != "output"]
        for name in layers:
            counts, _ = np.histogram(tape.activation[name][0], bins=BINS, range=(-1, 1))
            film["histograms"].append(np.round(255 * counts / counts.max()).astype(np.uint8))
    points = [
        [round(float((x + edge) / (2 * edge)), 4), round(float((y + edge) / (2 * edge)), 4), int(label)]
        for (x, y), label in zip(data.x_train[::3], data.y_train[::3], strict=True)
    ]
    packed = {
        key: base64.b64encode(np.concatenate([np.ravel(a) for a in film[key]]).tobytes()).decode()
        for key in ("surfaces", "histograms")
    }
    result = {"side": SIDE, "bins": BINS, "layers": layers, "points": points, **film, **packed}
    TARGET.write_text(json.dumps(result), encoding="utf-8")
    print(f"{TARGET}: {TARGET.stat().st_size / 1024:.0f} KB, last accuracy {film['accuracy'][-1]}")


if __name__ == "__main__":
    main()
