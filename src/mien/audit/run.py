"""Audits a data set as the settings say, with networks trained here or elsewhere if asked for."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from mien.audit.audit import Audit, audit
from mien.audit.label_errors import LabelErrors, find_label_errors, vote_agreement
from mien.audit.report import FILES
from mien.data.read import read
from mien.data.samples import Samples
from mien.data.votes import read_votes
from mien.errors import SettingsError, require
from mien.files import make_folder
from mien.models.info import FER2013_INPUT
from mien.outputs import Kind, check_folder_of_outputs
from mien.settings import Settings, TrainSettings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mien.evaluation.bootstrap import Probabilities
    from mien.evaluation.predictions import Predictions

PREDICTIONS = "out-of-fold.parquet"
"""The predictions of the networks of the folds, which another audit can use."""

Say = Callable[[str], None]


def audit_data(settings: Settings, say: Say = print) -> Audit:
    """Audit the data that the settings name.

    Parameters
    ----------
    settings
        ``data`` names the data, and ``audit`` what its labels are compared with: FER+'s ``votes``,
        networks trained on ``folds`` as the section ``train`` says, or their ``probabilities``.
        The folds' run folders and predictions are kept in ``audit.out``.
    say
        Called with sentences for the user.

    Returns
    -------
    Audit
        What is doubtful; ``samples.skipped`` names the bad pictures that were left out.

    Raises
    ------
    SettingsError
        If no data is named, settings contradict each other, or a file of the user's would be
        replaced.
    DataError
        If the data, the votes or the predictions cannot be read or do not fit together.
    OutputError
        If the folder ``audit.out`` cannot be written to.
    TrainingError
        If a network of a fold cannot be trained.
    MissingExtraError
        If a package is missing.
    """
    _check(settings)
    path = settings.data_or_fail()
    read_all = partial(read, path, skip_bad=settings.skip_bad, limits=settings.limits)
    _check_folder(settings)
    make_folder(settings.audit.out, setting="out")
    votes = None if settings.audit.votes is None else read_votes(settings.audit.votes)
    if settings.audit.folds is not None:
        recipe = _recipe(settings)
        samples = read_all(spec=recipe.train.input_spec)
        counts = None if votes is None else votes.of(samples)
        errors = _of_folds(recipe, samples, counts, say)
    elif settings.audit.probabilities is not None:
        predictions = _predictions(settings)
        samples = read_all(spec=predictions.spec)
        counts = None if votes is None else votes.of(samples)
        errors = _of_predictions(settings, predictions, samples, counts)
    else:
        samples = read_all(spec=FER2013_INPUT)
        counts, errors = None if votes is None else votes.of(samples), None
    return audit(samples, counts, errors)


def _check(settings: Settings) -> None:
    """Refuse what cannot be done before any work is done for it."""
    chosen = settings.audit
    if chosen.folds is None and chosen.probabilities is None:
        return
    if chosen.folds is not None and chosen.probabilities is not None:
        raise SettingsError(
            "folds trains networks for their probabilities, and probabilities names a file of"
            " them.",
            "Leave one of them out.",
            "folds",
        )
    if chosen.folds is not None:
        _check_recipe(settings.train)
    require("cleanlab.filter", "audit")
    require("pyarrow.parquet", "train")
    if chosen.folds is not None:
        require("lightning", "train")


def _check_folder(settings: Settings) -> None:
    """Refuse a folder in which a file of the user's would be replaced."""
    chosen = settings.audit
    files: dict[str, Kind] = dict(FILES)
    if chosen.folds is not None:
        files[PREDICTIONS] = "scores"
    inputs = (settings.data, chosen.votes, chosen.probabilities)
    check_folder_of_outputs(chosen.out, files, [path for path in inputs if path is not None])


def _check_recipe(train: TrainSettings) -> None:
    """Refuse recipes that leave faces out, or learn what they are compared with."""
    for key, reason in (
        ("exclude", "all faces are divided into folds"),
        ("ferplus", "the networks are to be compared with the votes"),
    ):
        if getattr(train, key) is not None:
            raise SettingsError(
                f"An audit by folds cannot use {key} in [train], since {reason}.",
                f"Remove {key}, or use another TOML file.",
                key,
            )


def _recipe(settings: Settings) -> Settings:
    """Return the settings of the folds' trainings."""
    from mien.training.cross_validation import light

    train = light(settings.train).model_copy(update={"out": settings.audit.out})
    return settings.model_copy(update={"train": train})


def _of_folds(
    recipe: Settings, samples: Samples, votes: NDArray[np.int64] | None, say: Say
) -> LabelErrors:
    """Train a network for each fold in the audit's folder, and keep their predictions there."""
    from mien.evaluation.predictions import Predictions, write_predictions
    from mien.training.cross_validation import out_of_fold

    folds, net = recipe.audit.folds, recipe.train.net
    assert folds is not None
    probabilities = out_of_fold(recipe, samples, folds, say)
    predictions = Predictions.of(f"{net} of {folds} folds", probabilities, samples)
    file = recipe.audit.out / PREDICTIONS
    write_predictions(file, predictions)
    say(f"The predictions are kept for another audit (setting probabilities): {file}")
    return _errors(samples, probabilities, made_by(folds, recipe.train), votes)


def made_by(folds: int, train: TrainSettings) -> str:
    """Say which networks judged the faces, and what they learnt from."""
    part = "" if train.subset == 1 else f"{100 * train.subset:g}% of "
    return f"{folds} networks {train.net}, each of which learned from {part}the other folds"


def _predictions(settings: Settings) -> Predictions:
    """Read the predictions of networks that were trained elsewhere."""
    from mien.evaluation.predictions import read_predictions

    assert settings.audit.probabilities is not None
    return read_predictions(settings.audit.probabilities)


def _of_predictions(
    settings: Settings,
    predictions: Predictions,
    samples: Samples,
    votes: NDArray[np.int64] | None,
) -> LabelErrors:
    """Use predictions of networks that were trained elsewhere."""
    from mien.evaluation.predictions import match

    path = settings.audit.probabilities
    assert path is not None
    # A file cannot prove it.
    source = f"{predictions.net} in {path.name}, which is trusted to be out-of-fold"
    return _errors(samples, match(path, predictions, samples), source, votes)


def _errors(
    samples: Samples,
    probabilities: Probabilities,
    source: str,
    votes: NDArray[np.int64] | None,
) -> LabelErrors:
    """Find likely label errors, and compare them with votes if there are any."""
    errors = find_label_errors(samples.labels, probabilities, source)
    if votes is None:
        return errors
    agreement = vote_agreement(errors, samples.labels, probabilities, votes)
    return dataclasses.replace(errors, votes=agreement)
