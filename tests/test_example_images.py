"""The pictures of the page Data: each class in its row, and built-in images that are no table are offered."""

from __future__ import annotations

import numpy as np
import pytest
from app_pages import opened

from datasets import CATALOG, load_dataset
from datasets.endless import Endless
from diagnostics.figures.example_images import PER_CLASS, example_images_figure
from pages.components import frame


def test_each_class_has_a_row_with_its_first_images() -> None:
    y = np.array([1, 0, 1, 1])
    x = np.arange(4.0)[:, None] * np.ones(4) + np.array([0.0, 0.1, 0.2, 0.3])  # 2 × 2 pixels
    figure = example_images_figure(x, y, (2, 2, 1), ("cat", "dog"))
    (trace,) = figure.data
    sheet = np.asarray(trace.z)
    assert sheet.shape == (2 + 1 + 2, 3 * PER_CLASS - 1)  # a gap of one pixel between images
    np.testing.assert_allclose(sheet[:2, :2], [[1.0, 1.1], [1.2, 1.3]], rtol=1e-6)  # the only cat
    assert np.isnan(sheet[:2, 2:]).all()
    np.testing.assert_allclose(sheet[3:, :8:3], [[0, 2, 3], [0.2, 2.2, 3.2]], rtol=1e-6)  # three dogs in their order
    assert np.isnan(sheet[2]).all()
    assert list(figure.layout.yaxis.ticktext) == ["cat", "dog"]
    assert list(figure.layout.yaxis.tickvals) == [0.5, 3.5]
    assert figure.layout.meta["caption"].endswith("To the network black is 0 and white 3.3.")
    assert figure.layout.meta["summary"] == "2 classes of images, 2 × 2 pixels each; 4 of them to train on."


def test_colours_are_averaged_and_further_images_left_out() -> None:
    x = np.tile(np.array([1.0, 2.0, 6.0]), (PER_CLASS + 5, 1))  # one pixel, three channels
    figure = example_images_figure(x, np.zeros(len(x), np.int64), (1, 1, 3), ("a",))
    sheet = np.asarray(figure.data[0].z)
    np.testing.assert_array_equal(sheet[0, ::2], np.full(PER_CLASS, 3.0))


@pytest.mark.parametrize("is_fresh", [False, True])
def test_shapes_are_looked_at_and_handed_over_to_training(is_fresh: bool) -> None:
    at = opened("data")
    at.segmented_control(key="data/source").set_value("Built-in data").run()
    assert {CATALOG["shapeset"].title, CATALOG["digits_28"].title} <= set(at.selectbox(key="data/name").options)
    at.selectbox(key="data/name").set_value("shapeset").run()
    at.number_input(key="data/shapeset/n").set_value(200)
    at.number_input(key="data/shapeset/seed").set_value(3)
    at.toggle(key="data/shapeset/fresh").set_value(is_fresh).run()
    at.slider(key="data/test").set_value(0.3).run()
    assert not at.exception
    # 55, 15 and 30 %, in every class to one row
    assert any("200 images → 111 train / 28 validation / 61 test" in block.value for block in at.markdown)
    assert any("What do the classes look like" in block.value for block in at.markdown)
    at.button(key="data/train").click().run()
    assert not at.exception
    data = frame.store().load_data(at.session_state["prepared_digest"])
    assert data.endless == (Endless("shapeset", 3, 200) if is_fresh else None)
    assert data.input_shape == (32, 32, 1)


def test_digits_of_the_page_are_those_of_the_catalog() -> None:
    at = opened("data")
    at.segmented_control(key="data/source").set_value("Built-in data").run()
    at.selectbox(key="data/name").set_value("digits_28").run()
    assert not at.exception
    assert at.session_state["data/prepared"][1].digest == load_dataset("digits_28").digest
