"""The same questions for today's answers: ReLU, GELU, residual blocks and normalization layers in a deep network."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from diagnostics.run import Run
from diagnostics.seed_spread import Floats
from models.experiment import Experiment
from runs.laboratory.entry import Arm, Conclusion, LaboratoryEntry, Runs, Size, SizeName, titled
from runs.laboratory.networks import BATCH, SHAPESET, TRAINING_SHARE
from runs.laboratory.readings import CHANCE_ERROR, error
from runs.laboratory.rows import Reference, Row, at_most, beside, between

IMAGES = 6000
DEPTH, WIDTH, UPDATES, RATE = 20, 64, 3000, 0.02
LEARNS = CHANCE_ERROR - 4.0  # %, clearly below guessing: of 1800 images the standard error is 0.9 points
KEEPS = 4.0  # a size that stays within this factor over all layers is kept
Entries = Sequence[dict[str, object]]


def _dense(activation: str, units: int) -> dict[str, object]:
    return {"type": "dense", "units": units, "activation": activation}


def _plain(activation: str, depth: int, units: int) -> Entries:
    return [_dense(activation, units)] * depth


def _residual(depth: int, units: int) -> Entries:
    """A first layer, then blocks x + W₂ relu(W₁ x), of two layers each."""
    block: dict[str, object] = {
        "type": "residual",
        "layers": [_dense("relu", units), _dense("linear", units)],
        "activation": "linear",
    }
    return [_dense("relu", units), *[block] * ((depth - 1) // 2)]


def _normalized(kind: str, depth: int, units: int) -> Entries:
    return [_dense("linear", units), {"type": kind, "activation": "relu"}] * depth


def _arms(depth: int, units: int, updates: int, seeds: tuple[int, ...]) -> tuple[Arm, ...]:
    networks: dict[str, tuple[Entries, str]] = {
        "tanh, standard": (_plain("tanh", depth, units), "standard"),
        "relu, normalized": (_plain("relu", depth, units), "glorot_uniform"),
        "relu, He": (_plain("relu", depth, units), "he_uniform"),
        "gelu, He": (_plain("gelu", depth, units), "he_uniform"),
        "relu, residual": (_residual(depth, units), "standard"),  # He's variance doubles in each block: it diverges
        "relu, batch norm": (_normalized("batch_norm", depth, units), "he_uniform"),
        "relu, layer norm": (_normalized("layer_norm", depth, units), "he_uniform"),
    }
    per_epoch = int(TRAINING_SHARE * IMAGES) // BATCH - 1
    return tuple(
        Arm(
            f"{label}, {depth} × {units}",
            Experiment(
                layers=tuple(layers),
                initializer=initializer,
                optimizer={"type": "sgd", "learning_rate": RATE},
                batch_size=BATCH,
                epochs=updates // per_epoch + 2,
                max_steps=updates,
                seeds=seeds,
            ),
            SHAPESET,
            {"n": IMAGES, "fresh": 1},
        )
        for label, (layers, initializer) in networks.items()
    )


def conclude(runs: Runs, size: SizeName) -> Conclusion:
    """Return what each network keeps before the first update, whether it learns, and its profiles over the depth."""
    from diagnostics.depth_profile import depth_profile
    from diagnostics.figures.depth_profile import depth_profile_figure
    from diagnostics.figures.learning_curves import learning_curves_figure
    from diagnostics.learning_curves import learning_curves

    rows: list[Row] = []
    by_name = {label.rsplit(", ", 1)[0]: run for label, run in runs.items()}
    for name, run in by_name.items():
        rows += _rows(name, run)
    figures = [("curves", learning_curves_figure(learning_curves(list(runs.values()), "accuracy")))]
    for name in ("relu, normalized", "relu, He"):
        for quantity in ("activation", "gradient"):
            figure = titled(depth_profile_figure(depth_profile(by_name[name], quantity, 0)), name)
            figures.append((f"{name.replace(', ', '-').lower()}-{quantity}", figure))
    return Conclusion(tuple(rows), tuple(figures))


def _rows(name: str, run: Run) -> list[Row]:
    """Ratios are over the layers between the first and the last hidden one."""
    activations = [layer.name for layer in run.layers[:-1]]
    n_steps = len(activations) - 1
    spread = _ratio(run, activations, "activation", back=False)
    back = _ratio(run, activations, "gradient", back=True)
    at_guessing = Reference(f"guessing errs {CHANCE_ERROR:.1f} %", "derived", "Glorot & Bengio 2010, section 2.1")
    wrong = error(run)
    before = f"{name}: before the first update"
    if name == "tanh, standard":
        fading = Reference(f"at most 3^(−{n_steps}/2) = {3 ** (-n_steps / 2):.1e}", "derived", "equations 5 and 15")
        return [
            at_most(f"{before}, activations, last to first layer", spread, fading, 2 * 3 ** (-n_steps / 2)),
            at_most(f"{before}, gradients, first to last layer", back, fading, 2 * 3 ** (-n_steps / 2)),
            between(f"{name}: error", wrong, at_guessing, (LEARNS, 100.0), "%"),
        ]
    if name == "relu, normalized":
        halved = 2 ** (-n_steps / 2)
        fading = Reference(f"2^(−{n_steps}/2) = {halved:.1e}", "derived", "He et al. 2015, section 2.2")
        return [
            between(f"{before}, activations, last to first layer", spread, fading, (halved / 3, halved * 3)),
            between(f"{before}, gradients, first to last layer", back, fading, (halved / 3, halved * 3)),
            beside(f"{name}: error", wrong, at_guessing, "depends on the length of training", "%"),
        ]
    if name == "relu, He":
        kept = Reference("1", "derived", "He et al. 2015, equations 10 and 14")
        return [
            between(f"{before}, activations, last to first layer", spread, kept, (1 / KEEPS, KEEPS)),
            between(f"{before}, gradients, first to last layer", back, kept, (1 / KEEPS, KEEPS)),
            at_most(f"{name}: error", wrong, at_guessing, LEARNS, "%"),
        ]
    no_number = "no number is published for this network"
    return [
        beside(f"{before}, activations, last to first layer", spread, _open(name), no_number),
        beside(f"{before}, gradients, first to last layer", back, _open(name), no_number),
        at_most(f"{name}: error", wrong, at_guessing, LEARNS, "%"),
    ]


def _open(name: str) -> Reference:
    source = {
        "gelu, He": "Hendrycks & Gimpel 2016",
        "relu, residual": "He et al. 2016",
        "relu, batch norm": "Ioffe & Szegedy 2015",
        "relu, layer norm": "Ba et al. 2016",
    }[name]
    return Reference("trains when deep", "printed", source)


def _ratio(run: Run, names: Sequence[str], quantity: str, *, back: bool) -> Floats:
    first, last = (
        np.asarray(run.series[f"{name}/{quantity}/std"].values[0], np.float64) for name in (names[0], names[-1])
    )
    return np.asarray(np.divide(first, last) if back else np.divide(last, first))


ENTRY = LaboratoryEntry(
    name="today",
    title="What has helped since",
    question="Do today's nonlinearities, shortcuts and normalization layers make twenty layers trainable?",
    figure="No figure of 2010: the same measurements on ReLU with the normalized weights of the paper and with those "
    "made for it, on GELU, on residual blocks and on normalization layers, with standard tanh for comparison.",
    source="He et al. 2015 and 2016, Ioffe & Szegedy 2015, Ba et al. 2016, Hendrycks & Gimpel 2016",
    reduced=Size(
        "reduced",
        _arms(DEPTH, WIDTH, UPDATES, (0, 1)),
        f"{DEPTH} layers of {WIDTH} units, {UPDATES} updates of 10 new images, learning rate {RATE}, two seeds. "
        "The residual blocks have standard weights, since nothing else in them keeps their sum from growing.",
    ),
    paper=Size(
        "paper",
        _arms(DEPTH, 512, 100_000, (0, 1, 2)),
        "There is no paper's size; this is 20 layers of 512 units, 100 000 updates, three seeds. It takes hours.",
    ),
    conclude=conclude,
)
