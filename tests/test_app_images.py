"""Images on the page Data: uploaded, or by the path of a folder where the person sits at the computer that is read."""

from __future__ import annotations

from pathlib import Path

import pytest
from app_pages import opened
from streamlit.testing.v1 import AppTest
from test_app_data import away_and_back, texts
from test_images import write_mnist
from test_unpacking import PETS, zipped

from pages.components import own_machine

FOLDER = "A folder on this computer"


def images(kind: str) -> AppTest:
    at = opened("data")
    at.segmented_control(key="data/source").set_value("Images").run()
    at.selectbox(key="data/images_kind").set_value(kind).run()
    assert not at.exception
    return at


def test_an_uploaded_zip_file_of_folders_is_prepared_and_stays_through_a_change_of_page() -> None:
    at = images("image_folder")
    content = zipped(**{f"pets/{name}": pixels for name, pixels in PETS.items()})
    at.file_uploader(key="data/image_files").set_value([("pets.zip", content, "application/zip")]).run()
    assert not at.exception
    said = texts(at)
    assert "16 images → 12 train / 2 validation / 2 test, 32 × 32 pixels in grey" in said
    assert "which of 2 classes an image belongs to (cats, dogs)" in said
    away_and_back(at)
    assert "16 images → 12 train" in texts(at)
    at.number_input(key="data/image_folder/size").set_value(8).run()
    assert "8 × 8 pixels in grey" in texts(at)
    at.button(key="data/other_images").click().run()
    assert "images →" not in texts(at)
    at.file_uploader(key="data/image_files").set_value([("cat.png", PETS["cats/1.png"], "image/png")]).run()
    assert "says nothing of its class" in texts(at)


def test_a_folder_is_read_by_its_path_on_ones_own_computer_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_mnist(tmp_path, ".gz")
    at = images("mnist")
    at.segmented_control(key="data/images_way").set_value(FOLDER).run()
    at.text_input(key="data/images_folder").set_value(str(tmp_path)).run()
    assert not at.exception
    assert "60 images → 34 train / 6 validation / 20 test, 4 × 4 pixels in grey" in texts(at)
    at.text_input(key="data/images_folder").set_value(str(tmp_path / "absent")).run()
    assert "There is no folder" in texts(at)
    at.text_input(key="data/images_folder").set_value(str(tmp_path)).run()
    monkeypatch.setenv(own_machine.ENVIRONMENT, "0")  # as where others look at the same server
    at.run()
    assert not at.exception
    assert not at.text_input
    assert "images →" not in texts(at)


@pytest.mark.parametrize(
    ("address", "headers", "environment", "may"),
    [
        ("127.0.0.1", {}, "", True),
        ("localhost", {}, "", True),
        ("::1", {}, "", True),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, "", False),
        ("0.0.0.0", {}, "", False),
        ("", {}, "", False),
        ("example.org", {}, "", False),
        ("0.0.0.0", {}, "1", True),
        ("127.0.0.1", {}, "0", False),
        ("127.0.0.1", {}, "yes", False),
    ],
)
def test_who_may_read_folders(
    address: str, headers: dict[str, str], environment: str, may: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(own_machine.ENVIRONMENT, environment)
    monkeypatch.setattr(own_machine.st, "get_option", lambda name: address)
    monkeypatch.setattr(own_machine, "_headers", lambda: headers)
    assert own_machine.may_read_folders() == may
