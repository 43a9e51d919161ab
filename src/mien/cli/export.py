"""The command mien export."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mien.cli.options import flag
from mien.cli.reading import read_samples
from mien.errors import SettingsError, require
from mien.settings import Settings

if TYPE_CHECKING:
    from mien.fer2013 import Samples
    from mien.training import Run

app = typer.Typer()

_ELSEWHERE = "Name a folder that you may write to with --out."


@app.command()
def export(
    runs: list[Path] = typer.Argument(
        ..., help="Folder of a finished run, such as runs/lobonet; of several, an ensemble."
    ),
    name: str = typer.Option(..., help="Name of the network, which its files get."),
    out: Path = typer.Option(Path(), help="Folder to write NAME.onnx and NAME.json to."),
    data: Path | None = flag(Settings, "data"),
    corruptions: bool = typer.Option(
        False,
        "--corruptions",
        help="Score the network on spoilt faces too, for its card; takes minutes.",
    ),
) -> None:
    """Turn a finished run into an ONNX network with its card.

    Of two to five runs it makes one network that averages what they say, with equal weights.

    The temperature and the thresholds of `mien detect --sets` are fitted, and the scores are
    measured, on PublicTest of the run's own data. `mien card` then writes the card as Markdown.
    """
    require("lightning", "train")
    from mien.cli.spoiling import progress
    from mien.evaluation.cards import make_card, together
    from mien.files import make_folder, write
    from mien.training.export import INPUT, export_onnx

    if not name.replace("-", "").replace("_", "").isalnum():
        raise SettingsError(
            f"Expected a name of letters, digits, - and _, got {name!r}.",
            "Use for example --name my-net.",
        )
    opened, samples = _open(runs, data)
    run_card = together([(run.folder.name, run.read_card()) for run in opened])
    make_folder(out, _ELSEWHERE)
    onnx = out / f"{name}.onnx"
    export_onnx(opened, onnx)
    with progress() if corruptions else nullcontext() as tell:
        card = make_card(name, onnx, run_card, INPUT, samples, corruptions, tell)
    write(onnx.with_suffix(".json"), card.to_json().encode(), _ELSEWHERE)
    public = card.scores["public"]
    typer.echo(f"{onnx}: accuracy {public['accuracy']:.4f} on PublicTest. Use it: --net {onnx}.")


def _open(folders: list[Path], data: Path | None) -> tuple[list[Run], Samples]:
    """Open the runs, and read the data that all of them were trained on."""
    from mien.training.run import Run

    if len({folder.resolve() for folder in folders}) < len(folders):
        raise SettingsError("A run is named twice.", "An ensemble gains by runs that differ.")
    runs = [Run.open(folder) for folder in folders]
    settings = runs[0].settings()
    path = data or settings.data_or_fail()
    samples = read_samples(path, settings.skip_bad)
    for run in runs:
        if run.read_card()["data"]["sha256"] != samples.sha256:
            raise SettingsError(
                f"The run {run.folder} was trained on other data than {path}.",
                "Name its own data with --data.",
            )
    return runs, samples
