"""The command mien export."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mien.cli.options import flag
from mien.cli.reading import read_samples
from mien.errors import SettingsError, require
from mien.settings import Settings

if TYPE_CHECKING:
    from mien.fer2013 import Samples

app = typer.Typer()

_ELSEWHERE = "Name a folder that you may write to with --out."


@app.command()
def export(
    sources: list[Path] = typer.Argument(
        ...,
        metavar="RUN...",
        help="Folder of a finished run, such as runs/lobonet; of several, an ensemble. With"
        " --int8 also a network: its name or its ONNX file.",
    ),
    name: str = typer.Option(..., help="Name of the network, which its files get."),
    out: Path = typer.Option(Path(), help="Folder to write NAME.onnx and NAME.json to."),
    data: Path | None = flag(Settings, "data"),
    int8: bool = typer.Option(
        False,
        "--int8",
        help="Multiply in 8 bits: a quarter of the size, and faster on processors with VNNI.",
    ),
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
    from mien.files import make_folder

    if not name.replace("-", "").replace("_", "").isalnum():
        raise SettingsError(
            f"Expected a name of letters, digits, - and _, got {name!r}.",
            "Use for example --name my-net.",
        )
    if int8 and len(sources) == 1 and not sources[0].is_dir():
        made = _of_net(sources[0], data)
    else:
        made = _of_runs(sources, data)
    make_folder(out, _ELSEWHERE)
    _write(made, out / f"{name}.onnx", int8, corruptions)


@dataclasses.dataclass(frozen=True)
class _Made:
    """What is exported."""

    run_card: dict[str, Any]
    samples: Samples
    put: Callable[[Path], object]
    """Writes the graph, in floats, to a file."""


def _of_runs(folders: list[Path], data: Path | None) -> _Made:
    """Open the runs, and read the data that all of them were trained on."""
    from mien.evaluation.cards import together
    from mien.training.export import export_onnx
    from mien.training.run import Run

    if len({folder.resolve() for folder in folders}) < len(folders):
        raise SettingsError("A run is named twice.", "An ensemble gains by runs that differ.")
    runs = [Run.open(folder) for folder in folders]
    settings = runs[0].settings()
    path = data or settings.data_or_fail()
    samples = read_samples(path, settings.skip_bad)
    cards = [(run.folder.name, run.read_card()) for run in runs]
    for run, (_, card) in zip(runs, cards, strict=True):
        _check_data(f"The run {run.folder}", card, samples, path)
    return _Made(together(cards), samples, lambda file: export_onnx(runs, file))


def _of_net(net: Path, data: Path | None) -> _Made:
    """Open a network that was exported before, and read the data that it was trained on."""
    from mien.evaluation.cards import of_run
    from mien.weights import onnx_path, read_card

    graph, card = onnx_path(net), of_run(read_card(net))
    if "int8" in card["recipe"]:
        raise SettingsError(f"The network {net} is in 8 bits already.", "Use it as it is.")
    path = Settings(data=data).data_or_fail()
    samples = read_samples(path, False)
    _check_data(f"The network {net}", card, samples, path)
    return _Made(card, samples, lambda file: file.write_bytes(graph.read_bytes()))


def _check_data(what: str, card: dict[str, Any], samples: Samples, path: Path) -> None:
    """Refuse data that was not trained on."""
    if card["data"]["sha256"] != samples.sha256:
        raise SettingsError(
            f"{what} was trained on other data than {path}.", "Name its own data with --data."
        )


def _write(made: _Made, onnx: Path, int8: bool, corruptions: bool) -> None:
    """Write the graph and its card."""
    from mien.cli.spoiling import progress
    from mien.evaluation.cards import make_card
    from mien.files import write
    from mien.training.export import INPUT
    from mien.training.quantise import quantise

    run_card = made.run_card
    if int8:
        with tempfile.TemporaryDirectory() as folder:
            floats = Path(folder) / onnx.name
            made.put(floats)
            how = quantise(floats, made.samples.split("train"), onnx)
        run_card = run_card | {"recipe": run_card["recipe"] | {"int8": how}}
    else:
        made.put(onnx)
    with progress() if corruptions else nullcontext() as tell:
        card = make_card(onnx.stem, onnx, run_card, INPUT, made.samples, corruptions, tell)
    write(onnx.with_suffix(".json"), card.to_json().encode(), _ELSEWHERE)
    public = card.scores["public"]
    typer.echo(f"{onnx}: accuracy {public['accuracy']:.4f} on PublicTest. Use it: --net {onnx}.")
