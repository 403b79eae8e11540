"""The store: every run and all prepared data in one folder, written as it happens, readable after the process died.

Start at `RunStore`. The files are documented in docs/run_format.md; who writes a run is `runs.making`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from diagnostics.run import Run
from models.training_state import TrainingState
from runs.entry import Entry, read_entry, stamp
from runs.run_folder import LABEL, LAST, LOCK, META, RunFolder, write_json
from runs.run_lock import RunLock, is_locked

if TYPE_CHECKING:
    from datasets import Prepared

__all__ = ["Entry", "RunStore"]
ENVIRONMENT = "BACKSCOPE_DATA_DIR"
DEFAULT_FOLDER = "~/.backscope"
UNFINISHED = ("queued", "running", "paused")
N_COLOURS = 10
LONGEST_NAME = 120
_RUN_ID = re.compile(r"[0-9a-z]{4,40}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class RunStore:
    """A folder of runs.

    Parameters
    ----------
    folder : path, optional
        By default the environment variable BACKSCOPE_DATA_DIR, else ``~/.backscope``.
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        chosen = folder or os.environ.get(ENVIRONMENT) or DEFAULT_FOLDER
        self.folder = Path(chosen).expanduser()
        self._runs, self._data = self.folder / "runs", self.folder / "data"
        for path in (self._runs, self._data):
            path.mkdir(parents=True, exist_ok=True)
        self._known: dict[str, tuple[tuple[int, int, int], Entry]] = {}
        self._lock = threading.Lock()

    def list(self, owner: str | None = None) -> tuple[Entry, ...]:
        """Return the runs, newest first: all of them, or those of `owner` and those without an owner."""
        entries = []
        for path in self._runs.iterdir():
            if _RUN_ID.fullmatch(path.name) and (path / META).exists():
                try:
                    entries.append(self.entry(path.name))
                except (KeyError, ValueError):
                    continue  # see `damaged`
        shown = [entry for entry in entries if owner is None or entry.owner in (None, owner)]
        return tuple(sorted(shown, key=lambda entry: (entry.created, entry.id), reverse=True))

    def damaged(self) -> tuple[str, ...]:
        """Return the ids of runs that cannot be read."""
        return tuple(
            path.name for path in sorted(self._runs.iterdir()) if not path.name.startswith(".") and self._is_bad(path)
        )

    def _is_bad(self, path: Path) -> bool:
        try:
            self.entry(path.name)
        except (KeyError, ValueError):
            return True
        return False

    def entry(self, run_id: str) -> Entry:
        """Return what the list says of one run.

        Raises
        ------
        KeyError
            If there is no such run.
        ValueError
            If it is damaged.
        """
        folder = self._folder(run_id)
        try:
            found = stamp(folder.path)
        except FileNotFoundError:
            raise KeyError(f"the run {run_id!r} was just deleted") from None
        known = self._known.get(run_id)
        if known is None or known[0] != found:
            known = (found, read_entry(folder))
            with self._lock:
                self._known[run_id] = known
        entry = known[1]
        if entry.state in UNFINISHED and not is_locked(folder.path / LOCK):
            return Entry(**{**entry.__dict__, "state": "interrupted"})
        return entry

    def load(self, run_id: str) -> Run:
        """Return a run with all that was recorded so far.

        Raises
        ------
        KeyError
            If there is no such run.
        ValueError
            If it is damaged.
        """
        entry, run = self.entry(run_id), self._folder(run_id).load()
        info = {**run.info, "state": entry.state, "name": entry.name}
        return Run(run.id, run.experiment, run.events, run.layers, run.series, run.constants, info)

    def create(self, run: Run, owner: str | None) -> tuple[RunFolder, RunLock]:
        """Make the folder of a new run and return it, locked for the one who writes it."""
        path = self._runs / run.id
        path.mkdir(exist_ok=True)
        lock = RunLock(path / LOCK)
        last = max(self.list(), key=lambda entry: entry.created, default=None)
        folder = RunFolder(path)
        folder.create(run, owner, 0 if last is None else (last.colour + 1) % N_COLOURS)
        return folder, lock

    def reopen(self, run_id: str) -> tuple[RunFolder, RunLock]:
        """Return the folder of a stored run, locked for the one who goes on with it.

        Raises
        ------
        KeyError
            If there is no such run.
        RuntimeError
            If it is being trained.
        """
        folder = self._folder(run_id)
        return folder, RunLock(folder.path / LOCK)

    def checkpoint(self, run_id: str, name: str = LAST) -> TrainingState | None:
        """Return where a run could go on from, one of `checkpoints`; None if it never came that far."""
        return self._folder(run_id).checkpoint(name)

    def checkpoints(self, run_id: str) -> tuple[str, ...]:
        """Return the names of a run's checkpoints: "last", "best" (of the validation loss), "step-000100", …"""
        return self._folder(run_id).checkpoints()

    def checkpoint_head(self, run_id: str, name: str) -> tuple[int, Mapping[str, object]]:
        """Return how many updates a checkpoint has done, and its control values, without reading all of it.

        Raises
        ------
        ValueError
            If it is damaged.
        """
        return self._folder(run_id).checkpoint_head(name)

    def rename(self, run_id: str, name: str) -> None:
        """Give a run another name.

        Raises
        ------
        ValueError
            For an empty name.
        """
        name = " ".join(name.split())[:LONGEST_NAME]
        if not name:
            raise ValueError("a run needs a name: type at least one letter")
        write_json(self._folder(run_id).path / LABEL, {"name": name})

    def delete(self, run_id: str) -> None:
        """Remove a run for good; a damaged one, too.

        Raises
        ------
        RuntimeError
            If it is being trained.
        """
        path = self._path(run_id)
        if is_locked(path / LOCK):
            raise RuntimeError("this run is being trained: stop it first, then delete it")
        trash = self._runs / f".deleted-{run_id}-{os.getpid()}"
        path.rename(trash)
        shutil.rmtree(trash, ignore_errors=True)

    def save_data(self, prepared: Prepared, owner: str | None) -> str:
        """Keep prepared data under their digest, and who owns them; return the digest."""
        target, label = self._data / f"{prepared.digest}.npz", self._data / f"{prepared.digest}.json"
        if not target.exists():
            partial = self._data / f".{prepared.digest}.{os.getpid()}.{threading.get_ident()}.npz"
            prepared.save(partial)
            os.replace(partial, target)
        with self._lock:
            owners = _owners(label)
            if owner not in owners:
                write_json(label, {"name": prepared.name, "owners": [*owners, owner]})
            os.utime(label)
        return prepared.digest

    def load_data(self, digest: str) -> Prepared:
        """Return prepared data by their digest.

        Raises
        ------
        KeyError
            If they are not there.
        """
        from datasets import Prepared

        path = self._data / f"{digest}.npz"
        if not _DIGEST.fullmatch(digest) or not path.exists():
            raise KeyError(f"no prepared data with the digest {digest[:12]} in this store")
        return Prepared.load(path)

    def list_data(self, owner: str | None = None) -> tuple[str, ...]:
        """Return the digests of prepared data, newest first: all, or those of `owner` and those without an owner."""
        labels = sorted(self._data.glob("[0-9a-f]*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        return tuple(path.stem for path in labels if owner is None or {None, owner} & set(_owners(path)))

    def data_name(self, digest: str) -> tuple[str, float]:
        """Return what prepared data are called, and when they were saved last, in seconds since 1970.

        Raises
        ------
        KeyError
            If they are not there.
        """
        label = self._data / f"{digest if _DIGEST.fullmatch(digest) else 'none'}.json"
        try:
            return str(json.loads(label.read_text(encoding="utf-8"))["name"]), label.stat().st_mtime
        except (OSError, ValueError, KeyError, TypeError):
            raise KeyError(f"no prepared data with the digest {digest[:12]} in this store") from None

    def _path(self, run_id: str) -> Path:
        path = self._runs / run_id
        if not _RUN_ID.fullmatch(run_id) or not path.is_dir():
            raise KeyError(f"there is no run {run_id!r} in this store")
        return path

    def _folder(self, run_id: str) -> RunFolder:
        path = self._path(run_id)
        if not (path / META).exists():
            raise ValueError(f"the run {run_id} has no {META}: delete it")
        return RunFolder(path)


def _owners(label: Path) -> list[str | None]:
    try:
        return list(json.loads(label.read_text(encoding="utf-8"))["owners"])
    except (OSError, ValueError, KeyError, TypeError):
        return []
