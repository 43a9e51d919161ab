from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mien.video import VIDEO_SUFFIXES, is_video
from mien.video.formats import HEAD, begins_like_a_clip


@pytest.mark.parametrize("suffix", sorted(VIDEO_SUFFIXES))
def test_videos_are_told_by_their_extension(suffix: str) -> None:
    assert is_video(f"nowhere/clip{suffix}")
    assert is_video(Path(f"CLIP{suffix.upper()}"))


def test_only_an_animated_gif_is_a_video(tmp_path: Path) -> None:
    first, second = (
        Image.fromarray(np.full((8, 8, 3), value, np.uint8)) for value in (0, 200)
    )
    first.save(tmp_path / "still.gif")
    first.save(tmp_path / "moving.gif", save_all=True, append_images=[second])
    (tmp_path / "text.gif").write_text("GIF89a, or is it?")
    assert not is_video(tmp_path / "still.gif")
    assert is_video(tmp_path / "moving.gif")
    assert not is_video(tmp_path / "text.gif")
    assert not is_video(tmp_path / "missing.gif")
    assert not is_video(tmp_path / "photo.jpg")


def packets(size: int, first: int = 0) -> bytes:
    """Return two packets of an MPEG transport stream."""
    return bytes(first) + (b"G" + bytes(size - 1)) * 2


@pytest.mark.parametrize(
    ("start", "clip"),
    [
        (b"\0\0\0\x20ftypisom", True),
        (b"\0\0\0\x14ftypqt  ", True),
        (b"\0\0\0\x08wide\0\0\0\0mdat", True),
        (b"RIFF\0\0\0\0AVI LIST", True),
        (b"\x1aE\xdf\xa3\x01", True),
        (b"FLV\x01\x05", True),
        (b"YUV4MPEG2 W8 H8", True),
        (packets(188), True),
        (packets(192, 4), True),
        (b"RIFF\0\0\0\0WEBPVP8 ", False),
        (b"\xff\xd8\xff\xe0", False),
        (b"\x89PNG\r\n\x1a\n", False),
        (b"Good morning", False),
        (b"", False),
    ],
)
def test_clips_are_told_by_their_beginning(start: bytes, clip: bool) -> None:
    assert begins_like_a_clip(start[:HEAD]) == clip


@pytest.mark.parametrize("container", ["mp4", "matroska", "avi", "mpegts", "flv", "asf", "mpeg"])
def test_what_ffmpeg_writes_begins_like_a_clip(tmp_path: Path, container: str) -> None:
    import av

    path = tmp_path / "clip"
    with av.open(str(path), "w", format=container) as file:
        codec = {"mpeg": "mpeg2video", "flv": "flv"}.get(container, "mpeg4")
        stream = file.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(5):
            frame = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), "rgb24")
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    assert begins_like_a_clip(path.read_bytes()[:HEAD])
