"""The command mien card."""

from __future__ import annotations

from pathlib import Path

import typer

app = typer.Typer(add_completion=False)

_ELSEWHERE = "Name another file with --out."


@app.command()
def card(
    net: str = typer.Argument(..., help="Shipped network's name, an ONNX file, or a card."),
    out: Path | None = typer.Option(
        None, help="File to write to, such as docs/cards/NAME.md; printed if unset."
    ),
) -> None:
    """Write the model card of a network as Markdown.

    All of it comes from the JSON card beside the network, which `mien export` wrote.
    """
    from mien.files import make_folder, write
    from mien.models import read_info
    from mien.report.model_card import model_card

    text = model_card(read_info(net))
    if out is None:
        typer.echo(text, nl=False)
        return
    make_folder(out.parent, _ELSEWHERE)
    write(out, text.encode(), _ELSEWHERE)
