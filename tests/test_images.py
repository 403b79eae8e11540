"""Images: larger digits, files of the MNIST kind, and folders; what is missing or damaged is told."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from datasets import CATALOG, DataError, Prepared, load_dataset, load_frame, prepare

GENERATOR = np.random.default_rng(0)


def write_idx(path: Path, values: np.ndarray) -> None:
    """Write an IDX file of unsigned bytes; compressed if its name ends in .gz."""
    head = bytes([0, 0, 8, values.ndim]) + b"".join(n.to_bytes(4, "big") for n in values.shape)
    content = head + values.astype(np.uint8).tobytes()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


def write_mnist(folder: Path, end: str = "", side: int = 4) -> dict[str, np.ndarray]:
    """Write 40 images to train and 20 to test of few pixels, each as bright as its label."""
    written = {}
    for part, n in (("train", 40), ("t10k", 20)):
        labels = np.arange(n) % 10
        images = np.clip(25 * labels[:, None, None] + GENERATOR.integers(0, 9, (n, side, side)), 0, 255)
        write_idx(folder / f"{part}-images-idx3-ubyte{end}", images)
        write_idx(folder / f"{part}-labels-idx1-ubyte{end}", labels)
        written[part] = images
    return written


@pytest.mark.parametrize("side", [28, 32])
def test_larger_digits_are_the_small_ones_as_another_library_makes_them_large(side: int) -> None:
    data = load_dataset(f"digits_{side}")
    assert data.input_shape == (side, side, 1)
    assert data.train.x.dtype == np.float32
    assert abs(data.train.x.mean()) < 1e-4
    assert data.train.x.std() == pytest.approx(1, rel=1e-3)
    small, _ = load_frame("digits")
    row = data.test.rows[0]
    mean, std = data.recipe.columns[0].mean, data.recipe.columns[0].std  # type: ignore[union-attr]
    large = (data.test.x[0] * std + mean).reshape(side, side)
    pixels = Image.fromarray(small.drop(columns="digit").to_numpy(np.float32)[row].reshape(8, 8))
    assert data.class_names[data.test.y[0]] == small["digit"][row]
    expected = np.asarray(pixels.resize((side, side), Image.Resampling.BILINEAR))
    np.testing.assert_allclose(large, expected, atol=1e-4)  # both in single precision, up to 16


def test_the_small_digits_are_images_of_8_by_8() -> None:
    data = load_dataset("digits")
    assert (data.input_shape, data.shape) == ((8, 8, 1), (8, 8, 1))
    assert (load_dataset("iris").input_shape, load_dataset("iris").shape) == ((), (4,))


@pytest.mark.parametrize("end", ["", ".gz"])
@pytest.mark.parametrize(("name", "first"), [("mnist", "0"), ("fashion_mnist", "T-shirt")])
def test_files_of_the_mnist_kind_are_read(tmp_path: Path, name: str, first: str, end: str) -> None:
    written = write_mnist(tmp_path, end)
    data = load_dataset(name, folder=tmp_path)
    assert data.input_shape == (4, 4, 1)
    assert data.class_names[0] == first
    assert [len(part.y) for part in (data.train, data.validation, data.test)] == [34, 6, 20]
    np.testing.assert_array_equal(data.test.y, np.arange(20) % 10)
    column = data.recipe.columns[0]
    raw = data.test.x * column.std + column.mean  # type: ignore[union-attr]
    np.testing.assert_allclose(raw, written["t10k"].reshape(20, 16), atol=1e-3)
    trained = written["train"].reshape(40, 16)[data.train.rows]
    assert column.mean == pytest.approx(trained.mean())  # type: ignore[union-attr]
    assert column.std == pytest.approx(trained.std())  # type: ignore[union-attr]


def test_fewer_images_keep_the_share_of_the_test_file(tmp_path: Path) -> None:
    write_mnist(tmp_path)
    data = load_dataset("mnist", folder=str(tmp_path), n=20, seed=3)
    assert [len(part.y) for part in (data.train, data.validation, data.test)] == [17, 3, 10]
    assert "20 of 40 images of the training file, 10 of 20 of the test file" in data.notes
    assert data.digest != load_dataset("mnist", folder=tmp_path, n=20, seed=4).digest


def test_new_images_go_through_the_same_recipe(tmp_path: Path) -> None:
    written = write_mnist(tmp_path)
    data = load_dataset("mnist", folder=tmp_path)
    frame = pd.DataFrame(written["t10k"].reshape(20, 16), columns=pd.Index(data.feature_names))
    np.testing.assert_allclose(data.recipe.transform(frame), data.test.x, atol=1e-5)


def test_image_data_come_back_from_their_file(tmp_path: Path) -> None:
    write_mnist(tmp_path)
    data = load_dataset("mnist", folder=tmp_path)
    data.save(tmp_path / "m.npz")
    again = Prepared.load(tmp_path / "m.npz")
    assert (again.digest, again.input_shape, again.name) == (data.digest, (4, 4, 1), "MNIST, 40 images")
    assert again.train.x.dtype == np.float32


def test_nothing_is_downloaded_and_a_missing_folder_or_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"mnist needs a folder of yours, given as folder=….*train-images-idx3-ubyte"):
        load_dataset("mnist")
    with pytest.raises(DataError, match=r"There is no folder .*nowhere"):
        load_dataset("mnist", folder=tmp_path / "nowhere")
    with pytest.raises(DataError, match=r"lacks the file train-images-idx3-ubyte \(or train-images-idx3-ubyte.gz\)"):
        load_dataset("mnist", folder=tmp_path)
    with pytest.raises(DataError, match="iris is built in and is read from no folder"):
        load_dataset("iris", folder=tmp_path)
    assert all(CATALOG[name].needs_folder for name in ("mnist", "fashion_mnist", "image_folder"))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("train-images-idx3-ubyte", b"", "should begin with 00 00 08 03.*not with nothing"),
        ("train-images-idx3-ubyte", b"<html>not found</html>", "not with 3c 68 74 6d"),
        ("train-images-idx3-ubyte", b"\x1f\x8b\x08\x00", "still packed"),
        ("train-labels-idx1-ubyte", bytes([0, 0, 8, 1, 0, 0, 0, 9, 1, 2]), "should hold 9 numbers, but it holds 2"),
        ("t10k-labels-idx1-ubyte", bytes([0, 0, 8, 1, 0, 0, 0, 1, 1, 2]), "should hold 1 numbers, but it holds more"),
        ("t10k-labels-idx1-ubyte", bytes([0, 0, 8, 1, 0, 0, 0, 2, 1, 2]), "20 images but 2 labels in its t10k files"),
        ("t10k-labels-idx1-ubyte", bytes([0, 0, 8, 1, 0, 0, 0, 20, *range(20)]), "the label 19, but the labels go"),
        ("train-labels-idx1-ubyte", bytes([0, 0, 8, 1, 255, 255, 255, 255]), "should hold 4294967295 numbers"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_told(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    write_mnist(tmp_path)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=words):
        load_dataset("mnist", folder=tmp_path)


def test_a_compressed_file_that_breaks_off_is_told(tmp_path: Path) -> None:
    write_mnist(tmp_path, ".gz")
    whole = (tmp_path / "train-images-idx3-ubyte.gz").read_bytes()
    for content in (whole[: len(whole) // 2], b"no gzip", whole[:20] + b"\xff" * 20 + whole[40:]):
        (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(content)
        with pytest.raises(DataError, match=r"train-images-idx3-ubyte.gz .*(damaged|another file)"):
            load_dataset("mnist", folder=tmp_path)


def write_images(folder: Path, mode: str = "L", n: int = 6, suffix: str = ".png") -> None:
    """Write dark and bright images, wider than high, in a sub-folder each."""
    for name, level in (("bright", 220), ("dark", 30)):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for i in range(n):
            Image.new("L", (40, 30), level + i).convert(mode).save(folder / name / f"{i}{suffix}")


@pytest.mark.parametrize(("mode", "channels"), [("L", 1), ("RGB", 3), ("LA", 1), ("P", 3), ("RGBA", 3), ("1", 1)])
def test_a_folder_of_images_is_read(tmp_path: Path, mode: str, channels: int) -> None:
    write_images(tmp_path / "pets", mode)
    data = load_dataset("image_folder", folder=tmp_path / "pets", size=8)
    assert data.input_shape == (8, 8, channels)
    assert (data.class_names, data.name) == (("bright", "dark"), "pets")
    assert len(data.train.y) + len(data.validation.y) + len(data.test.y) == 12
    column = data.recipe.columns[0]
    raw = data.train.x * column.std + column.mean  # type: ignore[union-attr]
    assert (raw[data.train.y == 0] > 200).all()
    assert (raw[data.train.y == 1] < 50).all()


def test_jpeg_large_images_and_grey_on_demand(tmp_path: Path) -> None:
    write_images(tmp_path, "RGB", suffix=".JPG")
    Image.new("RGB", (3000, 2000), (255, 0, 0)).save(tmp_path / "dark" / "red.jpeg")
    colour = load_dataset("image_folder", folder=tmp_path, size=16)
    grey = load_dataset("image_folder", folder=tmp_path, size=16, grey=1)
    assert (colour.input_shape, grey.input_shape) == ((16, 16, 3), (16, 16, 1))
    assert colour.feature_names[:3] == ("pixel_0_0 red", "pixel_0_0 green", "pixel_0_0 blue")
    parts = (colour.train, colour.validation, colour.test)
    red = np.concatenate([part.x[part.rows == 12] for part in parts])  # the last file of the last sub-folder
    scale = [(column.mean, column.std) for column in colour.recipe.columns]  # type: ignore[union-attr]
    pixels = (red * [std for _, std in scale] + [mean for mean, _ in scale]).reshape(256, 3)
    np.testing.assert_allclose(pixels, np.tile([255, 0, 0], (256, 1)), atol=2)  # JPEG is not exact


def test_grey_of_16_bits_and_what_is_transparent_are_read_as_they_look(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    for i in range(4):
        Image.fromarray(np.full((9, 9), 32768, np.uint16)).save(tmp_path / "a" / f"{i}.png")
        Image.new("RGBA", (9, 9), (0, 0, 0, 0)).save(tmp_path / "b" / f"{i}.png")
    data = load_dataset("image_folder", folder=tmp_path, size=8)
    column = data.recipe.columns[0]
    raw = data.train.x * column.std + column.mean  # type: ignore[union-attr]
    np.testing.assert_allclose(raw[data.train.y == 0], 128, atol=0.01)
    np.testing.assert_allclose(raw[data.train.y == 1], 255, atol=0.01)


def test_other_files_and_empty_sub_folders_are_left_out_and_told(tmp_path: Path) -> None:
    write_images(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "dark" / "notes.txt").write_text("no image")
    data = load_dataset("image_folder", folder=tmp_path, size=8)
    assert data.class_names == ("bright", "dark")
    assert "the sub-folder 'empty' has no PNG or JPEG image and is left out" in data.notes
    assert "1 files in 'dark' are no PNG or JPEG images and are left out" in data.notes


def test_a_folder_without_classes_or_with_a_damaged_image_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"at least two sub-folders with PNG or JPEG images.*it has 0"):
        load_dataset("image_folder", folder=tmp_path)
    write_images(tmp_path)
    (tmp_path / "dark" / "3.png").write_bytes(b"\x89PNG but not really")
    with pytest.raises(DataError, match=r"The image .*3.png cannot be read"):
        load_dataset("image_folder", folder=tmp_path)
    whole = (tmp_path / "dark" / "2.png").read_bytes()
    (tmp_path / "dark" / "3.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"The image .*3.png cannot be read"):
        load_dataset("image_folder", folder=tmp_path)


def test_too_many_pixels_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_images(tmp_path)
    monkeypatch.setattr("datasets.images.MOST_NUMBERS", 1000)
    with pytest.raises(DataError, match="12 images of 32 × 32 pixels are too many"):
        load_dataset("image_folder", folder=tmp_path)


def test_a_table_of_pixels_becomes_images() -> None:
    frame = pd.DataFrame(GENERATOR.random((30, 4)), columns=pd.Index(["p1", "p2", "p3", "p4"]))
    frame["p1"] = 0.0  # a corner that is always dark stays
    frame["digit"] = np.arange(30) % 3
    data = prepare(frame, target="digit", input_shape=(2, 2, 1))
    assert (data.shape, data.feature_names) == ((2, 2, 1), ("p1", "p2", "p3", "p4"))
    assert data.digest != prepare(frame, target="digit", features=["p1", "p2", "p3", "p4"]).digest
    with pytest.raises(DataError, match="Rows of shape 3 × 3 × 1 need 9 features, but these columns make 4"):
        prepare(frame, target="digit", input_shape=(3, 3, 1))
