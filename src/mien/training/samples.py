"""The faces of a training: which are learnt from, and which validate."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from mien.data import Samples, read
from mien.data.division import DEFAULT_SHARE, SEED, all_training, divide
from mien.data.exclusion import read_exclusion
from mien.errors import TrainingError
from mien.settings import Settings, TrainSettings
from mien.training.record import Validation


@dataclasses.dataclass(frozen=True)
class TrainingSamples(Samples):
    """Faces as a training uses them.

    It learns from the split ``train`` and validates on the split ``validation``.
    """

    validation: Validation = dataclasses.field(kw_only=True)
    """Which faces the split ``validation`` holds."""
    left_out: str = dataclasses.field(default="", kw_only=True)
    """A sentence on the Training faces that a list excluded; empty without a list."""

    @classmethod
    def of(cls, samples: Samples, validation: Validation) -> TrainingSamples:
        """State which faces validate."""
        fields = {field.name: getattr(samples, field.name) for field in dataclasses.fields(Samples)}
        return cls(**fields, validation=validation)

    def about_missing_classes(self) -> str:
        """Name the classes that have faces but no Training face; empty if there are none."""
        learnt = self.split("train").counts()
        lacking = [name for name, faces in self.counts().items() if faces and not learnt[name]]
        if not lacking:
            return ""
        has, it = ("has", "it") if len(lacking) == 1 else ("have", "them")
        names = " and ".join(lacking)
        return f"{names} {has} no Training face, so the network cannot learn {it}."


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
    samples = all_training(
        read(
            source,
            spec=train.input_spec,
            skip_bad=settings.skip_bad,
            limits=settings.limits,
        )
    )
    if train.exclude is None:
        return prepare(train, samples)
    exclusion = read_exclusion(samples, train.exclude).within(samples.splits == "train")
    prepared = prepare(train, samples[~exclusion.listed])
    return dataclasses.replace(prepared, left_out=exclusion.in_words("Training"))


def prepare(settings: TrainSettings, samples: Samples) -> TrainingSamples:
    """Choose the faces that validate.

    These are ``settings.validation`` of the Training faces, or what `mien.data.division.divide`
    chooses if it is None. The draw is stratified by class and keeps duplicates together. Faces
    that were prepared before are returned as they are.

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
    divided, draw = divide(samples, settings.validation)
    if draw is None:
        own = "validation" if "validation" in divided.splits else "public"
        return TrainingSamples.of(divided, Validation(split=own))
    validation = Validation(
        split="train",
        share=settings.validation or DEFAULT_SHARE,
        seed=SEED,
        near_duplicates_apart=draw.near_duplicates_apart,
    )
    return TrainingSamples.of(divided, validation)


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
