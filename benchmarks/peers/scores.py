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

_VERDICTS = {"a": "worse", "b": "better", None: "no difference shown"}


def predict(
    system: System, environment: Environment, samples: Samples, crops: Path, cache: Path
) -> Predictions:
    """Have a system read the faces, or find what it said of the same faces before.

    Parameters
    ----------
    system, environment
        What reads, and where.
    samples, crops
        The faces, and the file that holds their images.
    cache
        Folder that keeps what was said.

    Raises
    ------
    NetError
        If the system fails.
    DataError
        If it gives no probabilities.
    """
    make_folder(cache, "Use another --cache.")
    parts = (environment.stamp.encode(), system.worker.encode(), WORKER.read_bytes())
    digest = hashlib.sha256(b"".join((*parts, samples.images.tobytes()))).hexdigest()
    path = cache / f"{digest}.npy"
    if not path.exists():
        with Worker(environment.python, system.worker) as worker:
            out = crops.with_name("said.npy")
            worker.ask("predict", crops=str(crops), out=str(out))
            replace(path, lambda part: part.write_bytes(out.read_bytes()), "Use another --cache.")
    probabilities: Probabilities = np.load(path)
    check(system.name, probabilities)
    return Predictions.of(system.name, probabilities, samples)


def read_from_file(name: str, path: Path, samples: Samples, split: str) -> Predictions:
    """Read what another system said of the faces.

    Parameters
    ----------
    name
        What to call the system.
    path
        Parquet file in the format of `mien.evaluation.predictions`.
    samples, split
        The faces that it must be of, and their split's name.

    Returns
    -------
    Predictions
        In the order of ``samples``.

    Raises
    ------
    DataError
        If it cannot be read, is of other faces, or gives no probabilities.
    """
    said = read_predictions(path)
    check(path.name, said.probabilities)
    nothing = np.full((len(samples), said.probabilities.shape[1]), 1 / 7, np.float32)
    try:
        compare(Predictions.of("none", nothing, samples), said)
    except DataError as error:
        raise DataError(
            f"{path} is not of the faces of the split {split!r}: {error.problem}",
            f"Write one with: mien evaluate DATA --split {split} --predictions FILE.parquet.",
        ) from error
    order = np.argsort(samples.names, kind="stable")
    probabilities = np.empty_like(said.probabilities)
    probabilities[order] = said.by_name().probabilities
    return Predictions.of(name, probabilities, samples)


def check(name: str, probabilities: Probabilities) -> None:
    """Refuse what are no probabilities.

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
            f" {sums.min():.3f} to {sums.max():.3f} and a least value of"
            f" {probabilities.min():.3f}.",
            "Put logits through a softmax first.",
        )


def scores(said: Predictions, samples: Samples, against: Samples | None) -> dict[str, Any]:
    """Score a system, also without the faces that are pixel-identical to one of ``against``."""
    found = score_crops(said.net, said.probabilities, samples, against)
    intervals = {key: found["interval"][key] for key in _INTERVALS if key in found["interval"]}
    return {key: found[key] for key in _KEPT if key in found} | {"interval": intervals}


def against_first(first: Predictions, said: Predictions) -> dict[str, Any]:
    """Compare a system with the first, and say which is better by accuracy.

    Returns
    -------
    dict
        ``verdict`` (``better``, ``worse`` or ``no difference shown``), ``verdict_macro_f1``, and
        what `mien.evaluation.comparison.compare` gives, differences being the system's score
        minus the first's.
    """
    found = compare(first, said)
    verdicts = {
        "verdict": _VERDICTS[found["better"]],
        "verdict_macro_f1": _VERDICTS[found["better_macro_f1"]],
    }
    return verdicts | found
