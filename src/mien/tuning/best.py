"""Writes the settings of the best trial as a file that mien train takes."""

from __future__ import annotations

from pathlib import Path

from optuna.trial import FrozenTrial

from mien.files import write
from mien.settings import Settings
from mien.training.run import to_toml
from mien.training.taken import AGAIN
from mien.tuning.trial import chosen_settings

FIX = f"Free space on the disk; finished trials are kept. {AGAIN}"
"""What to do where a file of a tuning cannot be written."""


def write_best(
    best: FrozenTrial, settings: Settings, path: Path, finished: int, command: str
) -> None:
    """Write best.toml.

    Parameters
    ----------
    best
        The best trial.
    settings
        How every trial trained but for what is searched.
    path
        The file.
    finished
        How many trials it is the best of.
    command
        The command that searched.

    Raises
    ------
    SettingsError
        If it cannot be written.
    """
    lines = (
        f"Accuracy {best.value:.4f} on PublicTest at epoch {best.user_attrs['epoch']}:"
        f" trial {best.number}, the best of {finished}.",
        f"Found by: {' '.join(command.split())}",
        f"Train it by: mien train --config {path.name}",
    )
    comment = "".join(f"# {line}\n" for line in lines)
    text = f"{comment}\n{to_toml(chosen_settings(settings, best.params))}"
    write(path, text.encode(), FIX)
