"""The command mien train."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mien.cli.options import flag, with_flags
from mien.cli.reading import read_samples
from mien.errors import SettingsError, require
from mien.settings import Settings, TrainSettings, load

if TYPE_CHECKING:
    from mien.data import Samples
    from mien.training import Run

app = typer.Typer(add_completion=False)


@app.command()
@with_flags(TrainSettings)
def train(
    data: Path | None = flag(Settings, "data"),
    skip_bad: bool | None = flag(Settings, "skip_bad"),
    config: Path | None = typer.Option(None, help="TOML file with settings, such as a recipe."),
    resume: Path | None = typer.Option(
        None, help="Run folder to go on with, from its last finished epoch, as it was set up."
    ),
    *,
    flags: dict[str, Any],
) -> None:
    """Train a network on labelled faces."""
    if resume is None:
        run_train(load(config, data=data, skip_bad=skip_bad, train=flags))
        return
    changed = [key for key, value in flags.items() if value is not None]
    if changed or config:
        raise SettingsError(
            f"--resume takes its settings from the run, but got {', '.join(changed) or 'config'}.",
            "Leave them out, or start a new run.",
        )
    run_resume(resume, data)


def run_train(settings: Settings) -> None:
    """Train as the settings say, and print where the run lies."""
    require("lightning", "train")
    from mien import training
    from mien.training.distributed import Processes
    from mien.training.fit import advice

    first = Processes.of(settings.train).first
    samples = training_samples(settings, settings.data_or_fail())
    if first and (said := advice(settings.train)):
        typer.echo(said)
    run = training.train(settings, samples, typer.echo)
    if first:
        _report(run)


def run_resume(folder: Path, data: Path | None) -> None:
    """Go on with a run, on its own data or where that now lies."""
    require("lightning", "train")
    from mien import training
    from mien.training.distributed import Processes

    settings = training.Run.open(folder).settings()
    samples = training_samples(settings, data or settings.data_or_fail())
    run = training.resume(folder, samples, typer.echo)
    if Processes.of(settings.train).first:
        _report(run)


def training_samples(settings: Settings, data: Path) -> Samples:
    """Read the data of a training, less the Training faces that are to be left out."""
    from mien.data.join import exclude

    samples = read_samples(data, settings.skip_bad)
    listed = settings.train.exclude
    return samples if listed is None else exclude(samples, listed, split="train")


def _report(run: Run) -> None:
    best = run.read_card()["best"]
    typer.echo(
        f"{run.folder}: best epoch {best['epoch']}, validation accuracy"
        f" {best['val_accuracy']:.4f}, loss {best['val_loss']:.4f}. Curves: {run.curves}."
    )
