"""Reads the data that a network was trained on, split as its training split it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mien.classes import Vocabulary
from mien.errors import SettingsError
from mien.models import ModelInfo
from mien.settings import load
from mien.training import Run, TrainingSamples, training_samples


def run_samples(run: Run, data: str | Path | None) -> TrainingSamples:
    """Read the data of a run.

    Parameters
    ----------
    run
        A finished run.
    data
        Where its data is; where its settings say if None.

    Raises
    ------
    DataError
        If the data cannot be read.
    SettingsError
        If it is not the data of the run.
    """
    record = run.record()
    samples = training_samples(run.settings(), None if data is None else Path(data))
    check_data(f"The run {run.folder}", record.data.sha256, samples, record.data.validation)
    return _relabelled(samples, record.vocabulary)


def network_samples(
    net: str | Path, info: ModelInfo, data: str | Path | None
) -> TrainingSamples:
    """Read the data of a network.

    Parameters
    ----------
    net
        What the user calls the network.
    info
        Its info.
    data
        Where its data is; where the environment variable ``MIEN__DATA`` says if None.

    Raises
    ------
    DataError
        If the data cannot be read.
    SettingsError
        If no data is named, or it is not the data of the network.
    """
    path = load(data=data).data
    if path is None:
        raise SettingsError(
            f"No data set was named, and {net} is scored on the data that it was trained on.",
            "Name its zip, folder, CSV or Parquet file.",
            "data",
        )
    members = info.recipe.get("members") or {"": info.recipe}
    train = {
        "validation": next(iter(members.values())).get("validation"),
        "image_size": info.input.height,
        "colour": info.input.colour,
    }
    samples = training_samples(load(environment=False, data=path, train=train))
    validation = info.data.get("validation")
    check_data(f"The network {net}", info.data.get("sha256"), samples, validation)
    return _relabelled(samples, info.classes)


def check_data(
    what: str,
    sha256: str | None,
    samples: TrainingSamples,
    validation: Mapping[str, int] | None = None,
) -> None:
    """Refuse data that differs from what was trained on, or is split in another way.

    Parameters
    ----------
    what
        What was trained, as the subject of a sentence.
    sha256
        SHA-256 of the data that it was trained on; None if that is not recorded.
    samples
        The data.
    validation
        Validation faces of its training by class; None to leave them unchecked.

    Raises
    ------
    SettingsError
        If the data does not fit, or nothing shows that it does.
    """
    if sha256 is None:
        raise SettingsError(
            f"{what} does not say what it was trained on, so nothing shows that this is its data.",
            'If it is, write "sha256": "' + samples.sha256 + '" into the "data" of its JSON file.',
            "data",
        )
    if sha256 != samples.sha256:
        raise SettingsError(
            f"{what} was trained on other data.", "Name the data that it was trained on.", "data"
        )
    if validation is not None and dict(validation) != samples.split("validation").counts():
        raise SettingsError(
            f"{what} was validated on other faces than this version would choose from the data.",
            "Train it again, or export it with the version of mien that trained it.",
        )


def _relabelled(samples: TrainingSamples, classes: Vocabulary) -> TrainingSamples:
    """Return the faces with labels that number a network's classes."""
    return TrainingSamples.of(samples.relabelled(classes), samples.validation)
