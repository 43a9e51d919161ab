"""The command mien train."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mien.cli.messages import say_skipped
from mien.cli.options import flag, with_flags
from mien.errors import SettingsError, require
from mien.settings import Settings, TrainSettings, load

if TYPE_CHECKING:
    from mien.training import Run, TrainingSamples
    from mien.training.callbacks import Progress

app = typer.Typer(add_completion=False)

_LONG = 100_000
"""Faces in all epochs from which a training counts as long."""


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
    from mien import nets, training
    from mien.training.distributed import Processes

    # Before the data is read, which may take minutes.
    nets.options(settings.train.net, settings.train.model_dump())
    samples = training.training_samples(settings)
    say_samples(samples, settings)
    run = training.train(settings, samples, typer.echo, _progress(settings, samples))
    if Processes.of(settings.train).first:
        _print_result(run)


def say_samples(samples: TrainingSamples, settings: Settings) -> None:
    """Print on stderr which training faces were left out, and what is odd about the others."""
    say_skipped(samples.skipped)
    if samples.left_out:
        typer.echo(f"mien: {samples.left_out}", err=True)
    if samples.whole_photos is not None:
        typer.echo(f"mien: {samples.whole_photos.about(settings.train.input_spec)}", err=True)


def _progress(settings: Settings, samples: TrainingSamples) -> Progress:
    """Return what shows a training's progress, after a hint on its speed if there is one."""
    from mien.training.callbacks import Progress
    from mien.training.trainer import bfloat16_would_help

    class ProgressAfterHint(Progress):
        def on_train_start(self, *rest: Any) -> None:
            """Give the hint once nothing can be wrong with the command any more."""
            if _worth_a_hint(settings, samples) and bfloat16_would_help(settings.train):
                typer.echo(
                    "This CPU is fast in bfloat16: with --precision bfloat16, training takes"
                    " little more than half the time."
                )
            super().on_train_start(*rest)

    return ProgressAfterHint(settings.train.net, samples.validation.short_name)


def _worth_a_hint(settings: Settings, samples: TrainingSamples) -> bool:
    """Return whether somebody is watching a training that may take minutes."""
    faces = settings.train.subset * len(samples.split("train"))
    return sys.stdout.isatty() and settings.train.epochs * faces >= _LONG


def run_resume(folder: Path, data: Path | None) -> None:
    """Resume a run on its own data, or where that is now, and print the result."""
    require("lightning", "train")
    from mien import training
    from mien.training.distributed import Processes

    settings = training.Run.open(folder).settings()
    samples = training.training_samples(settings, data)
    say_samples(samples, settings)
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
