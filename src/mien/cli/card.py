"""The command mien card."""

from __future__ import annotations

from pathlib import Path

import typer

from mien.cli.outputs import file_of, say_written, write_output
from mien.stdout import STDOUT

app = typer.Typer(add_completion=False)


@app.command()
def card(
    net: str = typer.Argument(..., help="Shipped network's name, or its ONNX or JSON file."),
    out: Path | None = typer.Option(
        None, help="File to write to, such as docs/cards/NAME.md; printed if unset or -."
    ),
) -> None:
    """Write the model card of a network as Markdown.

    It is made from the JSON file beside the network alone, which `mien export` wrote.
    """
    from mien.models import read_info
    from mien.outputs import check_outputs
    from mien.report.model_card import model_card

    text = model_card(read_info(net))
    place, path = out or Path(STDOUT), Path(net)
    inputs = [path, path.with_suffix(".json"), path.with_suffix(".onnx")]
    check_outputs({"out": file_of(place)}, inputs, kind="card")
    write_output(place, text, "out")
    say_written(place)
