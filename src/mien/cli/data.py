"""The command mien data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mien.cli.options import flag
from mien.cli.reading import read_samples
from mien.errors import require
from mien.settings import AuditSettings, DescribeSettings, Settings, load

if TYPE_CHECKING:
    from mien.audit.audit import Audit
    from mien.data import Description

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def data() -> None:
    """Look at a data set before training on it."""


@app.command()
def describe(
    path: Path = typer.Argument(..., help="FER-2013: zip, folder, CSV or Parquet."),
    out: Path | None = flag(DescribeSettings, "out"),
    skip_bad: bool | None = flag(Settings, "skip_bad"),
    config: Path | None = typer.Option(None, help="TOML file with settings."),
) -> None:
    """Count the faces by class and split, find identical ones, and draw examples."""
    run_describe(load(config, data=path, skip_bad=skip_bad, describe={"out": out}))


def run_describe(settings: Settings) -> None:
    """Describe the data as the settings say: print its counts, and write its figures."""
    require("matplotlib.figure", "train")
    from mien.data import describe as count_faces

    samples = read_samples(settings.data_or_fail(), settings.skip_bad)
    made = count_faces(samples, settings.describe.out)
    _print(made, settings.data_or_fail())


def _print(made: Description, path: Path) -> None:
    """Print the counts, what is said of twins, and where the files are."""
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    console.print(_table(made, path))
    for sentence in _twins(made):
        console.print(sentence)
    console.print(f"Written: {', '.join(str(file) for file in made.files)}", markup=False)


def _table(made: Description, path: Path) -> Any:
    """Make the table of classes by split."""
    from rich.markup import escape
    from rich.table import Table

    from mien.classes import FER2013

    title = f"{escape(path.name)}: {made.n:,} faces"
    table = Table(title=title, title_justify="left", show_footer=True)
    table.add_column("class", "total")
    for split, counts in made.counts.items():
        table.add_column(split, f"{sum(counts.values()):,}", justify="right")
    table.add_column("total", f"{made.n:,}", justify="right")
    table.add_column("share", "100.0%", justify="right")
    for expression in FER2013:
        by_split = [counts[expression.name] for counts in made.counts.values()]
        cells = [f"{value:,}" for value in (*by_split, sum(by_split))]
        share = f"{sum(by_split) / made.n:.1%}"
        table.add_row(f"{expression.emoji} {expression.name}", *cells, share)
    return table


def _twins(made: Description) -> list[str]:
    """Say in sentences how many faces are identical to others."""
    twins = made.twins
    if not twins.groups:
        return ["No two faces are pixel-identical."]
    sentences = [
        f"{twins.faces:,} faces are pixel-identical to another, in {twins.groups:,} groups; in"
        f" {twins.conflicting_groups:,} of these ({twins.conflicting_faces:,} faces) the labels"
        " differ."
    ]
    if "train" in made.counts and len(made.counts) > 1:
        sentences.append(f"{twins.test_in_train:,} test faces are identical to one of train.")
    return sentences


@app.command()
def audit(
    path: Path = typer.Argument(..., help="FER-2013: zip, folder, CSV or Parquet."),
    votes: Path | None = flag(AuditSettings, "votes"),
    out: Path | None = flag(AuditSettings, "out"),
    folds: int | None = flag(AuditSettings, "folds"),
    probabilities: Path | None = flag(AuditSettings, "probabilities"),
    skip_bad: bool | None = flag(Settings, "skip_bad"),
    config: Path | None = typer.Option(None, help="TOML file with settings."),
) -> None:
    """List twins, contradictions, pictures without a face and labels nobody would give."""
    given = {"votes": votes, "out": out, "folds": folds, "probabilities": probabilities}
    run_audit(load(config, data=path, skip_bad=skip_bad, audit=given))


def run_audit(settings: Settings) -> None:
    """Audit the data as the settings say: print the counts, and write list, counts and page."""
    from mien.audit.audit import audit as look
    from mien.audit.report import FIX, write_audit
    from mien.cli.labels import check, label_errors
    from mien.data.votes import read_votes
    from mien.files import make_folder

    path, wanted = settings.data_or_fail(), settings.audit
    check(settings)
    make_folder(wanted.out, FIX)
    votes = None if wanted.votes is None else read_votes(wanted.votes)
    samples = read_samples(path, settings.skip_bad)
    counts = None if votes is None else votes.of(samples)
    made = look(samples, counts, label_errors(settings, samples, counts))
    files = write_audit(made, wanted.out, path.name)
    _print_audit(made, path, files)


def _print_audit(made: Audit, path: Path, files: tuple[Path, ...]) -> None:
    """Print how many faces were found for each reason, and where the files are."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    counts = made.to_dict()
    title = f"{escape(path.name)}: {counts['listed']:,} of {counts['n']:,} faces are listed"
    table = Table(title=title, title_justify="left")
    table.add_column("reason")
    for split in (*counts["listed_by_split"], "faces"):
        table.add_column(split, justify="right")
    for reason, entry in counts["reasons"].items():
        by_split = [entry["by_split"].get(split, 0) for split in counts["listed_by_split"]]
        cells = [f"{value:,}" for value in (*by_split, entry["faces"])]
        table.add_row(reason.replace("_", " "), *cells)
    console = Console(highlight=False, soft_wrap=True)
    console.print(table)
    leaks = counts["exact_twins"]["test_in_train"], counts["near_twins"]["test_in_train"]
    console.print(
        f"{leaks[0]:,} test faces are identical to one of train; {leaks[1]:,} more are the same"
        " picture."
    )
    for sentence in () if made.label_errors is None else made.label_errors.sentences():
        console.print(sentence, markup=False)
    if not made.votes and made.label_errors is None:
        console.print(
            "Labels were not checked; name FER+'s votes with --votes, or train networks on folds"
            " with --folds 5."
        )
    console.print(f"Written: {', '.join(map(str, files))}", markup=False)
