"""Whole videos through `Reader.watch`: clips, pictures, a camera, neutral faces in a clip."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mien.errors import PictureError, SettingsError, VideoError
from mien.perception.reader import Reader
from mien.perception.watch_video import first_pass
from mien.video import VideoFrame, VideoReader, camera

Image = NDArray[np.uint8]


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(threads=1)


@pytest.fixture(scope="module")
def images(astronaut: Image) -> list[Image]:
    """A head that moves to the left, 20 frames of 320x240."""
    head = cv2.resize(astronaut[30:230, 130:310], (90, 100), interpolation=cv2.INTER_AREA)
    spots = np.random.default_rng(0).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    wall = np.asarray(cv2.resize(spots, (320, 240), interpolation=cv2.INTER_CUBIC), np.uint8)
    pictures = [wall.copy() for _ in range(20)]
    for number, picture in enumerate(pictures):
        picture[70:170, 200 - 4 * number : 290 - 4 * number] = head
    return pictures


@pytest.fixture(scope="module")
def clip(images: list[Image], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as a clip of 20 frames a second."""
    import av

    path = tmp_path_factory.mktemp("clip") / "moving.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=20, options={"qscale:v": "2"})
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for image in images:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, "rgb24")))
        container.mux(stream.encode(None))
    return path


def test_a_clip_is_read_with_its_own_times(reader: Reader, clip: Path) -> None:
    pictures = list(reader.watch(clip))
    assert [picture.frame for picture in pictures] == list(range(20))
    assert [picture.time for picture in pictures] == pytest.approx(np.arange(20) / 20, abs=1e-3)
    assert {picture.source for picture in pictures} == {str(clip)}
    assert [[face.face_id for face in picture] for picture in pictures] == [[0]] * 20
    lefts = [picture[0].box[0] for picture in pictures]
    assert lefts[0] - lefts[-1] == pytest.approx(4 * 19, abs=6)


def test_the_same_clip_gives_the_same_faces_twice(reader: Reader, clip: Path) -> None:
    one, other = (list(reader.watch(str(clip))) for _ in range(2))
    assert [picture.faces for picture in one] == [picture.faces for picture in other]


def test_a_selection_of_frames_keeps_numbers_and_times(reader: Reader, clip: Path) -> None:
    pictures = list(reader.watch(clip, every=3, start=0.3, end=0.8))
    assert [picture.frame for picture in pictures] == [6, 9, 12, 15]
    assert [picture.time for picture in pictures] == pytest.approx([0.3, 0.45, 0.6, 0.75])


def test_pictures_in_turn_are_a_video_too(reader: Reader, images: list[Image]) -> None:
    pictures = list(reader.watch(iter(images[:6]), fps=25, keep_images=True, smooth=0))
    assert [picture.time for picture in pictures] == pytest.approx(np.arange(6) / 25)
    assert all(
        picture.image is image for picture, image in zip(pictures, images, strict=False)
    )
    for picture in pictures:
        np.testing.assert_array_equal(picture[0].probabilities, picture[0].raw_probabilities)


def test_what_is_not_a_video_is_a_sentence(reader: Reader, images: list[Image]) -> None:
    with pytest.raises(SettingsError, match="have no time of their own. Say how many a second"):
        list(reader.watch(images))
    with pytest.raises(PictureError, match=r"Expected an RGB picture, .* got str as frame 1\."):
        list(reader.watch([images[0], "a.jpg"], fps=25))  # type: ignore[list-item]
    with pytest.raises(SettingsError, match="Expected a video: a path, .* got None"):
        list(reader.watch(None))  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="a single picture"):
        list(reader.watch(images[0], fps=25))
    with pytest.raises(VideoError, match="nowhere"):
        list(reader.watch("nowhere.mp4"))


def test_closing_frees_the_file(reader: Reader, clip: Path) -> None:
    pictures = reader.watch(clip)
    next(pictures)
    pictures.close()
    links = list(Path("/proc/self/fd").iterdir())
    assert clip not in [link.readlink() for link in links if link.is_symlink()]


def test_a_truncated_clip_is_an_error_after_its_good_frames(
    reader: Reader, clip: Path, tmp_path: Path
) -> None:
    import av

    path = tmp_path / "broken.mp4"
    options = {"movflags": "faststart"}
    with av.open(str(clip)) as whole, av.open(str(path), "w", options=options) as container:
        stream = container.add_stream_from_template(whole.streams.video[0])
        for packet in whole.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                container.mux(packet)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 9 // 10])
    frames = []

    def read() -> None:
        for picture in reader.watch(path):
            frames.append(picture.frame)

    with pytest.raises(VideoError, match=r"broken\.mp4"):
        read()
    assert frames == list(range(len(frames)))
    assert 10 <= len(frames) < 20


def test_a_camera_is_read_frame_by_frame(
    reader: Reader, images: list[Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Fake:
        """A camera that gives the same picture again and again."""

        def __init__(self, number: int) -> None:
            self.number, self.released = number, False
            opened.append(self)

        def isOpened(self) -> bool:  # noqa: N802
            return self.number == 0

        def read(self) -> tuple[bool, Image]:
            time.sleep(0.002)
            return True, images[0][..., ::-1]

        def release(self) -> None:
            self.released = True

    opened: list[Fake] = []
    monkeypatch.setattr(camera, "_open", Fake)
    pictures = reader.watch("camera:0")
    times = []
    for _ in range(4):
        picture = next(pictures)
        assert (picture.source, len(picture)) == ("camera:0", 1)
        times.append(picture.time)
    pictures.close()
    assert times == sorted(set(times))  # type: ignore[type-var]
    assert all(one.released for one in opened)


CALM = np.array([0.04, 0.02, 0.04, 0.02, 0.2, 0.02, 0.66], np.float32)


@pytest.fixture
def calm(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the network read every face as likely neutral."""
    monkeypatch.setattr(reader, "classify", lambda crops, batch=64: np.tile(CALM, (len(crops), 1)))


def test_a_time_range_of_a_clip_applies_from_its_start(
    reader: Reader, clip: Path, calm: None
) -> None:
    """The ids of both passes are the same, and the clip's readings are used twice."""
    with VideoReader(clip) as frames:
        first = first_pass(reader, frames, (0.25, 0.5))
    assert list(first.neutrals) == [0]
    assert first.doubts == ()
    assert [one.frame for one in first.readings] == list(range(10))
    pictures = list(reader.watch(clip, neutral=(0.25, 0.5)))
    assert [picture[0].neutral for picture in pictures] == [True] * 20
    np.testing.assert_allclose(
        first.neutrals[0].log_probabilities, np.log(CALM), atol=1e-5
    )


def test_auto_has_no_effect_on_a_face_that_is_seldom_neutral(
    reader: Reader, clip: Path, calm: None
) -> None:
    """The clip is a second long: a frame less than the least."""
    pictures = list(reader.watch(clip, neutral="auto"))
    assert [picture[0].neutral for picture in pictures] == [False] * 20
    one, other = pictures[5][0], next(iter(reader.watch(clip)))[0]
    np.testing.assert_array_equal(one.raw_probabilities, other.raw_probabilities)


def test_a_face_that_may_not_be_neutral_is_a_warning(
    reader: Reader, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sad = np.array([0.1, 0.1, 0.1, 0.1, 0.3, 0.1, 0.2], np.float32)
    monkeypatch.setattr(reader, "classify", lambda crops, batch=64: np.tile(sad, (len(crops), 1)))
    pictures = reader.watch(clip, neutral=(0.0, 0.5))
    with pytest.warns(RuntimeWarning, match="Face 0 may not be neutral: it is read as sad 30%"):
        next(pictures)
    pictures.close()


def test_frames_without_a_face_do_not_hinder_learning(
    reader: Reader, images: list[Image], calm: None
) -> None:
    wall = np.array(images[0])
    wall[70:170, 200:290] = wall[70:170, 100:190]
    frames = [
        VideoFrame(number, number / 20, wall if number < 5 else image)
        for number, image in enumerate(images)
    ]
    first = first_pass(reader, frames, (0.0, 0.9))
    assert list(first.neutrals) == [0]
    assert [len(one.detections) for one in first.readings] == [0] * 8 + [1] * 10


def test_pictures_are_read_against_a_range_only_after_it(
    reader: Reader, images: list[Image], calm: None
) -> None:
    pictures = list(reader.watch(images, fps=20, neutral=(0.0, 0.5)))
    assert [picture[0].neutral for picture in pictures] == [False] * 10 + [True] * 10


def test_a_range_without_a_face_is_refused_before_the_first_frame(
    reader: Reader, clip: Path
) -> None:
    with pytest.raises(PictureError, match="from 5 to 6 s: there is no face"):
        next(reader.watch(clip, neutral=(5.0, 6.0)))


def test_ctrl_c_leaves_at_once(clip: Path) -> None:
    """While a source gives nothing more, Ctrl-C ends the process within the source's patience."""
    code = f"""
import itertools, os, signal, threading, time
import mien
from mien.perception.watching import Watch
from mien.video import VideoReader
def frames():
    with VideoReader({str(clip)!r}) as reader:
        yield from itertools.islice(reader, 3)
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
    time.sleep(600)
try:
    for picture in Watch(mien.Reader(threads=1)).read_all(frames()):
        pass
except KeyboardInterrupt:
    print("left")
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120
    )
    assert (done.stdout, done.returncode) == ("left\n", 0), done.stderr
