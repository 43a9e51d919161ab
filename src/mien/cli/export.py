"""The command mien export."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import typer

from mien.cli.options import flag
from mien.cli.reading import read_samples
from mien.errors import SettingsError, require
from mien.settings import Settings

app = typer.Typer()

_ELSEWHERE = "Name a folder that you may write to with --out."


@app.command()
def export(
    run: Path = typer.Argument(..., help="Folder of a finished run, such as runs/lobonet."),
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

    The temperature and the thresholds of `mien detect --sets` are fitted, and the scores are
    measured, on PublicTest of the run's own data. `mien card` then writes the card as Markdown.
    """
    require("lightning", "train")
    from mien.cli.spoiling import progress
    from mien.evaluation.cards import make_card
    from mien.files import make_folder, write
    from mien.training.export import INPUT, export_onnx
    from mien.training.run import Run

    if not name.replace("-", "").replace("_", "").isalnum():
        raise SettingsError(
            f"Expected a name of letters, digits, - and _, got {name!r}.",
            "Use for example --name my-net.",
        )
    opened = Run.open(run)
    run_card, settings = opened.read_card(), opened.settings()
    samples = read_samples(data or settings.data_or_fail(), settings.skip_bad)
    if samples.sha256 != run_card["data"]["sha256"]:
        raise SettingsError(
            f"The run {run} was trained on other data than {data or settings.data}.",
            "Name its own data with --data.",
        )
    make_folder(out, _ELSEWHERE)
    onnx = out / f"{name}.onnx"
    export_onnx(opened, onnx)
    with progress() if corruptions else nullcontext() as tell:
        card = make_card(name, onnx, run_card, INPUT, samples, corruptions, tell)
    write(onnx.with_suffix(".json"), card.to_json().encode(), _ELSEWHERE)
    public = card.scores["public"]
    typer.echo(f"{onnx}: accuracy {public['accuracy']:.4f} on PublicTest. Use it: --net {onnx}.")
