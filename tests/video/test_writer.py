from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from mien.errors import OutputError
from mien.video import VideoReader, VideoWriter

Image = NDArray[np.uint8]

EVEN = [number / 25 for number in range(20)]


def write(path: Path, images: list[Image], times: list[float], **settings: Any) -> VideoWriter:
    height, width = images[0].shape[:2]
    with VideoWriter(path, width=width, height=height, **settings) as writer:
        for image, time in zip(images, times, strict=True):
            writer.add(image, time)
    return writer


@pytest.fixture
def images(draw: Callable[[int], Image]) -> list[Image]:
    return [draw(number) for number in range(20)]


def test_frames_are_read_back_at_their_times(
    images: list[Image], tmp_path: Path, number_in: Callable[[Image], int]
) -> None:
    random = np.random.default_rng(1)
    times = (7.5 + np.cumsum(random.choice([0.004, 0.04, 0.9], 20))).tolist()
    path = tmp_path / "out.mp4"
    writer = write(path, images, times)
    with VideoReader(path) as reader:
        frames = list(reader)
    assert (reader.problem, writer.problem) == (None, None)
    assert [number_in(frame.image) for frame in frames] == [*range(20)]
    np.testing.assert_allclose(
        [frame.time for frame in frames], np.array(times) - times[0], atol=1e-5
    )


def test_a_part_of_a_clip_begins_at_its_start(images: list[Image], tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    write(path, images[:3], [5.25, 5.5, 6.0], start=5.0, end=7.0)
    with VideoReader(path) as reader:
        assert [frame.time for frame in reader] == pytest.approx([0.25, 0.5, 1.0], abs=1e-4)


def test_the_last_frame_is_shown_as_long_as_the_one_before(
    images: list[Image], tmp_path: Path
) -> None:
    write(tmp_path / "out.mp4", images[:4], [0, 0.1, 0.5, 0.9])
    with av.open(str(tmp_path / "out.mp4")) as container:
        (stream,) = container.streams.video
        assert stream.duration is not None
        assert stream.time_base is not None
        assert float(stream.duration * stream.time_base) == pytest.approx(1.3, abs=1e-4)


def test_times_that_do_not_go_on_are_put_after_the_last(
    images: list[Image], tmp_path: Path
) -> None:
    path = tmp_path / "out.mp4"
    write(path, images[:5], [0.0, 0.1, 0.05, 0.1, 0.2])
    with VideoReader(path) as reader:
        times = [frame.time for frame in reader]
    assert times == pytest.approx([0, 0.1, 0.1, 0.1, 0.2], abs=1e-4)
    assert times == sorted(set(times))


def test_the_clip_is_h264_that_players_play(images: list[Image], tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    write(path, images, EVEN, comment="mien annotated copy of abc")
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
        assert (stream.codec_context.level, stream.codec_context.has_b_frames) == (10, False)
        assert container.metadata["comment"] == "mien annotated copy of abc"
        assert stream.frames == 20
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize("size", [(63, 48), (64, 47), (33, 31), (2, 2), (1, 1)])
def test_odd_sizes_are_extended(size: tuple[int, int], tmp_path: Path) -> None:
    width, height = size
    image = np.full((height, width, 3), 30, np.uint8)
    image[:, width // 2 :] = 220
    path = tmp_path / "out.mp4"
    write(path, [image, image], [0, 0.04])
    with VideoReader(path) as reader:
        frame = next(iter(reader))
    even = (height + height % 2, width + width % 2, 3)
    assert frame.image.shape == even
    assert abs(int(frame.image[-1, -1, 1]) - int(image[-1, -1, 1])) < 12


@pytest.mark.parametrize("size", [(160, 96), (1280, 720)])
def test_colours_survive(size: tuple[int, int], tmp_path: Path) -> None:
    colours = [(255, 0, 0), (0, 200, 0), (20, 20, 230), (224, 172, 105), (250, 250, 250)]
    image = np.zeros((size[1], size[0], 3), np.uint8)
    step = size[0] // len(colours)
    for number, colour in enumerate(colours):
        image[:, number * step : (number + 1) * step] = colour
    path = tmp_path / "out.mp4"
    write(path, [image], [0.0])
    with VideoReader(path) as reader:
        back = next(iter(reader)).image
    got = back[size[1] // 2, step // 2 : step * len(colours) : step]
    np.testing.assert_allclose(got.astype(int), colours, atol=6)


RATE = 48000
BEEP = 1.0
"""When a frame is white and a tone begins."""


def beeping(codec: str, form: str) -> Callable[[Any], Callable[[float | None], None]]:
    """Return what adds sound to a clip: silence, and a tone from a time on."""

    def begin(container: Any) -> Callable[[float | None], None]:
        stream = container.add_stream(codec, rate=RATE, layout="mono")
        done = 0

        def add(time: float | None) -> None:
            nonlocal done
            number = 1920
            if time is not None:
                moments = (done + np.arange(number)) / RATE
                tone = np.where(moments >= BEEP, np.sin(moments * 880 * np.pi), 0) * 0.8
                frame = av.AudioFrame.from_ndarray(tone[None].astype(np.float32), "fltp", "mono")
                frame.sample_rate, frame.pts = RATE, done
                frame.time_base = Fraction(1, RATE)
                frame = av.AudioResampler(form, "mono", RATE).resample(frame)[0]
                container.mux(stream.encode(frame))
                done += number
            else:
                container.mux(stream.encode(None))

        return add

    return begin


def beginning_of_sound(path: Path) -> float:
    """Return when the sound of a clip becomes loud, in seconds."""
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            values = np.abs(frame.to_ndarray()).max(axis=0)
            if values.dtype != np.float32:
                values = values / np.iinfo(values.dtype).max
            loud = np.flatnonzero(values > 0.2)
            if len(loud):
                assert frame.time is not None
                return float(frame.time + loud[0] / frame.sample_rate)
    raise AssertionError("no sound")


# file, codec of its sound, format of its samples, codec of the sound in what is written
SOUNDS = [
    ("clip.mp4", "aac", "fltp", "aac"),
    ("clip.mts", "aac", "fltp", "aac"),
    ("clip.mkv", "flac", "s16", "flac"),
    ("clip.webm", "libopus", "flt", "opus"),
    ("clip.avi", "pcm_s16le", "s16", "aac"),
    ("clip.mov", "pcm_s16le", "s16", "aac"),
]


@pytest.mark.parametrize("part", [(None, None), (0.5, 1.6)])
@pytest.mark.parametrize("case", SOUNDS, ids=lambda case: f"{case[0]}-{case[1]}")
def test_sound_is_kept_in_time_with_the_picture(
    case: tuple[str, str, str, str],
    part: tuple[float | None, float | None],
    tmp_path: Path,
    write_clip: Callable[..., Path],
) -> None:
    name, codec, form, expected = case
    source = write_clip(
        tmp_path / name,
        [number / 25 for number in range(50)],
        codec="libvpx" if name.endswith("webm") else "libx264",
        options={"bf": "0"} if not name.endswith("webm") else {"deadline": "realtime"},
        time_base=Fraction(1, 25),
        sound=beeping(codec, form),
        draw_frame=lambda number: np.full((48, 64, 3), 20 + 200 * (number >= 25), np.uint8),
    )
    path = tmp_path / "out.mp4"
    start, end = part
    with VideoReader(source, start=start, end=end) as reader:
        assert reader.has_sound
        with VideoWriter(
            path, width=64, height=48, sound=source, start=start, end=end
        ) as writer:
            for frame in reader:
                writer.add(frame.image, frame.time)
    assert writer.problem is None
    with VideoReader(path) as reader:
        frames = list(reader)
    flash = next(frame.time for frame in frames if frame.image.mean() > 128)
    assert beginning_of_sound(path) == pytest.approx(flash, abs=0.025)
    assert flash == pytest.approx(BEEP - (start or 0), abs=0.05)
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        assert stream.codec_context.name == expected
        assert stream.duration is not None and stream.time_base is not None
        length = frames[-1].time - frames[0].time + 0.04
        assert float(stream.duration * stream.time_base) == pytest.approx(length, abs=0.06)


def test_a_clip_without_sound_gives_none(
    images: list[Image], clip: Path, tmp_path: Path
) -> None:
    path = tmp_path / "out.mp4"
    writer = write(path, images, EVEN, sound=clip)
    assert writer.problem is None
    with VideoReader(path) as reader:
        assert not reader.has_sound


def test_sound_that_cannot_be_read_is_named(images: list[Image], tmp_path: Path) -> None:
    source = tmp_path / "text.mp4"
    source.write_text("no sound")
    writer = write(tmp_path / "out.mp4", images, EVEN, sound=source)
    assert writer.problem is not None
    assert "text.mp4 is not a video" in str(writer.problem)
    assert (tmp_path / "out.mp4").exists()


def test_damaged_sound_leaves_the_picture(
    tmp_path: Path, images: list[Image], write_clip: Callable[..., Path]
) -> None:
    source = write_clip(tmp_path / "clip.mp4", EVEN, sound=beeping("aac", "fltp"))
    data = bytearray(source.read_bytes())
    for place in range(data.index(b"mdat") + 40, len(data) - 3000, 7):
        data[place] ^= 0xFF
    source.write_bytes(data)
    path = tmp_path / "out.mp4"
    write(path, images, EVEN, sound=source)
    with VideoReader(path) as reader:
        assert len(list(reader)) == 20


def test_nothing_appears_before_the_clip_is_complete(
    images: list[Image], tmp_path: Path
) -> None:
    path = tmp_path / "out.mp4"
    with VideoWriter(path, width=64, height=48) as writer:
        writer.add(images[0], 0.0)
        assert not path.exists()
    assert [*tmp_path.iterdir()] == [path]


def test_an_exception_leaves_nothing_new(images: list[Image], tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    path.write_bytes(b"earlier")
    with pytest.raises(KeyError):
        with VideoWriter(path, width=64, height=48) as writer:
            writer.add(images[0], 0.0)
            raise KeyError
    writer = VideoWriter(path, width=64, height=48)
    writer.add(images[0], 0.0)
    writer.discard()
    assert [*tmp_path.iterdir()] == [path]
    assert path.read_bytes() == b"earlier"


def test_a_clip_without_a_frame_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"Cannot write .*out\.mp4: no frame was added"):
        with VideoWriter(tmp_path / "out.mp4", width=64, height=48):
            pass
    assert not [*tmp_path.iterdir()]


def test_a_closed_clip_takes_no_frames(images: list[Image], tmp_path: Path) -> None:
    writer = write(tmp_path / "out.mp4", images, EVEN, setting="out")
    writer.close()
    with pytest.raises(OutputError, match="it was closed") as caught:
        writer.add(images[0], 5.0)
    assert caught.value.setting == "out"
    assert (tmp_path / "out.mp4").exists()


def test_frames_of_another_size_are_refused(images: list[Image], tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "out.mp4", width=64, height=48) as writer:
        writer.add(images[0], 0.0)
        with pytest.raises(OutputError, match=r"Expected frames of 64 x 48 pixels .*\(40, 64, 3"):
            writer.add(images[0][:40], 0.1)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="No such file or directory"):
        VideoWriter(tmp_path / "nowhere" / "out.mp4", width=64, height=48)


FILLS_THE_DISK = """
import resource, signal, sys
import numpy as np
from mien.errors import OutputError
from mien.video import VideoWriter
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
random = np.random.default_rng(0)
try:
    with VideoWriter(sys.argv[1], width=160, height=120) as writer:
        for number in range(200):
            writer.add(random.integers(0, 256, (120, 160, 3), np.uint8), number / 25)
except OutputError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits on the size of files")
def test_a_full_disk_is_a_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    done = subprocess.run(
        [sys.executable, "-c", FILLS_THE_DISK, str(path)], capture_output=True, text=True
    )
    assert done.stdout.startswith(f"Cannot write {path}: File too large. Choose a place")
    assert (done.stderr, done.returncode) == ("", 0)
    assert not [*tmp_path.iterdir()]


KILLED = """
import os, signal, sys
import numpy as np
from mien.video import VideoWriter
with VideoWriter(sys.argv[1], width=64, height=48) as writer:
    for number in range(100):
        writer.add(np.zeros((48, 64, 3), np.uint8), number / 25)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_killed_process_leaves_the_earlier_clip(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    path.write_bytes(b"earlier")
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], capture_output=True)
    assert done.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"earlier"


MEASURES = """
import sys
import numpy as np
from mien.video import VideoReader, VideoWriter
def peak():  # not resource's, which has the process in it that started this one
    return int(next(line for line in open("/proc/self/status") if "VmHWM" in line).split()[1])
random = np.random.default_rng(0)
base = random.integers(0, 256, (270, 480, 3), np.uint8).repeat(4, 0).repeat(4, 1)
before = peak()
with VideoWriter(sys.argv[1], width=1920, height=1080) as writer:
    for number in range(int(sys.argv[2])):
        writer.add(np.roll(base, number * 3, axis=1), number / 25)
with VideoReader(sys.argv[1]) as reader:
    for frame in reader:
        pass
print((peak() - before) / 1024)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's measure of memory")
def test_memory_is_bounded_at_1080p(tmp_path: Path) -> None:
    peaks = [
        float(
            subprocess.run(
                [sys.executable, "-c", MEASURES, str(tmp_path / "out.mp4"), number],
                capture_output=True,
                text=True,
                check=True,
            ).stdout
        )
        for number in ("60", "240")
    ]
    assert max(peaks) < 220
    assert peaks[1] < peaks[0] * 1.1
