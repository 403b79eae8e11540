"""What does not fit is refused, with the node, the shapes that met, and what would fit."""

from __future__ import annotations

import re

import numpy as np
import pytest
from layer_cases import Case, conv, dense, layer, residual
from small_data import classes

from models import Experiment, Network, Pass, TrainingData, predict, train

MISFITS: dict[str, tuple[Case, tuple[str, ...]]] = {
    "a residual block that changes the width": (
        Case((dense(4), residual(dense(6))), (3,)),
        ("residual1: a sum needs two or more inputs of one shape, got (4,) and (6,)", "branches the same width"),
    ),
    "a residual block that changes the size of an image": (
        Case((residual(conv(2, padding=0)),), (5, 5, 2)),
        ("residual1: a sum needs", "got (2, 5, 5) and (2, 3, 3)"),
    ),
    "a sum of a table and a sequence": (
        Case((layer("lstm", units=3), dense(3, inputs=["input"]), layer("add", inputs=["lstm1", "dense1"])), (4, 2)),
        ("add1: a sum needs", "got (3,) and (3, 4)"),
    ),
    "a sum of one": (
        Case((dense(4), layer("add", inputs=["dense1"])), (3,)),
        ("add1: a sum needs two or more inputs of one shape, got (4,)",),
    ),
    "rows of images of two sizes": (
        Case((conv(2, stride=2), layer("concatenate", inputs=["convolution1", "input"])), (4, 4, 2)),
        ("concatenate1: concatenate needs two or more inputs", "in all but the features, got (2, 2, 2) and (2, 4, 4)"),
    ),
    "rows of one": (
        Case((dense(4), layer("concatenate", inputs=["dense1"])), (3,)),
        ("concatenate1: concatenate needs two or more inputs", "got (4,)"),
    ),
    "nodes that nobody reads": (
        Case((dense(4), dense(2, inputs=["input"]), dense(2, inputs=["input"])), (3,)),
        ("nobody reads dense1, dense2: name it in the inputs of a later layer, or remove it",),
    ),
    "a node that is not there": (
        Case((dense(4), dense(4, inputs=["dense7"])), (3,)),
        ("dense2 reads 'dense7', which does not come before it: input, dense1",),
    ),
    "a node that comes later": (
        Case((dense(4, inputs=["dense2"]), dense(4)), (3,)),
        ("dense1 reads 'dense2', which does not come before it: input",),
    ),
    "a node that reads the output": (
        Case((dense(4), layer("add", inputs=["dense1", "output"])), (3,)),
        ("add1 reads 'output', which does not come before it: input, dense1",),
    ),
    "pooling that is too large": (
        Case((conv(2), layer("max_pool", size=2), layer("max_pool", size=3)), (5, 8, 1)),
        ("max_pool2: pooling of 3×3 does not fit into an image of 2×4 with padding 0", "make it smaller, or pool less"),
    ),
    "averaging that is too large": (
        Case((layer("average_pool", size=4),), (3, 9, 1)),
        ("average_pool1: pooling of 4×4 does not fit into an image of 3×9",),
    ),
    "a dilated kernel that is too large": (
        Case((conv(2, kernel_size=3, dilation=3, padding=1),), (4, 9, 1)),
        ("convolution1: a convolution of 7×7 does not fit into an image of 4×9 with padding 1",),
    ),
    "a convolution of a table": (
        Case((conv(2),), (3,)),
        ("convolution1: a convolution needs an image (channels, height, width), got (3,): put it before flatten",),
    ),
    "pooling of a sequence": (
        Case((layer("average_pool"),), (5, 3)),
        ("average_pool1: pooling needs an image (channels, height, width), got (3, 5)",),
    ),
    "heads that do not divide the features": (
        Case((dense(6), layer("attention", heads=4)), (5, 3)),
        ("attention1: attention with 4 heads needs a number of features that 4 divides, got 6", "change the heads"),
    ),
    "attention in a table": (
        Case((layer("attention", heads=1),), (3,)),
        ("attention1: attention needs a sequence (features, positions), got (3,)",),
    ),
    "a recurrent layer on a table": (
        Case((dense(4), layer("recurrent", units=2)), (3,)),
        ("recurrent1: a layer that walks along a sequence needs (features, positions), got (4,)", "put an embedding"),
    ),
    "an lstm behind one that gives its last state": (
        Case((layer("lstm", units=2), layer("lstm", units=2)), (4, 3)),
        ("lstm2: a layer that walks along a sequence needs (features, positions), got (2,)",),
    ),
    "an embedding of numbers": (
        Case((layer("embedding", vocabulary=4, units=2),), (5, 3)),
        ("embedding1: an embedding needs one token at each position, (positions,), got (3, 5)",),
    ),
    "an embedding of what another node gives": (
        Case((dense(4), layer("embedding", vocabulary=4, units=2)), (3,)),
        ("embedding1 reads dense1, which gives no tokens: an embedding must read the input",),
    ),
    "a target for each position and only one state": (
        Case((layer("lstm", units=2),), (4, 3), per_position=True),
        ("the target has one value for each position, but lstm1 gives (2,)", 'recurrent layer return "all"'),
    ),
    "two inputs of a layer that reads one": (
        Case((dense(4), dense(4, inputs=["input"]), dense(4, inputs=["dense1", "dense2"])), (3,)),
        ("layer 3 (dense) reads one node, but its inputs name 2, dense1, dense2: join them first, with add",),
    ),
    "two inputs of a residual block": (
        Case((dense(4), residual(dense(4), inputs=["dense1", "input"])), (4,)),
        ("layer 2 (residual) reads one node, but its inputs name 2",),
    ),
    "a sum that names nothing": (
        Case((dense(4), layer("add")), (3,)),
        ('layer 2 (add) needs "inputs", the names of the nodes that it joins',),
    ),
    "inputs that are no list": (
        Case((dense(4), dense(4, inputs="dense1")), (3,)),
        ("layer 2: inputs must be a list of node names", "got 'dense1'"),
    ),
    "a residual block with nothing in it": (
        Case((residual(),), (3,)),
        ('layer 1 (residual) needs "layers", a list of at least one layer',),
    ),
    "inner layers of a layer that has none": (
        Case((dense(4, layers=[dense(2)]),), (3,)),
        ("layer 1 (dense) has inner layers, which only a residual block has",),
    ),
    "a misfit within a residual block": (
        Case((residual(dense(4), layer("max_pool")),), (3,)),
        ("max_pool1: pooling needs an image (channels, height, width), got (4,)",),
    ),
    "a wrong setting within a residual block": (
        Case((residual(dense(4), layer("dropout", rate=1.0)),), (3,)),
        ("layer 1, inner layer 2: rate must lie between 0 and 0.99, got 1.0",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", MISFITS)
def test_what_does_not_fit_is_told_with_its_node_and_shapes(what: str) -> None:
    case, words = MISFITS[what]
    with pytest.raises(ValueError, match=re.escape(words[0])) as error:
        case.network()
    for others in words[1:]:
        assert others in str(error.value)


def sequences_of_tokens(tokens: object) -> TrainingData:
    """Four examples of two tokens each."""
    x = np.array(tokens, dtype=np.float64)
    return TrainingData(x, np.array([0, 1, 0, 1]), x[:1], np.array([0]), "classification", 2)


@pytest.mark.parametrize(("wrong", "shown"), [(5, "5"), (-1, "-1"), (0.5, "0.5"), (np.nan, "nan")])
def test_a_token_outside_of_the_vocabulary_is_told(wrong: float, shown: str) -> None:
    experiment = Experiment(layers=[layer("embedding", vocabulary=5, units=2)], epochs=1)
    good = sequences_of_tokens([[0, 4], [1, 2], [3, 3], [2, 0]])
    *_, last = train(experiment, good)
    words = f"embedding1 knows the tokens 0 to 4, but the data hold {shown}: give whole numbers from 0 up"
    with pytest.raises(ValueError, match=words):
        next(train(experiment, sequences_of_tokens([[0, 4], [1, wrong], [3, 3], [2, 0]])))
    with pytest.raises(ValueError, match=words):
        predict(last.network, last.state.params, np.array([[0, wrong]]))


def test_a_rate_for_a_layer_that_is_not_there_is_told_with_those_that_are() -> None:
    experiment = Experiment(layers=[dense(4), layer("dropout")], layer_rates={"dense3": 0.5, "dropout1": 2.0})
    with pytest.raises(
        ValueError, match=r"layer_rates names dense3, dropout1, which is no layer .* use dense1, output"
    ):
        next(train(experiment, classes()))


def test_class_weights_must_be_as_many_as_classes() -> None:
    with pytest.raises(ValueError, match="class_weights has 2 numbers, but there are 3 classes"):
        next(train(Experiment(layers=[dense(4)], class_weights=(1.0, 2.0)), classes()))


def test_dropout_in_training_needs_numbers_for_each_seed() -> None:
    network = Network.build(Experiment(layers=[layer("dropout")]), 3, "classification", 3)
    one = Pass(network, network.init((0, 1)), 4, training=True)
    with pytest.raises(ValueError, match="dropout1 draws for 2 seeds, but 0 are given: hand draws to the pass"):
        one.forward.replay()
