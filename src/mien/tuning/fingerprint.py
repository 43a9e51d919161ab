"""Describes what must be the same for all trials of a tuning."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mien.data import Samples
from mien.errors import SettingsError
from mien.nets import Space
from mien.settings import Settings, TrainSettings
from mien.training.run import FILES

Fingerprint = Mapping[str, Any]
"""What must be the same, by names that a message can use, as JSON can store it."""

_IGNORED = ("net", "out", "name", "compile", "threads", "devices", "nodes", *FILES)
"""Training settings that may differ between workers, or that stand here in another form."""


def fingerprint(settings: Settings, space: Space, samples: Samples) -> Fingerprint:
    """Return what must be the same for all trials: network, data, settings and space.

    Parameters
    ----------
    settings
        ``train``: how every trial trains.
    space
        What is searched; settings in it need not be the same.
    samples
        The faces of all trials.

    Raises
    ------
    SettingsError
        If a file or folder that the settings name cannot be read.
    """
    train = settings.train.model_dump(mode="json")
    fixed = {key: value for key, value in train.items() if key not in (*_IGNORED, *space)}
    return (
        {"net": settings.train.net, "data": f"SHA-256 {samples.sha256[:12]}..."}
        | {key: _digest(settings.train, key) for key in FILES}
        | fixed
        | {f"the space of {key}": str(values) for key, values in space.items()}
    )


def differences(old: Fingerprint, new: Fingerprint) -> list[str]:
    """Say in a few words each in what two fingerprints differ."""
    keys = [*new, *(key for key in old if key not in new)]
    return [
        f"{key} was {old.get(key, 'not set')}, now {new.get(key, 'not set')}"
        for key in keys
        if old.get(key) != new.get(key)
    ]


def _digest(train: TrainSettings, key: str) -> str | None:
    """Identify a file or folder by its content, wherever it is."""
    path: Path | None = getattr(train, key)
    if path is None:
        return None
    files = sorted(file for file in path.rglob("*") if file.is_file()) or [path]
    digest = hashlib.sha256()
    try:
        for file in files:
            digest.update(file.read_bytes())
    except OSError as error:
        raise SettingsError(
            f"Cannot read {path}: {error.strerror or error}.",
            f"Choose another file or folder as train.{key}.",
            key,
        ) from error
    return f"SHA-256 {digest.hexdigest()[:12]}..."
