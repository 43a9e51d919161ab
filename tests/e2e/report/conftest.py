"""Everything that mien report can show, from made-up scores, and the pages of it."""

from __future__ import annotations

import io
import json
import runpy
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from mien.classes import FER2013, NAMES
from mien.cli import app
from mien.data import Samples, read
from mien.evaluation.bootstrap import wilson
from mien.evaluation.conformal import measure_sets
from mien.evaluation.evaluate import score_crops
from mien.evaluation.groups import Groups, group_scores
from mien.evaluation.predictions import Predictions, write_predictions
from mien.evaluation.results import Robustness, Scores
from mien.evaluation.selective import selective
from mien.evaluation.votes import vote_scores
from mien.models.info import FER2013_INPUT
from mien.settings import load
from mien.training import Run

check_page = runpy.run_path(str(Path(__file__).parents[2] / "html_check.py"))["check_page"]

NET = "tricky & <b>bold</b>"
"""A name that would break a page which does not escape it."""

FACES = 210


def made_up_zip(path: Path) -> Path:
    """Write faces of noise in Kaggle's layout."""
    random = np.random.default_rng(0)
    with zipfile.ZipFile(path, "w") as archive:
        for row in range(FACES):
            encoded = io.BytesIO()
            Image.fromarray(random.integers(0, 256, (48, 48), np.uint8)).save(encoded, "png")
            name = f"test/{NAMES[row % 7]}/PublicTest_{row}.png"
            archive.writestr(name, encoded.getvalue())
    return path


def made_up_robustness() -> dict[str, Any]:
    def cell(right: int) -> dict[str, Any]:
        share = right / FACES
        return {"accuracy": share, "interval": list(wilson(right, FACES)), "macro_f1": share / 2}

    corruptions = {}
    for start, name in ((90, "blur"), (120, "low_light")):
        levels = {str(level): cell(start - 10 * level) for level in (1, 3, 5)}
        mean = sum(level["accuracy"] for level in levels.values()) / 3
        corruptions[name] = {"mean_accuracy": mean, "severities": levels}
    return {
        "net": NET,
        "n": FACES,
        "seed": 0,
        "severities": [1, 3, 5],
        "clean": cell(140),
        "corruptions": corruptions,
        "mean_corruption_accuracy": 0.4123,
        "mean_corruption_macro_f1": 0.2061,
    }


def made_up_scores(net: str, samples: Samples, seed: int) -> tuple[Scores, Predictions]:
    """Score a network that is right more often than not."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, 1, (len(samples), 7)) + 2 * np.eye(7)[samples.labels]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    made = probabilities.astype(np.float32)
    scores = score_crops(net, made, samples, against=samples[:20])
    return scores.with_parts(split="public"), Predictions.of(net, made, samples)


def write_run(folder: Path) -> None:
    """Write the folder of a finished run of three epochs."""
    name = folder.name
    run = Run.create(load(environment=False, train={"out": folder.parent, "name": name}))
    run.write_rows(
        [
            {"epoch": epoch, "train_loss": 2 / epoch, "train_accuracy": epoch / 10}
            | {"val_loss": 1.5 / epoch, "val_accuracy": epoch / 5}
            | {"learning_rate": 0.001, "seconds": 60.0}
            for epoch in (1, 2, 3)
        ]
    )
    counts = dict.fromkeys(NAMES, 5)
    record = {
        "architecture": "plain",
        "parameters": 123456,
        "macs": 654321,
        "data": {"name": "FER-2013", "sha256": "0" * 64, "train": counts, "validation": counts},
        "recipe": {"net": "plain", "flip": True, "versions": {"mien": "0"}},
        "seeds": [0],
        "selection": "PublicTest",
        "validation": {"split": "public"},
        "classes": FER2013.to_list(),
        "input": FER2013_INPUT.to_dict(),
        "best": {"epoch": 3, "val_loss": 0.5, "val_accuracy": 0.6},
    }
    run.record_file.write_text(json.dumps(record))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make everything that a report can show, and the page of it."""
    made = tmp_path_factory.mktemp("report")
    samples = read(made_up_zip(made / "noise.zip"))
    scores, predictions = made_up_scores(NET, samples, 0)
    names = samples.names.tolist()
    halves = {name: "<even>" if row % 2 else "odd" for row, name in enumerate(names)}
    groups = Groups(Path("groups.csv"), {"half": halves}, frozenset(names))
    said, labels = predictions.probabilities, samples.labels
    votes = np.random.default_rng(1).multinomial(10, [0.4, *[0.06] * 10], FACES)[:, :10]
    scores = scores.with_parts(
        votes=vote_scores(said, labels, votes),
        groups=group_scores(said, labels, names, groups, FER2013),
        selective=selective(said, labels, 0.9),
        conformal=measure_sets(said, labels, (0.8, 0.9)),
        robustness=Robustness.model_validate(made_up_robustness()),
        predictions="said.parquet",
    )
    write_predictions(made / "said.parquet", predictions)
    (made / "scores.json").write_text(scores.to_json())
    write_run(made / "runs" / NET.replace("/", "\N{DIVISION SLASH}"))
    other, others = made_up_scores("other", samples, 1)
    write_predictions(made / "other.parquet", others)
    (made / "other.json").write_text(other.with_parts(predictions="other.parquet").to_json())
    words = [made / "scores.json", "--data", made / "noise.zip", "--out", made / "page.html"]
    report(*words)
    report(made / "scores.json", made / "other.json", "--out", made / "two.html")
    report(next((made / "runs").iterdir()), "--out", made / "run.html", "--title", "A <run>")
    return made


def report(*words: object) -> str:
    result = CliRunner().invoke(app, ["report", *map(str, words)])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module")
def page(folder: Path) -> Any:
    """What the page of one network holds."""
    return check_page((folder / "page.html").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def scores(folder: Path) -> dict[str, Any]:
    """The scores of the network, as its file has them."""
    content: dict[str, Any] = json.loads((folder / "scores.json").read_text())
    return content
