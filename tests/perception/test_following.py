"""Following faces from frame to frame: upright and turned, small and large, moved and gone."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mien.perception.candidate import overlap
from mien.perception.detector import Detection
from mien.perception.following import Follower, search
from mien.perception.reader import Reader
from mien.perception.schedule import Plan

Image = NDArray[np.uint8]

NEXT = Plan(1 / 30, cut=False, full=False)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(threads=1)


def never() -> list[Detection]:
    raise AssertionError("the whole frame was searched")


def moved(image: Image, across: int, down: int) -> Image:
    return np.asarray(np.roll(image, (down, across), axis=(0, 1)))


def follower_at(reader: Reader, image: Image) -> tuple[Follower, list[Detection]]:
    """Return a follower that has just searched a picture, and its faces."""
    follower, faces = Follower(10), reader.find(image)
    follower.resume(faces)
    return follower, faces


@pytest.mark.parametrize(("size", "quarters"), [(160, 0), (512, 0), (512, 1), (512, 2), (1400, 0)])
def test_a_face_that_moves_is_followed(
    reader: Reader, astronaut: Image, size: int, quarters: int
) -> None:
    """By a tenth of its size, and at every size: 32 to 290 pixels."""
    sized = cv2.resize(astronaut, (size, size), interpolation=cv2.INTER_AREA)
    image = np.array(np.rot90(sized, quarters), np.uint8)
    follower, before = follower_at(reader, image)
    step = round(before[0].box[2] / 10)
    shifted = moved(image, step, -step)
    faces, full = follower.find(shifted, NEXT, never)
    assert not full
    searched = max(reader.find(shifted), key=lambda one: one.score)
    assert overlap(faces[0].box, searched.box) > 0.8
    assert abs(faces[0].angle - searched.angle) < 25
    side = np.sqrt(searched.box[2] * searched.box[3])
    np.testing.assert_allclose(faces[0].landmarks, searched.landmarks, atol=0.12 * side)


def test_two_faces_are_followed_and_stay_two(reader: Reader, pair: Image) -> None:
    follower, before = follower_at(reader, pair)
    assert len(before) == 2
    for number in range(1, 5):
        faces, full = follower.find(moved(pair, 4 * number, 0), NEXT, never)
        assert (len(faces), full) == (2, False)
    lefts = sorted(face.box[0] for face in faces)
    assert lefts == pytest.approx(sorted(face.box[0] + 16 for face in before), abs=8)


def test_a_face_that_is_gone_has_the_frame_searched_once(
    reader: Reader, astronaut: Image
) -> None:
    follower, _ = follower_at(reader, astronaut)
    empty = np.full_like(astronaut, 90)
    calls = []

    def searched() -> list[Detection]:
        calls.append(True)
        return []

    assert follower.find(empty, NEXT, searched) == ((), True)
    assert follower.find(empty, NEXT, searched) == ((), False)
    assert len(calls) == 1


def test_a_face_that_a_search_misses_is_kept_while_it_is_seen(
    reader: Reader, astronaut: Image
) -> None:
    follower, before = follower_at(reader, astronaut)
    plan = Plan(1 / 30, cut=False, full=True)
    faces, full = follower.find(astronaut, plan, list)
    assert full
    assert overlap(faces[0].box, before[0].box) > 0.7
    assert follower.find(astronaut, Plan(2 / 30, cut=True, full=True), list) == ((), True)


def test_long_frames_are_shrunk_for_their_search(reader: Reader, astronaut: Image) -> None:
    large = np.full((1100, 2200, 3), 60, np.uint8)
    large[300:812, 1500:2012] = astronaut
    faces = search(reader, large, 10)
    expected = max(reader.find(large), key=lambda one: one.score)
    assert overlap(faces[0].box, expected.box) > 0.8
    np.testing.assert_allclose(faces[0].landmarks, expected.landmarks, atol=8)
    assert search(reader, large, 300) == []


@pytest.mark.parametrize(
    ("x", "size", "kept"),
    # Near where a face was lost; too far; a part of one.
    [(300.0, 1.0, True), (430.0, 1.0, False), (200.0, 0.6, False)],
)
def test_something_faint_near_a_lost_face_is_kept(
    reader: Reader, astronaut: Image, x: float, size: float, kept: bool
) -> None:
    follower, (before,) = follower_at(reader, astronaut)
    empty = np.full_like(astronaut, 90)
    _, top, width, height = before.box
    faint = Detection((x, top, size * width, size * height), before.landmarks, 0.4)
    faces, _ = follower.find(empty, NEXT, lambda: [faint])
    assert faces == ((faint,) if kept else ())


def test_something_faint_is_no_face_where_none_was_lost(reader: Reader, astronaut: Image) -> None:
    follower, (before,) = follower_at(reader, astronaut)
    faint = Detection((300.0, *before.box[1:]), before.landmarks, 0.4)
    faces, _ = follower.find(astronaut, Plan(1 / 30, cut=False, full=True), lambda: [faint])
    assert [one.score > 0.7 for one in faces] == [True]
