"""Searches a network's settings, trial by trial, alone or with other workers.

::

    OUT/
      tuning.db                    the trials, unless a storage is named
      best.toml                    the best trial's settings, for mien train
      history, importance, parallel   figures, each as PNG and SVG
      trial-000, trial-001, ...    run folders without checkpoints
"""

from __future__ import annotations

import contextlib
import dataclasses
import re
import time
from collections.abc import Callable, Collection
from pathlib import Path

import optuna
from optuna.exceptions import StorageInternalError, UpdateFinishedTrialError
from optuna.trial import FrozenTrial, Trial
from sqlalchemy.exc import SQLAlchemyError

from mien.arguments import checked
from mien.data import Samples
from mien.errors import InterruptionError, MienError, OutputError, SettingsError, TrainingError
from mien.files import make_folder
from mien.nets import Space
from mien.outputs import Kind, check_folder_of_outputs
from mien.settings import Settings, TrainSettings
from mien.training import TrainingSamples, training_samples
from mien.training.run import FILES, RESUME_HINT
from mien.training.samples import prepare
from mien.training.silence import quiet
from mien.tuning.display import Display
from mien.tuning.figures import FIGURES, draw_figures
from mien.tuning.fingerprint import fingerprint
from mien.tuning.space import read_space
from mien.tuning.storage import Storage, open_storage
from mien.tuning.trial import (
    FIX,
    remove_checkpoints,
    remove_run,
    run_folder,
    run_trial,
    write_best,
)
from mien.tuning.trials import FINISHED, Trials, best_trial
from mien.words import counted

MAX_FAILURES = 3
"""Failed trials in a row after which it is not the trials that are to blame."""

_BEST = "best.toml"

_OUTPUTS: dict[str, Kind] = {_BEST: "settings", **dict.fromkeys(FIGURES, "figure")}
"""Files of the folder that every search writes anew."""

Say = Callable[[str], None]


@dataclasses.dataclass(frozen=True)
class TuneResult:
    """What a tuning came to."""

    folder: Path
    """Holds best.toml, the figures and the run folders."""
    space: Space
    """What was searched."""
    target: int
    """Trials that were asked for."""
    trials: tuple[FrozenTrial, ...]
    """All trials by number, those of other workers too."""

    @property
    def best(self) -> FrozenTrial | None:
        """The best trial, or None if none is complete."""
        return best_trial(self.trials)

    @property
    def best_file(self) -> Path:
        """The settings of the best trial, for mien train."""
        return self.folder / _BEST


@dataclasses.dataclass(frozen=True)
class _Search:
    """What all steps of a tuning need."""

    settings: Settings
    samples: TrainingSamples
    out: Path
    trials: Trials
    display: Display
    command: str


@checked
def tune(
    settings: Settings,
    samples: Samples | None = None,
    say: Say = print,
    fixed: Collection[str] = (),
    command: str = "mien.tuning.tune",
) -> TuneResult:
    """Run trials until as many as asked for are finished, by whatever worker.

    Parameters
    ----------
    settings
        ``tune``: how to search; ``train``: how every trial trains, except for what is searched.
    samples
        Faces to learn from and to validate on, divided as `mien.training.train` does; the
        validating ones judge the trials. Read from the settings' data if None.
    say
        Called with sentences for the user.
    fixed
        Settings that are not searched after all.
    command
        What best.toml names as the command that searched.

    Returns
    -------
    TuneResult
        The trials, of which the best one's settings are in best.toml.

    Raises
    ------
    SettingsError
        If the space, the storage or the folder cannot be used, a file is there that is not of an
        earlier search, or the tuning was started with other settings or data.
    TrainingError
        If the storage fails, or several trials fail one after another.
    InterruptionError
        If Ctrl-C was pressed.
    """
    settings = _with_accuracy_monitor(settings)
    _check_one_process(settings.train)
    check_outputs(settings)
    space = read_space(settings.train, settings.tune.space, fixed)
    faces = _faces(settings, samples)
    tuning, out = settings.tune, _folder(settings)
    make_folder(out, setting="out")
    with quiet("optuna"), open_storage(tuning.storage, out, tuning.heartbeat) as storage:
        trials = _open_trials(storage, settings, space, faces)
        _check_folder(out, trials)
        say(f"Searching the settings of {settings.train.net} in {counted(tuning.trials, 'trial')}:")
        for key, values in space.items():
            say(f"  {key}: {values}")
        with Display(trials) as display:
            search = _Search(settings, faces, out, trials, display, command)
            _run_trials(search)
        _finish(search)
        draw_figures(trials.study, space, out, say)
        return TuneResult(out, space, tuning.trials, tuple(trials.all()))


def check_outputs(settings: Settings) -> None:
    """Refuse a folder where files of the user's would be replaced, before the data is read.

    Raises
    ------
    SettingsError
        If a file is there that an earlier search did not write.
    OutputError
        If the folder can neither be written to nor made.
    """
    paths = (settings.data, *(getattr(settings.train, name) for name in FILES))
    inputs = [path for path in paths if path is not None]
    check_folder_of_outputs(_folder(settings), _OUTPUTS, inputs)


def _folder(settings: Settings) -> Path:
    return settings.tune.out or Path("runs") / f"tuning-{_name(settings)}"


def _name(settings: Settings) -> str:
    return settings.tune.name or settings.train.net


def _faces(settings: Settings, samples: Samples | None) -> TrainingSamples:
    """Return the faces of all trials, with some to learn from and some to validate on."""
    faces = training_samples(settings) if samples is None else prepare(settings.train, samples)
    for split in ("train", "validation"):
        faces.split(split)
    return faces


def _open_trials(
    storage: Storage, settings: Settings, space: Space, faces: TrainingSamples
) -> Trials:
    tuning = settings.tune
    return Trials.open(
        storage,
        _name(settings),
        space,
        fingerprint(settings, space, faces),
        target=tuning.trials,
        seed=tuning.seed,
        startup=tuning.startup,
        warm_up=tuning.warm_up,
    )


def _with_accuracy_monitor(settings: Settings) -> Settings:
    """Keep each trial's most accurate epoch, unless the settings say which is the best."""
    if "monitor" in settings.train.model_fields_set:
        return settings
    train = settings.train.model_copy(update={"monitor": "val_accuracy"})
    return settings.model_copy(update={"train": train})


def _check_one_process(train: TrainSettings) -> None:
    """Refuse several processes for a trial, since each of them would claim a trial of its own."""
    if train.devices * train.nodes > 1:
        raise SettingsError(
            "A trial is trained by one process, but devices and nodes ask for"
            f" {train.devices * train.nodes}.",
            "Set both to 1, and start several workers that share a PostgreSQL storage.",
            "devices" if train.devices > 1 else "nodes",
        )


def _run_trials(search: _Search) -> None:
    """Run trials while there are any; wait for those of others, which may die and leave theirs."""
    failures = 0
    while True:
        try:
            search.display.update("")
            trial = search.trials.claim()
            if trial is None:
                if not _wait(search):
                    return
                continue
            reason = _run(search, trial)
        except KeyboardInterrupt as error:
            raise _interruption() from error
        failures = failures + 1 if reason else 0
        if failures == MAX_FAILURES:
            raise TrainingError(
                f"{MAX_FAILURES} trials in a row failed. The last error was: {reason}",
                f"Fix that or narrow [tune.space]. {RESUME_HINT}",
            )


def _wait(search: _Search) -> bool:
    """Wait a little while others run the last trials; False if there is nothing to wait for."""
    running = search.trials.running()
    if not running or len(search.trials.finished()) >= search.trials.target:
        return False
    numbers = ", ".join(str(trial.number) for trial in running)
    search.display.update(f"Waiting for trial {numbers} of another worker.")
    time.sleep(min(5, search.trials.storage.heartbeat / 2))
    return True


def _run(search: _Search, trial: Trial) -> str:
    """Run a trial and record how it ended; return why it failed, if that was its own fault."""
    try:
        _train(search, trial)
    except UpdateFinishedTrialError:
        search.display.say(
            f"Trial {trial.number} missed its heartbeats, so another worker runs it now."
        )
        remove_run(search.out, trial.number)
        return ""
    except InterruptionError as error:
        _release(search, trial)
        raise _interruption() from error
    except TrainingError as error:
        search.trials.fail(trial, str(error))
        search.display.report(trial.number)
        return str(error)
    except OSError as error:
        _release(search, trial)
        raise OutputError(f"Trial {trial.number} cannot be written: {error}.", FIX) from error
    except (SettingsError, OutputError) as error:
        _release(search, trial)
        # A run's own fix is to resume the run.
        raise type(error)(error.problem, FIX, error.setting) from error
    except BaseException:
        _release(search, trial)
        raise
    _keep(search, trial.number)
    return ""


def _train(search: _Search, trial: Trial) -> None:
    """Train with a trial's values, and record its accuracy or that it was pruned."""
    epochs = search.settings.train.epochs

    def report(epoch: int, accuracy: float) -> None:
        search.display.update(
            f"Trial {trial.number}: epoch {epoch} of {epochs}, accuracy {accuracy:.4f}."
        )

    try:
        with search.trials.storage.heartbeats(trial._trial_id):
            accuracy, epoch = run_trial(
                trial, search.settings, search.samples, search.out, search.display.say, report
            )
        search.trials.complete(trial, accuracy, epoch)
    except optuna.TrialPruned:
        search.trials.prune(trial)


def _keep(search: _Search, number: int) -> None:
    """Keep what is worth keeping of a finished trial."""
    remove_checkpoints(search.out, number, search.settings.tune.keep)
    search.display.report(number)
    _write_best(search)


def _write_best(search: _Search) -> None:
    """Write best.toml, if any trial is complete."""
    best = search.trials.best()
    if best is not None:
        path = search.out / _BEST
        write_best(best, search.settings, path, search.trials.all(), search.command)


def _release(search: _Search, trial: Trial) -> None:
    """Leave a trial to be run again, and nothing of it on the disk."""
    remove_run(search.out, trial.number)
    # If the storage fails too, on the same full disk for instance, the trial stays marked as
    # running, and whoever opens the storage next sees that it is dead.
    with contextlib.suppress(SQLAlchemyError, StorageInternalError, UpdateFinishedTrialError):
        search.trials.release(trial)


def _finish(search: _Search) -> None:
    """Tidy the folder after all trials, and write what is best of them all."""
    for trial in search.trials.all():
        if trial.state in FINISHED:
            remove_checkpoints(search.out, trial.number, search.settings.tune.keep)
        elif "failed" not in trial.user_attrs and trial.state.is_finished():
            remove_run(search.out, trial.number)
    _write_best(search)


def _check_folder(out: Path, trials: Trials) -> None:
    """Refuse a folder with trials of another tuning."""
    # In this order: another worker may start a trial in between.
    numbers = [
        int(match[1])
        for folder in out.iterdir()
        if (match := re.fullmatch(r"trial-(\d+)", folder.name))
    ]
    if numbers and max(numbers) >= len(trials.all()):
        raise SettingsError(
            f"{run_folder(out, max(numbers))} belongs to another tuning than"
            f" {trials.study.study_name!r}.",
            "Choose another folder, or remove that one.",
            "out",
        )


def _interruption() -> MienError:
    return InterruptionError("The tuning was interrupted.", RESUME_HINT)
