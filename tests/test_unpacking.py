"""Uploaded files of images: what is good is read as from a folder, what is not is refused in a sentence."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from test_images import write_mnist

from datasets import DataError, load_dataset, unpacking
from datasets.unpacking import unpacked


def png(brightness: int) -> bytes:
    target = io.BytesIO()
    Image.new("L", (10, 10), brightness).save(target, "png")
    return target.getvalue()


def zipped(**files: bytes) -> bytes:
    """A zip file of these files."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


PETS = {f"{kind}/{i}.png": png(100 * k + i) for k, kind in enumerate(("cats", "dogs")) for i in range(8)}


@pytest.mark.parametrize("above", ["", "pets/", "my/pets/"])
def test_a_zip_file_of_folders_is_read_as_those_folders(tmp_path: Path, above: str) -> None:
    extra = {f"{above}cats/notes.txt": b"soft", "__MACOSX/cats/1.png": b"junk", f"{above}cats/.hidden.png": b"junk"}
    content = zipped(**{above + name: pixels for name, pixels in PETS.items()}, **extra)
    unpacked({"pets.zip": content}, tmp_path)
    data = load_dataset("image_folder", folder=tmp_path, size=10)
    assert data.class_names == ("cats", "dogs")
    assert data.input_shape == (10, 10, 1)
    scale = data.recipe.columns[0]
    brightness = (data.train.x[:, 0] * scale.std + scale.mean).round()  # type: ignore[union-attr]
    assert set(brightness[data.train.y == 0]) <= set(range(8))
    assert set(brightness[data.train.y == 1]) <= set(range(100, 108))


@pytest.mark.parametrize("end", ["", ".gz"])
@pytest.mark.parametrize("packed", [False, True])
def test_files_of_the_mnist_kind_are_read_packed_or_not(tmp_path: Path, end: str, packed: bool) -> None:
    given, folder = tmp_path / "given", tmp_path / "unpacked"
    given.mkdir()
    folder.mkdir()
    write_mnist(given, end)
    files = {path.name: path.read_bytes() for path in given.iterdir()}
    unpacked({"raw.zip": zipped(**{f"MNIST/raw/{n}": c for n, c in files.items()})} if packed else files, folder)
    assert load_dataset("mnist", folder=folder, n=40).digest == load_dataset("mnist", folder=given, n=40).digest


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("cat.png", png(3), "says nothing of its class"),
        ("table.csv", b"a,b", "neither a zip file nor one of the four files of MNIST"),
        ("x.zip", b"PK\x03\x04 and no more", "cannot be read"),
        ("x.zip", zipped(**{"../../cats/1.png": png(1)}), "leads out of it"),
        ("x.zip", zipped(**{"/etc/cats/1.png": png(1)}), "leads out of it"),
        ("x.zip", zipped(**{"C:\\cats\\1.png": png(1)}), "leads out of it"),
        ("x.zip", zipped(**{"1.png": png(1)}), "in no folder of a class"),
        ("x.zip", zipped(**{"cats/a/1.png": png(1), "dogs/1.png": png(2)}), "in a folder inside a folder"),
        ("train-labels-idx1-ubyte.gz", gzip.compress(bytes(99), mtime=0)[:-9], "is damaged"),
    ],
)
def test_what_cannot_be_taken_is_told(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    folder = tmp_path / "inside"
    folder.mkdir()
    with pytest.raises(DataError, match=words):
        unpacked({name: content}, folder)
    assert list(tmp_path.iterdir()) == [folder]
    assert not [path for path in folder.rglob("*") if path.is_file()]


def test_what_grows_beyond_all_bounds_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "MOST_BYTES", 2**20)
    bomb = bytes(2**22)  # four megabytes of nothing, packed into four kilobytes
    for files in (
        {"x.zip": zipped(**{"cats/1.png": bomb})},
        {"train-images-idx3-ubyte.gz": gzip.compress(bomb, mtime=0)},
    ):
        assert len(next(iter(files.values()))) < 2**14
        with pytest.raises(DataError, match="larger than 1 MB"):
            unpacked(files, tmp_path)
    monkeypatch.setattr(unpacking, "MOST_FILES", 10)
    with pytest.raises(DataError, match="more than 10 files"):
        unpacked({"pets.zip": zipped(**PETS)}, tmp_path)
