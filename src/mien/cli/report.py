"""The command mien report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mien.cli.options import flag, with_flags
from mien.cli.reading import read_samples
from mien.errors import DataError, MissingExtraError
from mien.settings import ReportSettings, Settings, load

if TYPE_CHECKING:
    from mien.evaluation.predictions import Predictions
    from mien.report import Subject
    from mien.report.gallery import Images
    from mien.report.inputs import Training

app = typer.Typer(add_completion=False)

_ELSEWHERE = "Name another file with --out."


@app.command()
@with_flags(ReportSettings)
def report(
    sources: list[Path] = typer.Argument(
        ..., help="JSON of mien evaluate, and run folders; one or more networks."
    ),
    data: Path | None = typer.Option(
        None, help="The data that was measured; shows the most confident mistakes."
    ),
    skip_bad: bool | None = flag(Settings, "skip_bad"),
    config: Path | None = typer.Option(None, help="TOML file with settings."),
    *,
    flags: dict[str, Any],
) -> None:
    """Write one web page on how good networks are.

    It holds all it shows, and so can be sent, printed and read without a network. Parts whose
    numbers are missing are left out, and listed at its end with the command that adds each.
    """
    run_report(sources, load(config, data=data, skip_bad=skip_bad, report=flags))


def run_report(sources: list[Path], settings: Settings) -> None:
    """Read what was named, and write the page."""
    from mien.files import make_folder, write
    from mien.report import join, report_page

    wanted = settings.report
    make_folder(wanted.out.parent, _ELSEWHERE)
    folders = [source for source in sources if source.is_dir()]
    files = [source for source in sources if source not in folders]
    subjects = join(files, [_training(folder) for folder in folders])
    subjects = [_with_predictions(subject) for subject in subjects]
    faces = {} if settings.data is None else _faces(subjects, settings.data, settings.skip_bad)
    title = wanted.title or _title(subjects)
    names = [source.resolve().name for source in sources]
    page = report_page(subjects, faces, title, names)
    write(wanted.out, page.encode(), _ELSEWHERE)
    typer.echo(f"{wanted.out}: {title}, {len(page.encode()) / 1e6:.2f} MB.")


def _title(subjects: list[Subject]) -> str:
    if len(subjects) == 1:
        return f"How well {subjects[0].name} reads faces"
    return f"How well {len(subjects)} networks read faces"


def _training(folder: Path) -> Training:
    """Read a run folder."""
    from mien.report import read_training
    from mien.training.run import FILES, Run

    run = Run.open(folder)
    # Files are named by their whole paths, which are nobody else's business.
    recipe = run.settings().train.model_dump(mode="json", exclude={"out", *FILES})
    try:
        rows = run.rows()
        card = run.read_card() if run.card.is_file() else None
    except OSError as error:
        raise DataError(
            f"Cannot read the run {folder}: {error.strerror or error}.", "Name another run."
        ) from error
    # Of a damaged metrics.csv or card.json.
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"The metrics.csv or card.json of the run {folder} is damaged.",
            "Train it again, or name another run.",
        ) from error
    return read_training(folder.resolve().name, rows, card, recipe)


def _with_predictions(subject: Subject) -> Subject:
    """Read the predictions that scores name, where they still lie there."""
    import dataclasses

    from mien.evaluation.predictions import read_predictions

    named = subject.scores.predictions if subject.scores else None
    if named is None:
        return subject
    path = subject.folder / named
    if not path.is_file():
        typer.echo(f"mien: {path}, which the scores name, is not there: left out.", err=True)
        return subject
    try:
        found = read_predictions(path)
    except MissingExtraError as error:
        typer.echo(f"mien: {path} was left out: {error}", err=True)
        return subject
    _check(found, subject, path)
    return dataclasses.replace(subject, predictions=found)


def _check(found: Predictions, subject: Subject, path: Path) -> None:
    """Refuse predictions that are not those of the scores."""
    scores = subject.scores
    right = int((found.predicted == found.labels).sum())
    if scores and (found.net, len(found.labels), right) != (
        scores.net,
        scores.n,
        sum(row[place] for place, row in enumerate(scores.confusion)),
    ):
        raise DataError(
            f"{path} holds what {found.net} said of {len(found.labels):,} faces, {right:,} of them"
            f" right; the scores that name it are of {scores.net} on {scores.n:,} faces.",
            "Write both in one call of: mien evaluate DATA --predictions FILE --json FILE.",
        )


def _faces(subjects: list[Subject], data: Path, skip_bad: bool) -> dict[str, Images]:
    """Find the faces that the predictions are of."""
    from mien.report.gallery import find_faces

    known = [subject for subject in subjects if subject.predictions]
    if not known:
        typer.echo(f"mien: no network has predictions, so no face of {data} is shown.", err=True)
        return {}
    samples = read_samples(data, skip_bad)
    return {
        subject.name: find_faces(subject.predictions, samples, data)
        for subject in known
        if subject.predictions
    }
