"""The command mien evaluate."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mien.cli.options import flag, with_flags
from mien.cli.reading import default_split, read_samples
from mien.errors import SettingsError, require
from mien.settings import EvaluateSettings, Settings, load

if TYPE_CHECKING:
    from mien.evaluation.arrays import Probabilities
    from mien.evaluation.groups import Groups
    from mien.fer2013 import Samples

app = typer.Typer()

_ELSEWHERE = "Name another file with --json."

_OF_CROPS = {
    "against": "--against",
    "votes": "--votes",
    "groups": "--groups",
    "exclude": "--exclude",
    "predictions": "--predictions",
    "target_accuracy": "--target-accuracy",
    "sets": "--sets",
}
"""Settings that do not go with --detect, and their flags."""


@dataclasses.dataclass(frozen=True)
class _Faces:
    """What the networks are measured on."""

    picked: Samples
    split: str
    against: Samples | None
    votes: Any
    groups: Groups | None


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
    """Score the networks, print tables, and write the scores where a file was named."""
    from mien.cli.findings import show
    from mien.files import write
    from mien.weights import names

    wanted = settings.evaluate
    _prepare(wanted)
    nets = names() if wanted.net == "all" else (wanted.net,)
    results = _score_pictures(settings, nets) if wanted.detect else _score_crops(settings, nets)
    for result in results:
        show(result)
    if wanted.json_file is not None:
        content = results if wanted.net == "all" else results[0]
        write(wanted.json_file, (json.dumps(content, indent=2) + "\n").encode(), _ELSEWHERE)


def _prepare(wanted: EvaluateSettings) -> None:
    """Refuse what cannot be done, and make the folders, before any work is done for them."""
    from mien.files import make_folder

    crops = [name for field, name in _OF_CROPS.items() if getattr(wanted, field) is not None]
    if wanted.detect and crops:
        raise SettingsError(
            f"{crops[0]} measures crops, and --detect makes its own.", "Leave one of them out."
        )
    if wanted.predictions is not None:
        if wanted.net == "all":
            raise SettingsError(
                "--predictions keeps what one network said, and --net is all.",
                "Name one network with --net.",
            )
        require("pyarrow.parquet", "train")
        make_folder(wanted.predictions.parent, "Name another file with --predictions.")
    if wanted.json_file is not None:
        make_folder(wanted.json_file.parent, _ELSEWHERE)


def _score_crops(settings: Settings, nets: tuple[str, ...]) -> list[dict[str, Any]]:
    """Score the networks on the pictures as face crops."""
    faces = _read(settings)
    return [_score_net(net, faces, settings.evaluate) for net in nets]


def _read(settings: Settings) -> _Faces:
    """Read everything that the scores need; the small files first, whose mistakes are cheap."""
    from mien.evaluation.groups import read_groups
    from mien.fer2013.exclude import exclude
    from mien.fer2013.votes import read_votes

    wanted = settings.evaluate
    votes = None if wanted.votes is None else read_votes(wanted.votes)
    groups = None if wanted.groups is None else read_groups(wanted.groups)
    samples = read_samples(settings.data_or_fail(), settings.skip_bad)
    if wanted.exclude is not None:
        samples = exclude(samples, wanted.exclude)
    split = wanted.split or default_split(set(samples.splits.tolist()))
    against = None
    if wanted.against is not None:
        other = read_samples(wanted.against, settings.skip_bad)
        against = other.split("train") if "train" in other.splits else other
    picked = samples.split(split)
    return _Faces(
        picked,
        split,
        against,
        None if votes is None else votes.of(picked),
        # The file may name faces of other splits, but none that the data lacks.
        None if groups is None else groups.of(samples.names.tolist()),
    )


def _score_net(net: str, faces: _Faces, wanted: EvaluateSettings) -> dict[str, Any]:
    """Score one network, and keep what it said of each face where a file was named."""
    from mien.evaluation import score_crops
    from mien.evaluation.predictions import Predictions, write_predictions
    from mien.perception.classifier import Classifier

    classifier = Classifier(net)
    name = classifier.card.name
    probabilities = classifier.probabilities(faces.picked.images)
    result = score_crops(name, probabilities, faces.picked, faces.against)
    result |= {"split": faces.split} | _further(probabilities, faces, wanted)
    if wanted.predictions is not None:
        kept = Predictions.of(name, probabilities, faces.picked)
        write_predictions(wanted.predictions, kept)
        if wanted.json_file is not None:
            # From the JSON file's own folder, so that both can be moved together.
            there = os.path.relpath(wanted.predictions, wanted.json_file.parent)
            result["predictions"] = Path(there).as_posix()
    return result


def _further(
    probabilities: Probabilities, faces: _Faces, wanted: EvaluateSettings
) -> dict[str, Any]:
    """Give the scores that were asked for beside those that everyone gets."""
    from mien.evaluation.conformal import measure_sets
    from mien.evaluation.gaps import group_scores
    from mien.evaluation.selective import selective
    from mien.evaluation.votes import vote_scores

    labels, further = faces.picked.labels, {}
    if faces.votes is not None:
        further["votes"] = vote_scores(probabilities, labels, faces.votes)
    if faces.groups is not None:
        names = faces.picked.names.tolist()
        further["groups"] = group_scores(probabilities, labels, names, faces.groups)
    if wanted.target_accuracy is not None:
        further["selective"] = selective(probabilities, labels, wanted.target_accuracy)
    if wanted.levels:
        further["conformal"] = measure_sets(probabilities, labels, wanted.levels)
    return further


def _score_pictures(settings: Settings, nets: tuple[str, ...]) -> list[dict[str, Any]]:
    """Score the networks on the whole way of a photo."""
    from mien.evaluation import evaluate_pictures
    from mien.fer2013 import in_split, records
    from mien.perception.reader import Reader

    wanted = settings.evaluate
    if settings.skip_bad:
        # Says what is left out, which the records alone do not.
        read_samples(settings.data_or_fail(), settings.skip_bad)
    found = list(records(settings.data_or_fail(), skip_bad=settings.skip_bad))
    split = wanted.split or default_split({record.split for record in found})
    picked = in_split(found, split)
    return [evaluate_pictures(Reader(net), picked) | {"split": split} for net in nets]
