"""Every figure once, drawn from a small training or from numbers made by hand; by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import decision_reports as decided
import feature_reports as units
import numpy as np
import plotly.graph_objects as go
import representation_cases as representations
from app_pages import SMALL

from datasets import load_dataset
from diagnostics import Run
from diagnostics.attention_reach import attention_reach
from diagnostics.channels import channels
from diagnostics.confusion import confusion
from diagnostics.decision_surface import decision_surface
from diagnostics.depth_profile import depth_profile
from diagnostics.disagreement import disagreement
from diagnostics.example_maps import example_maps
from diagnostics.figures import layer_statistics as layer_figures
from diagnostics.figures.attention_reach import attention_reach_figure
from diagnostics.figures.channels import channels_figure
from diagnostics.figures.confusion import confusion_figure
from diagnostics.figures.decision_surface import decision_surface_figure, fitted_function_figure
from diagnostics.figures.depth_profile import depth_profile_figure
from diagnostics.figures.disagreement import disagreement_matrix_figure, disagreement_over_time_figure
from diagnostics.figures.example_maps import example_maps_figure
from diagnostics.figures.first_layer import first_layer_figure
from diagnostics.figures.gates import gates_figure
from diagnostics.figures.gradient_noise import agreement_figure, noise_scale_figure, norm_test_figure
from diagnostics.figures.hinton_diagram import hinton_diagram_figure
from diagnostics.figures.layer_distributions import DistributionView, layer_distributions_figure
from diagnostics.figures.layer_similarity import layer_similarity_figure
from diagnostics.figures.layer_spread import percentiles_figure, spread_figure
from diagnostics.figures.layer_strip import share_strip_figure, spread_strip_figure
from diagnostics.figures.layer_summary import layer_summary_figure
from diagnostics.figures.learning_curves import generalization_gap_figure, learning_curves_figure
from diagnostics.figures.linear_probes import linear_probes_figure
from diagnostics.figures.network_drawing import network_drawing_figure
from diagnostics.figures.partial_dependence import partial_dependence_figure
from diagnostics.figures.permutation_importance import permutation_importance_figure
from diagnostics.figures.plane_surface import feature_slice_figure, pca_plane_figure
from diagnostics.figures.preferred_inputs import preferred_input_figure, top_examples_figure
from diagnostics.figures.ridgelines import ridgelines_figure
from diagnostics.figures.row_errors import class_errors_figure, number_errors_figure, row_images_figure
from diagnostics.figures.row_losses import row_losses_figure
from diagnostics.figures.saturation import saturation_figure
from diagnostics.figures.sharpness import sharpness_figure
from diagnostics.figures.similarity_over_training import between_moments_figure, to_final_figure
from diagnostics.figures.snapshot_functions import function_panel
from diagnostics.figures.trajectories import function_map_figure
from diagnostics.figures.unit_trajectories import unit_trajectories_figure
from diagnostics.figures.update_ratio import update_ratio_figure
from diagnostics.figures.varied_unit import layer_maps_figure, varied_maps_figure, varied_unit_figure
from diagnostics.fitted_function import fitted_function
from diagnostics.gates import gates
from diagnostics.gradient_noise import gradient_noise
from diagnostics.layer_densities import layer_densities
from diagnostics.layer_similarity import Side, layer_similarity
from diagnostics.layer_statistics import histogram_over_time, layer_histograms, layer_moments
from diagnostics.layer_summary import layer_summary
from diagnostics.learning_curves import generalization_gap, learning_curves
from diagnostics.saturation import dead_units, saturation
from diagnostics.sharpness import sharpness
from diagnostics.similarity_over_training import similarity_over_training
from diagnostics.snapshot_functions import snapshot_functions
from diagnostics.snapshots import snapshots
from diagnostics.trajectories import function_map
from diagnostics.unit_trajectories import unit_trajectories
from diagnostics.update_ratio import update_ratio
from runs import train_run


@cache
def moons() -> Run:
    return train_run(SMALL, load_dataset("moons"))


@cache
def sine() -> Run:
    return train_run(SMALL, load_dataset("sine"))


@cache
def measured() -> Run:
    """With its sharpness; beside it everything that is always on."""
    sgd = {"type": "sgd", "learning_rate": 0.3}
    return train_run(replace(SMALL, optimizer=sgd), load_dataset("moons"), measures=("gradient_noise", "sharpness"))


@cache
def sequence() -> Run:
    layers = [{"type": "attention", "heads": 2}, {"type": "lstm", "units": 4}]
    data = load_dataset("adding_problem", n=60, length=4)
    return train_run(replace(SMALL, layers=layers, max_steps=3), data)


@cache
def images() -> Run:
    layers = [{"type": "convolution", "channels": 3, "stride": 4}, {"type": "flatten"}]
    return train_run(replace(SMALL, layers=layers, max_steps=3), load_dataset("digits_28"))


FIGURES: dict[str, Callable[[], go.Figure]] = {
    "loss": lambda: learning_curves_figure(learning_curves([moons()])),
    "two runs": lambda: learning_curves_figure(learning_curves([moons(), sine()], smoothing=0.5)),
    "gap": lambda: generalization_gap_figure(generalization_gap(moons())),
    "histograms": lambda: layer_figures.layer_histograms_figure(layer_histograms(moons(), "gradient")),
    "moments": lambda: layer_figures.layer_moments_figure(layer_moments(moons())),
    "over time": lambda: layer_figures.histogram_over_time_figure(histogram_over_time(moons(), "dense2")),
    "depth": lambda: depth_profile_figure(depth_profile(moons(), "gradient")),
    "saturation": lambda: saturation_figure(saturation(moons())),
    "dead": lambda: saturation_figure(dead_units(moons())),
    "update ratio": lambda: update_ratio_figure(update_ratio(moons())),
    "map": lambda: function_map_figure(function_map([moons()])),
    "map in space": lambda: function_map_figure(function_map([moons()], n_dims=3)),
    "disagreement": lambda: disagreement_over_time_figure(disagreement(snapshots([moons()], spacing="recorded"))),
    "disagreement matrix": lambda: disagreement_matrix_figure(
        disagreement(snapshots([moons()], spacing="recorded")), ("moons",)
    ),
    "function there": lambda: function_panel(snapshot_functions([moons()], snapshots([moons()]))).figure,
    "surface": lambda: decision_surface_figure(decision_surface(moons())),
    "fitted": lambda: fitted_function_figure(fitted_function(sine())),
    "confusion": lambda: confusion_figure(confusion(moons())),
    "norm test": lambda: norm_test_figure(gradient_noise(moons())),
    "agreement": lambda: agreement_figure(gradient_noise(moons())),
    "noise scale": lambda: noise_scale_figure(gradient_noise(moons())),
    "sharpness": lambda: sharpness_figure(sharpness(measured())),
    "sharpness without a limit": lambda: sharpness_figure(replace(sharpness(measured()), limit=None, ratio=None)),
    "network": lambda: network_drawing_figure(SMALL, 2, "classification", 2),
    "first layer, images": lambda: first_layer_figure(units.first_layer(is_image=True)),
    "first layer, table": lambda: first_layer_figure(units.first_layer(is_image=False)),
    "Hinton diagram": lambda: hinton_diagram_figure(units.hinton()),
    "top examples, images": lambda: top_examples_figure(units.top(is_image=True)),
    "top examples, table": lambda: top_examples_figure(units.top(is_image=False)),
    "preferred input, images": lambda: preferred_input_figure(units.made(is_image=True)),
    "preferred input, table": lambda: preferred_input_figure(units.made(is_image=False)),
    "varied unit": lambda: varied_unit_figure(units.varied_unit(is_image=False)),
    "varied maps": lambda: varied_maps_figure(units.varied_unit(is_image=False), 40),
    "layer maps": lambda: layer_maps_figure(units.varied_unit(is_image=True), "convolution1", 40),
    "linear probes": lambda: linear_probes_figure(units.linear_probes()),
    "layers against layers": lambda: layer_similarity_figure(
        layer_similarity(Side(representations.image_moments()), Side(representations.image_moments()))
    ),
    "layers to their end": lambda: to_final_figure(similarity_over_training(representations.image_moments())),
    "layer at all moments": lambda: between_moments_figure(
        similarity_over_training(representations.image_moments()), "dense1"
    ),
    "examples of two seeds": lambda: example_maps_figure(
        example_maps(representations.image_moments(), "dense1", (0, 1))
    ),
    "units by class": lambda: unit_trajectories_figure(unit_trajectories(representations.image_moments()), "class"),
    "strip of spreads": lambda: spread_strip_figure(layer_moments(moons(), "gradient")),
    "strip of shares": lambda: share_strip_figure(saturation(moons()), ["dense1", "dense2", "output"]),
}


FIGURES |= {
    "densities": lambda: layer_distributions_figure(layer_densities(moons())[0]),
    "counts in plots": lambda: layer_distributions_figure(
        layer_densities(moons(), "weight")[0], DistributionView("count", log=True, panels=True)
    ),
    "percentiles": lambda: percentiles_figure(layer_moments(moons())),
    "spread": lambda: spread_figure(layer_moments(moons(), "weight_gradient")),
    "ridgelines": lambda: ridgelines_figure(histogram_over_time(moons(), "dense1")),
    "biases over time": lambda: layer_figures.histogram_over_time_figure(
        histogram_over_time(moons(), "dense2", "bias")
    ),
    "four numbers": lambda: layer_summary_figure(layer_summary(moons())),
    "gates": lambda: gates_figure(gates(sequence())),
    "attention": lambda: attention_reach_figure(attention_reach(sequence())),
    "channels": lambda: channels_figure(channels(images(), "convolution1")),
}


FIGURES |= {
    "slice": lambda: feature_slice_figure(decided.surface()),
    "where seeds disagree": lambda: feature_slice_figure(decided.surface(), "seeds"),
    "PCA plane": lambda: pca_plane_figure(decided.plane()),
    "curve of a column": lambda: partial_dependence_figure(decided.curves(0)),
    "curve of categories": lambda: partial_dependence_figure(decided.curves(1)),
    "importance": lambda: permutation_importance_figure(decided.importance()),
    "cells": lambda: class_errors_figure(decided.class_errors(), (0, 1)),
    "residuals": lambda: number_errors_figure(decided.number_errors(), [3], np.arange(4)),
    "row losses": lambda: row_losses_figure(decided.row_losses().of([0, 1], "two rows", 10), decided.row_losses()),
    "row images": lambda: row_images_figure(
        np.eye(4)[None, :, :, None], ["1"], above="its row", chosen="one row", run_id="made"
    ),
}


FIGURES = {name: cache(make) for name, make in FIGURES.items()}  # drawn once: whoever changes one takes a copy
