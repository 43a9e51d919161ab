"""The command mien nets."""

from __future__ import annotations

from pathlib import Path

import typer

from mien.cli.options import flag
from mien.errors import NetError
from mien.settings import Settings, load

app = typer.Typer(add_completion=False)


@app.command()
def nets(
    fetch: str | None = typer.Option(
        None,
        metavar="NAME",
        help="Fetch the weights of a network that is too large to be installed with mien, or"
        " whose card you have. Kept in the user's cache, if they are what the card says.",
    ),
    weights_url: str | None = flag(Settings, "weights_url"),
    config: Path | None = typer.Option(None, help="TOML file with settings."),
) -> None:
    """List the networks: what can be trained, and what is shipped."""
    if fetch is None:
        _list()
    else:
        _fetch(fetch, load(config, weights_url=weights_url).weights_url)


def _fetch(net: str, url: str | None) -> None:
    """Fetch weights, and show how far it is."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    from mien.errors import SettingsError
    from mien.models import onnx_paths, read_info
    from mien.models.zoo import fetch

    card = read_info(net)
    try:
        there = onnx_paths(net, card)
    except NetError:
        there = ()
    if there:
        typer.echo(f"{card.name} is here already: {there[0]}")
        return
    if url is None:
        raise SettingsError(
            f"Nothing says where {card.name} is to be fetched from.",
            "Name the URL of a folder that holds it with --weights-url, or with"
            " weights_url = \"URL\" in config.toml.",
        )
    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(card.name, total=card.size)
        path = fetch(card, url, lambda came: bar.update(task, completed=came))
    typer.echo(f"{card.name} is in {path}. Use it: --net {net}.")


def _list() -> None:
    """Print both tables."""
    from rich.console import Console
    from rich.table import Table

    from mien.errors import MissingExtraError
    from mien.models import names, read_info

    shipped = Table(title="Shipped: mien detect --net NAME", title_justify="left")
    for heading in ("name", "PublicTest accuracy", "parameters", "MACs", "what it is"):
        shipped.add_column(heading)
    for name in names():
        card = read_info(name)
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
