"""The study's networks: what each changed, what the study reported, and how each is trained."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from mien.errors import SettingsError
from mien.models import read_info
from mien.settings import StudySettings, TrainSettings, load
from mien.settings.training import upgraded_names
from mien.training.run import FILES

TUNED = "lobonet-tuned"
"""The network that is trained with better settings in the end."""


@dataclasses.dataclass(frozen=True)
class Reported:
    """What the study reported of a network: the peaks of its curves, if it gave them."""

    train: float | None
    """Accuracy on its training faces."""
    test: float | None
    """Accuracy on its test faces; the study does not say which these were."""
    finding: str
    """In a few words."""


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
        "Two convolutions, each followed by max pooling, and two dense layers. It is the baseline"
        " that everything added later has to beat.",
        Reported(0.63, 0.59, "a start to build on"),
    ),
    Model(
        "plain-bn",
        "Model 2: with batch normalisation",
        "The same layers, each followed by batch normalisation. Inputs with a steady mean and"
        " spread should make each layer learn faster, and their noise should reduce overfitting.",
        Reported(0.62, 0.57, "no gain over model 1"),
    ),
    Model(
        "plain-bn-dropout",
        "Model 3: with dropout",
        "Half of each layer's values are dropped in training, so that no value can rely on another."
        " This should narrow the gap between training and test.",
        Reported(None, None, "a large drop, since too many nodes were dropped"),
    ),
    Model(
        "lobonet",
        "Model 4: lobonet",
        "Four convolutions instead of two, a wider dense layer, and a tenth of the values dropped"
        " instead of half. This is where the study ended, after tuning.",
        Reported(0.73, 0.63, "the best of the four"),
    ),
)
"""The study's four, in its order; `TrainSettings` has the study's own settings as defaults."""

TUNED_MODEL = Model(
    TUNED,
    "After the study: lobonet, tuned",
    "The layers of model 4, trained with other settings: those that a tuning on PublicTest found,"
    " or those of the network that mien ships. The table lists what they change.",
)


@dataclasses.dataclass(frozen=True)
class Planned:
    """A network with the settings that it is trained with."""

    model: Model
    settings: TrainSettings


def plan_models(settings: StudySettings) -> tuple[Planned, ...]:
    """Plan the study's trainings, in order.

    Raises
    ------
    SettingsError
        If the tuned settings cannot be used.
    """
    shared: dict[str, Any] = {"out": settings.out / "runs", "subset": settings.subset or 1.0}
    if settings.precision is not None:
        shared["precision"] = settings.precision
    if settings.epochs is not None:
        shared["epochs"] = settings.epochs
    own = [(model, {"net": model.name}) for model in MODELS]
    return tuple(
        Planned(model, TrainSettings(**{**values, **shared, "name": model.name}))
        for model, values in [*own, (TUNED_MODEL, tuned_settings(settings.tuned))]
    )


def tuned_settings(path: Path | None) -> dict[str, Any]:
    """Read the settings of the tuned lobonet; those of the shipped one if no file is named.

    Raises
    ------
    SettingsError
        If they are for another network, or need files.
    """
    if path is None:
        where = "the recipe of the shipped lobonet"
        recipe = upgraded_names(read_info("lobonet").recipe)
    else:
        where = str(path)
        recipe = load(path, environment=False).train.model_dump(exclude_unset=True)
    values = {key: value for key, value in recipe.items() if key in TrainSettings.model_fields}
    if values.get("net", "lobonet") != "lobonet":
        raise SettingsError(
            f"Expected settings for lobonet in {where}, got settings for {values['net']}.",
            "Use the best.toml of a tuning of lobonet.",
            "tuned",
        )
    files = [name for name in FILES if values.get(name) is not None]
    if files:
        raise SettingsError(
            f"The settings in {where} use {' and '.join(files)}, which a study does not support.",
            "Use settings without them.",
            "tuned",
        )
    return values
