"""Whatever is done to a file, reading it ends in frames and at most one sentence."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image as Pillow

from mien.errors import VideoError
from mien.video import VideoReader

Image = NDArray[np.uint8]

_FRAMES = 30
TIMES = [number / 25 for number in range(_FRAMES)]


def read_all(path: Path, **selection: Any) -> tuple[list[int], VideoError | None]:
    """Return the numbers of a clip's frames, and what is wrong with it."""
    numbers = []
    try:
        with VideoReader(path, **selection) as reader:
            for frame in reader:
                assert frame.image.shape == (reader.height, reader.width, 3)
                assert frame.image.dtype == np.uint8
                assert np.isfinite(frame.time)
                numbers.append(frame.index)
        return numbers, reader.problem
    except VideoError as error:
        return numbers, error


def check_sentence(error: VideoError, path: Path) -> None:
    assert str(path) in error.problem
    assert error.problem.endswith(".")
    assert "\n" not in str(error)


CODECS = {
    "mp4": ("libx264", {"bf": "2", "g": "10"}, {"movflags": "+faststart"}),
    "mkv": ("libx264", {"bf": "2", "g": "10"}, {}),
    "avi": ("mpeg4", {"g": "10"}, {}),
    "mts": ("libx264", {"bf": "2", "g": "10"}, {}),
}


@pytest.fixture(scope="module")
def clips(
    tmp_path_factory: pytest.TempPathFactory,
    write_clip: Callable[..., Path],
    draw: Callable[[int], Image],
) -> dict[str, Path]:
    """A clip of 30 frames in each of four containers, large beside its header."""

    def noisy(number: int) -> Image:
        image = draw(number)
        image[32:] = np.random.default_rng(number).integers(0, 256, (16, 64, 1), np.uint8)
        return image

    folder = tmp_path_factory.mktemp("whole")
    return {
        suffix: write_clip(
            folder / f"clip.{suffix}",
            TIMES,
            codec=codec,
            options=options,
            muxing=muxing,
            time_base=Fraction(1, 25),
            draw_frame=noisy,
        )
        for suffix, (codec, options, muxing) in CODECS.items()
    }


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "avi"])
@pytest.mark.parametrize("share", [0.5, 0.8, 0.9])
def test_a_clip_that_is_cut_off_gives_its_frames_and_says_so(
    suffix: str, share: float, clips: dict[str, Path], tmp_path: Path
) -> None:
    data = clips[suffix].read_bytes()
    path = tmp_path / f"cut.{suffix}"
    path.write_bytes(data[: int(len(data) * share)])
    numbers, problem = read_all(path)
    assert numbers == [*range(len(numbers))]
    assert 3 <= len(numbers) < _FRAMES
    assert problem is not None
    check_sentence(problem, path)
    assert "cut off or damaged" in problem.problem


def test_a_gif_that_is_cut_off_says_so(tmp_path: Path, draw: Callable[[int], Image]) -> None:
    pictures = [Pillow.fromarray(draw(number)) for number in range(9)]
    path = tmp_path / "moving.gif"
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=40)
    assert read_all(path) == ([*range(9)], None)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    numbers, problem = read_all(path)
    assert 1 <= len(numbers) < 9
    assert "the end of the animation is missing" in str(problem)


def test_fewer_frames_than_the_header_says_are_named(
    clips: dict[str, Path], tmp_path: Path
) -> None:
    data = clips["mp4"].read_bytes()
    path = tmp_path / "short.mp4"
    path.write_bytes(data[: len(data) * 2 // 3])
    numbers, problem = read_all(path)
    assert problem is not None
    pattern = r"it has 30 frames by its header, but only (\d+) could be read"
    counts = re.search(pattern, problem.problem)
    assert counts is not None
    assert abs(int(counts[1]) - len(numbers)) <= 3


def test_a_cut_end_that_is_not_read_is_no_problem(
    clips: dict[str, Path], tmp_path: Path
) -> None:
    path = tmp_path / "cut.mp4"
    path.write_bytes(clips["mp4"].read_bytes()[:-200])
    assert read_all(path, end=0.4) == ([*range(10)], None)
    numbers, problem = read_all(path, start=0.4)
    assert numbers[0] == 10
    assert problem is not None


def test_what_follows_damage_in_the_middle_is_read(
    clips: dict[str, Path], tmp_path: Path, number_in: Callable[[Image], int]
) -> None:
    data = bytearray(clips["mp4"].read_bytes())
    middle = len(data) // 2
    data[middle : middle + 700] = bytes(700)
    path = tmp_path / "damaged.mp4"
    path.write_bytes(data)
    with VideoReader(path) as reader:
        frames = list(reader)
    assert len(frames) >= _FRAMES - 6
    assert [number_in(frame.image) for frame in frames[-5:]] == [*range(25, 30)]
    assert [frame.time for frame in frames[-5:]] == pytest.approx(TIMES[-5:], abs=1e-3)
    assert reader.problem is not None
    check_sentence(reader.problem, path)
    assert "is damaged" in reader.problem.problem


def damage(data: bytes, seed: int) -> bytes:
    """Cut bytes off, flip some, blank a stretch or leave one out."""
    chance = random.Random(seed)
    place = chance.randrange(len(data))
    length = chance.choice([1, 30, 2000])
    kind = chance.choice(["cut", "flip", "blank", "lack", "swap"])
    if kind == "cut":
        return data[:place]
    if kind == "blank":
        return (data[:place] + bytes(length) + data[place + length :])[: len(data)]
    if kind == "lack":
        return data[:place] + data[place + length :]
    if kind == "swap":
        return data[place:] + data[:place]
    flipped = bytearray(data)
    for _ in range(chance.choice([1, 10, 100])):
        flipped[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(flipped)


def test_frames_that_become_one_interlaced_line_are_left_out_and_counted() -> None:
    # Found by fuzzing: frames of 16 x 16 pixels, and then two of 80 x 1, which swscale refuses.
    path = Path(__file__).parents[1] / "fuzz" / "corpus" / "video" / "found-one-line.avi"
    numbers, problem = read_all(path)
    assert numbers[:4] == [0, 1, 2, 3] and len(numbers) == max(numbers) + 1 - 2
    assert problem is not None
    check_sentence(problem, path)


def check_damaged(suffix: str, seed: int, clips: dict[str, Path], path: Path) -> None:
    path.write_bytes(damage(clips[suffix].read_bytes(), seed))
    start = [None, None, 0.6][seed % 3]
    numbers, problem = read_all(path, start=start, max_megapixels=1.0)
    assert numbers == sorted(set(numbers))
    if problem is not None:
        check_sentence(problem, path)


@given(st.sampled_from(sorted(CODECS)), st.integers(0, 1 << 32))
@settings(max_examples=60, deadline=None)
def test_damage_never_ends_in_another_error(
    clips: dict[str, Path], tmp_path_factory: pytest.TempPathFactory, suffix: str, seed: int
) -> None:
    path = tmp_path_factory.getbasetemp() / f"damaged.{suffix}"
    check_damaged(suffix, seed, clips, path)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", sorted(CODECS))
def test_much_damage_never_ends_in_another_error(
    suffix: str, clips: dict[str, Path], tmp_path: Path
) -> None:
    for seed in range(600):
        check_damaged(suffix, seed, clips, tmp_path / f"damaged.{suffix}")


def test_nothing_is_printed_about_damage(
    clips: dict[str, Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for suffix in CODECS:
        for seed in range(10):
            check_damaged(suffix, seed, clips, tmp_path / f"damaged.{suffix}")
    assert capfd.readouterr() == ("", "")
