"""The command mien study."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from mien.cli.messages import say_skipped
from mien.cli.options import flag, with_flags
from mien.cli.outputs import say_written
from mien.errors import InterruptionError, require
from mien.settings import Settings, StudySettings, load

app = typer.Typer(add_completion=False)


@app.command()
@with_flags(StudySettings)
def study(
    data: Path | None = flag(Settings, "data"),
    skip_bad: bool | None = flag(Settings, "skip_bad"),
    config: Path | None = typer.Option(None, help="TOML file with settings."),
    *,
    flags: dict[str, Any],
) -> None:
    """Repeat the study that mien grew out of, on one page.

    It trains the study's four networks with the study's own settings and lobonet with tuned ones,
    whatever the section train says, and compares what the study reported with what was measured.
    The same command resumes where it was interrupted. --subset 0.1 --epochs 3 gives a quick look.
    """
    run_study(load(config, data=data, skip_bad=skip_bad, study=flags))


def run_study(settings: Settings) -> None:
    """Repeat the study as the settings say, and print where its page is."""
    require("lightning", "train")
    require("matplotlib.figure", "train")
    from mien.data import read
    from mien.study import run
    from mien.training.run import RESUME_HINT

    data = settings.data_or_fail()
    run.check_outputs(settings)
    samples = read(data, skip_bad=settings.skip_bad, limits=settings.limits)
    say_skipped(samples.skipped)
    try:
        place = run.run_study(settings, samples, typer.echo)
    except KeyboardInterrupt as error:
        # Between trainings; a training itself raises the same error.
        raise InterruptionError("The study was interrupted.", RESUME_HINT) from error
    typer.echo(f"Its numbers and figures are in {place.folder}.")
    say_written(place.page)
