"""Reads the faces that a network is measured on, with everything known about them."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.data import Samples, read
from mien.data.exclusion import Exclusion, check_reasons, read_exclusion
from mien.data.join_check import LABELS, about_unchecked, check_labels, is_by_number
from mien.data.samples import MEMBERS
from mien.data.votes import read_votes
from mien.errors import DataError, SettingsError
from mien.evaluation.groups import Groups, read_groups
from mien.evaluation.results import Excluded
from mien.evaluation.training_data import about_unknown, training_data
from mien.models import ModelInfo
from mien.models.info import InputSpec
from mien.settings.limits import DEFAULT_LIMITS, LimitSettings


@dataclasses.dataclass(frozen=True)
class Sources:
    """The files that a measurement reads; fields as in `mien.evaluation.evaluate`."""

    data: str | Path | Samples
    split: str | None = None
    against: str | Path | Samples | None = None
    votes: str | Path | None = None
    groups: str | Path | None = None
    exclude: str | Path | None = None
    exclude_reasons: Collection[str] | None = None
    skip_bad: bool = False
    limits: LimitSettings = DEFAULT_LIMITS

    def __post_init__(self) -> None:
        if self.exclude_reasons is not None and self.exclude is None:
            raise SettingsError(
                "Reasons to leave faces out were named, but no list of faces.",
                "Name an audit.csv, or leave the reasons out.",
                "exclude",
            )


@dataclasses.dataclass(frozen=True)
class Faces:
    """The faces that a network is measured on, with everything known about them."""

    samples: Samples
    """Of the split, without those left out."""
    split: str
    training: Samples | None
    """The faces that it may have been trained on."""
    votes: NDArray[np.int64] | None
    groups: Groups | None
    excluded: Excluded | None
    """How many faces of the split were left out, and why."""
    unchecked: tuple[str, ...] = ()
    """The files that cannot be shown to be made from this data."""
    trained_on: int | None = None
    """How many of the faces the network learnt from; None if the data is not its training data, or
    nothing shows which faces these are."""
    may_be_trained_on: bool = False
    """Whether the data is the network's training data, and nothing shows which faces it learnt."""


def read_faces(sources: Sources, info: ModelInfo) -> Faces:
    """Read everything that the scores need; the small files first, since their errors come fast.

    Raises
    ------
    DataError
        If a file cannot be read, or does not fit the data.
    """
    ballots = None if sources.votes is None else read_votes(Path(sources.votes))
    grouping = None if sources.groups is None else read_groups(Path(sources.groups))
    samples = _crops(sources.data, info, sources)
    trained = training_data(samples, info, sources.exclude)
    if trained is not None:
        samples = trained.for_split(sources.split, samples)
    split = sources.split or default_split(samples.splits.tolist())
    exclusion = _exclusion(samples, sources)
    kept = samples if exclusion is None else samples[~exclusion.listed]
    faces = kept.split(split)
    return Faces(
        samples=faces,
        split=split,
        training=_training(sources, info),
        votes=None if ballots is None else ballots.of(faces, beside=samples),
        # The file may name faces of other splits, but none that the data lacks.
        groups=None if grouping is None else grouping.of(kept.names.tolist()),
        excluded=None if exclusion is None else _excluded(exclusion, samples, split),
        unchecked=tuple(_unchecked(samples, grouping, exclusion)),
        trained_on=None if trained is None else trained.count(faces),
        may_be_trained_on=trained is not None and trained.count(faces) is None,
    )


def cautions(faces: Faces, net: str, spec: InputSpec, given: bool) -> Iterator[str]:
    """Say what may be wrong with a measurement, one sentence at a time.

    Parameters
    ----------
    faces
        What the network is measured on.
    net
        Name of the network.
    spec
        Its input.
    given
        Whether the caller read the crops, and so knows what they show.
    """
    if faces.samples.whole_photos is not None and not given:
        yield faces.samples.whole_photos.about(spec)
    yield from map(about_unchecked, faces.unchecked)
    if faces.may_be_trained_on:
        yield f"{about_unknown(net)} If its training left faces out, exclude the same list."


def default_split(splits: Collection[str]) -> str:
    """Return the split to use if none is named.

    Parameters
    ----------
    splits
        What the data holds, as in `Samples.splits`.

    Returns
    -------
    str
        The test faces; the validation faces if there are no test faces; all faces if the data
        has no splits. In a network's own training data the faces that were drawn to validate it
        are validation faces.
    """
    there = set(splits)
    if there == {"all"}:
        return "all"
    if "validation" in there and not there & set(MEMBERS["test"]):
        return "validation"
    return "test"


def _crops(data: str | Path | Samples, info: ModelInfo, how: Sources) -> Samples:
    """Return crops as the network takes them, numbered by its classes."""
    samples = (
        data
        if isinstance(data, Samples)
        else read(data, spec=info.input, skip_bad=how.skip_bad, limits=how.limits)
    )
    if samples.images.shape[1:] != info.input.crop_shape:
        raise DataError(
            f"Expected crops of {info.input} pixels for {info.name}, got arrays"
            f" {list(samples.images.shape[1:])}.",
            "Read the data with mien.data.read(path, spec=info.input), or name its file.",
        )
    return samples.relabelled(info.classes)


def _training(sources: Sources, info: ModelInfo) -> Samples | None:
    """Return the faces of a data set that the network learnt from.

    If that is not known, return its training faces, or all faces if none are marked.
    """
    if sources.against is None:
        return None
    samples = _crops(sources.against, info, sources)
    trained = training_data(samples, info)
    if trained is not None and trained.learnt is not None:
        return samples[np.isin(samples.names, list(trained.learnt))]
    return samples.split("train") if "train" in samples.splits else samples


def _exclusion(samples: Samples, sources: Sources) -> Exclusion | None:
    """Read which faces are to be left out."""
    if sources.exclude is None:
        return None
    exclusion = read_exclusion(samples, Path(sources.exclude), sources.exclude_reasons)
    if sources.exclude_reasons is not None:
        check_reasons(exclusion)
    return exclusion


def _excluded(exclusion: Exclusion, samples: Samples, split: str) -> Excluded:
    """Count the faces of the split that are left out, and refuse to leave out every one."""
    rows = _of_split(samples, split)
    within = exclusion.within(rows)
    left_out = int(within.listed.sum())
    if left_out and left_out == int(rows.sum()):
        raise DataError(
            f"{exclusion.path} lists every face of the split, so none is left to score.",
            "Choose some of its reasons, or another split.",
            "exclude_reasons",
        )
    return Excluded(file=exclusion.path.name, n=left_out, reasons=within.counts())


def _unchecked(
    samples: Samples, groups: Groups | None, exclusion: Exclusion | None
) -> Iterator[str]:
    """Name the files that cannot be checked; refuse groups whose labels do not fit."""
    if exclusion is not None and exclusion.unchecked:
        yield str(exclusion.path)
    if groups is None:
        return
    # Any other column of that name is one of groups.
    stated = [
        groups.columns[column]
        for column in LABELS
        if set(groups.columns.get(column, {}).values()) <= set(samples.vocabulary.names)
        and groups.columns.get(column)
    ]
    for labels in stated:
        check_labels(groups.path, labels, samples, "groups")
    if not stated and is_by_number(groups.files):
        yield str(groups.path)


def _of_split(samples: Samples, split: str) -> NDArray[np.bool_]:
    """Mark the faces of a split, ``bool [N]``."""
    if split == "all":
        return np.ones(len(samples), dtype=np.bool_)
    return np.isin(samples.splits, MEMBERS[split])
