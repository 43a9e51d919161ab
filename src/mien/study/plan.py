"""The study's networks, what each changed, what the study reported, and how each is trained."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from mien import models as weights
from mien.errors import SettingsError
from mien.settings import StudySettings, TrainSettings, load
from mien.training.run import FILES

TUNED = "lobonet-tuned"
"""The network that is trained by better settings, in the end."""


@dataclasses.dataclass(frozen=True)
class Reported:
    """What the study reported of a network: the peaks of its curves, where it gave them."""

    train: float | None
    """Accuracy on its training faces."""
    test: float | None
    """Accuracy on its test faces; it does not say which these were."""
    said: str
    """Its finding in a few words."""


@dataclasses.dataclass(frozen=True)
class Model:
    """One network of the study."""

    name: str
    """Name of its run."""
    title: str
    changed: str
    """What it changed, and why; HTML."""
    reported: Reported | None = None


MODELS = (
    Model(
        "plain",
        "Model 1: a plain network",
        "Two convolutions, each max-pooled, and two dense layers. It is the yardstick: whatever is"
        " added later has to beat it.",
        Reported(0.63, 0.59, "a start to build on"),
    ),
    Model(
        "plain-bn",
        "Model 2: normalised over the batch",
        "The same layers, with batch normalisation after each. Inputs of a steady mean and spread"
        " should make each layer learn faster, and their noise should keep it from learning by"
        " heart.",
        Reported(0.62, 0.57, "no gain over model 1"),
    ),
    Model(
        "plain-bn-dropout",
        "Model 3: with dropout",
        "Half of each layer's values are dropped while it learns, so that no value can rely on"
        " another. This should narrow the gap between training and test.",
        Reported(None, None, "a large drop, since too many nodes were dropped"),
    ),
    Model(
        "lobonet",
        "Model 4: lobonet",
        "Four convolutions in place of two, a wider dense layer, and a dropout of a tenth in place"
        " of a half: deeper, and less forgetful. It is where the study ended, after tuning.",
        Reported(0.73, 0.63, "the best of the four"),
    ),
)
"""The study's four, in its order; `TrainSettings` has the study's own settings as defaults."""

TUNED_MODEL = Model(
    TUNED,
    "After the study: lobonet, tuned",
    "The layers of model 4 as they are, with other settings of the training: what a tuning on"
    " PublicTest, or the recipe of the network that mien ships, changes is listed below.",
)


@dataclasses.dataclass(frozen=True)
class Planned:
    """A network with the settings that it is trained by."""

    model: Model
    settings: TrainSettings


def models(wanted: StudySettings) -> tuple[Planned, ...]:
    """Plan the study's trainings, in their order.

    Raises
    ------
    SettingsError
        If the tuned settings cannot be used.
    """
    share = {"out": wanted.out / "runs", "subset": wanted.subset or 1.0}
    share |= {} if wanted.precision is None else {"precision": wanted.precision}
    short = {} if wanted.epochs is None else {"epochs": wanted.epochs}
    own = [(model, {"net": model.name}) for model in MODELS]
    return tuple(
        Planned(model, TrainSettings(**{**values, **share, **short, "name": model.name}))
        for model, values in [*own, (TUNED_MODEL, tuned(wanted.tuned))]
    )


def tuned(path: Path | None) -> dict[str, Any]:
    """Read the settings of the tuned lobonet, those of the shipped one if no file is named.

    Raises
    ------
    SettingsError
        If they are of another network, or leave faces out.
    """
    if path is None:
        where, found = "the card of the shipped lobonet", weights.read_info("lobonet").recipe
    else:
        train = load(path, environment=False).train
        where, found = str(path), train.model_dump(exclude_unset=True)
    kept = {key: value for key, value in found.items() if key in TrainSettings.model_fields}
    if kept.get("net", "lobonet") != "lobonet":
        raise SettingsError(
            f"Expected settings of lobonet in {where}, found those of {kept['net']}.",
            "Name with --tuned the best.toml of: mien tune --net lobonet.",
        )
    files = [name for name in FILES if kept.get(name) is not None]
    if files:
        raise SettingsError(
            f"The settings in {where} need {' and '.join(files)}, which a study has not.",
            "Name with --tuned settings without them.",
        )
    return kept
