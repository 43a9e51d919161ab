"""The command mien batch."""

from __future__ import annotations

import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mien.cli.options import with_flags
from mien.cli.signals import ended_by_signals
from mien.image import UNREADABLE
from mien.progress import progress
from mien.settings import BatchSettings, Settings, load
from mien.words import counted, plural, printable

if TYPE_CHECKING:
    from mien.batch import BatchJob, BatchResult

app = typer.Typer(add_completion=False)


@app.command()
@with_flags(BatchSettings)
def batch(
    sources: list[str] | None = typer.Argument(
        None,
        metavar="SOURCE...",
        help="Folders (with their subfolders), globs, text lists (.txt), Parquet files with"
        " pictures, or tar files of them; paths, or URLs such as s3://bucket/photos.",
        show_default=False,
    ),
    config: Path | None = typer.Option(None, help="TOML file with settings."),
    *,
    flags: dict[str, Any],
) -> None:
    """Read millions of pictures into one table, shard by shard.

    Repeat the command to go on with a run that was interrupted. Exit code: 0 if everything was
    read, 1 if some pictures could not be, 2 for wrong usage.
    """
    raise typer.Exit(run_batch(load(config, batch={"sources": sources or None, **flags})))


def run_batch(settings: Settings) -> int:
    """Read pictures in shards as the settings say, and print what is there.

    Returns
    -------
    int
        The exit code: 0 if everything was read, 1 if some pictures could not be; the first are
        named on stderr.

    Raises
    ------
    SettingsError, DataError, OutputError, NetError, MissingExtraError, InterruptionError
        As `mien.batch.BatchJob`.
    """
    from mien.batch import BatchJob

    # Pillow warns of odd metadata, which does not help the user.
    warnings.filterwarnings("ignore", module=r"PIL\.")
    with ended_by_signals(), BatchJob(settings.batch) as job:
        _say_plan(job)
        begun = time.monotonic()
        with progress("Reading pictures", unit="pictures") as update:
            result = job.run(update)
        seconds = time.monotonic() - begun
    _say_result(result, seconds)
    typer.echo(f"  -> {printable(settings.batch.out or '')}")
    _say_failures(result)
    return int(result.failures > 0)


def _say_plan(job: BatchJob) -> None:
    """Say on stderr what is to be read, and what was left out."""
    for suffix, number in sorted(job.plan.left_out.items()):
        typer.echo(f"mien: Left out {_left_out(suffix, number)}.", err=True)
    missing = len(job.shards_missing())
    rest = f"{counted(missing, 'shard')} to be read here" if missing else "nothing is missing here"
    shards = counted(job.plan.shards, "shard")
    typer.echo(f"{counted(job.plan.inputs, 'picture')} in {shards}; {rest}.")


def _left_out(suffix: str, number: int) -> str:
    """Say in words how many files were left out, and why."""
    files = counted(number, "file")
    if suffix == "mien":
        return f"{files} that mien wrote"
    if suffix in UNREADABLE:
        return f"{files} ({suffix}) in a format that is not supported"
    kind = plural(number, "which is not a picture", "which are not pictures")
    return f"{files} ({printable(suffix) or 'no extension'}), {kind}"


def _say_result(result: BatchResult, seconds: float) -> None:
    if result.read:
        typer.echo(
            f"Read {counted(result.read, 'picture')} in {seconds:,.0f} s,"
            f" {result.read / max(seconds, 1e-3):,.1f} a second."
        )
    faces = counted(result.faces, "face")
    state = "complete" if result.complete else "other shares are missing"
    typer.echo(f"{counted(result.inputs, 'picture')}, {faces}; {state}.")


def _say_failures(result: BatchResult) -> None:
    """Name on stderr the first pictures that could not be read."""
    if not result.failures:
        return
    count = counted(result.failures, "picture")
    lines = [f"mien: {count} could not be read; the column error says why:"]
    lines += [printable(error) for _, error in result.examples]
    if result.failures > len(result.examples):
        lines.append(f"and {result.failures - len(result.examples):,} more.")
    typer.echo("\n  ".join(lines), err=True)
