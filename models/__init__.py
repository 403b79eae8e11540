"""The engine: networks, their training and what they are made of, in NumPy. Start at `train` and `Experiment`."""

from models.activations import ACTIVATIONS
from models.checkpoint import load_state, save_state
from models.evaluation import evaluate, predict
from models.experiment import Experiment
from models.fields import Choice, Field
from models.initializers import INITIALIZERS
from models.layers import LAYERS, register_layer
from models.losses import LOSSES
from models.network import Network, Node
from models.optimizers import OPTIMIZERS
from models.passes import Pass, Tape
from models.range_test import RangeTest, learning_rate_range_test
from models.schedules import SCHEDULES
from models.training import Step, planned_steps, steps_per_epoch, train
from models.training_data import TrainingData
from models.training_state import TrainingState

__all__ = [
    "ACTIVATIONS",
    "INITIALIZERS",
    "LAYERS",
    "LOSSES",
    "OPTIMIZERS",
    "SCHEDULES",
    "Choice",
    "Experiment",
    "Field",
    "Network",
    "Node",
    "Pass",
    "RangeTest",
    "Step",
    "Tape",
    "TrainingData",
    "TrainingState",
    "evaluate",
    "learning_rate_range_test",
    "load_state",
    "planned_steps",
    "predict",
    "register_layer",
    "save_state",
    "steps_per_epoch",
    "train",
]
