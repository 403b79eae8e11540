"""Uploaded files of images, written into a folder in which `datasets.images` and `datasets.idx` find them.

What comes from a stranger is never trusted: no name of an archive decides where a file is written, what is unpacked is
counted as it comes, and nothing but images and files of the MNIST kind is taken. Start at `unpacked`.
"""

from __future__ import annotations

import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import IO, cast

from datasets.errors import DataError
from datasets.images import SUFFIXES

MOST_FILES = 50_000
MOST_BYTES = 512 * 2**20  # of all files together, unpacked
LONGEST_NAME = 100
_CHUNK = 2**20
_IDX = re.compile(r"((?:train|t10k)-(?:images|labels)[-.]idx[13]-ubyte)(\.gz)?")
_DRIVE = re.compile(r"[A-Za-z]:")
_ZIP, _GZIP = b"PK", b"\x1f\x8b"


class _Budget:
    """How much may still be unpacked."""

    def __init__(self) -> None:
        self.files, self.bytes = MOST_FILES, MOST_BYTES

    def read(self, source: IO[bytes], name: str) -> bytes:
        """Read a stream to its end, and stop where it gets too long."""
        self.files -= 1
        if self.files < 0:
            raise DataError(f"There are more than {MOST_FILES} files: give fewer images.")
        parts = []
        while part := source.read(_CHUNK):
            self.bytes -= len(part)
            if self.bytes < 0:
                raise DataError(
                    f"Unpacked, the files are larger than {MOST_BYTES // 2**20} MB (at {name!r}): give fewer or "
                    "smaller images."
                )
            parts.append(part)
        return b"".join(parts)


def unpacked(files: Mapping[str, bytes], folder: Path) -> None:
    """Write what is in uploaded files into a folder.

    Parameters
    ----------
    files : mapping
        Name -> content: files of the MNIST kind (IDX), as they are or with .gz behind them, or zip archives of such
        files or of images, which lie in one folder for each class.
    folder : Path
        Exists and is empty.

    Raises
    ------
    DataError
        If there is something else, if a file is damaged or encrypted, if a name leads out of the archive, or if there
        is too much.
    """
    budget = _Budget()
    for name, content in files.items():
        if content[:2] == _ZIP:
            _unpack_zip(name, content, folder, budget)
        elif found := _IDX.fullmatch(PurePosixPath(name).name.lower()):
            _write_idx(found[1], content, folder, budget)
        elif name.lower().endswith(SUFFIXES):
            raise DataError(
                f"The image {name!r} says nothing of its class: sort the images into one folder for each class, pack "
                "those folders into a zip file, and give that file."
            )
        else:
            raise DataError(
                f"{name!r} is neither a zip file nor one of the four files of MNIST (train-images-idx3-ubyte, "
                "train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte, each as it is or with .gz)."
            )


def _unpack_zip(name: str, content: bytes, folder: Path, budget: _Budget) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = list(_members(archive, name))
            depth = _shared_folders([path for _, path in members if path.suffix.lower() in SUFFIXES])
            for info, path in members:
                _write_member(archive, info, path, depth, folder, budget)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        why = "it is encrypted" if "password" in str(error) else f"{error}"
        raise DataError(f"The zip file {name!r} cannot be read ({why}): pack it anew, without a password.") from error


def _members(archive: zipfile.ZipFile, name: str) -> Iterator[tuple[zipfile.ZipInfo, PurePosixPath]]:
    """Yield the files of an archive that are of use, with the path that each has in it."""
    for info in archive.infolist():
        path = PurePosixPath(info.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or _DRIVE.match(str(path)):
            raise DataError(
                f"The zip file {name!r} holds the name {info.filename[:LONGEST_NAME]!r}, which leads out of it: it was "
                "not made to hold images; pack the folders anew."
            )
        if info.is_dir() or any(part.startswith((".", "__MACOSX")) for part in path.parts):
            continue
        if path.suffix.lower() in SUFFIXES or _IDX.fullmatch(path.name.lower()):
            yield info, path


def _shared_folders(images: list[PurePosixPath]) -> int:
    """Return how many folders all images have in common before the folders of the classes begin."""
    if not images:
        return 0
    depth = 0
    while all(len(path.parts) > depth + 2 for path in images) and len({path.parts[depth] for path in images}) == 1:
        depth += 1
    for path in images:
        if len(path.parts) != depth + 2:
            where = "in no folder of a class" if len(path.parts) < depth + 2 else "in a folder inside a folder"
            raise DataError(
                f"The image {str(path)[:LONGEST_NAME]!r} lies {where}: the zip file must hold one folder for each "
                "class, with the images right in it."
            )
    return depth


def _write_member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: PurePosixPath, depth: int, folder: Path, budget: _Budget
) -> None:
    with archive.open(info) as source:
        content = budget.read(source, str(path))
    if found := _IDX.fullmatch(path.name.lower()):
        _write_idx(found[1], content, folder, budget)
        return
    of_class = folder / path.parts[depth][:LONGEST_NAME]
    of_class.mkdir(exist_ok=True)
    (of_class / f"{budget.files:06d}{path.suffix.lower()}").write_bytes(content)


def _write_idx(name: str, content: bytes, folder: Path, budget: _Budget) -> None:
    """Write a file of the MNIST kind, decompressed."""
    if content[:2] == _GZIP:
        try:
            with gzip.open(io.BytesIO(content)) as source:
                content = budget.read(cast(IO[bytes], source), name)
        except (OSError, EOFError, zlib.error) as error:
            raise DataError(f"{name}.gz cannot be read ({error}): it is damaged; download it again.") from error
    (folder / name).write_bytes(content)
