"""What was measured of the study's networks, and the file that holds it."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import AliasChoices, Field, ValidationError, model_validator

from mien.data import Samples
from mien.data.counts import DuplicateCounts, count, count_duplicates
from mien.errors import DataError
from mien.evaluation.bootstrap import Interval, wilson
from mien.evaluation.comparison import compare
from mien.evaluation.evaluate import score_crops
from mien.evaluation.predictions import Predictions
from mien.evaluation.results import Range, Result, Scores
from mien.files import write
from mien.settings import TrainSettings
from mien.study.plan import MODELS, Planned, Reported
from mien.training.cross_validation import judge
from mien.training.provenance import commit, versions
from mien.training.record import Epoch, RunRecord, of_card
from mien.training.run import Run, load_net

_Results = TypeVar("_Results", bound=Result)


class Data(Result):
    """The data that the study was repeated on."""

    file: str
    """Its name, without folders."""
    sha256: str
    counts: dict[str, dict[str, int]]
    """Faces by split, then by class name."""
    duplicates: DuplicateCounts = Field(validation_alias=AliasChoices("duplicates", "twins"))
    """Called twins in files of earlier versions."""


class Change(Result):
    """How the kept weights compare with those of the network before, on the same faces."""

    before: str
    """The network before."""
    difference: float
    """In accuracy."""
    interval: Range
    p: float
    better: bool | None
    """None if the difference is not significant."""


class TrainedNetwork(Result):
    """One network of the study, trained and measured."""

    name: str
    record: RunRecord
    epochs: tuple[Epoch, ...]
    scores: Scores
    """Of the kept weights on PublicTest."""
    change: Change | None
    """None for the first network."""

    @model_validator(mode="before")
    @classmethod
    def _upgraded(cls, content: Any) -> Any:
        """Read what an earlier version of mien wrote, where the record was called card."""
        if not isinstance(content, Mapping) or "card" not in content:
            return content
        kept = {key: value for key, value in content.items() if key != "card"}
        return kept | {"record": of_card(content["card"])}

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


class Provenance(Result):
    """Where numbers come from: the command, the day, and the versions."""

    command: str
    date: str
    commit: str | None
    versions: dict[str, str]

    @classmethod
    def now(cls, command: str) -> Provenance:
        """Record the state of this moment."""
        today = datetime.date.today().isoformat()
        return cls(command=command, date=today, commit=commit(), versions=versions())


class StudyResults(Result):
    """The numbers of the repeated study."""

    data: Data
    subset: float
    """Share of the Training faces that was learnt from."""
    models: tuple[TrainedNetwork, ...]
    """In the study's order, the tuned one last."""
    made: Provenance

    @property
    def complete(self) -> bool:
        """Whether all of the data and all epochs of each network were used."""
        known = {model.name for model in MODELS}
        own = [
            network.record.recipe["epochs"] for network in self.models if network.name in known
        ]
        return self.subset == 1 and all(epochs == TrainSettings().epochs for epochs in own)


def measure(
    planned: Sequence[Planned], runs: Sequence[Run], public: Samples
) -> list[TrainedNetwork]:
    """Measure each network's kept weights on PublicTest, and against the network before."""
    measured: list[TrainedNetwork] = []
    before: Predictions | None = None
    for plan, run in zip(planned, runs, strict=True):
        probabilities = judge(load_net(run), public.images)
        predictions = Predictions.of(plan.model.name, probabilities, public)
        scores = score_crops(plan.model.name, probabilities, public).with_parts(split="public")
        measured.append(
            TrainedNetwork(
                name=plan.model.name,
                record=run.record(),
                epochs=tuple(Epoch.model_validate(row) for row in run.rows()),
                scores=scores,
                change=None if before is None else _change(before, predictions),
            )
        )
        before = predictions
    return measured


def _change(before: Predictions, after: Predictions) -> Change:
    result = compare(before, after)
    return Change(
        before=before.net,
        difference=result.difference.accuracy,
        interval=result.interval.accuracy,
        p=result.mcnemar.p,
        better={"a": False, "b": True, None: None}[result.better],
    )


def describe(samples: Samples, file: str) -> Data:
    """Count the data.

    Parameters
    ----------
    samples
        The whole data set.
    file
        Its name, without folders.
    """
    return Data(
        file=file,
        sha256=samples.sha256,
        counts=count(samples),
        duplicates=count_duplicates(samples),
    )


def write_results(path: Path, results: Result) -> None:
    """Write numbers as JSON.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    text = json.dumps(results.model_dump(mode="json"), indent=1)
    write(path, f"{text}\n".encode(), setting="out")


def read_results(path: Path, kind: type[_Results]) -> _Results | None:
    """Read numbers that an earlier command wrote; None if there are none.

    Raises
    ------
    DataError
        If the file holds something else.
    """
    if not path.is_file():
        return None
    try:
        return kind.model_validate_json(path.read_bytes())
    except (OSError, KeyError, ValidationError) as error:
        raise DataError(
            f"Expected the numbers of a study in {path}, got something else.",
            "Remove it; the command that wrote it writes it again.",
        ) from error
