"""Reads a whole video: a clip that shows its people's neutral faces is read twice."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import warnings
from collections.abc import Generator, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from mien.perception.neutral_in_video import VideoNeutral, learner
from mien.perception.picture import Picture
from mien.perception.reading import Reading
from mien.perception.schedule import DETECT_EVERY
from mien.perception.smoothing import SECONDS
from mien.perception.tracks import REMEMBER
from mien.perception.watch_sources import VideoSource, is_clip, open_video, video_name
from mien.perception.watching import Watch
from mien.video import VideoFrame

if TYPE_CHECKING:
    from mien.perception.neutral import Neutral
    from mien.perception.reader import Reader


@dataclasses.dataclass(frozen=True, eq=False)
class FirstPass:
    """What was learnt by reading a clip once, to read it against the neutral faces in it."""

    neutrals: Mapping[int, Neutral]
    """By `Face.face_id`; the ids are the same when the clip is read again."""
    doubts: tuple[str, ...]
    """Sentences that say which faces could not be learnt or may not be neutral."""
    readings: tuple[Reading, ...]
    """Those of the frames that were read, for `Watch.read_all`; about 1 kB a face."""


def first_pass(
    reader: Reader,
    frames: Iterable[VideoFrame],
    neutral: tuple[float, float] | Literal["auto"],
    *,
    smooth: float = SECONDS,
    detect_every: int = DETECT_EVERY,
    remember: float = REMEMBER,
    readings: Iterable[Reading] = (),
) -> FirstPass:
    """Learn the neutral faces in a clip, by reading it up to where nothing more is learnt.

    Parameters
    ----------
    reader, smooth, detect_every, remember
        As in `Watch`, and the same as there.
    frames, readings
        As in `Watch.read_all`.
    neutral
        A time range or ``"auto"``.

    Raises
    ------
    PictureError
        If no face can be learnt from the time range.
    NetError, SettingsError
        As by `Watch`.
    """
    learning = learner(reader.info, neutral)
    one = Watch(reader, smooth=smooth, detect_every=detect_every, remember=remember)
    kept: list[Reading] = []
    with contextlib.closing(one.read_all(frames, readings=readings)) as pictures:
        for picture in pictures:
            if picture.time is None or learning.is_over(picture.time):
                break
            ids = [face.face_id for face in picture if face.face_id is not None]
            rows = [face.raw_probabilities for face in picture]
            shape = len(ids), len(reader.vocabulary)
            learning.add(picture.time, ids, np.array(rows, np.float32).reshape(shape))
            if one.last_reading is not None:
                kept.append(one.last_reading)
    neutrals = learning.neutrals()
    doubts = [doubt for own in neutrals.values() for doubt in own.doubts]
    refused = [str(error) for error in learning.refused.values()]
    return FirstPass(neutrals, (*doubts, *refused), tuple(kept))


def watch(
    reader: Reader,
    source: VideoSource,
    selection: Mapping[str, Any],
    options: Mapping[str, Any],
    neutral: VideoNeutral | None,
    keep_images: bool,
) -> Generator[Picture, None, None]:
    """Yield the frames of a video, and warn of doubtful neutral faces; see `Reader.watch`."""
    opening = functools.partial(
        open_video, source, max_megapixels=reader.max_megapixels, **selection
    )
    learnt, readings = None, tuple[Reading, ...]()
    if isinstance(neutral, tuple | str) and is_clip(source):
        with opening() as frames:
            first = first_pass(reader, frames, neutral, **options)
        learnt, readings = first.neutrals, first.readings
        for doubt in first.doubts:
            warnings.warn(doubt, RuntimeWarning, stacklevel=2)
    one = Watch(reader, neutral=neutral, learnt=learnt, **options)
    with opening() as frames:
        pictures = one.read_all(
            frames, source=video_name(source), keep_images=keep_images, readings=readings
        )
        yield from pictures
        problem = getattr(frames, "problem", None)
    if problem is not None:
        raise problem
