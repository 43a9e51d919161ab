"""The command mien train."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mien.cli.messages import say_skipped
from mien.cli.options import flag, with_flags
from mien.errors import SettingsError, require
from mien.settings import Settings, TrainSettings, load

if TYPE_CHECKING:
    from mien.training import Run

app = typer.Typer(add_completion=False)


@app.command()
@with_flags(TrainSettings)
def train(
    data: Path | None = flag(Settings, "data"),
    skip_bad: bool | None = flag(Settings, "skip_bad"),
    config: Path | None = typer.Option(None, help="TOML file with settings, such as a recipe."),
    resume: Path | None = typer.Option(
        None, help="Run folder to resume after its last finished epoch, with its own settings."
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
            f"A resumed run keeps its own settings, but got {', '.join(changed) or 'config'}.",
            "Leave them out, or start a new run.",
            "resume",
        )
    run_resume(resume, data)


def run_train(settings: Settings) -> None:
    """Train as the settings say, and print the result."""
    require("lightning", "train")
    from mien import training
    from mien.training.distributed import Processes
    from mien.training.trainer import bfloat16_would_help

    first = Processes.of(settings.train).first
    samples = training.training_samples(settings)
    say_skipped(samples.skipped)
    if first and bfloat16_would_help(settings.train):
        typer.echo(
            "This CPU is fast in bfloat16: with --precision bfloat16, training takes little more"
            " than half the time."
        )
    run = training.train(settings, samples, typer.echo)
    if first:
        _print_result(run)


def run_resume(folder: Path, data: Path | None) -> None:
    """Resume a run, on its own data or where that lies now, and print the result."""
    require("lightning", "train")
    from mien import training
    from mien.training.distributed import Processes

    settings = training.Run.open(folder).settings()
    samples = training.training_samples(settings, data)
    say_skipped(samples.skipped)
    run = training.resume(folder, samples, typer.echo)
    if Processes.of(settings.train).first:
        _print_result(run)


def _print_result(run: Run) -> None:
    record = run.record()
    best = record.best
    typer.echo(
        f"{run.folder}: best epoch {best.epoch}, accuracy {best.val_accuracy:.4f} and loss"
        f" {best.val_loss:.4f} on {record.validation}. Curves: {run.curves}."
    )
