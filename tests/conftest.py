"""What every test shares: a folder of its own for runs, and, for the journeys, a server and a browser."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from xdist.remote import Producer
    from xdist.scheduler import LoadFileScheduling

ROOT = Path(__file__).resolve().parent.parent
COMPILED = "BACKSCOPE_COMPILED"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the journeys first: they are the longest chain, and while they wait for a browser others use the cores."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    """Give all journeys to one process, which then needs one server and one browser; other tests go file by file."""
    if config.option.dist != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class JourneysTogether(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            scope = super()._split_scope(nodeid)
            return "journeys" if Path(scope).name.startswith("test_journeys") else scope

    return JourneysTogether(config, log)


def pytest_configure() -> None:
    """Compile nothing: what is recorded would hang on when a kernel is ready. A training may outlive its test."""
    os.environ[COMPILED] = "0"


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep every test away from the runs of the person who calls it."""
    monkeypatch.setenv("BACKSCOPE_DATA_DIR", str(tmp_path / "backscope"))


@dataclass(frozen=True)
class Server:
    """A running app: where it listens, where it keeps its runs, its process."""

    url: str
    folder: Path
    process: subprocess.Popen[bytes]


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def start_server(folder: Path) -> Server:
    """Start the app as a person would and wait until it answers (60 s at most)."""
    port = free_port()
    environment = {**os.environ, "BACKSCOPE_DATA_DIR": str(folder), "OPENBLAS_NUM_THREADS": "1"}
    environment.pop(COMPILED, None)
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        "app.py",
        "--server.port",
        str(port),
        "--server.headless",
        "true",
    ]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
    url = f"http://127.0.0.1:{port}"
    for _ in range(300):
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1):
                return Server(url, folder, process)
        except OSError:
            time.sleep(0.2)
    process.kill()
    raise RuntimeError(f"the app did not answer at {url} within 60 s; its output stands in {folder / 'server.log'}")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One app for all journeys of a session."""
    running = start_server(tmp_path_factory.mktemp("server"))
    yield running
    running.process.terminate()
    running.process.wait(timeout=20)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium without a way to the internet; skipped where there is none, failed where CI lacks it."""
    path = os.environ.get("BACKSCOPE_CHROME") or next(
        (found for name in BROWSERS if (found := shutil.which(name))), None
    )
    if path is None:
        reason = "no Chromium on this machine: install Debian's package chromium, or set BACKSCOPE_CHROME to a browser"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield running
        running.close()
