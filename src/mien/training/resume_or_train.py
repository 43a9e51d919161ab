"""Takes up one of several trainings: trains it, goes on with it, or takes it as it is."""

from __future__ import annotations

from typing import Any

from lightning.pytorch.callbacks import Callback

from mien import nets
from mien.data import Samples
from mien.errors import InterruptionError, TrainingError
from mien.settings import Settings, TrainSettings
from mien.training.fit import Say, resume, train
from mien.training.run import Run

AGAIN = "Give the same command again: it goes on from here."
"""What to do after an interruption, since a command that trains several takes them up itself."""

MACHINE = ("precision", "compile")
"""Settings of how a machine computes, not of what is learnt: a run keeps those it began with."""

_FIX = "Name another folder with --out, or remove this one."


def take(
    settings: Settings,
    samples: Samples,
    say: Say = print,
    watch: Callback | None = None,
    faces: str = "other faces",
) -> Run:
    """Train into the folder that the settings name, whatever of it is done already.

    Parameters
    ----------
    settings
        How to train; ``train.name`` must be set.
    samples, say, watch
        As `mien.training.train` takes them.
    faces
        What a finished run of other data was trained on, as a message calls it.

    Raises
    ------
    TrainingError
        If the folder holds a run of other data or settings, or the training cannot go on.
    """
    folder = settings.train.out / str(settings.train.name)
    try:
        if not folder.exists():
            return train(settings, samples, say, watch)
        check_same(settings.train, samples, faces)
        return resume(folder, samples, say, watch)
    except InterruptionError as error:
        # `train` advises its own command, which would know nothing of the others.
        raise InterruptionError(error.problem, AGAIN) from error


def check_same(wanted: TrainSettings, samples: Samples, faces: str = "other faces") -> None:
    """Refuse to go on with a run that was set up otherwise, or finished on other faces.

    Raises
    ------
    TrainingError
        If that is so, or the folder is no run.
    """
    folder = wanted.out / str(wanted.name)
    run = Run(folder)
    if not run.config.is_file():
        raise TrainingError(f"Expected a run with a config.toml in {folder}, found none.", _FIX)
    changed = unlike(run, wanted)
    if changed:
        raise TrainingError(
            f"{folder} was trained with other settings: {', '.join(changed)}.", _FIX
        )
    if run.card.is_file() and run.read_card()["data"]["sha256"] != samples.sha256:
        raise TrainingError(f"{folder} was trained on {faces}.", _FIX)


def unlike(run: Run, wanted: TrainSettings) -> list[str]:
    """Name the settings in which a run differs from those that are wanted."""
    kept, asked = _meaning(run.settings().train), _meaning(wanted)
    return [key for key, value in asked.items() if kept[key] != value]


def _meaning(train: TrainSettings) -> dict[str, Any]:
    """Give what the settings come to: an option that is not set is the network's own."""
    values = train.model_dump(exclude={"out", "name", *MACHINE})
    return values | nets.options(train.net, values)
