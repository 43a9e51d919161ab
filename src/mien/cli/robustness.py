"""The command mien robustness."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from mien.cli.options import flag, with_flags
from mien.cli.reading import default_split, read_samples
from mien.errors import SettingsError, require
from mien.settings import RobustnessSettings, Settings, load

app = typer.Typer()

_ELSEWHERE = {
    "json": "Name another file with --json.",
    "figure": "Name another file with --figure.",
}


@app.command()
@with_flags(RobustnessSettings)
def robustness(
    data: Path | None = typer.Argument(None, help="Zip, folder, CSV or Parquet with labels."),
    skip_bad: bool | None = flag(Settings, "skip_bad"),
    config: Path | None = typer.Option(None, help="TOML file with settings."),
    *,
    flags: dict[str, Any],
) -> None:
    """Measure a network on noisy, blurred, dark and badly cut faces."""
    run_robustness(load(config, data=data, skip_bad=skip_bad, robustness=flags))


def run_robustness(settings: Settings) -> None:
    """Score the network under each corruption, print a table, and write what was asked for."""
    from mien.evaluation.heatmap import draw_heatmap
    from mien.files import replace, write

    wanted = settings.robustness
    _prepare(wanted)
    result = _score(settings)
    _print(result)
    if wanted.json_file is not None:
        content = (json.dumps(result, indent=2) + "\n").encode()
        write(wanted.json_file, content, _ELSEWHERE["json"])
    if wanted.figure is not None:
        replace(wanted.figure, lambda part: draw_heatmap(result, part), _ELSEWHERE["figure"])


def _prepare(wanted: RobustnessSettings) -> None:
    """Fail before any work is done where its result could not be written."""
    from mien.files import make_folder

    if wanted.json_file is not None:
        make_folder(wanted.json_file.parent, _ELSEWHERE["json"])
    if wanted.figure is None:
        return
    require("matplotlib.figure", "train")
    make_folder(wanted.figure.parent, _ELSEWHERE["figure"])
    if wanted.figure.suffix.lower() != ".png":
        raise SettingsError(
            f"Expected a PNG for the figure, got {wanted.figure}.", "Use --figure NAME.png."
        )


def _score(settings: Settings) -> dict[str, Any]:
    """Read the data and the network, and score it."""
    from mien.evaluation.robustness import robustness as measure
    from mien.perception.classifier import Classifier

    wanted = settings.robustness
    names, severities = _names(wanted.corruptions), _severities(wanted.severities)
    classifier = Classifier(wanted.net)
    samples = read_samples(settings.data_or_fail(), settings.skip_bad)
    split = wanted.split or default_split(set(samples.splits.tolist()))
    with _progress() as tell:
        picked = samples.split(split)
        result = measure(classifier, picked, names, severities, wanted.seed, tell)
    return result | {"split": split}


def _names(text: str) -> tuple[str, ...]:
    """Read the corruptions that were asked for."""
    from mien.evaluation.corruptions import NAMES, check

    names = NAMES if text.strip() == "all" else _parts(text)
    for name in names:
        check(name, 1)
    return names


def _severities(text: str) -> tuple[int, ...]:
    """Read the severities that were asked for."""
    from mien.evaluation.corruptions import SEVERITIES

    allowed = {str(severity): severity for severity in SEVERITIES}
    parts = _parts(text)
    if not parts or not set(parts) <= set(allowed):
        raise SettingsError(
            f"Expected severities from 1 to 5 with commas, got {text!r}.", "Use for example 1,3,5."
        )
    return tuple(allowed[part] for part in parts)


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


@contextmanager
def _progress() -> Iterator[Callable[[int, int], object] | None]:
    """Show on stderr how far the scoring is, where that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Scoring spoilt faces", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _print(result: dict[str, Any]) -> None:
    """Print accuracy by corruption and severity, in percent."""
    from rich.console import Console
    from rich.table import Table

    clean, (low, high) = result["clean"], result["clean"]["interval"]
    title = f"{result['net']} on {result['split']}, {result['n']:,} faces"
    table = Table(title=title, title_justify="left")
    table.add_column("corruption")
    for heading in (*map(str, result["severities"]), "mean"):
        table.add_column(heading, justify="right")
    for name, corruption in result["corruptions"].items():
        values = [each["accuracy"] for each in corruption["severities"].values()]
        values.append(corruption["mean_accuracy"])
        table.add_row(name, *(f"{100 * value:.1f}" for value in values))
    console = Console(highlight=False, soft_wrap=True)
    console.print(table)
    console.print(
        f"Accuracy in percent: clean {100 * clean['accuracy']:.1f}"
        f" ({100 * low:.1f} to {100 * high:.1f}), mean over corruptions and severities"
        f" {100 * result['mean_corruption_accuracy']:.1f}."
    )
