"""The command mien tune."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mien.cli.options import flag, with_flags
from mien.cli.train import say_samples
from mien.errors import require
from mien.settings import Settings, TrainSettings, TuneFlags, load

if TYPE_CHECKING:
    from mien.tuning import TuneResult

app = typer.Typer(add_completion=False)


class _Flags(TuneFlags, TrainSettings):
    """The flags of the search and of every trial; if both have a name, the search's."""


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
    """Search for the settings with which a network learns best.

    A setting that is given as a flag is not searched. Trials are compared by their accuracy on
    the validation faces (PublicTest of FER-2013). After an interruption the same command
    continues the search.
    """
    search = {key: value for key, value in flags.items() if key in TuneFlags.model_fields}
    train = {key: value for key, value in flags.items() if key not in search}
    settings = load(config, data=data, skip_bad=skip_bad, train=train, tune=search)
    fixed = {key for key, value in train.items() if value is not None}
    run_tune(settings, fixed, _command(settings.tune.storage))


def run_tune(
    settings: Settings, fixed: set[str] | None = None, command: str = "python main.py"
) -> None:
    """Search as the settings say, and print the best trials."""
    require("lightning", "train")
    require("optuna", "tune")
    from mien import tuning
    from mien.training import training_samples

    # Before the data is read, which may take minutes.
    tuning.check_outputs(settings)
    samples = training_samples(settings)
    say_samples(samples, settings)
    _report(tuning.tune(settings, samples, typer.echo, fixed or set(), command))


def _report(result: TuneResult) -> None:
    """Print the best trials, and how to train with the best one's settings."""
    from mien.cli.tables import console
    from mien.tuning.display import counts, line, table
    from mien.tuning.trials import about_ties

    output = console()
    output.print(table(result.trials, result.space, output.width))
    typer.echo(counts(result.trials, result.target))
    if result.best is not None:
        text = line(result.best)
        typer.echo(f"Best: {text[0].lower()}{text[1:]}")
        if ties := about_ties(result.trials):
            typer.echo(ties)
        typer.echo(f"Train with these settings: mien train --config {result.best_file}")


def _command(storage: str | None) -> str:
    """Repeat the command, without the password that may be in it."""
    words = ["..." if storage and storage in word else word for word in sys.argv[1:]]
    return shlex.join(["mien", *words])
