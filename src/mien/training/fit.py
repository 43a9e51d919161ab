"""Trains a network from settings, or resumes a run that was interrupted."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch.callbacks import Callback

from mien import nets
from mien.arguments import checked
from mien.data import Samples
from mien.errors import InterruptionError, SettingsError, TrainingError
from mien.settings import Settings, TrainSettings
from mien.training.distributed import Processes
from mien.training.material import Material
from mien.training.run import RESUME_HINT, Run
from mien.training.samples import prepare, training_samples
from mien.training.session import Say, Session

MACHINE = ("precision", "compile")
"""Settings of how a machine computes rather than of what is learnt; a resumed run keeps its own."""

_UNREADABLE = (OSError, RuntimeError, ValueError, KeyError, EOFError)
"""What reading a damaged file may raise, besides the errors of its format."""

_OTHER_FOLDER = "Choose another folder, or remove this one."


@checked
def train(
    settings: Settings,
    samples: Samples | None = None,
    say: Say = print,
    watch: Callback | None = None,
) -> Run:
    """Train a network and keep everything in a new run folder.

    Parameters
    ----------
    settings
        How to train.
    samples
        Faces with a ``train`` split, of the size and colour that the settings ask for. They are
        divided as `mien.training.samples.prepare` does, unless they were divided before. If None,
        ``settings.data`` is read.
    say
        Called with sentences for the user.
    watch
        Called back by Lightning, after the epoch's row was written to metrics.csv; a progress bar
        with a line for each epoch if None.

    Raises
    ------
    SettingsError
        If the network is unknown, or the name of the run does not name one folder.
    TrainingError
        If the run exists already, memory runs out, or there are not as many devices or machines
        as the settings ask for.
    InterruptionError
        If Ctrl-C was pressed.
    DataError
        If the data does not have the faces that a training needs.
    """
    # First, so that a wrong name, split or file of votes leaves no run folder behind.
    nets.options(settings.train.net, settings.train.model_dump())
    _check_name(settings.train.name)
    processes = Processes.of(settings.train)
    faces = training_samples(settings) if samples is None else prepare(settings.train, samples)
    material = Material.of(settings.train, faces)
    if processes.first:
        run = Run.create(settings)
    else:
        # Only the first process chooses the folder and writes to it.
        run, say, watch = Run(settings.train.out / settings.train.net), _ignore, Callback()
    if faces.validation.share is not None:
        say(f"Validating on {faces.validation}: {len(material.validation):,} faces.")
    for caution in (faces.validation.caution, faces.about_missing_classes()):
        if caution:
            say(caution)
    Session(run, settings, material, processes, say, watch).fit()
    return run


def _check_name(name: str | None) -> None:
    """Refuse a name that does not name one folder in the folder of the runs."""
    if name is not None and (name.strip() in ("", ".", "..") or "/" in name or "\\" in name):
        raise SettingsError(
            f"Expected the name of one folder for the run, got {name!r}.",
            "Use for example my-run; the folder of the runs is a setting of its own.",
            "name",
        )


@checked
def resume(
    folder: str | Path,
    samples: Samples | None = None,
    say: Say = print,
    watch: Callback | None = None,
) -> Run:
    """Resume a run after its last finished epoch; arguments as in `train`.

    Raises
    ------
    TrainingError
        If the folder is not a run, or the data is not that of the run.
    InterruptionError
        If Ctrl-C was pressed.
    """
    run = Run.open(folder)
    if run.finished:
        say(f"The run {folder} is finished already.")
        return run
    settings = run.settings()
    processes = Processes.of(settings.train)
    faces = training_samples(settings) if samples is None else prepare(settings.train, samples)
    material = Material.of(settings.train, faces, begun=run.last.is_file())
    if not processes.first:
        say, watch = _ignore, Callback()
    saved = _saved(run, material.training.sha256, say)
    Session(run, settings, material, processes, say, watch).fit(saved)
    return run


def resume_or_train(
    settings: Settings,
    samples: Samples,
    say: Say = print,
    watch: Callback | None = None,
    faces: str = "other faces",
) -> Run:
    """Make sure that the run that the settings name is finished.

    A run that does not exist is trained, an unfinished one is resumed, a finished one is returned.

    Parameters
    ----------
    settings
        How to train; ``train.name`` must be set.
    samples, say, watch
        As `train` takes them.
    faces
        What messages call the data of a run that was trained on other data.

    Raises
    ------
    TrainingError
        If the folder holds a run of other data or settings, or the training fails.
    InterruptionError
        If Ctrl-C was pressed.
    """
    folder = settings.train.out / str(settings.train.name)
    try:
        if not folder.exists():
            return train(settings, samples, say, watch)
        check_same(settings.train, samples, faces)
        return resume(folder, samples, say, watch)
    except InterruptionError as error:
        # A command that trains several networks is resumed as a whole.
        raise InterruptionError(error.problem, RESUME_HINT) from error


def check_same(settings: TrainSettings, samples: Samples, faces: str = "other faces") -> None:
    """Refuse to resume a run with other settings, or to use one that learnt from other data.

    Raises
    ------
    TrainingError
        If the run differs, or the folder is not a run.
    """
    folder = settings.out / str(settings.name)
    run = Run(folder)
    if not run.config.is_file():
        raise TrainingError(
            f"Expected a run with a config.toml in {folder}, found none.", _OTHER_FOLDER, "out"
        )
    changed = differing_settings(run, settings)
    if changed:
        raise TrainingError(
            f"{folder} was trained with other settings: {', '.join(changed)}.",
            _OTHER_FOLDER,
            "out",
        )
    if run.finished and run.record().data.sha256 != samples.sha256:
        raise TrainingError(f"{folder} was trained on {faces}.", _OTHER_FOLDER, "out")


def differing_settings(run: Run, settings: TrainSettings) -> list[str]:
    """Return the names of the settings in which a run differs from others."""
    own, others = _effective(run.settings().train), _effective(settings)
    return [key for key, value in others.items() if own[key] != value]


def _effective(train: TrainSettings) -> dict[str, Any]:
    """Return the settings of what is learnt, with the network's defaults filled in."""
    values = train.model_dump(exclude={"out", "name", *MACHINE})
    return values | nets.options(train.net, values)


def _ignore(_: str) -> None:
    """Say nothing, as the first process says it already."""


def _saved(run: Run, sha256: str, say: Say) -> dict[str, Any] | None:
    """Read what `Checkpoints` saved last; None if no epoch was finished."""
    if not run.last.is_file():
        return None
    checkpoint = _checkpoint(run.last)
    saved: dict[str, Any] = checkpoint["callbacks"]["Checkpoints"]
    if saved["data_sha256"] != sha256:
        raise TrainingError(
            f"The run {run.folder} was started on other data (SHA-256"
            f" {saved['data_sha256'][:12]}..., now {sha256[:12]}...).",
            "Use the same data, or start a new run.",
            "data",
        )
    say(f"Resuming {run.folder} after epoch {checkpoint['epoch'] + 1}.")
    return saved


def _checkpoint(path: Path) -> dict[str, Any]:
    """Load a checkpoint; refuse one of which a single bit has changed, as torch does not.

    Raises
    ------
    TrainingError
        If it is damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
        if damaged is None:
            loaded: dict[str, Any] = torch.load(path, weights_only=True, map_location="cpu")
            return loaded
    except (*_UNREADABLE, zipfile.BadZipFile, pickle.UnpicklingError) as error:
        raise _damaged(path) from error
    raise _damaged(path)


def _damaged(path: Path) -> TrainingError:
    return TrainingError(
        f"The checkpoint {path} is damaged.", "Restore the file, or start a new run."
    )
