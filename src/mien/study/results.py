"""What was measured of the study's networks, and its file."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from mien.data import Samples
from mien.data.counts import DuplicateCounts, count, count_duplicates
from mien.errors import DataError
from mien.evaluation.bootstrap import Interval, wilson
from mien.evaluation.comparison import compare
from mien.evaluation.evaluate import score_crops
from mien.evaluation.predictions import Predictions
from mien.evaluation.results import Epoch, Range, Result, RunCard, Scores
from mien.files import write
from mien.settings import TrainSettings
from mien.study.plan import MODELS, Planned, Reported
from mien.training.cross_validation import judge
from mien.training.provenance import commit, versions
from mien.training.run import Run, load_net

_Part = TypeVar("_Part", bound=Result)

ELSEWHERE = "Name another folder with --out."


class Data(Result):
    """The data that the study was repeated on."""

    file: str
    """Its name, without folders."""
    sha256: str
    counts: dict[str, dict[str, int]]
    """Faces by split, then by class name."""
    twins: DuplicateCounts


class Change(Result):
    """How the kept weights do against those of the network before, on the same faces."""

    before: str
    difference: float
    """Of accuracy."""
    interval: Range
    p: float
    better: bool | None
    """None where the difference is inside the noise."""


class Measured(Result):
    """One network."""

    name: str
    card: RunCard
    epochs: tuple[Epoch, ...]
    scores: Scores
    """Of the kept weights on PublicTest."""
    change: Change | None

    @property
    def peak_train(self) -> float:
        """The highest training accuracy of an epoch."""
        return max(epoch.train_accuracy for epoch in self.epochs)

    @property
    def peak_test(self) -> float:
        """The highest accuracy on PublicTest of an epoch."""
        return max(epoch.val_accuracy for epoch in self.epochs)

    @property
    def peak_interval(self) -> Interval:
        """Wilson's 95% interval of `peak_test`."""
        return wilson(round(self.peak_test * self.scores.n), self.scores.n)

    @property
    def seconds(self) -> float:
        """How long its epochs took."""
        return sum(epoch.seconds for epoch in self.epochs)

    @property
    def reported(self) -> Reported | None:
        """What the study reported of it."""
        return next((model.reported for model in MODELS if model.name == self.name), None)


class Made(Result):
    """How numbers were made."""

    command: str
    date: str
    commit: str | None
    versions: dict[str, str]

    @classmethod
    def now(cls, command: str) -> Made:
        """Note the state of this moment."""
        today = datetime.date.today().isoformat()
        return cls(command=command, date=today, commit=commit(), versions=versions())


class Study(Result):
    """The study, repeated."""

    data: Data
    subset: float
    """Share of the Training faces that was learnt from."""
    models: tuple[Measured, ...]
    """In the study's order, the tuned one last."""
    made: Made

    @property
    def whole(self) -> bool:
        """Whether all of the data and of each network's epochs were used."""
        known = {model.name for model in MODELS}
        own = [each.card.recipe["epochs"] for each in self.models if each.name in known]
        return self.subset == 1 and all(epochs == TrainSettings().epochs for epochs in own)


def measure(planned: Sequence[Planned], runs: Sequence[Run], public: Samples) -> list[Measured]:
    """Measure each network's kept weights on PublicTest, and against the network before."""
    measured: list[Measured] = []
    before: Predictions | None = None
    for each, run in zip(planned, runs, strict=True):
        probabilities = judge(load_net(run), public.images)
        said = Predictions.of(each.model.name, probabilities, public)
        scores = {"split": "public", **score_crops(each.model.name, probabilities, public)}
        measured.append(
            Measured.model_validate(
                {
                    "name": each.model.name,
                    "card": run.record().model_dump(mode="json"),
                    "epochs": run.rows(),
                    "scores": scores,
                    "change": None if before is None else _change(before, said),
                }
            )
        )
        before = said
    return measured


def _change(before: Predictions, after: Predictions) -> dict[str, Any]:
    found = compare(before, after)
    return {
        "before": before.net,
        "difference": found["difference"]["accuracy"],
        "interval": found["interval"]["accuracy"],
        "p": found["mcnemar"]["p"],
        "better": {"a": False, "b": True, None: None}[found["better"]],
    }


def describe(samples: Samples, file: str) -> Data:
    """Count the data."""
    return Data(
        file=file, sha256=samples.sha256, counts=count(samples), twins=count_duplicates(samples)
    )


def write_part(path: Path, part: Result) -> None:
    """Write numbers as JSON."""
    text = json.dumps(part.model_dump(mode="json"), indent=1)
    write(path, f"{text}\n".encode(), ELSEWHERE)


def read_part(path: Path, kind: type[_Part]) -> _Part | None:
    """Read numbers that an earlier command wrote; None where there are none.

    Raises
    ------
    DataError
        If the file holds something else.
    """
    if not path.is_file():
        return None
    try:
        return kind.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise DataError(
            f"Expected the numbers of a study in {path}, got something else.",
            "Remove it; the command that made it makes it again.",
        ) from error
