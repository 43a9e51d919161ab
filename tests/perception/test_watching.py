"""A video read frame by frame: ids, searches, replays, threads; drawn with the astronaut."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mien.errors import DataError, PictureError, SettingsError, VideoError
from mien.perception.candidate import overlap
from mien.perception.cuts import CutDetector
from mien.perception.reader import Reader
from mien.perception.reading import Reading
from mien.perception.watching import Watch
from mien.video import VideoFrame

Image = NDArray[np.uint8]
Scene = Callable[..., Image]


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(threads=1)


@pytest.fixture(scope="module")
def scene(astronaut: Image) -> Scene:
    """Draw 320x240 with a head of 90x100, face about 45x52, at each of the places."""
    head = cv2.resize(astronaut[30:230, 130:310], (90, 100), interpolation=cv2.INTER_AREA)
    spots = np.random.default_rng(0).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    wall = cv2.resize(spots, (320, 240), interpolation=cv2.INTER_CUBIC)

    def draw(*places: tuple[int, int]) -> Image:
        image = np.array(wall, np.uint8)
        for x, y in places:
            image[y : y + 100, x : x + 90] = head
        return image

    return draw


@pytest.fixture(scope="module")
def moving(scene: Scene) -> list[VideoFrame]:
    """24 frames in which a face moves to the right by 3 pixels each; a second comes at frame 7."""
    images = [
        scene((10 + 3 * number, 60), *([(210, 110)] if number >= 7 else []))
        for number in range(24)
    ]
    return [VideoFrame(number, number / 24, image) for number, image in enumerate(images)]


def test_a_moving_face_keeps_its_id_and_place(reader: Reader, moving: list[VideoFrame]) -> None:
    watch = Watch(reader)
    full = 0
    for frame in moving:
        picture = watch.read(frame.image, frame.time)
        assert (picture.frame, picture.time) == (frame.index, frame.time)
        assert [face.face_id for face in picture] in ([0], [0, 1])
        searched = {one.box[0] > 180: one for one in reader.find(frame.image)}
        assert overlap(picture[0].box, searched[False].box) > 0.7
        assert watch.last_reading is not None
        full += watch.last_reading.full
    assert full == 5  # frames 0, 5, 10, 15, 20
    assert len(picture) == 2


def test_a_new_face_is_noticed_within_a_quarter_of_a_second(
    reader: Reader, scene: Scene
) -> None:
    for rate in (5, 8, 12, 24, 60):
        watch = Watch(reader)
        seen = None
        for number in range(rate):
            time = number / rate
            picture = watch.read(scene((120, 70)) if time >= 0.35 else scene(), time)
            if picture and seen is None:
                seen = time
        first = next(number / rate for number in range(rate) if number / rate >= 0.35)
        assert seen is not None
        assert seen - first <= 0.25


def test_a_face_that_is_lost_has_the_whole_frame_searched(reader: Reader, scene: Scene) -> None:
    """The face jumps by more than its surroundings between two searches."""
    watch = Watch(reader, remember=0.0)
    for number, place in enumerate([(10, 20), (10, 20), (220, 130)]):
        picture = watch.read(scene(place), number / 24)
    assert watch.last_reading is not None
    assert watch.last_reading.full
    assert picture[0].box[0] > 200


def test_a_cut_ends_tracks_and_smoothing(
    reader: Reader, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CutDetector, "is_cut", lambda _, image: bool(image[0, 0, 0] == 0))
    watch = Watch(reader, smooth=1.0)
    before = [watch.read(scene((118 + number, 60)), number / 24) for number in range(3)]
    image = scene((121, 60))
    image[0, 0] = 0
    after = watch.read(image, 3 / 24)
    assert watch.last_reading is not None
    assert watch.last_reading.cut
    assert watch.last_reading.full
    assert [picture[0].face_id for picture in [*before, after]] == [0, 0, 0, 1]
    np.testing.assert_array_equal(after[0].probabilities, after[0].raw_probabilities)
    assert (before[2][0].probabilities != before[2][0].raw_probabilities).any()


def test_frames_without_a_face_are_read_too(reader: Reader, scene: Scene) -> None:
    watch = Watch(reader)
    pictures = [
        watch.read(scene((100, 70)) if number not in range(8, 16) else scene(), number / 24)
        for number in range(24)
    ]
    assert [len(picture) for picture in pictures] == [1] * 8 + [0] * 12 + [1] * 4
    assert pictures[-1][0].face_id == 0  # away for half a second, noticed in frame 20


def test_the_label_of_smoothed_probabilities_is_sure_by_its_own_confidence(
    scene: Scene,
) -> None:
    reader = Reader(min_confidence=0.99, threads=1)
    face = Watch(reader).read(scene((100, 70)), 0.0)[0]
    assert face.shown is not None
    assert face.confidence == face.probabilities[face.shown]
    assert face.sure == (face.confidence >= 0.99)


def read_in_turn(reader: Reader, moving: list[VideoFrame]) -> tuple[list[object], list[Reading]]:
    watch, pictures, readings = Watch(reader), list[object](), list[Reading]()
    for frame in moving:
        pictures.append(watch.read(frame.image, frame.time).faces)
        assert watch.last_reading is not None
        readings.append(watch.last_reading)
    return pictures, readings


def test_threads_change_nothing(reader: Reader, moving: list[VideoFrame]) -> None:
    expected, readings = read_in_turn(reader, moving)
    for _ in range(2):
        watch = Watch(reader)
        pictures = []
        for picture, reading in zip(watch.read_all(moving), readings, strict=True):
            assert watch.last_reading == reading
            pictures.append(picture.faces)
        assert pictures == expected


def test_a_reading_stored_as_json_gives_the_same_faces_to_the_last_bit(
    reader: Reader, moving: list[VideoFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the stored readings, the rest is read as if there had been no break."""
    expected, readings = read_in_turn(reader, moving)
    stored = [
        Reading.from_dict(json.loads(json.dumps(one.to_dict())), 7) for one in readings[:13]
    ]
    assert stored == readings[:13]
    pictures = [picture.faces for picture in Watch(reader).read_all(moving, readings=stored)]
    assert pictures == expected
    watch = Watch(reader)
    monkeypatch.setattr(reader, "find", None)  # neither searched nor classified
    monkeypatch.setattr(reader, "classify", None)
    for frame, faces, reading in zip(moving, expected, stored, strict=False):
        assert watch.read(frame.image, frame.time, reading=reading).faces == faces


def test_the_reading_of_another_frame_is_refused(
    reader: Reader, moving: list[VideoFrame]
) -> None:
    _, readings = read_in_turn(reader, moving[:3])
    with pytest.raises(DataError, match="Expected the reading of frame 0 at 0 s, got that of fra"):
        list(Watch(reader).read_all(moving, readings=readings[1:]))
    with pytest.raises(DataError, match="Expected the reading of a frame"):
        Reading.from_dict({"frame": 1}, 7)


def test_closing_stops_the_threads_and_the_source(reader: Reader, scene: Scene) -> None:
    taken, closed = [], []

    def endless() -> Iterator[VideoFrame]:
        try:
            number = 0
            while True:
                taken.append(number)
                yield VideoFrame(number, number / 24, scene((100, 70)))
                number += 1
        finally:
            closed.append(True)

    before = set(threading.enumerate())
    pictures = Watch(reader).read_all(endless())
    for _ in range(5):
        next(pictures)
    started = set(threading.enumerate()) - before
    assert len(started) >= 3
    assert len(taken) < 5 + 16 + 3 + 5  # read a bounded number of frames ahead
    pictures.close()
    assert closed == [True]
    for thread in started:
        thread.join(60)
    assert [thread.name for thread in started if thread.is_alive()] == []


def test_good_frames_come_before_the_error_of_the_source(
    reader: Reader, moving: list[VideoFrame]
) -> None:
    def broken() -> Iterator[VideoFrame]:
        yield from moving[:6]
        raise VideoError("The camera is gone.")

    pictures = Watch(reader).read_all(broken())
    assert [next(pictures).frame for _ in range(6)] == list(range(6))
    with pytest.raises(VideoError, match="The camera is gone"):
        next(pictures)


def test_what_is_not_a_frame_is_a_sentence(reader: Reader) -> None:
    gray = VideoFrame(0, 0.0, np.zeros((48, 48), np.uint8))
    with pytest.raises(PictureError, match=r"Expected an RGB picture, .*got uint8 \[48, 48\]"):
        list(Watch(reader).read_all([gray]))
    with pytest.raises(SettingsError, match="Expected the time of a frame in seconds, got nan"):
        Watch(reader).read(np.zeros((48, 48, 3), np.uint8), float("nan"))
    with pytest.raises(SettingsError, match="Expected to search every 1 to 5 frames, got 6"):
        Watch(reader, detect_every=6)


def test_the_stages_of_the_pipeline_are_timed(reader: Reader, moving: list[VideoFrame]) -> None:
    watch = Watch(reader)
    list(watch.read_all(moving))
    shares = watch.stages.shares()
    assert set(shares) == {"decode", "plan", "search", "follow", "classify", "wait", "track"}
    assert all(share > 0 for share in shares.values())
