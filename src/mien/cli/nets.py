"""The command mien nets."""

from __future__ import annotations

import typer

app = typer.Typer()


@app.command()
def nets() -> None:
    """List the networks: what can be trained, and what is shipped."""
    from rich.console import Console
    from rich.table import Table

    from mien.errors import MissingExtraError
    from mien.weights import names, read_card

    shipped = Table(title="Shipped: mien detect --net NAME", title_justify="left")
    for heading in ("name", "PublicTest accuracy", "parameters", "MACs", "what it is"):
        shipped.add_column(heading)
    for name in names():
        card = read_card(name)
        scores = card.scores["public"]
        low, high = scores["interval"]["accuracy"]
        accuracy = f"{scores['accuracy']:.3f} ({low:.3f} to {high:.3f})"
        shipped.add_row(name, accuracy, f"{card.parameters:,}", f"{card.macs:,}", card.description)
    console = Console()
    console.print(shipped)
    try:
        console.print(_trainable())
    except MissingExtraError as error:
        console.print(f"To list the networks that can be trained: {error.fix}", markup=False)


def _trainable() -> object:
    """Make the table of the registry."""
    from rich.table import Table

    from mien.errors import require

    require("torch", "train")
    from mien import nets as registry

    table = Table(title="To train: mien train --net NAME", title_justify="left")
    for heading in ("name", "parameters", "MACs", "what it is"):
        table.add_column(heading)
    for entry in registry.entries():
        net = registry.build(entry.name)
        cost = f"{registry.parameters(net):,}", f"{registry.macs(net):,}"
        table.add_row(entry.name, *cost, entry.summary)
    return table
