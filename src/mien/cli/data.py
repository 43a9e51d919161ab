"""The command mien data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mien.cli.messages import say_skipped
from mien.cli.options import flag
from mien.cli.outputs import say_written
from mien.cli.tables import console, new_table, plain
from mien.settings import AuditSettings, DescribeSettings, Settings, load
from mien.words import counted, spaced

if TYPE_CHECKING:
    from mien.audit import Audit, AuditCounts
    from mien.data import Description

app = typer.Typer(no_args_is_help=True, add_completion=False)

_DATA = "Labelled faces: zip, folder, CSV or Parquet."


@app.callback()
def data() -> None:
    """Look at a data set before training on it."""


@app.command()
def describe(
    path: Path = typer.Argument(..., help=_DATA),
    out: Path | None = flag(DescribeSettings, "out"),
    skip_bad: bool | None = flag(Settings, "skip_bad"),
    config: Path | None = typer.Option(None, help="TOML file with settings."),
) -> None:
    """Count the faces by class and split, find identical ones, and draw examples."""
    run_describe(load(config, data=path, skip_bad=skip_bad, describe={"out": out}))


def run_describe(settings: Settings) -> None:
    """Describe the data as the settings say: print its counts, and write its figures."""
    from mien.data import describe as describe_samples
    from mien.data import read
    from mien.data.describe import check_outputs, read_in_colour

    path = settings.data_or_fail()
    check_outputs(settings.describe.out)
    samples = read(path, skip_bad=settings.skip_bad, limits=settings.limits)
    say_skipped(samples.skipped)
    shown = read_in_colour(path, settings.skip_bad, settings.limits)
    _print_description(describe_samples(samples, settings.describe.out, shown), path)


def _print_description(description: Description, path: Path) -> None:
    """Print the counts, a sentence on duplicates, and where the files are."""
    output = console()
    output.print(_counts_table(description, path))
    for sentence in _duplicates(description):
        output.print(sentence)
    if len(description.files) == 1:
        output.print("No figures were drawn, since matplotlib is not installed.")
    say_written(*description.files)


def _counts_table(description: Description, path: Path) -> Any:
    """Return the table of classes by split."""
    title = f"{path.name}: {description.n:,} faces"
    table = new_table(title, "class", *description.counts, "total", "share", footer=True)
    by_split = [sum(counts.values()) for counts in description.counts.values()]
    totals = ["total", *(f"{value:,}" for value in (*by_split, description.n)), "100.0%"]
    for column, total in zip(table.columns, totals, strict=True):
        column.footer = total
    for expression in description.vocabulary:
        by_split = [counts[expression.name] for counts in description.counts.values()]
        cells = [f"{value:,}" for value in (*by_split, sum(by_split))]
        share = f"{sum(by_split) / description.n:.1%}"
        table.add_row(plain(f"{expression.emoji} {expression.name}"), *cells, share)
    return table


def _duplicates(description: Description) -> list[str]:
    """Say how many faces are identical to others."""
    counts = description.duplicates
    if not counts.groups:
        return ["No two faces are pixel-identical."]
    sentences = [
        f"{counts.faces:,} faces are pixel-identical to another, in"
        f" {counted(counts.groups, 'group')}; in"
        f" {counts.conflicting_groups:,} of these ({counts.conflicting_faces:,} faces) the labels"
        " differ."
    ]
    if "train" in description.counts and len(description.counts) > 1:
        count = counted(counts.test_in_train, "test face is", "test faces are")
        sentences.append(f"{count} identical to a training face.")
    return sentences


@app.command()
def audit(
    path: Path = typer.Argument(..., help=_DATA),
    votes: Path | None = flag(AuditSettings, "votes"),
    out: Path | None = flag(AuditSettings, "out"),
    folds: int | None = flag(AuditSettings, "folds"),
    probabilities: Path | None = flag(AuditSettings, "probabilities"),
    skip_bad: bool | None = flag(Settings, "skip_bad"),
    config: Path | None = typer.Option(None, help="TOML file with settings."),
) -> None:
    """List duplicates, contradictions, pictures without a face and unlikely labels."""
    given = {"votes": votes, "out": out, "folds": folds, "probabilities": probabilities}
    run_audit(load(config, data=path, skip_bad=skip_bad, audit=given))


def run_audit(settings: Settings) -> None:
    """Audit the data as the settings say: print the counts, and write list, counts and page."""
    from mien.audit import audit_data, write_audit
    from mien.report.commands import audit_command

    doubtful = audit_data(settings, typer.echo)
    say_skipped(doubtful.samples.skipped)
    path = settings.data_or_fail()
    files = write_audit(doubtful, settings.audit.out, path.name, audit_command(settings))
    _print_audit(doubtful, path, files)


def _print_audit(doubtful: Audit, path: Path, files: tuple[Path, ...]) -> None:
    """Print how many faces are listed for each reason, and where the files are."""
    counts, output = doubtful.counts(), console()
    output.print(_reasons_table(counts, path))
    output.print(
        f"{counts.exact_duplicates.test_in_train:,} test faces are identical to a training face;"
        f" {counts.near_duplicates.test_in_train:,} more show the same picture as one."
    )
    for sentence in () if doubtful.label_errors is None else doubtful.label_errors.sentences():
        output.print(sentence, markup=False)
    hint = _hint(doubtful)
    if hint:
        output.print(hint)
    say_written(*files)


def _reasons_table(counts: AuditCounts, path: Path) -> Any:
    """Return the table of reasons by split."""
    heading = f"{path.name}: {counts.listed:,} of {counts.n:,} faces are listed"
    table = new_table(heading, "reason", *counts.listed_by_split, "faces")
    for reason, entry in counts.reasons.items():
        by_split = [entry.by_split.get(split, 0) for split in counts.listed_by_split]
        table.add_row(spaced(reason), *(f"{value:,}" for value in (*by_split, entry.faces)))
    for reason in counts.not_looked_for:
        table.add_row(spaced(reason), *[""] * len(counts.listed_by_split), "not looked for")
    return table


def _hint(doubtful: Audit) -> str:
    """Say how the labels could be checked, or checked better."""
    ferplus = doubtful.samples.vocabulary.is_fer2013 and not doubtful.votes
    if doubtful.label_errors is not None:
        return "FER+'s votes (--votes) would show how often people agree." if ferplus else ""
    if doubtful.votes:
        return ""
    votes = "name FER+'s votes with --votes, or " if ferplus else ""
    return f"Labels were not checked; {votes}train networks on folds with --folds 5."
