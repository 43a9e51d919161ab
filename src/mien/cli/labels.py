"""Finds likely label errors for mien data audit, with networks trained here or elsewhere."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import typer

from mien.errors import SettingsError, require
from mien.settings import Settings, TrainSettings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mien.audit.label_errors import LabelErrors
    from mien.data import Samples
    from mien.evaluation.bootstrap import Probabilities

KEPT = "out-of-fold.parquet"
"""What the networks of the folds said, for --probabilities another time."""


def check(settings: Settings) -> None:
    """Refuse what cannot be done before any work is done for it.

    Raises
    ------
    SettingsError
        If settings contradict each other.
    MissingExtraError
        If a package is missing.
    """
    wanted = settings.audit
    if wanted.folds is None and wanted.probabilities is None:
        return
    if wanted.folds is not None and wanted.probabilities is not None:
        raise SettingsError(
            "--folds makes probabilities, and --probabilities names a file of them.",
            "Leave one of them out.",
        )
    if wanted.folds is not None:
        _check_recipe(settings.train)
    require("cleanlab.filter", "audit")
    require("pyarrow.parquet", "train")
    if wanted.folds is not None:
        require("lightning", "train")


def _check_recipe(train: TrainSettings) -> None:
    """Refuse recipes that leave faces out, or learn what their answers are compared with."""
    for key, reason in (
        ("exclude", "the folds are of all faces"),
        ("ferplus", "the networks' answers are to be compared with the votes"),
    ):
        if getattr(train, key) is not None:
            raise SettingsError(
                f"--folds does not go with {key} in [train], since {reason}.",
                f"Take {key} out of the TOML file, or name another with --config.",
            )


def label_errors(
    settings: Settings, samples: Samples, votes: NDArray[np.int64] | None
) -> LabelErrors | None:
    """Find likely label errors, if that was asked for, and compare them with votes, if there."""
    from mien.audit.label_errors import find_label_errors, vote_agreement

    if settings.audit.folds is not None:
        probabilities, made_by = _of_folds(settings, samples, settings.audit.folds)
    elif settings.audit.probabilities is not None:
        probabilities, made_by = _of_file(settings, samples)
    else:
        return None
    found = find_label_errors(samples.labels, probabilities, made_by)
    if votes is None:
        return found
    agreement = vote_agreement(found, samples.labels, probabilities, votes)
    return dataclasses.replace(found, votes=agreement)


def _of_folds(settings: Settings, samples: Samples, folds: int) -> tuple[Probabilities, str]:
    """Train a network a fold in the audit's folder, and keep what they say there."""
    from mien.evaluation.predictions import Predictions, write_predictions
    from mien.training.cross_validation import light, out_of_fold

    out = settings.audit.out
    train = light(settings.train).model_copy(update={"out": out})
    recipe = settings.model_copy(update={"train": train})
    probabilities = out_of_fold(recipe, samples, folds, typer.echo)
    made_by = f"{folds} networks {train.net} that each learned from the other folds"
    kept = Predictions.of(f"{train.net} of {folds} folds", probabilities, samples)
    write_predictions(out / KEPT, kept)
    typer.echo(f"What they say is kept: --probabilities {out / KEPT}")
    return probabilities, made_by


def _of_file(settings: Settings, samples: Samples) -> tuple[Probabilities, str]:
    """Read what networks said that were trained elsewhere."""
    from mien.evaluation.predictions import match, read_predictions

    path = settings.audit.probabilities
    assert path is not None
    kept = read_predictions(path)
    # A file cannot prove it.
    made_by = f"{kept.net} in {path.name}, which is trusted to be out-of-fold"
    return match(path, kept, samples), made_by
