"""Shapeset-3×2: its images are drawn as Glorot & Bengio (2010) and their released generator say, and are repeatable."""

from __future__ import annotations

import itertools
import math
from functools import cache

import numpy as np
import pytest

from datasets import load_dataset
from datasets.polygons import covered, spans
from datasets.shapeset import BLOCK, CLASSES, MOST_REJECTIONS, N_VERTICES, Scenes, batches, scenes, shapeset

N_BLOCKS = 20
N = N_BLOCKS * BLOCK  # 10 000 images
SIGMAS = 4  # a right generator misses a tolerance of so many standard errors in 1 of 16 000 seeds


@cache
def drawn() -> tuple[Scenes, ...]:
    return tuple(scenes(7, block) for block in range(N_BLOCKS))


@cache
def images() -> tuple[np.ndarray, np.ndarray]:
    return shapeset(N, seed=7)


def together(name: str) -> np.ndarray:
    return np.concatenate([getattr(part, name) for part in drawn()])


def pairs() -> np.ndarray:
    return together("n_objects") == 2


def turn(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The cross product of vectors in the plane."""
    return np.asarray(a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0])


def sides(vertices: np.ndarray) -> np.ndarray:
    return np.asarray(np.roll(vertices, -1, axis=-2) - vertices)


def area(vertices: np.ndarray) -> np.ndarray:
    return np.abs(turn(vertices, np.roll(vertices, -1, axis=-2)).sum(axis=-1)) / 2


def test_classes_are_as_frequent_as_two_throws_of_a_three_sided_die_make_them() -> None:
    shares = np.bincount(images()[1], minlength=9) / N
    # one object (1/2) of 3 shapes: 1/6 each; two objects: like pairs 1/2 · 1/9, unlike ones in either order 1/2 · 2/9
    expected = np.array([1 / 6] * 3 + [1 / 9] * 3 + [1 / 18] * 3)
    assert (np.abs(shares - expected) < SIGMAS * np.sqrt(expected * (1 - expected) / N)).all()
    assert 1 - shares.max() == pytest.approx(5 / 6, abs=SIGMAS * math.sqrt(5 / 36 / N))  # the best constant answer
    # 3/6 · ln 6 + 3/9 · ln 9 + 3/18 · ln 18 = 0.8959 + 0.7324 + 0.4817
    entropy, information = 2.110, -np.log(expected)
    assert expected @ information == pytest.approx(entropy, abs=5e-4)
    error = math.sqrt((expected @ information**2 - entropy**2) / N)
    assert -np.log(expected)[images()[1]].mean() == pytest.approx(entropy, abs=SIGMAS * error)


@pytest.mark.parametrize(
    ("shapes", "name"),
    [
        ((0,), "triangle"), ((1,), "parallelogram"), ((2,), "ellipse"), ((0, 1), "triangle and parallelogram"),
        ((2, 1), "parallelogram and ellipse"), ((2, 0), "triangle and ellipse"), ((0, 0), "two triangles"),
        ((1, 1), "two parallelograms"), ((2, 2), "two ellipses"),
    ],
)  # fmt: skip
def test_the_class_names_what_is_there_in_either_order(shapes: tuple[int, ...], name: str) -> None:
    seen = together("shapes")
    here = np.flatnonzero((together("n_objects") == len(shapes)) & (seen[:, : len(shapes)] == shapes).all(axis=1))
    assert len(here) > 100
    assert {CLASSES[label] for label in images()[1][here]} == {name}


def test_pixels_have_the_mean_and_mean_square_of_the_two_bands_of_grey() -> None:
    # A pixel shows the background or an object; either is light in half of all images, so that the bands alone count.
    bands = [np.arange(0, 115) / 127.5 - 1, np.arange(140, 256) / 127.5 - 1]
    mean, square = (np.mean([np.mean(band**power) for band in bands]) for power in (1, 2))
    x = images()[0].astype(np.float64)
    for power, expected, published in ((1, mean, 0.006), (2, square, 0.375)):
        by_image = (x**power).mean(axis=1)
        error = by_image.std() / math.sqrt(N)  # 0.004 and 0.002
        assert by_image.mean() == pytest.approx(expected, abs=SIGMAS * error)
        assert published == pytest.approx(expected, abs=SIGMAS * error / math.sqrt(2))  # of 20 000 images
    assert x.min() == -1
    assert x.max() == 1


def test_objects_stand_out_from_the_background_dark_on_light_or_light_on_dark() -> None:
    greys, background = together("greys"), together("background")
    is_dark = background <= 114
    assert (is_dark | (background >= 140)).all()
    assert ((greys >= 140) == is_dark[:, None]).all()
    assert ((greys <= 114) == ~is_dark[:, None]).all()
    assert is_dark.mean() == pytest.approx(0.5, abs=SIGMAS * 0.5 / math.sqrt(N))
    assert set(np.unique(greys)) == {*range(115), *range(140, 256)}
    assert abs(np.corrcoef(greys[is_dark].T)[0, 1]) < SIGMAS / math.sqrt(is_dark.sum())  # each has a grey of its own


def test_an_image_shows_its_scene_the_second_object_over_the_first() -> None:
    part = drawn()[0]
    shown = (images()[0][:BLOCK].reshape(-1, 32, 32) + 1) * 127.5
    under, over = part.masks(0), part.masks(1)
    expected = np.where(under, part.greys[:, :1, None], part.background[:, None, None])
    expected = np.where(over, part.greys[:, 1:, None], expected)
    np.testing.assert_allclose(shown, expected, atol=1e-4)
    assert (over.any(axis=(1, 2)) == (part.n_objects == 2)).all()


def test_triangles_parallelograms_and_ellipses_are_what_they_are_called() -> None:
    vertices, shapes = together("vertices")[:, 0], together("shapes")[:, 0]
    for shape, n in enumerate(N_VERTICES):
        corners = vertices[shapes == shape, :n]
        turns = turn(sides(corners), np.roll(sides(corners), -1, axis=1))
        assert (np.sign(turns) == np.sign(turns[:, :1])).all(), "not convex"
        if n == 4:  # opposite sides are parallel and of one length
            np.testing.assert_allclose(sides(corners)[:, :2], -sides(corners)[:, 2:], atol=1e-9)
        if n == 20:  # a squashed circle: its vertices have one distance from the middle in the ellipse's own measure
            off = corners - corners.mean(axis=1, keepdims=True)
            spread = np.linalg.inv(np.swapaxes(off, 1, 2) @ off / n)
            np.testing.assert_allclose(np.einsum("mvi,mij,mvj->mv", off, spread, off), 2, rtol=1e-9)


def test_parallelograms_are_sheared_and_shapes_are_turned_to_any_angle() -> None:
    corners = together("vertices")[together("shapes")[:, 0] == 1, 0, :4]
    first, second = sides(corners)[:, 0], sides(corners)[:, 1]
    cosine = (first * second).sum(axis=1) / np.linalg.norm(first, axis=1) / np.linalg.norm(second, axis=1)
    assert np.mean(np.abs(cosine) > 0.3) > 0.3  # by more than 17 degrees from a rectangle
    angle = np.arctan2(first[:, 1], first[:, 0])
    counts, _ = np.histogram(angle, bins=8, range=(-math.pi, math.pi))
    expected = len(angle) / 8
    # of 254 angles 31 or 32 fall into each eighth: 2.5 % aside from chance
    assert (np.abs(counts - expected) < SIGMAS * math.sqrt(expected) + 0.025 * expected).all()


def test_lengths_lie_between_a_fifth_and_four_fifths_of_the_side() -> None:
    ellipses = together("vertices")[together("shapes")[:, 0] == 2, 0]
    off = ellipses - ellipses.mean(axis=1, keepdims=True)
    axes = np.sqrt(8 * np.linalg.eigvalsh(np.swapaxes(off, 1, 2) @ off / 20))  # variance along a diameter d: d²/8
    assert axes.min() >= 0.2 * 32 - 1e-9
    assert axes.max() <= 0.8 * 32 + 1e-9
    assert axes.min() < 0.21 * 32
    assert axes.max() > 0.79 * 32
    assert area(ellipses).mean() == pytest.approx(math.pi / 4 * 0.25 * 32**2, rel=0.05)  # of two means of a half


@pytest.mark.parametrize("side", [32, 64])
def test_objects_stay_a_pixel_inside(side: int) -> None:
    vertices = scenes(1, 0, side=side).vertices
    assert vertices.min() >= 1 - 1e-9
    assert vertices.max() <= side - 1 + 1e-9
    assert vertices.min() < 1.1
    assert vertices.max() > side - 1.1
    x, _ = shapeset(BLOCK, 1, side=side)
    pictures = x.reshape(BLOCK, side, side)
    frames = [pictures[:, 0], pictures[:, -1], pictures[:, :, 0], pictures[:, :, -1]]
    assert all((frame == pictures[:, :1, 0]).all() for frame in frames)


def common_area(one: np.ndarray, other: np.ndarray) -> float:
    """The area that two convex polygons share: the one is cut along each side of the other in turn."""
    left = one.tolist()
    corners = other.tolist()
    if turn(sides(other)[0], sides(other)[1]) < 0:
        corners.reverse()
    for (x, y), (to_x, to_y) in zip(corners, corners[1:] + corners[:1], strict=True):
        inside = [(to_x - x) * (b - y) - (to_y - y) * (a - x) for a, b in left]
        kept = []
        for k, (a, b) in enumerate(left):
            if inside[k - 1] * inside[k] < 0:
                share = inside[k - 1] / (inside[k - 1] - inside[k])
                kept.append(
                    [left[k - 1][0] + share * (a - left[k - 1][0]), left[k - 1][1] + share * (b - left[k - 1][1])]
                )
            if inside[k] >= 0:
                kept.append([a, b])
        left = kept
    return float(area(np.array(left))) if left else 0.0


def test_the_second_object_hides_a_tenth_of_the_first_and_hardly_ever_more_than_half() -> None:
    hidden = []
    for vertices, shapes in zip(together("vertices")[pairs()], together("shapes")[pairs()], strict=True):
        under, over = (vertices[number, : N_VERTICES[shapes[number]]] for number in (0, 1))
        hidden.append(common_area(under, over) / area(under))
    # of 60 000 pairs: mean 0.102, largest 0.56, 0.06 % beyond a half, since the rule is an estimate; without the rule
    # 24 %. An independently written generator: 0.10, 0.51, 0.03 % of 10 000.
    assert len(hidden) > 4500
    assert np.mean(hidden) == pytest.approx(0.10, abs=0.005 + SIGMAS * np.std(hidden) / math.sqrt(len(hidden)))
    assert np.max(hidden) < 0.6
    assert np.mean(np.array(hidden) > 0.5) < 0.0006 + SIGMAS * math.sqrt(0.0006 / len(hidden))  # 0.002


def test_the_area_that_two_polygons_share() -> None:
    square, shifted = np.array([[0, 0], [2, 0], [2, 2], [0, 2]]), np.array([[1, 1], [1, 4], [4, 4], [4, 1]])
    assert common_area(square, shifted) == common_area(shifted, square) == 1  # from (1, 1) to (2, 2)
    assert common_area(square, square + 5) == 0


def test_a_place_that_hides_too_much_is_drawn_anew_and_no_image_has_to_give_up() -> None:
    rejections = together("rejections")
    assert (rejections[~pairs()] == 0).all()
    assert 0.2 < np.mean(rejections[pairs()] > 0) < 0.6
    assert rejections.max() < MOST_REJECTIONS
    assert pairs().mean() == pytest.approx(0.5, abs=SIGMAS * 0.5 / math.sqrt(N))


def test_where_every_place_hides_too_much_one_object_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datasets.shapeset.MOST_HIDDEN", -1.0)
    part = scenes(7, 0)
    assert (part.n_objects == 1).all()
    assert set(part.labels) == {0, 1, 2}


def test_an_image_depends_on_its_seed_and_number_only() -> None:
    x, y = shapeset(1300, seed=3)
    for start, n in ((0, 1), (499, 2), (500, 500), (123, 1000), (1299, 1)):
        part_x, part_y = shapeset(n, seed=3, start=start)
        np.testing.assert_array_equal(part_x, x[start : start + n])
        np.testing.assert_array_equal(part_y, y[start : start + n])
    assert not np.array_equal(shapeset(1300, seed=4)[0], x)
    assert len(np.unique(x, axis=0)) == 1300
    assert len(shapeset(0, seed=3)[1]) == 0


@pytest.mark.parametrize("size", [10, 700])
def test_batches_go_on_without_end_and_are_the_images_in_their_order(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("datasets.shapeset.PORTION", 600)  # so that some portions are passed
    n_batches = 1400 // size + 1
    found = list(itertools.islice(batches(size, seed=5, start=20), n_batches))
    x, y = shapeset(n_batches * size, seed=5, start=20)
    assert {part[0].shape for part in found} == {(size, 1024)}
    np.testing.assert_array_equal(np.concatenate([part[0] for part in found]), x)
    np.testing.assert_array_equal(np.concatenate([part[1] for part in found]), y)


def test_a_polygon_is_filled_from_edge_to_edge_both_included() -> None:
    # corners in the pixels (1, 1), (5, 1) and (1, 3): the slanting edge passes row 2 at column 3
    triangle = np.array([[[1.5, 1.2], [5.9, 1.0], [1.0, 3.7]]])
    expected = np.zeros((6, 6), bool)
    expected[1, 1:6] = expected[2, 1:4] = expected[3, 1:2] = True
    np.testing.assert_array_equal(covered(spans(triangle, 6), 6)[0], expected)


def test_the_catalog_has_shapes_in_three_parts() -> None:
    data = load_dataset("shapeset", n=400, seed=2)
    assert data.input_shape == (32, 32, 1)
    assert data.class_names == CLASSES
    assert [len(part.y) for part in (data.train, data.validation, data.test)] == [280, 60, 60]
    x, y = shapeset(400, seed=2)
    for part in (data.train, data.validation, data.test):
        assert part.x.dtype == np.float32
        np.testing.assert_array_equal(part.x, x[part.rows])  # from -1 to 1 already: not scaled
        np.testing.assert_array_equal(part.y, y[part.rows])
    assert data.fresh is None
