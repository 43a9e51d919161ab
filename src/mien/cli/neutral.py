"""The command mien neutral."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mien.cli.options import flag
from mien.settings import DetectSettings, load
from mien.words import counted

if TYPE_CHECKING:
    from mien.media.sources import Picked
    from mien.perception.neutral import Neutral

app = typer.Typer(add_completion=False)

_SHOWN = 3
"""How many classes are shown with their probability."""


@app.command()
def neutral(
    photos: list[str] = typer.Argument(
        ..., metavar="PHOTO...", help="Photos of one person alone, face at rest; folders or globs."
    ),
    out: Path = typer.Option(..., help="JSON file to write, for mien detect --neutral."),
    net: str | None = flag(DetectSettings, "net"),
    labels: str | None = flag(DetectSettings, "labels"),
    config: Path | None = typer.Option(None, help="TOML file with settings."),
) -> None:
    """Learn a person's own neutral face from photos.

    Everyone's resting face differs; other photos of the person are then read against this one.
    Three or more photos are better than one, ideally in the same light as the photos to be read.
    """
    from mien.files import make_folder
    from mien.outputs import check_outputs
    from mien.perception.neutral import check_place
    from mien.perception.reader import Reader

    settings = load(config, detect={"net": net, "labels": labels}).detect
    pictures = _pictures(photos)
    inputs = [path for path in pictures if isinstance(path, Path)]
    check_outputs({"out": out}, inputs, kind="neutral")
    check_place(out, "out")
    make_folder(out.parent, setting="out")
    reader = Reader(
        settings.net,
        labels=settings.labels,
        max_megapixels=settings.max_megapixels,
        max_megabytes=settings.max_megabytes,
        max_faces=settings.max_faces,
    )
    learnt = reader.learn_neutral(pictures)
    learnt.save(out)
    for doubt in learnt.doubts:
        typer.echo(f"mien: {doubt}", err=True)
    typer.echo(f"{_in_words(learnt)}\n  -> {out}")


def _pictures(photos: list[str]) -> list[Picked]:
    """List the pictures, and refuse sources without any."""
    from mien.errors import MienError, PictureError
    from mien.media.sources import list_sources

    listing = list_sources(photos)
    for _, entry in listing.entries:
        if isinstance(entry, MienError):
            raise entry
    if listing.videos:
        raise PictureError(
            f"Expected photos, but {listing.videos[0]} is a clip or camera.",
            "Save a frame of it in which the face is at rest as a photo.",
        )
    return listing.pictures


def _in_words(learnt: Neutral) -> str:
    """Say what a network reads in the photos."""
    import math

    ranked = sorted(
        zip(learnt.log_probabilities, learnt.classes, strict=True), reverse=True
    )[:_SHOWN]
    read = ", ".join(f"{name} {math.exp(value):.0%}" for value, name in ranked)
    spread = "" if learnt.spread is None else f"; spread {learnt.spread:.2f}"
    return f"{counted(learnt.photos, 'photo')}, which {learnt.network} reads as {read}{spread}"
