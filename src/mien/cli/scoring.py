"""Scores networks as the settings of mien evaluate say."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mien.cli.reading import default_split, read_samples
from mien.settings import EvaluateSettings, Settings

if TYPE_CHECKING:
    from mien.data import Samples
    from mien.evaluation.bootstrap import Probabilities
    from mien.evaluation.groups import Groups


@dataclasses.dataclass(frozen=True)
class _Faces:
    """What the networks are measured on."""

    picked: Samples
    split: str
    against: Samples | None
    votes: Any
    groups: Groups | None


def score_nets(settings: Settings, nets: tuple[str, ...]) -> list[dict[str, Any]]:
    """Score each network on the pictures as face crops."""
    faces = _read(settings)
    return [_score_net(net, faces, settings.evaluate) for net in nets]


def score_pictures(settings: Settings, nets: tuple[str, ...]) -> list[dict[str, Any]]:
    """Score each network on the whole way of a photo."""
    from mien.data import in_split, records
    from mien.evaluation import evaluate_pictures
    from mien.perception.reader import Reader

    wanted = settings.evaluate
    if settings.skip_bad:
        # Says what is left out, which the records alone do not.
        read_samples(settings.data_or_fail(), settings.skip_bad)
    found = list(records(settings.data_or_fail(), skip_bad=settings.skip_bad))
    split = wanted.split or default_split({record.split for record in found})
    picked = in_split(found, split)
    readers = (Reader(net, mirror=wanted.mirror) for net in nets)
    return [evaluate_pictures(reader, picked) | {"split": split} for reader in readers]


def _read(settings: Settings) -> _Faces:
    """Read everything that the scores need; the small files first, whose mistakes are cheap."""
    from mien.data.join import exclude
    from mien.data.votes import read_votes
    from mien.evaluation.groups import read_groups

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
    from mien.cli.spoiling import score_spoilt
    from mien.evaluation import score_crops
    from mien.evaluation.predictions import Predictions, write_predictions
    from mien.perception.classifier import Classifier

    classifier = Classifier(net, mirror=wanted.mirror)
    name = classifier.name
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
    if wanted.corrupt is not None:
        result["robustness"] = score_spoilt(classifier, faces.picked, wanted)
    return result


def _further(
    probabilities: Probabilities, faces: _Faces, wanted: EvaluateSettings
) -> dict[str, Any]:
    """Give the scores that were asked for beside those that everyone gets."""
    from mien.evaluation.conformal import measure_sets
    from mien.evaluation.groups import group_scores
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
