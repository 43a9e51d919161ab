"""Measures a network on labelled faces: what mien evaluate does."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mien.arguments import checked
from mien.data import Samples
from mien.data.duplicates import fingerprints
from mien.errors import SettingsError, require
from mien.evaluation.bootstrap import Probabilities
from mien.evaluation.conformal import measure_sets
from mien.evaluation.corruptions import NAMES, SEVERITIES, check_all
from mien.evaluation.faces import Faces, Sources, cautions, read_faces
from mien.evaluation.groups import group_scores
from mien.evaluation.pictures import evaluate_pictures
from mien.evaluation.predictions import Predictions, write_predictions
from mien.evaluation.results import BaseScores, Scores
from mien.evaluation.robustness import robustness
from mien.evaluation.scores import score
from mien.evaluation.selective import selective
from mien.evaluation.votes import vote_scores
from mien.files import make_folder
from mien.models import DEFAULT, ModelInfo
from mien.models.answers import Labels
from mien.perception.classifier import Classifier
from mien.perception.reader import Reader
from mien.progress import progress
from mien.settings.limits import DEFAULT_LIMITS, LimitSettings


@checked
def evaluate(
    data: str | Path | Samples,
    net: str | Path | Classifier | Reader = DEFAULT,
    *,
    split: str | None = None,
    against: str | Path | Samples | None = None,
    votes: str | Path | None = None,
    groups: str | Path | None = None,
    exclude: str | Path | None = None,
    exclude_reasons: Collection[str] | None = None,
    detect: bool = False,
    flip_tta: bool = False,
    labels: Labels | None = None,
    target_accuracy: float | None = None,
    coverage: float | Sequence[float] | None = None,
    corrupt: Literal["all"] | Sequence[str] | None = None,
    severities: Sequence[int] = SEVERITIES,
    corrupt_seed: int = 0,
    predictions: str | Path | None = None,
    skip_bad: bool = False,
    show_progress: bool | None = None,
    limits: LimitSettings = DEFAULT_LIMITS,
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
    exclude, exclude_reasons
        CSV of faces to leave out, such as audit.csv, and the reasons in it that count; all if
        None. What is left out is counted in the scores.
    detect
        Find and crop the faces first, as in a photo. The largest face of a picture counts; a
        picture without a face is an error.
    flip_tta
        Average over each face and its mirror image, which takes twice the time. A loaded network
        keeps its own setting.
    labels
        Which answer of a network that has two is measured, as in `mien.Reader`; the scores say
        which. A loaded network keeps its own.
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
    limits
        As for `mien.data.read`.

    Raises
    ------
    DataError
        If the data cannot be read, has a class that the network does not know, or does not fit
        one of the other files.
    NetError
        If the network cannot be loaded.
    SettingsError
        If arguments do not go together, or one is out of range.
    OutputError
        If the predictions cannot be written.

    Warns
    -----
    UserWarning
        If pictures that are read as crops look like whole photos, nothing shows that a file was
        made from the data, or the network was trained on the data and nothing shows on which of
        its faces.

    Examples
    --------
    >>> scores = mien.evaluate("fer2013.zip", "lobonet", split="public")
    >>> scores.n, sum(map(sum, scores.confusion)), 0 <= scores.accuracy <= 1
    (35, 35, True)
    """
    asked = _Asked(target_accuracy, coverage, corrupt, severities, corrupt_seed, predictions)
    sources = Sources(
        data, split, against, votes, groups, exclude, exclude_reasons, skip_bad, limits
    )
    if detect:
        _refuse_crops_only(sources, asked)
        return evaluate_pictures(data, _reader(net, flip_tta, labels), split, skip_bad, limits)
    if predictions is not None:
        require("pyarrow.parquet", "train")
        make_folder(Path(predictions).parent, setting="predictions")
    classifier = _classifier(net, flip_tta, labels)
    faces = read_faces(sources, classifier.info)
    spec, given = classifier.info.input, isinstance(data, Samples)
    for caution in cautions(faces, classifier.name, spec, given):
        warnings.warn(caution, stacklevel=3)
    return _measure(classifier, faces, asked, show_progress)


@dataclasses.dataclass(frozen=True)
class _Asked:
    """What is to be measured beyond the usual scores; fields as in `evaluate`."""

    target_accuracy: float | None
    coverage: float | Sequence[float] | None
    corrupt: Literal["all"] | Sequence[str] | None
    severities: Sequence[int]
    corrupt_seed: int
    predictions: str | Path | None

    def __post_init__(self) -> None:
        """Refuse what cannot be measured before any work is done."""
        _check_shares("target_accuracy", self.target_accuracy)
        _check_shares("coverage", self.coverage)
        if self.corrupt is not None:
            check_all(self.corruptions, self.severities, self.corrupt_seed)

    @property
    def levels(self) -> tuple[float, ...]:
        """The coverages of prediction sets."""
        return _shares(self.coverage)

    @property
    def corruptions(self) -> tuple[str, ...]:
        """The names of the corruptions."""
        return NAMES if self.corrupt == "all" else tuple(self.corrupt or ())


def _measure(
    classifier: Classifier, faces: Faces, asked: _Asked, show_progress: bool | None
) -> Scores:
    """Score a network on the faces."""
    probabilities = classifier.probabilities(faces.samples.images)
    parts = _further(probabilities, faces, asked) | _known(classifier.info, faces)
    if asked.predictions is not None:
        parts["predictions"] = _write(Path(asked.predictions), classifier, probabilities, faces)
    if asked.corruptions:
        with progress("Scoring corrupted faces", show_progress) as update:
            parts["robustness"] = robustness(
                classifier,
                faces.samples,
                asked.corruptions,
                asked.severities,
                asked.corrupt_seed,
                update,
            )
    return score_crops(classifier.name, probabilities, faces.samples, faces.training, **parts)


def _write(
    path: Path, classifier: Classifier, probabilities: Probabilities, faces: Faces
) -> str:
    """Write the predictions; return the file's absolute path."""
    sha256 = classifier.info.sha256 or None
    kept = Predictions.of(classifier.name, probabilities, faces.samples, sha256)
    write_predictions(path, kept)
    return str(path.resolve())


def _known(info: ModelInfo, faces: Faces) -> dict[str, object]:
    """Return which network was measured on what, by field of `Scores`."""
    known: dict[str, object] = {
        "sha256": info.sha256 or None,
        "weights_sha256": info.weights_sha256,
        "labels": info.labels,
        "data_sha256": faces.samples.sha256,
        "split": faces.split,
    }
    if faces.trained_on is not None:
        known["trained_on"] = faces.trained_on
    return known if faces.excluded is None else known | {"excluded": faces.excluded}


def _check_shares(name: str, value: float | Sequence[float] | None) -> None:
    """Refuse shares that are not within 0 and 1."""
    for share in _shares(value):
        if not 0 < share <= 1:
            raise SettingsError(
                f"Expected {name} above 0 and up to 1, got {share}.", "Use for example 0.9.", name
            )


def _shares(value: float | Sequence[float] | None) -> tuple[float, ...]:
    """Return one share or several as a tuple."""
    if value is None:
        return ()
    return tuple(value) if isinstance(value, Sequence) else (value,)


def _refuse_crops_only(sources: Sources, asked: _Asked) -> None:
    """Refuse to measure crops while the pictures are searched for faces."""
    values = {
        name: getattr(part, name)
        for part, names in (
            (sources, ("against", "votes", "groups", "exclude")),
            (asked, ("predictions", "target_accuracy", "coverage", "corrupt")),
        )
        for name in names
    }
    given = [name for name, value in values.items() if value is not None]
    if given:
        raise SettingsError(
            f"{given[0]} is measured on crops, but detect searches whole pictures for faces.",
            "Leave one of them out.",
            "detect",
        )


def _classifier(
    net: str | Path | Classifier | Reader, flip_tta: bool, labels: Labels | None
) -> Classifier:
    if isinstance(net, Reader):
        raise SettingsError(
            "A Reader finds the faces first, but the data is to be read as crops.",
            "Use a Classifier, or set detect.",
            "detect",
        )
    if isinstance(net, Classifier):
        return net
    return Classifier(net, flip_tta=flip_tta, labels=labels)


def _reader(
    net: str | Path | Classifier | Reader, flip_tta: bool, labels: Labels | None
) -> Reader:
    if isinstance(net, Classifier):
        raise SettingsError(
            "A Classifier takes crops, but the faces are to be found first.",
            "Use a Reader, or leave detect out.",
            "detect",
        )
    return net if isinstance(net, Reader) else Reader(net, flip_tta=flip_tta, labels=labels)


def _further(
    probabilities: Probabilities, faces: Faces, asked: _Asked
) -> dict[str, object]:
    """Return the scores that were asked for beyond the usual ones, by field."""
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
    if asked.target_accuracy is not None:
        parts["selective"] = selective(probabilities, samples.labels, asked.target_accuracy)
    if asked.levels:
        parts["conformal"] = measure_sets(probabilities, samples.labels, asked.levels)
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
