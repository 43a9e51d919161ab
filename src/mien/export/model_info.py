"""Makes the info of a network: fits its temperature and thresholds, and scores it."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.classes import Vocabulary
from mien.data import Samples
from mien.evaluation.calibration import ece, nll
from mien.evaluation.conformal import LEVELS, fit_thresholds, measure_sets
from mien.evaluation.evaluate import score_crops
from mien.evaluation.robustness import robustness
from mien.export.temperature import fit_temperature
from mien.models import ModelInfo, onnx_paths
from mien.models.answers import LabelAnswer, Labels, Mixing
from mien.models.info import INTENDED_USE, InputSpec
from mien.perception.classifier import Classifier, softmax
from mien.progress import progress
from mien.settings.training import upgraded_names
from mien.training import RunRecord, TrainingSamples

FER2013_NAME = "FER-2013"
"""The name that a record gives FER-2013 as data set."""

FER2013_LICENCE = (
    "Apache-2.0 for the weights; FER-2013, which they were trained on, is challenge data for"
    " research use"
)
OTHER_LICENCE = (
    "The terms of the weights are for whoever trained them to decide, within the terms of the"
    " faces they were trained on"
)

_FITTED = "; the temperature and the thresholds of prediction sets"
"""What an info adds to its run's own words on selection."""

_FITTED_BEFORE = "; the temperature and the sets' thresholds too"
"""The same as earlier versions wrote it."""

MIXED = "; how much FER+'s votes count, on PublicTest and on 766 faces from the wild"
"""What an info adds if its answer is mixed by the constants of `mien.export.vote_head`."""

_TOO_HIGH = (
    "; near duplicates of one picture are among these faces and the training faces alike, so the"
    " scores are too high"
)
"""What an info adds if validation and training faces could not be kept apart."""


@dataclasses.dataclass(frozen=True)
class Origin:
    """What is known of a network before it is scored; fields as in `ModelInfo`."""

    architecture: str
    description: str
    parameters: int
    macs: int
    classes: Vocabulary
    input: InputSpec
    data: Mapping[str, Any]
    recipe: Mapping[str, Any]
    seeds: Sequence[int]
    selection: str
    """Without what the export itself selects."""
    licence: str
    intended_use: str = INTENDED_USE
    members: Mapping[str, str] = dataclasses.field(default_factory=dict)
    weights_sha256: str | None = None
    labels: Labels | None = None
    mixing: Mixing | None = None

    @classmethod
    def of_run(cls, record: RunRecord, weights_sha256: str | None = None) -> Origin:
        """Take over the record of a run, and the `weights_sha256` of its weights."""
        own = record.data.name != FER2013_NAME
        return cls(
            architecture=record.architecture,
            description=describe(record.architecture, record.data.name, record.vocabulary),
            parameters=record.parameters,
            macs=record.macs,
            classes=record.vocabulary,
            input=record.spec,
            data=record.data.model_dump(),
            recipe=record.recipe,
            seeds=record.seeds,
            selection=record.selection
            + (_TOO_HIGH if record.validation.near_duplicates_apart else ""),
            licence=OTHER_LICENCE if own else FER2013_LICENCE,
            weights_sha256=weights_sha256,
        )

    @classmethod
    def of_network(cls, info: ModelInfo) -> Origin:
        """Take over the info of a network, for another form of it."""
        fields = {field.name for field in dataclasses.fields(cls)} - {"members", "selection"}
        return cls(
            **{name: getattr(info, name) for name in fields - {"recipe"}},
            recipe=upgraded_names(info.recipe),
            selection=info.selection.removesuffix(_FITTED).removesuffix(_FITTED_BEFORE),
        )

    def mixed(self, mixing: Mixing) -> Origin:
        """Return what is known once votes are mixed in."""
        selection = self.selection.removesuffix(MIXED) + MIXED
        return dataclasses.replace(self, labels="mixed", mixing=mixing, selection=selection)

    @classmethod
    def of_members(cls, members: Sequence[ModelInfo]) -> Origin:
        """Join the infos of an ensemble's members, which have the same data, classes and input."""
        names = [info.name for info in members]
        places = {info.selection.partition(":")[0] for info in members}
        place = places.pop() if len(places) == 1 else "The validation faces"
        labels: Labels | None = "mixed" if all(info.label_answer for info in members) else None
        return cls(
            architecture=" + ".join(info.architecture for info in members),
            description=f"Ensemble of {', '.join(names[:-1])} and {names[-1]}, whose probabilities"
            " are averaged with equal weights.",
            parameters=sum(info.parameters for info in members),
            macs=sum(info.macs for info in members),
            classes=members[0].classes,
            input=members[0].input,
            data=members[0].data,
            recipe={"members": {info.name: upgraded_names(info.recipe) for info in members}},
            seeds=[seed for info in members for seed in info.seeds],
            selection=f"{place}: the members, and of each the epoch"
            + (_TOO_HIGH if any(_TOO_HIGH in info.selection for info in members) else "")
            + (MIXED if labels == "mixed" else ""),
            labels=labels,
            licence="; ".join(dict.fromkeys(info.licence for info in members)),
            intended_use=members[0].intended_use,
            members={info.name: info.sha256 for info in members},
        )


def describe(architecture: str, data: str, classes: Vocabulary) -> str:
    """Return a sentence on what a network is and what it was trained on."""
    if data == FER2013_NAME and classes.is_fer2013:
        return f"{architecture}, trained on FER-2013's Training faces."
    return f"{architecture}, trained on faces ({', '.join(classes.names)})."


def make_info(
    name: str,
    path: Path,
    origin: Origin,
    samples: TrainingSamples,
    corruptions: bool = False,
) -> ModelInfo:
    """Fit temperature and thresholds on the validation faces, and score the network on them.

    Parameters
    ----------
    name
        Name of the network.
    path
        Its ONNX file, beside which the info belongs; for an ensemble, the info's own path.
    origin
        What is known of the network.
    samples
        The data that it was trained on, in its classes and as crops for its input.
    corruptions
        Whether to score it on corrupted faces too, which takes minutes.

    Raises
    ------
    NetError
        If the network cannot be loaded.
    """
    info = _unscored(name, origin)
    weights = b"".join(file.read_bytes() for file in onnx_paths(path, info))
    sha256 = hashlib.sha256(weights).hexdigest()
    info = dataclasses.replace(info, sha256=sha256, size=len(weights))
    measured = _measured(path, info, samples, corruptions)
    if info.labels is None:
        return dataclasses.replace(info, **measured)
    alone = _measured(path, dataclasses.replace(info, labels="fer2013"), samples, corruptions)
    return dataclasses.replace(info, **measured, label_answer=LabelAnswer(**alone))


def _measured(
    path: Path, info: ModelInfo, samples: TrainingSamples, corruptions: bool
) -> dict[str, Any]:
    """Fit and measure the answer that an info is of; return fields of the info."""
    validation, training = samples.split("validation"), samples.split("train")
    split = "public" if samples.validation.split == "public" else "validation"
    classifier = Classifier(path, info)
    logits = classifier.logits(validation.images)
    temperature = round(fit_temperature(logits, validation.labels), 4)
    calibrated = softmax(logits / np.float32(temperature))
    scores = score_crops(
        info.name,
        calibrated,
        validation,
        training,
        **_before_temperature(logits, validation.labels),
        conformal=measure_sets(calibrated, validation.labels, LEVELS, methods=("shown",)),
    )
    return {
        "temperature": temperature,
        "scores": {split: scores.model_dump(mode="json", exclude_unset=True)},
        "conformal": fit_thresholds(calibrated, validation.labels),
        "robustness": _robustness(classifier, validation, split) if corruptions else None,
    }


def _unscored(name: str, origin: Origin) -> ModelInfo:
    """Return an info without scores, with which the network can be loaded."""
    return ModelInfo(
        name=name,
        architecture=origin.architecture,
        description=origin.description,
        parameters=origin.parameters,
        macs=origin.macs,
        classes=origin.classes,
        input=origin.input,
        temperature=1.0,
        data=dict(origin.data),
        recipe=dict(origin.recipe),
        seeds=list(origin.seeds),
        selection=origin.selection + _FITTED,
        scores={},
        conformal={},
        robustness=None,
        members=dict(origin.members),
        sha256="",
        size=0,
        licence=origin.licence,
        intended_use=origin.intended_use,
        weights_sha256=origin.weights_sha256,
        labels=origin.labels,
        mixing=origin.mixing,
    )


def _before_temperature(
    logits: NDArray[np.float32], labels: NDArray[np.int8]
) -> dict[str, float]:
    """Return the scores of calibration that the temperature changes, as they were before it."""
    probabilities = softmax(logits)
    return {
        "ece_before_temperature": ece(probabilities, labels),
        "nll_before_temperature": nll(probabilities, labels),
    }


def _robustness(
    classifier: Classifier, validation: Samples, split: str
) -> dict[str, Any]:
    """Score the network on corrupted faces, and keep the mean of each corruption."""
    with progress("Scoring corrupted faces") as update:
        result = robustness(classifier, validation, progress=update)
    return result.summary(split).model_dump(mode="json", exclude_unset=True)
