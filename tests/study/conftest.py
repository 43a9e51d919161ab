"""A study with made-up numbers and striped faces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from mien import nets
from mien.classes import FER2013
from mien.data import Samples
from mien.evaluation.results import Scores
from mien.evaluation.scores import score
from mien.models.info import FER2013_INPUT
from mien.settings import TrainSettings
from mien.study.results import Provenance, StudyResults, TrainedNetwork, describe

Make = Callable[..., TrainedNetwork]


@pytest.fixture(scope="session")
def measured(samples: Samples) -> Make:
    """Return a function that makes a network with peaks on Training and on PublicTest."""

    def make(name: str, train: float, test: float, **changed: Any) -> TrainedNetwork:
        net = name if name in ("plain", "plain-bn", "plain-bn-dropout") else "lobonet"
        public = samples.split("public")
        said = np.full((len(public), 7), 0.1, np.float32)
        right = round(test * len(public))
        said[np.arange(len(public)), (public.labels + (np.arange(len(public)) >= right)) % 7] = 0.4
        row = {"train_loss": 1.0, "val_loss": 1.1, "seconds": 30.0}
        epochs = [
            {"epoch": 1, "train_accuracy": train / 2, "val_accuracy": test / 2, **row},
            {"epoch": 2, "train_accuracy": train, "val_accuracy": test, **row},
        ]
        built = nets.build(net)
        record = {
            "architecture": net,
            "parameters": nets.parameters(built),
            "macs": nets.macs(built),
            "data": {
                "name": "FER-2013",
                "sha256": samples.sha256,
                "train": samples.split("train").counts(),
                "validation": public.counts(),
            },
            "recipe": TrainSettings(net=net, **changed.pop("recipe", {})).model_dump(mode="json"),
            "seeds": [0],
            "selection": "PublicTest",
            "validation": {"split": "public"},
            "classes": FER2013.to_list(),
            "input": FER2013_INPUT.to_dict(),
            "best": {"epoch": 2, "val_loss": 1.1, "val_accuracy": test},
        }
        scores = Scores.of(score(said, public.labels, FER2013), name, split="public")
        whole = {"name": name, "record": record, "epochs": epochs, "scores": scores, "change": None}
        return TrainedNetwork.model_validate(whole | changed)

    return make


@pytest.fixture(scope="session")
def study(samples: Samples, measured: Make) -> StudyResults:
    """A study whose networks do about as well as reported, and the tuned one better."""
    change = {"difference": 0.2, "interval": (0.1, 0.3), "p": 0.01, "better": True}
    models = (
        measured("plain", 0.63, 0.6),
        measured("plain-bn", 0.62, 0.57, change=change | {"before": "plain", "better": None}),
        measured("plain-bn-dropout", 0.4, 0.3, change=change | {"before": "plain-bn"}),
        measured("lobonet", 0.73, 0.63, change=change | {"before": "plain-bn-dropout"}),
        measured(
            "lobonet-tuned", 0.8, 0.9, recipe={"zoom": 0.15}, change=change | {"before": "lobonet"}
        ),
    )
    return StudyResults(
        data=describe(samples, "striped.zip"),
        subset=1.0,
        models=models,
        made=Provenance.now("mien study --data striped.zip"),
    )
