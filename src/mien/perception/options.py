"""Checks the options of a `Reader`."""

from __future__ import annotations

import math

from mien.cores import usable_cores
from mien.errors import SettingsError

CHANGEABLE = (
    "min_confidence", "max_megapixels", "max_megabytes", "max_faces", "min_score", "min_face",
    "coverage", "sensitivity",
)  # fmt: skip
"""Options that a `Reader` has as attributes, which may be changed after it was made."""

_MOST_WORKERS = 8
"""Threads that search pictures for faces at once, unless more are asked for."""


def check_options(
    *,
    min_confidence: float,
    max_megapixels: float,
    max_megabytes: float,
    max_faces: int,
    min_score: float,
    min_face: float,
    coverage: float | None,
    flip_tta: bool,
    sensitivity: float | None,
    threads: int | None,
) -> None:
    """Refuse options that are out of range, or that exclude each other; see `Reader`.

    Raises
    ------
    SettingsError
        If there is one.
    """
    _check_range("min_confidence", min_confidence, 0 <= min_confidence <= 1, "0 to 1")
    _check_range("min_score", min_score, 0 < min_score <= 1, "0 to 1, and above 0")
    _check_range("min_face", min_face, 1 <= min_face < math.inf, "1 up")
    _check_range("max_megapixels", max_megapixels, max_megapixels > 0, "0 up, and above 0")
    _check_range("max_megabytes", max_megabytes, max_megabytes > 0, "0 up, and above 0")
    _check_range("max_faces", max_faces, max_faces >= 1, "1 up")
    fits = sensitivity is None or 0 <= sensitivity <= 1
    _check_range("sensitivity", sensitivity, fits, "0 to 1")
    _check_range("threads", threads, threads is None or threads >= 1, "1 up")
    if flip_tta and coverage is not None:
        raise SettingsError(
            "Prediction sets cannot be combined with flip test-time augmentation, for which"
            " no network has thresholds.",
            "Leave out flip_tta or coverage.",
            "coverage",
        )


def check_workers(workers: int | None, batch: int) -> int:
    """Return the number of threads that read many pictures; see `Reader.read_many`.

    Raises
    ------
    SettingsError
        If `workers` or `batch` is below 1.
    """
    if workers is None:
        workers = min(usable_cores(), _MOST_WORKERS)
    if workers < 1 or batch < 1:
        raise SettingsError(
            f"Expected at least one worker and one face a batch, got {workers} and {batch}.",
            "Leave out workers and batch if in doubt.",
        )
    return workers


def _check_range(name: str, value: float | None, fits: bool, numbers: str) -> None:
    """Refuse a number that is out of range; NaN, to which every comparison is false, never fits."""
    if not fits:
        raise SettingsError(
            f"Expected {name} from {numbers}, got {value}.", "Leave it out if in doubt.", name
        )
