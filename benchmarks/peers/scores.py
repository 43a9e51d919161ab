"""Scores systems on the same faces, and compares each with the first."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from mien.data import Samples
from mien.errors import DataError
from mien.evaluation import score_crops
from mien.evaluation.bootstrap import Probabilities
from mien.evaluation.comparison import compare
from mien.evaluation.predictions import Predictions, read_predictions
from mien.files import make_folder, replace
from peers.client import WORKER, Worker
from peers.environments import Environment
from peers.systems import System

_KEPT = (
    *("n", "accuracy", "balanced_accuracy", "macro_f1", "ece", "nll", "recall", "confusion"),
    *("n_unique", "accuracy_unique"),
)
_INTERVALS = ("accuracy", "accuracy_unique", "balanced_accuracy", "macro_f1", "ece", "nll")

_VERDICTS: dict[str | None, str] = {"a": "worse", "b": "better", None: "no difference shown"}


def predict(
    system: System, environment: Environment, samples: Samples, crops: Path, cache: Path
) -> Predictions:
    """Have a system read the faces, or load its earlier predictions for the same faces.

    Parameters
    ----------
    system, environment
        What reads the faces, and where.
    samples, crops
        The faces, and the file that holds their images.
    cache
        Folder that keeps predictions.

    Raises
    ------
    NetError
        If the system fails.
    DataError
        If its output is not probabilities.
    """
    make_folder(cache, "Use another --cache.")
    parts = (environment.stamp.encode(), system.worker.encode(), WORKER.read_bytes())
    digest = hashlib.sha256(b"".join((*parts, samples.images.tobytes()))).hexdigest()
    path = cache / f"{digest}.npy"
    if not path.exists():
        with Worker(environment.python, system.worker) as worker:
            out = crops.with_name("predicted.npy")
            worker.ask("predict", crops=str(crops), out=str(out))
            replace(path, lambda part: part.write_bytes(out.read_bytes()), "Use another --cache.")
    probabilities: Probabilities = np.load(path)
    check(system.name, probabilities)
    return Predictions.of(system.name, probabilities, samples)


def read_from_file(name: str, path: Path, samples: Samples, split: str) -> Predictions:
    """Read another system's predictions for the faces.

    Parameters
    ----------
    name
        What to call the system.
    path
        Parquet file in the format of `mien.evaluation.predictions`.
    samples, split
        The faces that it must be for, and their split's name.

    Returns
    -------
    Predictions
        In the order of ``samples``.

    Raises
    ------
    DataError
        If it cannot be read, is for other faces, or does not hold probabilities.
    """
    predictions = read_predictions(path)
    check(path.name, predictions.probabilities)
    classes = len(samples.vocabulary)
    even = np.full((len(samples), classes), 1 / classes, np.float32)
    try:
        compare(Predictions.of("none", even, samples), predictions)
    except DataError as error:
        raise DataError(
            f"{path} is not for the faces of the split {split!r}: {error.problem}",
            f"Write one with: mien evaluate DATA --split {split} --predictions FILE.parquet.",
        ) from error
    in_order = predictions.relabelled(samples.vocabulary).by_name()
    probabilities = np.empty_like(in_order.probabilities)
    probabilities[np.argsort(samples.names, kind="stable")] = in_order.probabilities
    return Predictions.of(name, probabilities, samples)


def check(name: str, probabilities: Probabilities) -> None:
    """Refuse numbers that are not probabilities.

    Raises
    ------
    DataError
        If a value is not between 0 and 1, or a row does not sum to 1 within 0.02, which is
        what a network quantized to whole numbers may be off by.
    """
    sums = probabilities.sum(axis=1)
    inside = bool(((probabilities >= 0) & (probabilities <= 1.001)).all())
    if not (inside and np.allclose(sums, 1, atol=0.02)):
        raise DataError(
            f"Expected probabilities that sum to 1 for every face in {name}, got sums from"
            f" {sums.min():.3f} to {sums.max():.3f} and a smallest value of"
            f" {probabilities.min():.3f}.",
            "Put logits through a softmax first.",
        )


def scores(
    predictions: Predictions, samples: Samples, against: Samples | None
) -> dict[str, Any]:
    """Score a system, also without the faces that are pixel-identical to one of ``against``.

    Returns
    -------
    dict
        JSON of some of the scores and of their intervals.
    """
    measured = score_crops(predictions.net, predictions.probabilities, samples, against)
    return measured.model_dump(
        mode="json",
        exclude_unset=True,
        include=dict.fromkeys(_KEPT, True) | {"interval": set(_INTERVALS)},
    )


def against_first(first: Predictions, predictions: Predictions) -> dict[str, Any]:
    """Compare a system with the first, and say which is better by accuracy.

    Returns
    -------
    dict
        ``verdict`` (``better``, ``worse`` or ``no difference shown``), ``verdict_macro_f1``, and
        the JSON of `mien.evaluation.results.Comparison`, whose differences are the system's score
        minus the first's.
    """
    comparison = compare(first, predictions)
    verdicts = {
        "verdict": _VERDICTS[comparison.better],
        "verdict_macro_f1": _VERDICTS[comparison.better_macro_f1],
    }
    return verdicts | comparison.model_dump(mode="json")
