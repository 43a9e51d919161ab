"""Mixes FER+'s votes into the shipped networks, whose weights stay as they are.

Usage: python recipes/mix_votes.py DATA [NET ...] [--write] [--corruptions]

DATA is a folder with fer2013.zip, fer2013new.csv and wild-dev.zip. On the features that each
network has before its last layer (its ONNX file is read, nothing is trained again), a second linear
layer is fitted to the taggers' votes on the Training faces and their mirror images; the loss is
convex and its minimum is sought from zero, so that the same data gives the same layer. Prints the
accuracy and the macro recall on PublicTest and on wild-dev for weights and powers around the
chosen ones (`mien.export.vote_head`), and writes them to benchmarks/results/votes.json. With
--write the mixed networks replace those in src/mien/models, fitted and scored on PublicTest as by
`mien export NET --votes fer2013new.csv --data fer2013.zip`; networks in 8 bits and ensembles, which
have to be named, are made again from theirs. Those that are mixed already are mixed anew. The
constants for neutral faces then need `python benchmarks/neutral.py DATA --write`. Takes half an
hour on one core.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.data import Samples, read
from mien.data.votes import read_votes
from mien.export import export
from mien.export.mixing import VoteHead, unmix
from mien.export.model_info import MIXED
from mien.export.vote_head import MIN_VOTES, POWER, WEIGHT, fit_head, frozen_features
from mien.models import ModelInfo, info_path, names, onnx_paths, read_info
from mien.models.runtime import open_session
from mien.perception.classifier import softmax

MODELS = info_path("mien-s").parent
RESULT = Path(__file__).parents[1] / "benchmarks" / "results" / "votes.json"
WEIGHTS = (0.0, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5)
POWERS = (0.8, 1.0, 1.2, 1.4)

Scores = tuple[float, float]
"""Accuracy and macro recall."""


def own_weights() -> list[str]:
    """Return the networks that have weights of their own in floats."""
    infos = {name: read_info(name) for name in names()}
    return [name for name, info in infos.items() if not info.members and "int8" not in info.recipe]


def label_logits(path: Path, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return a graph's logits of FER-2013's labels."""
    import onnx

    session = open_session(unmix(onnx.load(path)).SerializeToString())
    parts = [
        session.run(["logits"], {"faces": np.ascontiguousarray(images[start : start + 64, None])})
        for start in range(0, len(images), 64)
    ]
    return np.concatenate([part for part, in parts])


def scores(probabilities: NDArray[np.float64], labels: NDArray[np.int8]) -> Scores:
    """Return accuracy and macro recall."""
    right = probabilities.argmax(axis=1) == labels
    recalls = [right[labels == label].mean() for label in np.unique(labels)]
    return round(float(right.mean()), 4), round(float(np.mean(recalls)), 4)


def grid(
    path: Path, head: VoteHead, shares: NDArray[np.float64], faces: dict[str, Samples]
) -> list[dict[str, Any]]:
    """Score a network for each weight and power."""
    logits = {name: label_logits(path, samples.images) for name, samples in faces.items()}
    features = {
        name: frozen_features(path, samples.images)[: len(samples)]
        for name, samples in faces.items()
    }
    rows = []
    for power in POWERS:
        for weight in WEIGHTS:
            row: dict[str, Any] = {"weight": weight, "power": power}
            for name, samples in faces.items():
                votes = features[name] @ head.weights.T + head.bias - power * np.log(shares)
                parts = softmax(logits[name]), softmax(votes.astype(np.float32))
                mixed = (1 - weight) * parts[0].astype(np.float64) + weight * parts[1]
                row[name] = scores(mixed, samples.labels)
            rows.append(row)
    return rows


def choose(folder: Path, nets: list[str]) -> dict[str, Any]:
    """Score networks for each weight and power."""
    samples = read(folder / "fer2013.zip")
    training = samples.split("train")
    faces = {"PublicTest": samples.split("public"), "wild-dev": read(folder / "wild-dev.zip")}
    counts = read_votes(folder / "fer2013new.csv").of(training)[:, :7]
    rows = counts.sum(axis=1) >= MIN_VOTES
    voted = counts[rows] / counts[rows].sum(axis=1, keepdims=True)
    results = {}
    for net in nets:
        (path,) = onnx_paths(net, read_info(net))
        head = fit_head(
            frozen_features(path, training.images[rows]), np.concatenate([voted, voted])
        )
        results[net] = grid(path, head, voted.mean(axis=0), faces)
        for row in results[net]:
            print(net, row, flush=True)
    return results


def mix(folder: Path, nets: list[str], corruptions: bool) -> None:
    """Mix the votes into shipped networks; make those in 8 bits and ensembles from the mixed."""
    data, votes = folder / "fer2013.zip", folder / "fer2013new.csv"
    with tempfile.TemporaryDirectory() as out:
        for net in nets:
            old = read_info(net)
            if old.members:
                note = old.selection.partition("; ")[2].partition("; the temperature")[0]
                note = note.removeprefix(MIXED.removeprefix("; ")).removeprefix("; ")
                members = [staged(out, name) for name in old.members]
                export(members, net, out, data=data, selection_note=note)
            elif "int8" in old.recipe:
                base = staged(out, str(old.recipe["net"]))
                export([base], net, out, data=data, int8=True, corruptions=corruptions)
            else:
                export([net], net, out, data=data, votes=votes, corruptions=corruptions)
            place = Path(out) / f"{net}.json"
            info = with_neutral(ModelInfo.from_file(place), old)
            place.write_text(info.to_json(), encoding="utf-8")
            print(f"{net}: mixed", flush=True)
        # All at once, so that no ensemble is left with other members.
        for file in Path(out).iterdir():
            shutil.copyfile(file, MODELS / file.name)


def staged(folder: str, net: str) -> str:
    """Return the file of a network that was made in this run; its name if it was not."""
    file = Path(folder) / f"{net}.onnx"
    return str(file) if file.exists() else net


def with_neutral(info: ModelInfo, old: ModelInfo) -> ModelInfo:
    """Keep the constants for neutral faces: those of the label answer, which stays as it was."""
    before = old if old.label_answer is None else old.with_labels("fer2013")
    assert info.label_answer is not None
    answer = dataclasses.replace(info.label_answer, neutral=before.neutral)
    if answer.robustness is None:
        answer = dataclasses.replace(answer, robustness=before.robustness)
    return dataclasses.replace(info, neutral=old.neutral, label_answer=answer)


def main() -> None:
    """Choose, and write if asked to."""
    flags = {word for word in sys.argv[1:] if word.startswith("--")}
    words = [word for word in sys.argv[1:] if word not in flags]
    if not words or flags - {"--write", "--corruptions"}:
        sys.exit(__doc__)
    folder, nets = Path(words[0]), words[1:] or own_weights()
    if "--write" in flags:
        mix(folder, nets, "--corruptions" in flags)
    else:
        content = {"weight": WEIGHT, "power": POWER, "networks": choose(folder, nets)}
        RESULT.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
