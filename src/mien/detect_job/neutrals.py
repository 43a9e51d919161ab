"""Finds the neutral faces that the settings name, for photos and for clips."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mien.clock import parse_range
from mien.errors import SettingsError
from mien.media.sources import Listing
from mien.perception.neutral_in_video import VideoNeutral
from mien.perception.reader import Reader
from mien.settings import DetectSettings
from mien.settings.detect import AUTO, is_range, neutral_by_face

if TYPE_CHECKING:
    from mien.perception.neutral import Neutral


def check_neutral(settings: DetectSettings, listing: Listing) -> None:
    """Refuse settings of neutral faces that do not fit each other or the sources.

    Raises
    ------
    SettingsError
        If they do not.
    """
    for setting in ("neutral_face", "sensitivity"):
        if settings.neutral is None and getattr(settings, setting) is not None:
            raise SettingsError(
                "This is about a person's own neutral face, but none is given.",
                "Give a neutral face, or leave this out.",
                setting,
            )
    if settings.neutral is None:
        return
    if settings.explain:
        raise SettingsError(
            "An explanation shows where the network's own answer comes from, which a neutral face"
            " changes.",
            "Leave out the neutral face, or leave this out.",
            "explain",
        )
    if listing.videos and settings.neutral_face is not None:
        raise SettingsError(
            "In clips, faces have the numbers of the table, from 0, and not those of a photo.",
            f"Write it so: {settings.neutral_face - 1}={settings.neutral}.",
            "neutral_face",
        )
    if listing.pictures and _is_for_clips(settings.neutral):
        raise SettingsError(
            f"The neutral face {settings.neutral} is for clips, but there are photos too.",
            "Read photos and clips in two runs, or give a photo or JSON of the neutral face.",
            "neutral",
        )


def photo_neutral(settings: DetectSettings, reader: Reader) -> Neutral | None:
    """Return the neutral face that photos are read against.

    Raises
    ------
    DataError, PictureError
        If it cannot be read, or learnt from its photo.
    NetError, SettingsError
        As by `Reader.adjustment`.
    """
    if settings.neutral is None or _is_for_clips(settings.neutral):
        return None
    neutral = _from_file(Path(settings.neutral), reader)
    # Refused now rather than at the first picture, when files are open already.
    reader.adjustment(neutral, settings.neutral_face)
    return neutral


def clip_neutral(
    settings: DetectSettings, reader: Reader, of_photos: Neutral | None
) -> VideoNeutral | None:
    """Return what the faces of clips are read against.

    Parameters
    ----------
    settings, reader
        As for `photo_neutral`.
    of_photos
        What that returned: one person's neutral face serves clips too.

    Raises
    ------
    DataError, PictureError, NetError, SettingsError
        As `photo_neutral`.
    """
    text = settings.neutral
    if text is None or of_photos is not None:
        return of_photos
    if text.strip() == AUTO:
        return "auto"
    if is_range(text):
        return parse_range(text, "neutral")
    by_face: Mapping[int, Path] = neutral_by_face(text) or {}
    neutrals = {face_id: _from_file(path, reader) for face_id, path in by_face.items()}
    for neutral in neutrals.values():
        reader.adjustment(neutral)
    return neutrals


def doubts_about(neutral: VideoNeutral | None) -> list[str]:
    """Return sentences on why neutral faces may be unsuitable."""
    if isinstance(neutral, Mapping):
        return [doubt for one in neutral.values() for doubt in one.doubts]
    return list(getattr(neutral, "doubts", ()))


def _is_for_clips(text: str) -> bool:
    return text.strip() == AUTO or is_range(text) or neutral_by_face(text) is not None


def _from_file(path: Path, reader: Reader) -> Neutral:
    """Read a neutral face, or learn it from a photo."""
    if path.suffix.lower() == ".json":
        from mien.perception.neutral import Neutral

        return Neutral.load(path)
    return reader.learn_neutral([path])
