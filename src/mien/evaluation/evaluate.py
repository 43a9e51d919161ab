"""Measures a network on labelled faces: what mien evaluate does."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mien.data import Samples, in_split, read, records
from mien.data.duplicates import fingerprints
from mien.data.join import exclude as leave_out
from mien.data.samples import MEMBERS
from mien.data.votes import read_votes
from mien.errors import DataError, SettingsError, require
from mien.evaluation.bootstrap import Probabilities
from mien.evaluation.conformal import measure_sets
from mien.evaluation.corruptions import NAMES, SEVERITIES
from mien.evaluation.corruptions import check as check_corruption
from mien.evaluation.groups import Groups, group_scores, read_groups
from mien.evaluation.predictions import Predictions, write_predictions
from mien.evaluation.results import BaseScores, Scores
from mien.evaluation.robustness import robustness
from mien.evaluation.scores import score
from mien.evaluation.selective import selective
from mien.evaluation.votes import vote_scores
from mien.files import make_folder
from mien.models import DEFAULT, ModelInfo
from mien.perception.classifier import Classifier
from mien.perception.reader import Reader
from mien.progress import progress


def evaluate(
    data: str | Path | Samples,
    net: str | Path | Classifier | Reader = DEFAULT,
    *,
    split: str | None = None,
    against: str | Path | Samples | None = None,
    votes: str | Path | None = None,
    groups: str | Path | None = None,
    exclude: str | Path | None = None,
    detect: bool = False,
    flip_tta: bool = False,
    target_accuracy: float | None = None,
    coverage: float | Sequence[float] | None = None,
    corrupt: Literal["all"] | Sequence[str] | None = None,
    severities: Sequence[int] = SEVERITIES,
    corrupt_seed: int = 0,
    predictions: str | Path | None = None,
    skip_bad: bool = False,
    show_progress: bool | None = None,
) -> Scores:
    """Measure a network on labelled faces, with 95% intervals.

    Parameters
    ----------
    data
        Zip, folder, CSV or Parquet file, read as face crops that fit the network; or `Samples`
        of such crops.
    net
        A shipped network's name, or a path to an ONNX file or the JSON file beside it; or a
        network that is loaded already.
    split
        One of `mien.data.samples.SPLITS`; if None, what `default_split` chooses.
    against
        Training data. Every score is then also given without the faces that are pixel-identical
        to one of its training faces.
    votes
        FER+'s fer2013new.csv; network and labels are scored against its ten taggers too.
    groups
        CSV with the column ``file`` and others; scores are then also given by group.
    exclude
        CSV of faces to leave out, such as audit.csv.
    detect
        Find and crop the faces first, as in a photo. The largest face of a picture counts; a
        picture without a face is an error.
    flip_tta
        Average over each face and its mirror image, which takes twice the time. A loaded network
        decides this itself.
    target_accuracy
        Find the confidence from which on the answers are this accurate.
    coverage
        Coverages, 0 to 1, at which prediction sets are measured.
    corrupt, severities, corrupt_seed
        Corruptions under which the faces are scored too, their severities, and their seed.
    predictions
        Parquet file to write the network's probabilities to, as `compare` needs them.
    skip_bad
        Leave bad pictures out.
    show_progress
        Whether to show a progress bar while corrupted faces are scored; None shows it if stderr
        is a terminal.

    Raises
    ------
    DataError
        If the data cannot be read, or has a class that the network does not know.
    NetError
        If the network cannot be loaded.
    SettingsError
        If arguments do not go together, or one is out of range.
    OutputError
        If the predictions cannot be written.
    """
    names = NAMES if corrupt == "all" else tuple(corrupt or ())
    _check_corruptions(corrupt is not None, names, severities, corrupt_seed)
    if detect:
        crops_only = {
            "against": against, "votes": votes, "groups": groups, "exclude": exclude,
            "predictions": predictions, "target_accuracy": target_accuracy,
            "coverage": coverage, "corrupt": corrupt,
        }  # fmt: skip
        _refuse_crops_only([name for name, value in crops_only.items() if value is not None])
        return _evaluate_pictures(data, _reader(net, flip_tta), split, skip_bad)
    if predictions is not None:
        require("pyarrow.parquet", "train")
        make_folder(Path(predictions).parent, setting="predictions")
    classifier = _classifier(net, flip_tta)
    faces = _read(data, classifier.info, skip_bad, split, against, votes, groups, exclude)
    probabilities = classifier.probabilities(faces.samples.images)
    parts = _further(probabilities, faces, target_accuracy, coverage)
    if predictions is not None:
        path = Path(predictions)
        write_predictions(path, Predictions.of(classifier.name, probabilities, faces.samples))
        parts["predictions"] = str(path.resolve())
    if names:
        with progress("Scoring corrupted faces", show_progress) as update:
            parts["robustness"] = robustness(
                classifier, faces.samples, names, severities, corrupt_seed, update
            )
    parts |= {"sha256": classifier.info.sha256 or None, "split": faces.split}
    return score_crops(classifier.name, probabilities, faces.samples, faces.training, **parts)


def _check_corruptions(
    asked: bool, names: Sequence[str], severities: Sequence[int], seed: int
) -> None:
    """Refuse corruptions that do not exist, before any work is done for them."""
    if asked and not (names and severities):
        raise SettingsError(
            "No corruption or no severity was named.",
            "Use for example noise and blur, and 1, 3 and 5.",
            "corrupt" if severities else "severities",
        )
    for name in names:
        for severity in severities:
            check_corruption(name, severity, seed)


def _refuse_crops_only(asked: Sequence[str]) -> None:
    """Refuse to measure crops while the pictures are searched for faces."""
    if asked:
        raise SettingsError(
            f"{asked[0]} is measured on crops, but detect searches whole pictures for faces.",
            "Leave one of them out.",
            "detect",
        )


def _classifier(net: str | Path | Classifier | Reader, flip_tta: bool) -> Classifier:
    if isinstance(net, Reader):
        raise SettingsError(
            "A Reader finds the faces first, but the data is to be read as crops.",
            "Use a Classifier, or set detect.",
            "detect",
        )
    return net if isinstance(net, Classifier) else Classifier(net, flip_tta=flip_tta)


def _reader(net: str | Path | Classifier | Reader, flip_tta: bool) -> Reader:
    if isinstance(net, Classifier):
        raise SettingsError(
            "A Classifier takes crops, but the faces are to be found first.",
            "Use a Reader, or leave detect out.",
            "detect",
        )
    return net if isinstance(net, Reader) else Reader(net, flip_tta=flip_tta)


def default_split(splits: Collection[str]) -> str:
    """Return the split that is meant if none is named.

    Parameters
    ----------
    splits
        What the data holds, as in `Samples.splits`.

    Returns
    -------
    str
        The test faces; the validation faces if there are no test faces; all faces if the data
        has no splits.
    """
    there = set(splits)
    if there == {"all"}:
        return "all"
    if "validation" in there and not there & set(MEMBERS["test"]):
        return "validation"
    return "test"


@dataclasses.dataclass(frozen=True)
class _Faces:
    """The faces that a network is measured on, and what is known of them."""

    samples: Samples
    split: str
    training: Samples | None
    votes: NDArray[np.int64] | None
    groups: Groups | None


def _read(
    data: str | Path | Samples,
    info: ModelInfo,
    skip_bad: bool,
    split: str | None,
    against: str | Path | Samples | None,
    votes: str | Path | None,
    groups: str | Path | None,
    exclude: str | Path | None,
) -> _Faces:
    """Read everything that the scores need; the small files first, whose mistakes are cheap."""
    ballots = None if votes is None else read_votes(Path(votes))
    grouping = None if groups is None else read_groups(Path(groups))
    samples = _samples(data, info, skip_bad)
    if exclude is not None:
        samples = leave_out(samples, exclude)
    split = split or default_split(samples.splits.tolist())
    faces = samples.split(split)
    return _Faces(
        samples=faces,
        split=split,
        training=None if against is None else _training(against, info, skip_bad),
        votes=None if ballots is None else ballots.of(faces),
        # The file may name faces of other splits, but none that the data lacks.
        groups=None if grouping is None else grouping.of(samples.names.tolist()),
    )


def _samples(data: str | Path | Samples, info: ModelInfo, skip_bad: bool) -> Samples:
    """Return crops as the network takes them, numbered by its classes."""
    samples = data if isinstance(data, Samples) else read(data, spec=info.input, skip_bad=skip_bad)
    if samples.images.shape[1:] != info.input.crop_shape:
        raise DataError(
            f"Expected crops of {info.input} pixels for {info.name}, got arrays"
            f" {list(samples.images.shape[1:])}.",
            "Read the data with mien.data.read(path, spec=info.input), or name its file.",
        )
    return samples.relabelled(info.classes)


def _training(against: str | Path | Samples, info: ModelInfo, skip_bad: bool) -> Samples:
    """Return the training faces of a data set, all of them if it does not mark any."""
    samples = _samples(against, info, skip_bad)
    return samples.split("train") if "train" in samples.splits else samples


def _further(
    probabilities: Probabilities,
    faces: _Faces,
    target_accuracy: float | None,
    coverage: float | Sequence[float] | None,
) -> dict[str, object]:
    """Return the scores that were asked for beyond those that everyone gets, by field."""
    samples, parts = faces.samples, dict[str, object]()
    if faces.votes is not None:
        parts["votes"] = vote_scores(probabilities, samples.labels, faces.votes)
    if faces.groups is not None:
        parts["groups"] = group_scores(
            probabilities,
            samples.labels,
            samples.names.tolist(),
            faces.groups,
            samples.vocabulary,
        )
    if target_accuracy is not None:
        parts["selective"] = selective(probabilities, samples.labels, target_accuracy)
    if coverage is not None:
        levels = [coverage] if isinstance(coverage, int | float) else list(coverage)
        parts["conformal"] = measure_sets(probabilities, samples.labels, levels)
    return parts


def score_crops(
    net: str,
    probabilities: Probabilities,
    samples: Samples,
    against: Samples | None = None,
    **parts: object,
) -> Scores:
    """Score the probabilities that a network gave.

    Parameters
    ----------
    net
        Name of the network.
    probabilities
        ``float32 [N, K]``.
    samples
        The N faces.
    against
        Training faces; every score is then also given without the faces that are pixel-identical
        to one of them.
    parts
        Further fields of `Scores`.
    """
    scores = score(probabilities, samples.labels, samples.vocabulary)
    if against is None:
        return Scores.of(scores, net, **parts)
    duplicate, conflicts = _duplicates(samples, against)
    unique = _unique_scores(probabilities, samples, ~duplicate)
    if unique is not None:
        interval = {"accuracy_unique": unique.interval.accuracy}
        parts["interval"] = scores.interval.model_copy(update=interval)
    return Scores.of(
        scores,
        net,
        n_unique=int((~duplicate).sum()),
        accuracy_unique=None if unique is None else unique.accuracy,
        unique=unique,
        conflicts=int(conflicts.sum()),
        **parts,
    )


def _unique_scores(
    probabilities: Probabilities, samples: Samples, rows: NDArray[np.bool_]
) -> BaseScores | None:
    if not rows.any():
        return None
    return score(probabilities[rows], samples.labels[rows], samples.vocabulary)


def _duplicates(
    samples: Samples, against: Samples
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Mark the faces with a duplicate, and those with one of another label, ``bool [N]`` each."""
    known: dict[bytes, set[int]] = {}
    for digest, label in zip(fingerprints(against), against.labels.tolist(), strict=True):
        known.setdefault(digest, set()).add(label)
    labels = [known.get(digest, set()) for digest in fingerprints(samples)]
    own = samples.labels.tolist()
    return (
        np.array([bool(others) for others in labels], dtype=np.bool_),
        np.array(
            [bool(others - {mine}) for others, mine in zip(labels, own, strict=True)], np.bool_
        ),
    )


def _evaluate_pictures(
    data: str | Path | Samples, reader: Reader, split: str | None, skip_bad: bool
) -> Scores:
    """Score the whole pipeline of a photo: find the face, crop it, read it."""
    if isinstance(data, Samples):
        raise SettingsError(
            "Samples hold crops, but the faces are to be found first.",
            "Name the file or folder of the pictures, or leave detect out.",
            "detect",
        )
    source = records(data, skip_bad=skip_bad)
    pictures = list(source)
    split = split or default_split({record.split for record in pictures})
    probabilities, labels, missed = [], [], []
    for record in in_split(pictures, split):
        label = _label(source.vocabulary.names[record.label], reader.info)
        faces = reader.read(record.picture())
        if faces:
            probabilities.append(faces[0].probabilities[None])
            labels.append(label)
        else:
            missed.append(label)
    empty = np.zeros((0, len(reader.vocabulary)), np.float32)
    scores = score(
        np.concatenate([empty, *probabilities]),
        np.array(labels, dtype=np.int8),
        reader.vocabulary,
        np.array(missed, dtype=np.int8),
    )
    return Scores.of(scores, reader.name, sha256=reader.info.sha256 or None, split=split)


def _label(name: str, info: ModelInfo) -> int:
    """Return the network's number of a class of the data."""
    if name not in info.classes:
        raise DataError(
            f"The data has faces of {name}, which {info.name} does not know: it tells apart"
            f" {info.classes.in_words()}.",
            "Use a network that was trained on these classes, or leave the faces out.",
        )
    return info.classes.index(name)
