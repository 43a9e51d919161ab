"""Refuses settings that contradict each other or the sources, before anything is read."""

from __future__ import annotations

from mien.detect_job.neutrals import check_neutral
from mien.errors import SettingsError
from mien.media.sources import CameraInput, ClipFile, Listing
from mien.outputs import check_distinct
from mien.settings import DetectSettings
from mien.settings.video import VideoSettings
from mien.video.selection import Selection

FILES = ("json_file", "csv_file", "parquet_file", "sheet")
"""The settings that name output files."""

_OF_PHOTOS = {
    "explain": "Heat maps are drawn on photos only",
    "sheet": "A contact sheet shows photos only",
    "truth": "True expressions are compared with photos only",
}
"""Settings that are about photos, and what is said where there is a clip."""

_OF_CLIPS = ("start", "end", "fps", "every")
"""Settings that choose frames of clips, which a camera does not have."""


def check_settings(settings: DetectSettings) -> None:
    """Refuse settings that contradict each other.

    Raises
    ------
    SettingsError
        If no source is named, two outputs have the same name, explanations have no copy to be
        drawn on, or the frames to be read are none.
    """
    if not settings.sources:
        raise SettingsError(
            "No pictures were named.", "Name photos, clips, folders or globs.", "sources"
        )
    if settings.explain and not settings.annotate:
        raise SettingsError(
            "Explanations are drawn on the annotated copies, but no copies are to be written.",
            "Write copies, or leave this out.",
            "explain",
        )
    check_distinct({name: getattr(settings, name) for name in FILES})
    Selection(settings.first, settings.last, settings.every, settings.fps)


def check_sources(settings: DetectSettings, listing: Listing) -> None:
    """Refuse settings that do not fit the kinds of sources.

    Raises
    ------
    SettingsError
        If one is about photos, clips or cameras alone, and cannot be used with what is named.
    """
    check_neutral(settings, listing)
    for setting, words in _OF_PHOTOS.items():
        if listing.videos and getattr(settings, setting) not in (None, False):
            raise SettingsError(
                f"{words}, but {listing.videos[0]} is a {_kind(listing)}.",
                "Read photos in a run of their own, or leave this out.",
                setting,
            )
    cameras = [video for video in listing.videos if isinstance(video, CameraInput)]
    if cameras:
        _check_camera(settings, cameras[0])
    if settings.resume and (settings.out is None or not listing.clips):
        raise SettingsError(
            "Only a run of clips that has a folder for its outputs can be resumed.",
            "Name the clips and the folder of the interrupted run.",
            "resume",
        )
    if settings.format is not None and settings.out is None:
        raise SettingsError(
            "The table is written into the folder for outputs, but no folder is named.",
            "Name one; without, a table can be written as CSV or Parquet to a file of its own.",
            "out",
        )


def useless_settings(settings: DetectSettings, listing: Listing) -> list[str]:
    """Return a sentence on settings of clips and cameras that change nothing in this run."""
    names = set(VideoSettings.model_fields) - {"format", "video"}
    if listing.clips:
        names = {"seconds"}
    if any(isinstance(video, CameraInput) for video in listing.videos):
        names = set()
    given = [
        name.replace("_", " ")
        for name in VideoSettings.model_fields
        if name in names and name in settings.model_fields_set
        and getattr(settings, name) != VideoSettings.model_fields[name].default
    ]  # fmt: skip
    if not given:
        return []
    kind = "cameras" if listing.clips else "clips and cameras"
    return [f"There are no {kind} among the sources, so this changes nothing: {', '.join(given)}."]


def about_recording(settings: DetectSettings, listing: Listing) -> str | None:
    """Say what is lost of a recording, which cannot be made again; None if nothing is.

    Without a folder for outputs a run has no table unless one is asked for. A clip can be read
    again for that, but a camera cannot.
    """
    cameras = [str(video) for video in listing.videos if isinstance(video, CameraInput)]
    tables = settings.out, settings.json_file, settings.csv_file, settings.parquet_file
    if not cameras or any(table is not None for table in tables):
        return None
    kept = "its copy, timeline and summary go into the current folder"
    return (
        f"{cameras[0]} is recorded without a table of its faces;"
        f" {kept if settings.annotate else 'only what is printed is left of it'}."
        " Name a folder for outputs (out), or a table, to keep its faces."
    )


def _check_camera(settings: DetectSettings, camera: CameraInput) -> None:
    """Refuse what cannot be done with a camera."""
    for name in _OF_CLIPS:
        if getattr(settings, name) != VideoSettings.model_fields[name].default:
            raise SettingsError(
                f"This chooses frames of clips, but {camera} is a camera: each new frame is read.",
                "Leave this out; seconds says how long to record.",
                name,
            )
    if settings.resume:
        raise SettingsError(
            f"A recording cannot be resumed, but {camera} is a camera.", "", "resume"
        )


def _kind(listing: Listing) -> str:
    return "clip" if isinstance(listing.videos[0], ClipFile) else "camera"
