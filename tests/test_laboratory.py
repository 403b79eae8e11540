"""The Laboratory: tables by hand, runs found again, and the findings of Glorot & Bengio 2010 at a size that fits.

The trainings have one seed each and the settings of one click; they share their images and record only what is read.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Mapping
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path

import numpy as np
import pytest

from diagnostics import Run, Series
from diagnostics.descriptions import layer_info
from diagnostics.recording.probes import drawing_constants
from diagnostics.recording.recorder import Recorder
from diagnostics.recording.schedule import Schedule
from diagnostics.singular_values import QUARTER_CIRCLE, mean_singular_value
from diagnostics.start_densities import start_densities
from models import INITIALIZERS
from models.arrays import stream
from models.training import network_for, train
from runs import RunStore
from runs.figure_export import ExportUnavailable
from runs.jobs import Registry
from runs.laboratory import __main__ as command
from runs.laboratory import writing
from runs.laboratory.catalog import ENTRIES, experiment_named
from runs.laboratory.conducting import conduct, prepared, standings, start, stop
from runs.laboratory.entry import Arm, Conclusion, Size, labelled
from runs.laboratory.networks import NORMALIZED, REDUCED, STANDARD, fresh_network, network
from runs.laboratory.readings import at, error
from runs.laboratory.rows import (
    COLUMNS,
)
from runs.launch import start_recorder, training_data

TINY = replace(REDUCED, width=4, updates=30, seeds=(0,), images=200)


def failed(found: Conclusion) -> list[str]:
    """What of a table does not agree."""
    return [f"{row.quantity}: {row.ours}, {row.tolerance}" for row in found.rows if row.agrees is False]


def made(series: Mapping[str, Series], **info: object) -> Run:
    """A run of two seeds."""
    return Run("made", network("tanh", STANDARD, TINY).with_seeds(2).experiment, series=series, info=info)


def per_seed(steps: list[int], values: list[list[float]]) -> Series:
    return Series(("step", "seed"), "", np.array(steps), np.array(values))


def test_between_two_records_a_number_is_read_on_the_logarithm_of_the_step() -> None:
    run = made({"s": per_seed([0, 9, 99], [[0.0, 0.0], [1.0, 2.0], [3.0, 2.0]])})
    np.testing.assert_allclose(at(run, "s", 9), [1.0, 2.0])
    # log(1 + step) is 1, x and 2 in powers of ten: 30.6228 lies in the middle
    np.testing.assert_allclose(at(run, "s", 31), [1 + 2 * (np.log10(32) - 1), 2.0])
    np.testing.assert_allclose(at(run, "s"), [3.0, 2.0])


def test_the_error_is_taken_over_both_unseen_parts() -> None:
    series = {"validation/accuracy": per_seed([0, 9], [[0, 0], [0.5, 1]]), "test/accuracy": per_seed([9], [[0.8, 1]])}
    run = made(series, n_validation=10, n_test=30)
    np.testing.assert_allclose(error(run), [100 * (5 + 6) / 40, 0.0])  # 5 of 10 and 6 of 30 are wrong


def test_every_experiment_says_what_it_is() -> None:
    for name, entry in ENTRIES.items():
        assert entry.name == name
        assert entry.question.endswith("?")
        assert entry.figure
        assert entry.source
        for size in (entry.reduced, entry.paper):
            labels = [arm.label for arm in size.arms]
            assert len(set(labels)) == len(labels)
            assert size.words.endswith(".")
    with pytest.raises(ValueError, match="there is no experiment 'x'"):
        experiment_named("x")


def test_networks_of_one_label_are_one_network() -> None:
    by_label: dict[str, Arm] = {}
    for entry in ENTRIES.values():
        for arm in entry.reduced.arms:
            assert by_label.setdefault(arm.label, arm) == arm


def test_runs_are_found_again_by_settings_and_data(tmp_path: Path) -> None:
    arm = network("tanh", STANDARD, TINY)
    size, registry = Size("reduced", (arm,), ""), Registry(1)
    store = RunStore(tmp_path / "runs")
    (run_id,) = start(size, store=store, registry=registry, owner="me")
    job = registry.job(run_id)
    assert job is not None
    job.wait(60)
    again = RunStore(tmp_path / "runs")  # as after a restart

    def state(other: Size, owner: str = "me") -> str:
        return standings(other, again.list(owner), Registry(1))[0].state

    assert state(size) == "finished"
    assert state(size, "somebody") == "absent"
    assert state(size.with_seeds(2)) == "absent"
    assert state(Size("reduced", (replace(arm, options={"n": 200, "fresh": 0}),), "")) == "absent"
    assert start(size, store=again, registry=registry, owner="me") == ()
    again.rename(run_id, "another name")
    assert state(size) == "finished"


def test_what_was_cancelled_goes_on_from_where_it_was(tmp_path: Path) -> None:
    size = Size("reduced", (network("tanh", STANDARD, replace(TINY, updates=100_000)),), "")
    store, registry = RunStore(tmp_path / "runs"), Registry(1)
    (run_id,) = start(size, store=store, registry=registry, owner="me")
    found = standings(size, store.list("me"), registry)
    assert found[0].state in ("queued", "running")
    stop(found, owner="me")
    assert found[0].job is not None
    found[0].job.wait(60)
    assert standings(size, store.list("me"), registry)[0].state == "stopped"
    assert start(size, store=store, registry=registry, owner="me") == (run_id,)
    stop(standings(size, store.list("me"), registry), owner="me")


def test_curves_are_called_by_what_tells_them_apart() -> None:
    run = made({})
    runs = {"tanh, standard, 5 × 4, rate 0.05": run, "tanh, normalized, 5 × 4, rate 0.05": run}
    assert [one.info["name"] for one in labelled(runs)] == ["tanh, standard", "tanh, normalized"]
    deeper = {"tanh, standard, 5 × 4, rate 0.05": run, "tanh, standard, 4 × 4, rate 0.05": run}
    assert [one.info["name"] for one in labelled(deeper)] == ["tanh, standard, 5 × 4", "tanh, standard, 4 × 4"]


@pytest.fixture(scope="session")
def fresh() -> dict[str, Run]:
    """Networks of the paper's width before their first update, without the statistics that take a run its time."""
    arms = [fresh_network("tanh", one, width=1000, seeds=(0,)) for one in (STANDARD, NORMALIZED)]
    data = training_data(prepared(arms[0]))
    constants, result = drawing_constants(data), {}
    for arm in arms:
        nodes = network_for(arm.experiment, data).nodes
        layers, info = tuple(layer_info(node) for node in nodes), {"task": data.task}
        result[arm.experiment.initializer] = Run("made", arm.experiment, (), layers, {}, constants, info)
    return result


def test_fresh_networks_are_as_the_paper_says(fresh: dict[str, Run]) -> None:
    found = ENTRIES["initialization"].conclude(fresh, "reduced")
    assert not failed(found)
    assert found.verdict == "21 of 21 comparisons agree"


def test_the_mean_singular_value_follows_the_quarter_circle_law() -> None:
    weights = INITIALIZERS[NORMALIZED](stream(0, "law"), 512, 512)[None]
    linear = mean_singular_value(weights, np.ones((1, 1, 512)))
    np.testing.assert_allclose(linear, QUARTER_CIRCLE, rtol=0.01)


def test_densities_are_densities_and_the_output_layer_widens_gradients(fresh: dict[str, Run]) -> None:
    own, other = start_densities(fresh[STANDARD]), start_densities(fresh[STANDARD], NORMALIZED)
    for found in own.quantities.values():
        width = found.edges[1] - found.edges[0]
        assert np.all(found.density.sum(axis=1) * width <= 1 + 1e-9)
    np.testing.assert_allclose(own.quantities["activation"].density.sum(axis=1) * (2 / 400), 1.0, rtol=1e-9)
    # weights of variance 2/(1000 + 9) instead of 1/(3·1000): 2.44 times as wide, but for what the outputs change
    ratio = other.quantities["gradient"].std / own.quantities["gradient"].std
    np.testing.assert_allclose(ratio, np.sqrt(2 / 1009 * 3 * 1000), rtol=0.02)
    np.testing.assert_array_equal(other.quantities["activation"].std, own.quantities["activation"].std)


def half(arm: Arm) -> Arm:
    return replace(arm, experiment=replace(arm.experiment, max_steps=5000))


@pytest.fixture(scope="session")
def trained() -> dict[str, list[Run]]:
    """Networks of three experiments with one seed each, all on the same images, recorded where they are read."""
    by_entry = {name: [arm.with_seeds(1) for arm in ENTRIES[name].reduced.arms] for name in ("sigmoid", "saturation")}
    by_entry["normalized"] = [half(arm).with_seeds(1) for arm in ENTRIES["normalized"].reduced.arms]
    data = prepared(by_entry["sigmoid"][0])
    arrays = training_data(data)
    assert arrays.fresh is not None
    arrays = replace(arrays, fresh=functools.lru_cache(1)(arrays.fresh))  # drawn once for all: they go hand in hand
    last_five = (0, 1000, 2000, 4800, 4850, 4900, 4950, 5000)
    result: dict[str, list[Recorder]] = {}
    trainings = []
    for name, arms in by_entry.items():
        for arm in arms:
            assert (arm.dataset, arm.options) == (by_entry["sigmoid"][0].dataset, by_entry["sigmoid"][0].options)
            recorder = start_recorder(arm.settings, data, name, arm.label, measures=())
            recorder.schedule = Schedule(frozenset(last_five), frozenset((0, 5000)), 10**9)
            result.setdefault(name, []).append(recorder)
            trainings.append((recorder, train(arm.settings, arrays)))
    for steps in zip_longest(*(steps for _, steps in trainings)):
        for (recorder, _), step in zip(trainings, steps, strict=True):
            if step is not None:
                recorder.observe(step)
    for recorder, _ in trainings:
        recorder.finish("finished")
    return {name: [recorder.snapshot() for recorder in recorders] for name, recorders in result.items()}


def conclusion(name: str, runs: list[Run]) -> Conclusion:
    return ENTRIES[name].conclude({str(place): run for place, run in enumerate(runs)}, "reduced")


def test_the_top_layer_of_deep_sigmoids_falls_silent(trained: dict[str, list[Run]]) -> None:
    found = conclusion("sigmoid", trained["sigmoid"])
    assert not failed(found)
    after = {row.quantity: row.mean for row in found.rows}
    assert after["layer 4, mean activation after 1000 updates"] < 0.15
    assert after["layer 4, mean activation after 5000 updates"] < 0.06


def test_tanh_saturates_from_below_and_softsign_together(trained: dict[str, list[Run]]) -> None:
    assert not failed(conclusion("saturation", trained["saturation"]))


def test_normalized_weights_help_tanh(trained: dict[str, list[Run]]) -> None:
    assert not failed(conclusion("normalized", trained["normalized"]))


def test_what_is_in_the_store_is_not_trained_again(tmp_path: Path) -> None:
    size, store = Size("reduced", (network("tanh", STANDARD, TINY),), ""), RunStore(tmp_path / "runs")
    first, again = (conduct(size, store=store) for _ in range(2))
    assert len(store.list()) == 1
    assert [run.id for run in first.values()] == [run.id for run in again.values()]


def test_the_command_lists_the_experiments(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--list"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(ENTRIES)
    assert command.main(["nothing"]) == 2
    assert "choose one of sigmoid" in capsys.readouterr().err


def test_the_command_writes_table_and_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_browser(*_: object) -> bytes:
        raise ExportUnavailable("no Chrome")

    monkeypatch.setattr(writing, "export_image", no_browser)  # it takes seconds, and has a test of its own
    assert command.main(["costs", "--out", str(tmp_path / "out"), "--store", str(tmp_path / "runs")]) == 0
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["costs-surfaces.csv", "costs-surfaces.html", "costs.csv", "costs.md"]
    lines = list(csv.reader((tmp_path / "out" / "costs.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert tuple(lines[0]) == COLUMNS
    assert len(lines) == 1 + len(ENTRIES["costs"].conclude({}, "reduced").rows)


def test_the_data_of_a_network_are_endless() -> None:
    assert prepared(network("tanh", STANDARD, TINY)).fresh is not None
