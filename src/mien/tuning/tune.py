"""Searches a network's settings, trial by trial, alone or with other workers.

::

    OUT/
      tuning.db                    the trials, where no --storage is named
      best.toml                    the best trial's settings, for mien train
      history, importance, parallel   figures, each as PNG and SVG
      trial-000, trial-001, ...    run folders without checkpoints
"""

from __future__ import annotations

import contextlib
import dataclasses
import re
import time
from collections.abc import Callable
from pathlib import Path

import optuna
from optuna.exceptions import StorageInternalError, UpdateFinishedTrialError
from optuna.trial import FrozenTrial, Trial
from sqlalchemy.exc import SQLAlchemyError

from mien.data import Samples
from mien.errors import OutputError, SettingsError, TrainingError
from mien.files import make_folder
from mien.settings import Settings
from mien.training.resume_or_train import AGAIN
from mien.training.silence import quiet
from mien.tuning.display import Board, counts, line, table
from mien.tuning.figures import draw_figures
from mien.tuning.fingerprint import check_alone, judged_by_accuracy, terms_of
from mien.tuning.space import read_space
from mien.tuning.storage import open_storage
from mien.tuning.trial import FIX, folder, remove, run_trial, tidy, write_best
from mien.tuning.trials import FINISHED, Ledger

IN_A_ROW = 3
"""Failed trials after which it is not the trials that are to blame."""

Say = Callable[[str], None]


@dataclasses.dataclass(frozen=True)
class _Search:
    """What all steps of a tuning need."""

    settings: Settings
    samples: Samples
    out: Path
    ledger: Ledger
    board: Board
    command: str


def tune(
    settings: Settings,
    samples: Samples,
    say: Say = print,
    fixed: set[str] | None = None,
    command: str = "mien tune",
) -> FrozenTrial | None:
    """Run trials until as many as wanted are finished, by whatever worker.

    Parameters
    ----------
    settings
        ``tune``: how to search; ``train``: how every trial trains but for what is searched.
    samples
        Faces with a ``train`` and a ``public`` split; PublicTest judges the trials.
    say
        Called with sentences for the user.
    fixed
        Settings that are not searched after all.
    command
        What best.toml says that it was found by.

    Returns
    -------
    optuna.trial.FrozenTrial or None
        The best trial, if one went to the end.

    Raises
    ------
    SettingsError
        If the space, the storage or the folder cannot be used, or the tuning was begun otherwise.
    TrainingError
        If the tuning was interrupted, its storage fails, or trials fail one after another.
    """
    settings = judged_by_accuracy(settings)
    check_alone(settings.train)
    wanted, name = settings.tune, settings.tune.name or settings.train.net
    space = read_space(settings.train, wanted.space, fixed or set())
    for split in ("train", "public"):
        samples.split(split)
    out = wanted.out or Path("runs") / f"tuning-{name}"
    make_folder(out, "Name another folder with --out.")
    terms = terms_of(settings, space, samples)
    with quiet("optuna"), open_storage(wanted.storage, out, wanted.heartbeat) as storage:
        ledger = Ledger.open(
            storage,
            name,
            space,
            terms,
            wanted=wanted.trials,
            seed=wanted.seed,
            startup=wanted.startup,
            warm_up=wanted.warm_up,
        )
        _check_folder(out, ledger)
        say(f"Searching the settings of {settings.train.net}, {wanted.trials} trials in all:")
        for key, found in space.items():
            say(f"  {key}: {found}")
        with Board(ledger) as board:
            _work(_Search(settings, samples, out, ledger, board, command))
        return _report(ledger, settings, out, say, command)


def _work(search: _Search) -> None:
    """Run trials while there are any; wait for those of others, which may die and be left."""
    failures: list[str] = []
    while True:
        try:
            search.board.show("")
            trial = search.ledger.claim()
            if trial is None:
                if not _wait(search):
                    return
                continue
            reason = _run(search, trial)
        except KeyboardInterrupt as error:
            raise TrainingError("The tuning was interrupted.", AGAIN) from error
        failures = [*failures, reason] if reason else []
        if len(failures) == IN_A_ROW:
            raise TrainingError(
                f"{IN_A_ROW} trials in a row failed, the last one so: {reason}",
                "Mend that or narrow [tune.space], then give the same command again.",
            )


def _wait(search: _Search) -> bool:
    """Wait a little while others run the last trials; False once there is nothing to wait for."""
    running = search.ledger.still_running()
    if not running or len(search.ledger.finished()) >= search.ledger.wanted:
        return False
    numbers = ", ".join(str(trial.number) for trial in running)
    search.board.show(f"Waiting for trial {numbers} of another worker.")
    time.sleep(min(5, search.ledger.storage.heartbeat / 2))
    return True


def _run(search: _Search, trial: Trial) -> str:
    """Run a trial and note what came of it; gives why it failed, if it did by its own fault."""
    ledger, board = search.ledger, search.board
    epochs = search.settings.train.epochs

    def seen(epoch: int, accuracy: float) -> None:
        board.show(f"Trial {trial.number}: epoch {epoch} of {epochs}, accuracy {accuracy:.4f}.")

    try:
        with ledger.storage.alive(trial._trial_id):
            accuracy, epoch = run_trial(
                trial, search.settings, search.samples, search.out, board.say, seen
            )
        ledger.finish(trial, accuracy, epoch)
    except optuna.TrialPruned:
        ledger.prune(trial)
    except UpdateFinishedTrialError:
        board.say(f"Trial {trial.number} took too long to show signs of life: another has it now.")
        remove(search.out, trial.number)
        return ""
    except TrainingError as error:
        if isinstance(error.__cause__, SystemExit):
            _give_back(search, trial)
            raise TrainingError("The tuning was interrupted.", AGAIN) from error
        ledger.fail(trial, str(error))
        board.finished(trial.number)
        return str(error)
    except OSError as error:
        _give_back(search, trial)
        raise SettingsError(f"Trial {trial.number} cannot be written: {error}.", FIX) from error
    except (SettingsError, OutputError) as error:
        _give_back(search, trial)
        # A run's own advice is to go on with it.
        raise SettingsError(error.problem, FIX) from error
    except BaseException:
        _give_back(search, trial)
        raise
    _settle(search, trial.number)
    return ""


def _settle(search: _Search, number: int) -> None:
    """Keep what is worth keeping of a finished trial."""
    tidy(search.out, number, search.settings.tune.keep)
    search.board.finished(number)
    best = search.ledger.best()
    if best is not None:
        finished = len(search.ledger.finished())
        write_best(best, search.settings, search.out / "best.toml", finished, search.command)


def _give_back(search: _Search, trial: Trial) -> None:
    """Leave a trial to be run again, and nothing of it on the disk."""
    remove(search.out, trial.number)
    # Where the storage fails too, on the same full disk say, the trial stays running, and whoever
    # opens the storage next sees that it is dead.
    with contextlib.suppress(SQLAlchemyError, StorageInternalError, UpdateFinishedTrialError):
        search.ledger.give_back(trial)


def _report(
    ledger: Ledger, settings: Settings, out: Path, say: Say, command: str
) -> FrozenTrial | None:
    """Draw the figures and say what was found."""
    from rich.console import Console

    trials, best = ledger.trials(), ledger.best()
    for trial in trials:
        if trial.state in FINISHED:
            tidy(out, trial.number, settings.tune.keep)
        elif "failed" not in trial.user_attrs and trial.state.is_finished():
            remove(out, trial.number)
    Console(soft_wrap=True).print(table(trials, ledger.space, Console().width))
    draw_figures(ledger.study, ledger.space, out, say)
    say(counts(trials, ledger.wanted))
    if best is not None:
        path = out / "best.toml"
        write_best(best, settings, path, len(ledger.finished()), command)
        say(f"Best, {line(best)[0].lower()}{line(best)[1:]}")
        say(f"Train it by: mien train --config {path}")
    return best


def _check_folder(out: Path, ledger: Ledger) -> None:
    """Refuse a folder with trials of another tuning."""
    # In this order: another worker may begin a trial in between.
    there = [int(found[1]) for each in out.iterdir() if (found := _numbered(each.name))]
    known = len(ledger.trials())
    if there and max(there) >= known:
        raise SettingsError(
            f"{folder(out, max(there))} is of another tuning than {ledger.study.study_name!r}.",
            "Name another folder with --out, or remove that one.",
        )


def _numbered(name: str) -> re.Match[str] | None:
    return re.fullmatch(r"trial-(\d+)", name)
