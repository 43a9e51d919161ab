"""The faces of a training: which are learnt from, and which validate."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from mien.data import Samples, read
from mien.data.folds import draw_validation, marked
from mien.errors import TrainingError
from mien.settings import Settings, TrainSettings
from mien.training.record import Validation

DEFAULT_SHARE = 0.15
"""Share of Training to validate on where the data has no validation split."""

SEED = 0
"""Seed of the share. It does not follow the seed of the training, so that networks of several
seeds are validated on the same faces and can be calibrated together."""


@dataclasses.dataclass(frozen=True)
class TrainingSamples(Samples):
    """Faces as a training uses them.

    It learns from the split ``train`` and validates on the split ``validation``.
    """

    validation: Validation = dataclasses.field(kw_only=True)
    """Which faces the split ``validation`` holds."""

    @classmethod
    def of(cls, samples: Samples, validation: Validation) -> TrainingSamples:
        """State which faces validate."""
        fields = {field.name: getattr(samples, field.name) for field in dataclasses.fields(Samples)}
        return cls(**fields, validation=validation)


def training_samples(settings: Settings, path: Path | None = None) -> TrainingSamples:
    """Read the faces of a training, always split in the same way by the same settings.

    Parameters
    ----------
    settings
        ``train.image_size`` and ``train.colour`` say how faces are cropped, ``train.exclude`` which
        Training faces are left out, and ``train.validation`` what validates.
    path
        Where the data is; where the settings say if None.

    Returns
    -------
    TrainingSamples
        As `prepare` splits them.

    Raises
    ------
    DataError
        If the data or the list of excluded faces cannot be read or does not fit.
    SettingsError
        If no data set is named.
    """
    train = settings.train
    source = settings.data_or_fail() if path is None else path
    samples = _as_training(
        read(source, spec=train.input_spec, skip_bad=settings.skip_bad)
    )
    if train.exclude is not None:
        from mien.data.exclusion import exclude

        samples = exclude(samples, train.exclude, split="train")
    return prepare(train, samples)


def prepare(settings: TrainSettings, samples: Samples) -> TrainingSamples:
    """Choose the faces that validate.

    These are ``settings.validation`` of the Training faces. If it is None, they are the data's own
    validation split (FER-2013's PublicTest), or `DEFAULT_SHARE` of the Training faces if it has
    none. The draw is stratified by class and keeps duplicates together. Where a share is drawn
    although the data has a validation split, that split is left for measuring, and counts as
    ``test`` here. Data without any splits is all Training. Faces that were prepared before are
    returned as they are.

    Raises
    ------
    DataError
        If there are no Training faces, or too few to draw from.
    TrainingError
        If the faces are not of the size and colour that the settings ask for.
    """
    if isinstance(samples, TrainingSamples):
        return samples
    _check_shape(settings, samples)
    samples = _as_training(samples)
    own = {"validation", "public"} & set(samples.splits.tolist())
    if own and settings.validation is None:
        split: Validation = Validation(split="validation" if "validation" in own else "public")
        return TrainingSamples.of(samples, split)
    share = settings.validation or DEFAULT_SHARE
    samples.split("train")  # refuses data without Training faces
    unused = np.isin(samples.splits, sorted(own))
    samples = dataclasses.replace(samples, splits=np.where(unused, "test", samples.splits))
    draw = draw_validation(samples, share, SEED)
    validation = Validation(
        split="train", share=share, seed=SEED, near_duplicates_apart=draw.near_duplicates_apart
    )
    return TrainingSamples.of(marked(samples, draw), validation)


def _as_training(samples: Samples) -> Samples:
    """Mark data without any splits as Training."""
    if set(samples.splits.tolist()) != {"all"}:
        return samples
    return dataclasses.replace(samples, splits=np.full(len(samples), "train"))


def _check_shape(settings: TrainSettings, samples: Samples) -> None:
    """Refuse faces of another size or colour than the network is to be trained for."""
    shape, expected = samples.images.shape[1:], settings.input_spec.crop_shape
    if shape != expected:
        raise TrainingError(
            f"Expected faces of {settings.input_spec}, as image_size and colour say, got faces of"
            f" shape {list(shape)}.",
            "Read them with mien.data.read(path, spec=settings.input_spec), or change image_size"
            " or colour.",
            "image_size",
        )
