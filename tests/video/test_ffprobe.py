"""Frames and times beside those of FFmpeg's own tools, on clips that these make."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mien.video import VideoReader

pytestmark = pytest.mark.skipif(
    not (shutil.which("ffprobe") and shutil.which("ffmpeg")), reason="needs ffmpeg and ffprobe"
)

TIMES = [number / 25 for number in range(40)]


def run(*command: str) -> bytes:
    return subprocess.run(command, check=True, capture_output=True).stdout


def ffprobe_times(path: Path) -> list[float]:
    entries = "frame=best_effort_timestamp_time"
    answer = run(
        *("ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", entries),
        *("-of", "json", str(path)),
    )
    frames = json.loads(answer)["frames"]
    return [float(frame.get("best_effort_timestamp_time", "nan")) for frame in frames]


def first_picture(path: Path, width: int, height: int) -> np.ndarray:
    raw = run(
        *("ffmpeg", "-v", "error", "-i", str(path), "-frames:v", "1"),
        *("-f", "rawvideo", "-pix_fmt", "rgb24", "-"),
    )
    return np.frombuffer(raw, np.uint8).reshape(height, width, 3)


ENCODE = ("-c:v", "libx264", "-bf", "2", "-g", "10")

# file, arguments of ffmpeg before and after the input
CASES = [
    ("dropped.mp4", (), ("-vf", "select='not(between(n,10,14))*not(eq(n,30))'", *ENCODE)),
    ("jitter.mkv", (), ("-vf", "setpts='PTS+0.01*random(0)/TB'", *ENCODE)),
    ("later.mkv", ("-itsoffset", "1.5"), ("-c", "copy")),
    ("later.mp4", ("-itsoffset", "1.5"), ("-c", "copy")),
    ("edited.mp4", ("-ss", "0.55"), ("-c", "copy")),
    ("fragments.mp4", (), ("-movflags", "frag_keyframe+empty_moov", *ENCODE)),
    ("camcorder.mts", (), ENCODE),
    ("old.avi", (), ("-c:v", "mpeg4", "-bf", "2")),
    ("old.wmv", (), ("-c:v", "wmv2")),
    ("old.flv", (), ("-c:v", "flv")),
    ("old.mpg", (), ("-c:v", "mpeg2video", "-r", "25")),
    ("open.webm", (), ("-c:v", "libvpx", "-auto-alt-ref", "1", "-deadline", "realtime")),
    ("raw.y4m", (), ("-pix_fmt", "yuv420p")),
    ("raw.mjpeg", (), ("-c:v", "mjpeg", "-pix_fmt", "yuvj420p")),
    ("interlaced.mp4", (), (*ENCODE, "-flags", "+ildct+ilme", "-x264opts", "tff=1")),
    ("phone.3gp", (), ENCODE),
    ("animation.gif", (), ("-r", "10")),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_frames_and_times_are_those_of_ffprobe(
    case: tuple[str, tuple[str, ...], tuple[str, ...]],
    tmp_path: Path,
    write_clip: Callable[..., Path],
) -> None:
    name, before, after = case
    source = write_clip(tmp_path / "source.mp4", TIMES, options={"bf": "2", "g": "10"})
    path = tmp_path / name
    passthrough = ("-fps_mode", "passthrough") if "setpts" in str(after) else ()
    passthrough = ("-fps_mode", "vfr") if "select" in str(after) else passthrough
    run("ffmpeg", "-v", "error", *before, "-i", str(source), *after, *passthrough, str(path))
    with VideoReader(path) as reader:
        frames = list(reader)
    assert reader.problem is None
    expected = ffprobe_times(path)
    assert len(frames) == len(expected)
    # The last frames of some have no stamp, which ffprobe leaves so.
    stamped = np.isfinite(expected)
    assert stamped.mean() > 0.9
    times = np.array([frame.time for frame in frames])
    np.testing.assert_allclose(times[stamped], np.array(expected)[stamped], atol=1e-3)
    assert (np.diff(times) > 0).all()
    picture = first_picture(path, reader.width, reader.height).astype(int)
    np.testing.assert_allclose(frames[0].image, picture, atol=4)
