"""The command mien evaluate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mien.cli.options import flag, with_flags
from mien.cli.reading import read_samples
from mien.errors import SettingsError
from mien.settings import EvaluateSettings, Settings, load

if TYPE_CHECKING:
    from mien.fer2013 import Samples

app = typer.Typer()

_ELSEWHERE = "Name another file with --json."


@app.command()
@with_flags(EvaluateSettings)
def evaluate(
    data: Path | None = typer.Argument(None, help="Zip, folder, CSV or Parquet with labels."),
    skip_bad: bool | None = flag(Settings, "skip_bad"),
    config: Path | None = typer.Option(None, help="TOML file with settings."),
    *,
    flags: dict[str, Any],
) -> None:
    """Measure a network on labelled faces."""
    run_evaluate(load(config, data=data, skip_bad=skip_bad, evaluate=flags))


def run_evaluate(settings: Settings) -> None:
    """Score the networks, print a table, and write the scores where a file was named."""
    from mien.files import make_folder, write
    from mien.weights import names

    wanted = settings.evaluate
    if wanted.json_file is not None:
        # Before any work is done for it.
        make_folder(wanted.json_file.parent, _ELSEWHERE)
    nets = names() if wanted.net == "all" else (wanted.net,)
    results = _score_pictures(settings, nets) if wanted.detect else _score_crops(settings, nets)
    for result in results:
        _print(result)
    if wanted.json_file is not None:
        content = results if wanted.net == "all" else results[0]
        write(wanted.json_file, (json.dumps(content, indent=2) + "\n").encode(), _ELSEWHERE)


def _score_crops(settings: Settings, nets: tuple[str, ...]) -> list[dict[str, Any]]:
    """Score the networks on the pictures as face crops."""
    from mien.evaluation import evaluate_crops
    from mien.perception.classifier import Classifier

    wanted = settings.evaluate
    samples = read_samples(settings.data_or_fail(), settings.skip_bad)
    split = wanted.split or _default_split(set(samples.splits.tolist()))
    against = None
    if wanted.against is not None:
        other = read_samples(wanted.against, settings.skip_bad)
        against = other.split("train") if "train" in other.splits else other
    picked: Samples = samples.split(split)
    return [
        evaluate_crops(Classifier(net), picked, against) | {"split": split} for net in nets
    ]


def _score_pictures(settings: Settings, nets: tuple[str, ...]) -> list[dict[str, Any]]:
    """Score the networks on the whole way of a photo."""
    from mien.evaluation import evaluate_pictures
    from mien.fer2013 import in_split, records
    from mien.perception.reader import Reader

    wanted = settings.evaluate
    if wanted.against is not None:
        raise SettingsError(
            "--against compares crops, and --detect makes its own.", "Leave one of them out."
        )
    found = list(records(settings.data_or_fail(), skip_bad=settings.skip_bad))
    split = wanted.split or _default_split({record.split for record in found})
    picked = in_split(found, split)
    return [evaluate_pictures(Reader(net), picked) | {"split": split} for net in nets]


def _default_split(there: set[str]) -> str:
    """Choose the split that was meant: the test pictures, or everything where none are marked."""
    return "all" if there == {"all"} else "test"


def _print(scores: dict[str, Any]) -> None:
    """Print one network's scores with their intervals."""
    from rich.console import Console
    from rich.table import Table

    table = Table(
        title=f"{scores['net']} on {scores['split']}, {scores['n']:,} faces", title_justify="left"
    )
    for heading in ("score", "value", "95% interval"):
        table.add_column(heading)
    interval = scores["interval"]
    for name in ("accuracy", "accuracy_unique", "macro_f1", "ece", "nll"):
        if scores.get(name) is not None:
            _row(table, name.replace("_", " "), scores[name], interval[name])
    for name, recall in scores["recall"].items():
        if recall is not None:
            _row(table, f"recall of {name}", recall, interval["recall"][name])
    console = Console()
    console.print(table)
    missed = sum(scores["missed"].values())
    if missed:
        console.print(f"{missed} faces were not found, each counted as an error.", highlight=False)


def _row(table: Any, name: str, value: float, interval: tuple[float, float]) -> None:
    table.add_row(name, f"{value:.3f}", f"{interval[0]:.3f} to {interval[1]:.3f}")
