"""The command mien nets."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mien.cli.options import flag
from mien.errors import MissingExtraError, NetError, SettingsError
from mien.settings import Settings, load

if TYPE_CHECKING:
    from rich.table import Table

    from mien.models import ModelInfo

app = typer.Typer(add_completion=False)

_BATCH = 64
"""Faces in a batch while a network's speed is measured."""

_SECONDS = 0.2
"""Minimum time for which each network is timed."""


@app.command()
def nets(
    speed: bool = typer.Option(
        True, help="Measure how many faces a second each network reads on this machine."
    ),
    fetch: str | None = typer.Option(
        None,
        metavar="NAME",
        help="Download the weights of a network that is too large to be installed with mien, or"
        " whose JSON file you have. They are kept in the user's cache if their SHA-256 is right.",
    ),
    weights_url: str | None = flag(Settings, "weights_url"),
    config: Path | None = typer.Option(None, help="TOML file with settings."),
) -> None:
    """List the networks: what can be trained, and what is shipped."""
    if fetch is None:
        _list(speed)
    else:
        _fetch(fetch, load(config, weights_url=weights_url).weights_url)


def _fetch(net: str, url: str | None) -> None:
    """Download a network's weights unless they are on this machine."""
    from mien.models import onnx_paths, read_info
    from mien.models.fetch import fetch
    from mien.progress import progress

    try:
        info = read_info(net)
    except NetError as error:
        raise NetError(error.problem, error.fix, "fetch") from error
    try:
        typer.echo(f"{info.name} is already here: {onnx_paths(net, info)[0]}")
        return
    except NetError:
        pass  # Not here yet, so they are downloaded below.
    if url is None:
        raise SettingsError(
            f"No URL to download {info.name} from was given.",
            'Name the folder that holds it: weights_url = "URL" in the TOML file.',
            "weights_url",
        )
    with progress(f"Downloading {info.name}") as update:
        path = fetch(info, url, update)
    typer.echo(f"{info.name} is in {path}. Use it: --net {net}.")


def _list(speed: bool) -> None:
    """Print both tables."""
    from rich.console import Console

    console = Console()
    console.print(_shipped(speed))
    try:
        console.print(_trainable())
    except MissingExtraError as error:
        console.print(f"To list the networks that can be trained: {error.fix}", markup=False)


def _shipped(speed: bool) -> Table:
    """Make the table of the networks that can be used."""
    from rich import box
    from rich.table import Table

    from mien.models import DEFAULT, names, read_info

    title = "Shipped: mien detect --net NAME"
    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left")
    table.add_column("name", no_wrap=True)
    table.add_column("PublicTest accuracy", no_wrap=True)
    for heading in ("MB", "faces/s") if speed else ("MB",):
        table.add_column(heading, justify="right")
    table.add_column("what it is")
    for name in names():
        info = read_info(name)
        shown = f"{name} (default)" if name == DEFAULT else name
        measured = [_faces_per_second(name)] if speed else []
        size = f"{info.size / 1e6:,.1f}"
        table.add_row(shown, _accuracy(info), size, *measured, _describe(info))
    return table


def _accuracy(info: ModelInfo) -> str:
    """Write the accuracy on the validation faces with its interval."""
    for split, scores in info.scores.items():
        low, high = scores["interval"]["accuracy"]
        place = "" if split == "public" else f" on its {split} faces"
        return f"{scores['accuracy']:.3f} ({low:.3f} to {high:.3f}){place}"
    return "not measured"


def _describe(info: ModelInfo) -> str:
    """Name the architecture or the members, and the classes if they are not FER-2013's."""
    from mien.classes import FER2013

    parts = [" + ".join(info.members) or info.architecture]
    if "int8" in info.recipe:
        parts.append("in 8 bits")
    if info.classes != FER2013:
        parts.append(info.classes.in_words())
    return ", ".join(parts)


def _faces_per_second(net: str) -> str:
    """Time a network on black crops; "not here" if its weights must be downloaded first."""
    import numpy as np

    from mien.perception.classifier import Classifier

    try:
        classifier = Classifier(net)
    except NetError:
        return "not here"
    crops = np.zeros((_BATCH, *classifier.info.input.crop_shape), np.uint8)
    classifier.logits(crops)
    start, batches = time.perf_counter(), 0
    while (passed := time.perf_counter() - start) < _SECONDS or not batches:
        classifier.logits(crops)
        batches += 1
    return f"{batches * _BATCH / passed:,.0f}"


def _trainable() -> Table:
    """Make the table of the networks that can be trained."""
    from rich import box
    from rich.table import Table

    from mien.errors import require

    require("torch", "train")
    from mien import nets as registry

    title = "To train: mien train --net NAME"
    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left")
    for heading in ("name", "parameters", "MACs", "what it is"):
        table.add_column(heading)
    for entry in registry.entries():
        net = registry.build(entry.name)
        cost = f"{registry.parameters(net):,}", f"{registry.macs(net):,}"
        table.add_row(entry.name, *cost, entry.summary)
    return table
