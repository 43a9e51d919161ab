"""The command mien evaluate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typer

from mien.cli.options import flag, with_flags
from mien.errors import SettingsError, require
from mien.settings import EvaluateSettings, Settings, load

app = typer.Typer(add_completion=False)

_ELSEWHERE = "Name another file with --json."

_OF_CROPS = {
    "against": "--against",
    "votes": "--votes",
    "groups": "--groups",
    "exclude": "--exclude",
    "predictions": "--predictions",
    "target_accuracy": "--target-accuracy",
    "sets": "--sets",
    "corrupt": "--corrupt",
}
"""Settings that do not go with --detect, and their flags."""


@app.command()
@with_flags(EvaluateSettings)
def evaluate(
    data: Path | None = typer.Argument(None, help="Zip, folder, CSV or Parquet with labels."),
    skip_bad: bool | None = flag(Settings, "skip_bad"),
    config: Path | None = typer.Option(None, help="TOML file with settings."),
    *,
    flags: dict[str, Any],
) -> None:
    """Measure a network on labelled faces."""
    run_evaluate(load(config, data=data, skip_bad=skip_bad, evaluate=flags))


def run_evaluate(settings: Settings) -> None:
    """Score the networks, print tables, and write the scores where a file was named."""
    from mien.cli.findings import show
    from mien.cli.scoring import score_nets, score_pictures
    from mien.files import write
    from mien.models import names

    wanted = settings.evaluate
    _prepare(wanted)
    nets = names() if wanted.net == "all" else (wanted.net,)
    results = score_pictures(settings, nets) if wanted.detect else score_nets(settings, nets)
    for result in results:
        show(result)
    if wanted.json_file is not None:
        content = results if wanted.net == "all" else results[0]
        write(wanted.json_file, (json.dumps(content, indent=2) + "\n").encode(), _ELSEWHERE)


def _prepare(wanted: EvaluateSettings) -> None:
    """Refuse what cannot be done, and make the folders, before any work is done for them."""
    from mien.cli.spoiling import prepare
    from mien.files import make_folder

    crops = [name for field, name in _OF_CROPS.items() if getattr(wanted, field) is not None]
    if wanted.detect and crops:
        raise SettingsError(
            f"{crops[0]} measures crops, and --detect makes its own.", "Leave one of them out."
        )
    if wanted.predictions is not None:
        if wanted.net == "all":
            raise SettingsError(
                "--predictions keeps what one network said, and --net is all.",
                "Name one network with --net.",
            )
        require("pyarrow.parquet", "train")
        make_folder(wanted.predictions.parent, "Name another file with --predictions.")
    prepare(wanted)
    if wanted.json_file is not None:
        make_folder(wanted.json_file.parent, _ELSEWHERE)
