from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow

from mien.cores import usable_cores
from mien.errors import MienError, MissingExtraError, VideoError
from mien.video import VideoFrame, VideoReader, VideoWriter
from mien.video.pixels import Converter

Image = NDArray[np.uint8]

TIMES = [number / 25 for number in range(75)]


def read(path: Path, **settings: Any) -> list[VideoFrame]:
    with VideoReader(path, **settings) as reader:
        frames = list(reader)
    assert reader.problem is None
    return frames


# file, codec, pixel format, encoder's options, muxer's options, the error of times in ms
FORMATS = [
    ("clip.mp4", "libx264", "yuv420p", {"bf": "2", "g": "12"}, {}, 0.01),
    ("clip.mp4", "libx264", "yuv420p", {"bf": "0"}, {"movflags": "frag_keyframe"}, 0.01),
    ("clip.mov", "libx264", "yuv420p10le", {"bf": "3", "g": "30"}, {}, 0.01),
    ("clip.m4v", "mpeg4", "yuv420p", {"bf": "2"}, {}, 0.01),
    ("clip.mkv", "libx264", "yuv420p", {"x264-params": "open-gop=1:keyint=12"}, {}, 0.5),
    ("clip.webm", "libvpx", "yuv420p", {"auto-alt-ref": "1", "deadline": "realtime"}, {}, 0.5),
    ("clip.avi", "mpeg4", "yuv420p", {"bf": "0"}, {}, 0.01),
    ("clip.avi", "libx264", "yuv420p", {"bf": "2"}, {}, None),
    ("clip.mts", "libx264", "yuv420p", {"bf": "2", "g": "12"}, {}, None),
    ("clip.mpg", "mpeg2video", "yuv420p", {"bf": "2"}, {}, None),
]


@pytest.fixture(scope="module", params=FORMATS, ids=lambda case: f"{case[0]}-{case[1]}")
def case(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    write_clip: Callable[..., Path],
) -> tuple[Path, float | None]:
    """A clip of 75 frames, 25 a second, and the greatest error of their times in ms."""
    name, codec, form, options, muxing, error = request.param
    path = tmp_path_factory.mktemp("formats") / name
    settings = {"codec": codec, "form": form, "options": options, "muxing": muxing}
    write_clip(path, TIMES, **settings, time_base=Fraction(1, 25))
    return path, error


def test_every_frame_is_read_in_order_at_its_time(
    case: tuple[Path, float | None], number_in: Callable[[Image], int]
) -> None:
    path, error = case
    frames = read(path)
    assert [frame.index for frame in frames] == [*range(75)]
    assert [number_in(frame.image) for frame in frames] == [*range(75)]
    times = np.array([frame.time for frame in frames])
    # Some containers do not begin with 0.
    np.testing.assert_allclose(times - times[0], TIMES, atol=1e-3)
    if error is not None:
        np.testing.assert_allclose(times, TIMES, atol=error / 1000 + 1e-9)


@pytest.mark.parametrize("number", [0, 1, 52, 74])
def test_a_start_keeps_the_numbers_and_pixels_of_frames(
    case: tuple[Path, float | None], number: int
) -> None:
    path, _ = case
    whole = read(path)
    part = read(path, start=whole[number].time)
    assert [(frame.index, frame.time) for frame in part] == [
        (frame.index, frame.time) for frame in whole[number:]
    ]
    for one, other in zip(part, whole[number:], strict=True):
        np.testing.assert_array_equal(one.image, other.image)


def test_a_start_is_reached_without_decoding_all_before_it(
    tmp_path: Path, write_clip: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from mien.video.decoder import Decoder

    options = {"bf": "2", "g": "10", "sc_threshold": "0"}
    path = write_clip(tmp_path / "clip.mp4", TIMES, options=options)
    decoded: list[int] = []
    numbered = Decoder._numbered

    def counted(self: Decoder, frames: Any, index: int) -> Any:
        for item in numbered(self, frames, index):
            decoded.append(item[0])
            yield item

    monkeypatch.setattr(Decoder, "_numbered", counted)
    assert [frame.index for frame in read(path, start=2.5, end=2.6)] == [63, 64]
    # The first frame tells the size.
    assert decoded == [0, *range(60, 66)]


@pytest.mark.parametrize("every", [1, 3])
def test_a_start_at_a_key_frame_chooses_the_frames_that_reading_all_does(
    tmp_path: Path, write_clip: Callable[..., Path], every: int
) -> None:
    # The frames that fps chooses depend on those before, which a seek to 2.4 s would leave out.
    options = {"bf": "2", "g": "10", "sc_threshold": "0"}
    path = write_clip(tmp_path / "clip.mp4", TIMES, options=options)
    choice = {"every": every, "fps": 1.7}
    whole = [frame.index for frame in read(path, **choice)]
    for number in (60, 61, 63):
        part = [frame.index for frame in read(path, start=number / 25, **choice)]
        assert part == [index for index in whole if index >= number]


def test_times_are_those_of_a_variable_rate(
    tmp_path: Path, write_clip: Callable[..., Path], number_in: Callable[[Image], int]
) -> None:
    random = np.random.default_rng(0)
    times = np.cumsum(random.choice([0.01, 0.04, 0.5], 40)).tolist()
    for name, error in [("clip.mp4", 1e-5), ("clip.mkv", 6e-4)]:
        frames = read(write_clip(tmp_path / name, times, options={"bf": "2"}))
        assert [number_in(frame.image) for frame in frames] == [*range(40)]
        np.testing.assert_allclose([frame.time for frame in frames], times, atol=error)


def test_only_frames_that_are_wanted_are_converted(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    converted = []
    convert = Converter.convert

    def counting(self: Converter, frame: Any) -> Image:
        converted.append(frame.pts)
        return convert(self, frame)

    monkeypatch.setattr(Converter, "convert", counting)
    assert [frame.index for frame in read(clip, start=0.2, end=0.6, every=3)] == [6, 9, 12]
    assert len(converted) == 3


def test_the_header_tells_of_the_clip(clip: Path) -> None:
    with VideoReader(clip) as reader:
        assert (reader.width, reader.height, reader.rotation) == (64, 48, 0)
        assert (reader.count, reader.has_sound) == (20, False)
        assert reader.rate == pytest.approx(25, rel=0.01)
        assert reader.duration == pytest.approx(0.8, abs=0.05)


def test_an_animated_gif_is_a_clip(tmp_path: Path, draw: Callable[[int], Image]) -> None:
    pictures = [Pillow.fromarray(draw(number)) for number in (3, 5, 6)]
    path = tmp_path / "moving.gif"
    pictures[0].save(
        path, save_all=True, append_images=pictures[1:], duration=[100, 400, 50]
    )
    frames = read(path)
    assert [frame.time for frame in frames] == pytest.approx([0, 0.1, 0.5])
    for frame, picture in zip(frames, pictures, strict=True):
        np.testing.assert_allclose(frame.image, np.array(picture.convert("RGB")), atol=1)


def open_files() -> list[Path]:
    links = [link for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    return [link.readlink() for link in links]


def count_threads() -> int:
    return len([*Path("/proc/self/task").iterdir()])


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs Linux's /proc")
def test_closing_an_iterator_frees_the_file_and_the_threads(clip: Path) -> None:
    before = count_threads()
    reader = VideoReader(clip)
    frames = iter(reader)
    next(frames)
    assert clip in open_files()
    assert count_threads() > before or usable_cores() == 1
    frames.close()
    assert clip not in open_files()
    assert count_threads() <= before
    assert reader.count == 20


def test_a_reader_is_read_once(clip: Path) -> None:
    with VideoReader(clip) as reader:
        assert len(list(reader)) == 20
        with pytest.raises(VideoError, match="was closed, or read before. Open it again"):
            list(reader)


def read_on(reader: VideoReader, errors: list[VideoError]) -> None:
    try:
        for _ in reader:
            pass
    except VideoError as error:
        errors.append(error)


def test_a_reader_may_be_closed_while_another_thread_reads(clip: Path) -> None:
    for _ in range(20):
        reader = VideoReader(clip)
        errors: list[VideoError] = []
        thread = threading.Thread(target=read_on, args=(reader, errors))
        thread.start()
        reader.close()
        thread.join()
        assert all("was closed" in str(error) for error in errors)


def test_the_image_of_a_frame_outlives_its_reader(
    clip: Path, number_in: Callable[[Image], int]
) -> None:
    frames = read(clip)
    frames[3].image[:] = 0
    assert [number_in(frame.image) for frame in frames] == [0, 1, 2, 0, *range(4, 20)]


def test_a_clip_over_the_limit_is_refused(clip: Path) -> None:
    with pytest.raises(VideoError, match=r"64 x 48 = 0.0 megapixels a frame, over") as caught:
        VideoReader(clip, max_megapixels=0.003)
    assert caught.value.setting == "max_megapixels"
    assert not Path("/proc/self/fd").exists() or clip not in open_files()


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs Linux's affinity")
def test_decoding_takes_the_processors_that_the_process_may_use(clip: Path) -> None:
    code = (
        "import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])\n"
        "from mien.video import VideoReader\n"
        f"reader = VideoReader({str(clip)!r})\n"
        "print(reader._decoder.stream.codec_context.thread_count)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"


# what a path is, what is said about it
UNREADABLE: list[tuple[str, Callable[[Path], object], str]] = [
    ("missing.mp4", lambda path: None, "there is no such file. Check the path."),
    ("folder.mp4", Path.mkdir, "but it is a folder. Name a file in it."),
    ("empty.mp4", lambda path: path.write_bytes(b""), "is empty: it has 0 bytes."),
    ("text.mp4", lambda path: path.write_text("Dear diary,\n" * 99), "is not a video, or is cut"),
    ("list.mp4", lambda path: path.write_text("#EXTM3U\nhttp://h/a.ts"), "is not a video, or"),
    ("parts.mp4", lambda path: path.write_text("ffconcat version 1.0\nfile a"), "is not a video"),
    ("pipe.mp4", lambda path: os.mkfifo(path), "but it is a pipe or a device. Name a file."),
    ("zeros.mp4", lambda path: path.write_bytes(bytes(5000)), "is not a video, or is cut off"),
    ("n\0.mp4", lambda path: None, "Cannot read"),
]


@pytest.mark.parametrize(("name", "make", "expected"), UNREADABLE)
def test_what_is_not_a_clip_is_named_in_a_sentence(
    name: str, make: Callable[[Path], object], expected: str, tmp_path: Path
) -> None:
    make(tmp_path / name)
    with pytest.raises(VideoError, match=expected) as caught:
        VideoReader(tmp_path / name)
    assert str(tmp_path) in str(caught.value)


def test_a_file_without_permission_is_named(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(VideoError, match=r"Cannot read .*: Permission denied. Check the path"):
        VideoReader(clip)


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    import av

    path = tmp_path / "song.mp4"
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("aac", rate=44100)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.float32), "fltp", "mono")
        frame.sample_rate = 44100
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with pytest.raises(VideoError, match="but there is only sound in it. Name a file with video"):
        VideoReader(path)


def test_a_clip_without_frames_is_named(tmp_path: Path) -> None:
    import av

    path = tmp_path / "none.mp4"
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        container.start_encoding()
    with pytest.raises(MienError, match=r"none\.mp4"):
        VideoReader(path)


def test_a_file_name_with_a_colon_is_a_file_name(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("concat:a|b.mp4").write_bytes(clip.read_bytes())
    assert len(read(Path("concat:a|b.mp4"))) == 20


def test_without_pyav_there_is_a_sentence(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    for use in (
        lambda: VideoReader(clip),
        lambda: VideoWriter(clip.with_name("out.mp4"), width=64, height=48),
    ):
        with pytest.raises(MissingExtraError, match=r"'av', which is not installed.*\[video\]"):
            use()
    assert [*clip.parent.iterdir()] == [clip]


@pytest.mark.data
def test_the_clips_of_the_data_have_all_their_frames(data_folder: Path) -> None:
    for about in json.loads((data_folder / "videos" / "manifest.json").read_text()):
        frames = 0
        with VideoReader(data_folder / "videos" / about["file"]) as reader:
            assert [reader.width, reader.height] == about["size"]
            assert reader.rate == pytest.approx(about["fps"], rel=0.01)
            for frame in reader:
                assert frame.index == frames
                frames += 1
        assert frames == about["frames_decoded"] == reader.count
        assert reader.problem is None
