"""Pages opened as AppTest opens them, and runs to look at: finished, of one step, live."""

from __future__ import annotations

import functools
from pathlib import Path

from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from datasets import load_dataset
from models import Experiment
from pages.components import frame
from runs import train_run
from runs.job import Job
from runs.jobs import registry

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("data", "train", "curves", "layers", "trajectories", "runs")
LAYER = {"type": "dense", "units": 6, "activation": "tanh"}
SMALL = Experiment(layers=[LAYER, {**LAYER, "activation": "relu"}], epochs=3, seeds=(0, 1))

# Each AppTest reads the metadata of every installed package in search of components: longer than a page takes. Once is
# enough: nothing is installed while the tests run.
manifest_scanner.scan_component_manifests = functools.cache(manifest_scanner.scan_component_manifests)


def opened(page: str, run_id: str | None = None) -> AppTest:
    """Home, then the page, with a run in the address."""
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    if run_id is not None:
        at.query_params["run"] = run_id
        at.session_state["run_id"] = run_id
    at.run()
    at.switch_page(f"pages/{page}.py").run()
    assert not at.exception, at.exception
    return at


def finished_run(name: str = "moons", experiment: Experiment = SMALL) -> str:
    """A finished run without an owner, in the store of this test."""
    return train_run(experiment, load_dataset(name), store=frame.store()).id


def live_run() -> Job:
    """A paused training in the store of this test; stop it at the end."""
    run_id = registry().train(SMALL, load_dataset("moons"), store=frame.store(), owner=None, paused=True)
    job = registry().job(run_id)
    assert job is not None
    for _ in range(200):
        if job.state == "paused":
            break
        job.wait(0.05)
    return job
