"""The command mien tune."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

import typer

from mien.cli.options import flag, with_flags
from mien.errors import require
from mien.settings import Settings, TrainSettings, TuneFlags, load

app = typer.Typer(add_completion=False)


class _Flags(TuneFlags, TrainSettings):
    """What can be said of the search and of every trial; where both have a name, the search's."""


@app.command()
@with_flags(_Flags)
def tune(
    data: Path | None = flag(Settings, "data"),
    skip_bad: bool | None = flag(Settings, "skip_bad"),
    config: Path | None = typer.Option(
        None, help="TOML file with settings, such as a recipe, or ranges under tune.space."
    ),
    *,
    flags: dict[str, Any],
) -> None:
    """Search the settings with which a network learns best.

    A setting that is given as a flag is not searched. Trials are compared by their accuracy on
    PublicTest, and a killed tuning goes on by the same command.
    """
    search = {key: value for key, value in flags.items() if key in TuneFlags.model_fields}
    train = {key: value for key, value in flags.items() if key not in search}
    settings = load(config, data=data, skip_bad=skip_bad, train=train, tune=search)
    given = {key for key, value in train.items() if value is not None}
    run_tune(settings, given, _command(settings.tune.storage))


def run_tune(
    settings: Settings, fixed: set[str] | None = None, command: str = "python main.py"
) -> None:
    """Search as the settings say, and print what was found."""
    require("lightning", "train")
    require("optuna", "tune")
    from mien.training import training_samples
    from mien.tuning.tune import tune as search

    samples = training_samples(settings, settings.data_or_fail())
    search(settings, samples, typer.echo, fixed, command)


def _command(storage: str | None) -> str:
    """Repeat the command, without the password that may stand in it."""
    words = ["..." if storage and storage in word else word for word in sys.argv[1:]]
    return shlex.join(["mien", *words])
