"""The words around every figure of the page Layers: a question, how to read it, and terms that are explained."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from app_pages import LAYER, SMALL

from datasets import load_dataset
from diagnostics import Run
from diagnostics.clock_steps import clock_steps
from diagnostics.figures.theme import drawn
from models import Experiment
from pages.components.layer_entries import ENTRIES, Entry
from pages.components.layer_view import Seen, View
from pages.components.terms import TERMS
from runs import train_run

FIGURES = Path(__file__).resolve().parents[1] / "diagnostics" / "figures"
KINDS = {
    "dense": ("moons", SMALL, ("gradient_noise", "sharpness")),
    "images": (
        "digits",
        Experiment(layers=[{"type": "convolution", "channels": 3, "activation": "relu"}, LAYER], max_steps=4),
        (),
    ),
    "sequences": (
        "adding_problem",
        Experiment(layers=[{"type": "attention", "heads": 1}, {"type": "lstm", "units": 3}], max_steps=3, seeds=(0,)),
        (),
    ),
}


@cache
def run_of(kind: str) -> Run:
    name, experiment, measures = KINDS[kind]
    return train_run(experiment, load_dataset(name), measures=measures)


@cache
def showing(entry: Entry) -> Run:
    """A run that has something to show for it."""
    return next(run for run in map(run_of, KINDS) if entry.there(run))


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_every_figure_says_what_it_answers_and_how_to_read_it(entry: Entry) -> None:
    run = showing(entry)
    view = View(Seen(run, "run", "#0072B2"), run.layers[0].name)
    (figure,) = entry.figures(view, [int(clock_steps(run)[-1])])
    meta = (drawn(figure) if isinstance(figure, dict) else figure).layout.meta
    assert meta["title"]
    assert meta["question"].endswith("?")
    assert len(meta["reading"]) > 40
    assert meta["reading"].endswith(".")
    assert "  " not in meta["reading"]
    assert len(meta["summary"]) > 20
    assert meta["term"] in TERMS or entry.id == "summary"


def test_every_term_that_a_figure_names_is_explained() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in FIGURES.glob("*.py"))
    named = set(re.findall(r'(?:"term": |term=)"([^"]+)"', text))
    assert {"linear probe", "singular value", "linear region", "norm test", "gate"} <= named
    assert named <= set(TERMS)


@pytest.mark.parametrize("name", TERMS)
def test_a_term_has_two_sentences_and_a_source(name: str) -> None:
    term = TERMS[name]
    assert len(re.findall(r"[.:;](?: |$)", term.sentences)) >= 2
    assert 80 < len(term.sentences) < 400
    assert re.search(r"\d{4}|notes", term.source)
    assert term.formula.count("{") == term.formula.count("}")
