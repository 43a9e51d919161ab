"""Says what must be the same for all trials of a tuning."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from mien.data import Samples
from mien.errors import SettingsError
from mien.nets import Space
from mien.settings import Settings, TrainSettings
from mien.training.run import FILES

_UNLIKE = ("net", "out", "name", "compile", "threads", "devices", "nodes", *FILES)
"""Settings that are no terms of a tuning, or terms in another form."""


def judged_by_accuracy(settings: Settings) -> Settings:
    """Keep each trial's most accurate epoch, unless the settings say which is the best."""
    if "monitor" in settings.train.model_fields_set:
        return settings
    train = settings.train.model_copy(update={"monitor": "val_accuracy"})
    return settings.model_copy(update={"train": train})


def check_alone(train: TrainSettings) -> None:
    """Refuse a trial that several processes would train, of which each would claim one.

    Raises
    ------
    SettingsError
        If that is asked for.
    """
    if train.devices * train.nodes > 1:
        raise SettingsError(
            "A trial is trained by one process, but --devices and --nodes ask for"
            f" {train.devices * train.nodes}.",
            "Leave them out, and start several workers with one PostgreSQL --storage.",
        )


def terms_of(settings: Settings, space: Space, samples: Samples) -> dict[str, Any]:
    """Say what must be the same for all trials of a tuning, by names that a message can use."""
    train = settings.train.model_dump(mode="json")
    kept = {key: value for key, value in train.items() if key not in (*_UNLIKE, *space)}
    return (
        {"net": settings.train.net, "data": f"SHA-256 {samples.sha256[:12]}..."}
        | {key: _digest(settings.train, key) for key in FILES}
        | kept
        | {f"the space of {key}": str(found) for key, found in space.items()}
    )


def _digest(train: TrainSettings, key: str) -> str | None:
    """Tell one file or folder from another, wherever it lies."""
    path: Path | None = getattr(train, key)
    if path is None:
        return None
    files = sorted(each for each in path.rglob("*") if each.is_file()) or [path]
    digest = hashlib.sha256()
    try:
        for file in files:
            digest.update(file.read_bytes())
    except OSError as error:
        raise SettingsError(
            f"Cannot read {path}: {error.strerror or error}.", f"Name another with --{key}."
        ) from error
    return f"SHA-256 {digest.hexdigest()[:12]}..."
