"""The command mien export."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mien.cli.options import flag
from mien.settings import Settings

if TYPE_CHECKING:
    from mien.models import ModelInfo

app = typer.Typer(add_completion=False)


@app.command()
def export(
    sources: list[Path] = typer.Argument(
        ...,
        metavar="RUN|NETWORK...",
        help="Folder of a finished run, such as runs/lobonet, or a network, by its name or its"
        " ONNX file; several become an ensemble.",
    ),
    name: str = typer.Option(..., help="Name of the network and of its files."),
    out: Path = typer.Option(Path(), help="Folder to write NAME.onnx and NAME.json to."),
    data: Path | None = flag(Settings, "data"),
    int8: bool = typer.Option(
        False,
        "--int8",
        help="Multiply in 8 bits: half the size, and faster on processors with VNNI.",
    ),
    weight_bits: int | None = typer.Option(
        None,
        help="Bits that each large weight is stored in, 16 or 8; 16 if unset. With 8 the file is"
        " half the size; it still computes in floats.",
    ),
    votes: Path | None = typer.Option(
        None,
        help="FER+'s fer2013new.csv: fit a second layer to the votes of its taggers, and mix it"
        " into the answers, which then suit other photos better; detect and evaluate still give"
        " the answer without it with --labels fer2013.",
    ),
    selection_note: str | None = typer.Option(
        None,
        help="What else was selected on the validation faces, for the model card, such as: the"
        " best of 3 seeds.",
    ),
    corruptions: bool = typer.Option(
        False,
        "--corruptions",
        help="Also score the network on corrupted faces, which takes minutes.",
    ),
) -> None:
    """Turn a finished run into an ONNX network with its JSON file.

    Two to five runs become networks NAME-1, NAME-2 and so on, and an ensemble NAME.json that
    averages their probabilities with equal weights; two to five networks become an ensemble that
    names them. A single network is converted, for example to 8 bits.

    The temperature and the thresholds of prediction sets are fitted, and the scores are measured,
    on the validation faces of the run's own data, FER-2013's PublicTest. `mien card` then writes
    the model card as Markdown.
    """
    from mien.errors import require

    require("lightning", "train")
    from mien import export as library
    from mien.cli.messages import say_skipped

    info = library.export(
        sources,
        name,
        out,
        data=data,
        int8=int8,
        weight_bits=weight_bits,
        votes=votes,
        corruptions=corruptions,
        selection_note=selection_note,
        on_skipped=say_skipped,
    )
    _print_result(info, name, out)


def _print_result(info: ModelInfo, name: str, out: Path) -> None:
    """Print the network's accuracy, and how to use it."""
    from mien.models import names

    file = out / f"{name}.{'json' if info.members else 'onnx'}"
    for split, scores in info.scores.items():
        faces = "PublicTest" if split == "public" else "the validation faces"
        typer.echo(f"{file}: accuracy {scores['accuracy']:.4f} on {faces}. Use it: --net {file}.")
    if name in names():
        own = file if file.parent != Path() else f"./{file}"
        typer.echo(f"mien: --net {name} is the network that mien ships; yours is {own}.", err=True)
