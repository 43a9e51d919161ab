from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mien.video import VIDEO_SUFFIXES, is_video


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
