"""The same questions for today's answers: ReLU, GELU, residual blocks and normalization layers in a deep network."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from diagnostics.depth_profile import depth_profile, theories_of_run
from diagnostics.run import Run
from models.experiment import Experiment
from runs.laboratory.entry import Arm, Conclusion, LaboratoryEntry, Runs, Size, SizeName, labelled, titled
from runs.laboratory.networks import BATCH, SHAPESET, TRAINING_SHARE
from runs.laboratory.passage import (
    BRANCH,
    batch_norm_growth,
    mean_field,
    passage,
    relu_fading,
    residual_growth,
    spread_factor,
    tanh_fading,
)
from runs.laboratory.readings import CHANCE_ERROR, error
from runs.laboratory.rows import Limits, Reference, Row, at_least, at_most, beside, between, compared, in_digits

if TYPE_CHECKING:
    import plotly.graph_objects as go

IMAGES = 6000
DEPTH, WIDTH, UPDATES, RATE = 20, 64, 3000, 0.02
LEARN = "Which of the networks learn? Accuracy is 100 % less the error in the table"
LEARNS = CHANCE_ERROR - 4.0  # %
BEYOND_NOISE = f"4 points below guessing ({CHANCE_ERROR:.1f} %), 4.5 standard errors of 1800 images"
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
    from diagnostics.figures.learning_curves import learning_curves_figure
    from diagnostics.learning_curves import learning_curves

    rows: list[Row] = []
    by_name = {label.rsplit(", ", 1)[0]: run for label, run in runs.items()}
    for name, run in by_name.items():
        rows += _rows(name, run)
    curves = titled(learning_curves_figure(learning_curves(labelled(runs), "accuracy")), question=LEARN)
    return Conclusion(
        tuple(rows), (("curves", curves), *_profiles("relu, normalized", by_name), *_profiles("relu, He", by_name))
    )


def _profiles(name: str, by_name: Runs) -> list[tuple[str, Callable[[], go.Figure]]]:
    """The spread of activations and of gradients over the depth of one network; what theory expects takes a second."""
    run, slug = by_name[name], name.replace(", ", "-").lower()
    theories = functools.cache(lambda: theories_of_run(run))

    def drawn(quantity: str) -> go.Figure:
        from diagnostics.figures.depth_profile import depth_profile_figure

        return titled(depth_profile_figure(depth_profile(run, quantity, 0, theories())), name)

    return [(f"{slug}-{quantity}", functools.partial(drawn, quantity)) for quantity in ("activation", "gradient")]


def _rows(name: str, run: Run) -> list[Row]:
    """What is expected before the first update follows from the settings alone; of the errors, from what is claimed."""
    found = passage(run)
    steps, width = found.n_steps, found.width
    before = f"{name}: size of {{}} before training, {{}}"
    forward = before.format("activations", "last layer : first")
    backward = before.format("gradients", "first layer : last")
    relu = spread_factor(5, steps, width)
    if name == "tanh, standard":
        slack = spread_factor(2, steps, width)
        limit = tanh_fading(steps)
        fading = Reference(
            f"at most {in_digits(limit)}, if narrow {in_digits(slack, 2)} times that",
            "derived",
            "Glorot & Bengio 2010, equations 5, 6, 15",
        )
        limits = at_most(limit * slack, _by_width(slack))
        return [
            compared(forward, found.forward, fading, limits),
            compared(backward, found.backward, fading, limits),
            _learned(name, run, Reference("as guessing", "derived", "gradients that small move nothing"), learns=False),
        ]
    if name == "gelu, He":
        source = "the mean over all first weights, mean-field theory (Poole et al. 2016, Schoenholz et al. 2017)"
        narrow = f"it holds for very wide layers; in {width} units what chance did below grows from layer to layer"
        rows = [
            beside(label, ours, Reference(in_digits(expected), "derived", source), narrow)
            for label, ours, expected in zip(
                (forward, backward), (found.forward, found.backward), mean_field(run), strict=True
            )
        ]
        return [*rows, _learned(name, run, None)]
    if name == "relu, batch norm":
        growth = batch_norm_growth(steps)
        kept = Reference("1", "derived", "each unit has the variance 1 in its batch (Ioffe & Szegedy 2015)")
        grown = Reference(
            in_digits(growth), "derived", "each layer multiplies them by √(π/(π−1)); that they grow: Yang et al. 2019"
        )
        return [
            compared(forward, found.forward, kept, _around(1.0, relu)),
            compared(backward, found.backward, grown, _around(growth, relu)),
            _learned(name, run, None),
        ]
    if name == "relu, residual":
        growth, slack = residual_growth(steps), spread_factor(4 * BRANCH, steps, width)
        grown = Reference(
            in_digits(growth), "derived", "each block adds 1/18 to the mean square, with standard weights"
        )
        limits = _around(growth, slack)
        claim = Reference("below guessing", "printed", "He et al. 2016: deep residual networks learn")
    elif name == "relu, normalized":
        growth = relu_fading(steps)
        grown = Reference(
            in_digits(growth),
            "derived",
            "relu lets half of the squares through, layer by layer: He et al. 2015, section 2.2",
        )
        limits = _around(growth, relu)
        claim = None
    else:
        grown = Reference("1", "derived", KEPT[name])
        limits = _around(1.0, relu)
        claim = Reference("below guessing", "printed", "He et al. 2015, section 2.2: 30 layers learn")
        claim = claim if name == "relu, He" else None
    return [
        compared(forward, found.forward, grown, limits),
        compared(backward, found.backward, grown, limits),
        _learned(name, run, claim),
    ]


KEPT = {
    "relu, He": "He et al. 2015, equations 10 and 14",
    "relu, layer norm": "He's weights keep the size, and each example has the variance 1 (Ba et al. 2016)",
}


def _around(number: float, factor: float) -> Limits:
    return between(number / factor, number * factor, _by_width(factor))


def _by_width(factor: float) -> str:
    return f"layers this narrow differ by a factor of {in_digits(factor, 2)} (two standard deviations)"


def _learned(name: str, run: Run, claim: Reference | None, *, learns: bool = True) -> Row:
    wrong, error_of = error(run), f"{name}: error after training"
    if claim is None:
        guessing = Reference(f"guessing: {CHANCE_ERROR:.1f} %", "derived", "Glorot & Bengio 2010, section 2.1")
        return beside(error_of, wrong, guessing, "nothing is published for such a network", "%")
    if learns:
        return compared(error_of, wrong, claim, at_most(LEARNS, BEYOND_NOISE), "%")
    return compared(error_of, wrong, claim, at_least(LEARNS, BEYOND_NOISE), "%")


ENTRY = LaboratoryEntry(
    name="today",
    title="What has helped since",
    question="Do today's nonlinearities, shortcuts and normalization layers make twenty layers trainable?",
    figure="No figure of 2010: the same measurements on ReLU with the normalized weights of the paper and with those "
    "made for it (He), on GELU, on residual blocks (each adds to what it reads) and on normalization layers, with "
    "standard tanh for comparison.",
    source="He et al. 2015 and 2016, Ioffe & Szegedy 2015, Ba et al. 2016, Hendrycks & Gimpel 2016, Yang et al. 2019",
    reduced=Size(
        "reduced",
        _arms(DEPTH, WIDTH, UPDATES, (0, 1)),
        f"{DEPTH} layers of {WIDTH} units, {UPDATES} updates of 10 new images, learning rate {RATE}, two seeds. "
        "The residual blocks have standard weights, since nothing else in them keeps their sum from growing. Before "
        "training it is measured how much larger activations are (by root mean square) in the last layer than in the "
        "first, and gradients in the first than in the last: near 1, the signal is kept; far above or below, it "
        "explodes or dies. Of batch normalization theory says that gradients explode with the depth.",
    ),
    paper=Size(
        "paper",
        _arms(DEPTH, 512, 100_000, (0, 1, 2)),
        "There is no paper's size; this is 20 layers of 512 units, 100 000 updates, three seeds. It takes hours.",
    ),
    conclude=conclude,
    terms=(
        "nonlinearity",
        "first weights",
        "residual block",
        "normalization layer",
        "mean-field theory",
        "Shapeset-3×2",
        "update",
        "seed",
    ),
)
