"""Classes of one's own, from drawn faces to an emoji on a photo, by the commands alone."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image, ImageDraw

CLASSES = ("awake", "tired", "yawning")
PER_CLASS = 24

Done = subprocess.CompletedProcess[str]


def run(folder: Path, *words: object, code: int = 0) -> Done:
    """Run `mien` with words in a folder."""
    done = subprocess.run(
        [sys.executable, "-m", "mien", *map(str, words)],
        cwd=folder,
        capture_output=True,
        text=True,
        env=os.environ | {"COLUMNS": "160"},
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def draw_face(name: str, random: np.random.Generator) -> Image.Image:
    """Draw a face, 64 x 64, RGB: eyes open or shut, mouth open or shut."""
    image = Image.new("RGB", (64, 64), tuple(int(value) for value in random.integers(0, 80, 3)))
    pen = ImageDraw.Draw(image)
    x, y = (int(value) for value in random.integers(-3, 4, 2))
    skin = tuple(int(value) for value in random.integers(150, 230, 3))
    pen.ellipse((10 + x, 4 + y, 54 + x, 62 + y), fill=skin)
    for eye in (23 + x, 41 + x):
        if name == "awake":
            pen.ellipse((eye - 5, 20 + y, eye + 5, 30 + y), fill="white")
            pen.ellipse((eye - 2, 23 + y, eye + 2, 27 + y), fill="black")
        else:
            pen.line((eye - 5, 26 + y, eye + 5, 26 + y), fill="black", width=2)
    if name == "yawning":
        pen.ellipse((24 + x, 36 + y, 40 + x, 58 + y), fill=(90, 10, 20))
    else:
        pen.line((24 + x, 47 + y, 40 + x, 47 + y), fill=(90, 10, 20), width=2)
    noisy = np.asarray(image) + random.normal(0, 12, (64, 64, 3))
    return Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))


def draw_tree(folder: Path, count: int, seed: int) -> None:
    """Fill folders named after the classes with drawn faces."""
    random = np.random.default_rng(seed)
    for name in CLASSES:
        (folder / name).mkdir(parents=True)
        for number in range(count):
            draw_face(name, random).save(folder / name / f"{seed}-{number}.png")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with drawn data, a trained run and its exported networks, and a photo."""
    folder = tmp_path_factory.mktemp("own classes")
    draw_tree(folder / "faces" / "train", PER_CLASS, 0)
    draw_tree(folder / "faces" / "test", 8, 1)
    (folder / "faces" / "classes.toml").write_text(
        '[awake]\nemoji = "🦉"\ncolour = "#33aa55"\n\n[tired]\n\n[yawning]\nemoji = "🥱"\n',
        encoding="utf-8",
    )
    Image.fromarray(skimage.data.astronaut()).save(folder / "photo.png")
    words = ["--net", "plain-bn", "--epochs", 20, "--batch-size", 8, "--threads", 1]
    words += ["--patience", 0, "--zoom", 0.05]
    run(folder, "train", "--data", "faces", "--validation", 0.15, *words)
    run(folder, "export", "runs/plain-bn", "--name", "sleepy")
    run(folder, "export", "sleepy.onnx", "--name", "sleepy-int8", "--int8", "--data", "faces")
    return folder


def test_describe_counts_the_own_classes(place: Path) -> None:
    done = run(place, "data", "describe", "faces", "--out", "about")
    assert "🦉 awake" in done.stdout
    counts = json.loads((place / "about" / "counts.json").read_text())["counts"]
    assert counts["train"] == dict.fromkeys(CLASSES, PER_CLASS)
    assert counts["test"] == dict.fromkeys(CLASSES, 8)
    assert (place / "about" / "samples.png").stat().st_size > 1000


def test_a_share_of_training_validates(place: Path) -> None:
    record = json.loads((place / "runs" / "plain-bn" / "run.json").read_text())
    assert [entry["name"] for entry in record["classes"]] == list(CLASSES)
    assert record["data"]["validation"] == dict.fromkeys(CLASSES, 4)
    assert record["data"]["train"] == dict.fromkeys(CLASSES, PER_CLASS - 4)
    assert "15% of Training" in record["selection"]


def test_the_network_is_what_its_info_says(place: Path) -> None:
    info = json.loads((place / "sleepy.json").read_text(encoding="utf-8"))
    assert info["classes"][0] == {"name": "awake", "emoji": "🦉", "colour": "#33aa55"}
    assert info["input"]["height"] == 48
    assert info["scores"]["validation"]["n"] == 12
    assert "FER-2013" not in json.dumps({**info, "intended_use": ""})


def test_evaluate_compare_and_report(place: Path) -> None:
    for name in ("sleepy", "sleepy-int8"):
        words = ["--net", f"{name}.onnx", "--split", "test", "--against", "faces"]
        kept = ["--predictions", f"{name}.parquet", "--json", f"{name}-scores.json"]
        run(place, "evaluate", "faces", *words, *kept, "--corrupt", "noise,blur")
    scores = json.loads((place / "sleepy-scores.json").read_text())
    assert scores["n"] == 24
    assert list(scores["recall"]) == list(CLASSES)
    assert np.array(scores["confusion"]).shape == (3, 3)
    assert scores["accuracy"] > 0.9
    assert len(scores["sha256"]) == 64
    done = run(place, "compare", "sleepy-scores.json", "sleepy-int8-scores.json")
    assert "neither is better" in done.stdout
    words = ["runs/plain-bn", "sleepy-scores.json", "--data", "faces", "--out", "report.html"]
    run(place, "report", *words)
    page = (place / "report.html").read_text(encoding="utf-8")
    assert "yawning" in page
    assert "surprise" not in page


def test_the_model_card_speaks_of_the_own_classes(place: Path) -> None:
    done = run(place, "card", "sleepy.onnx")
    assert "awake, tired and yawning" in done.stdout
    assert "disgust" not in done.stdout


def test_detect_shows_the_own_emoji(place: Path) -> None:
    words = ["--json", "faces.json", "--csv", "faces.csv", "--explain", "--sheet", "sheet.png"]
    done = run(place, "detect", "photo.png", "--net", "sleepy.onnx", *words)
    (picture,) = json.loads((place / "faces.json").read_text(encoding="utf-8"))
    (face,) = picture["faces"]
    assert face["expression"] in CLASSES
    assert set(face["probabilities"]) == set(CLASSES)
    assert {"awake": "🦉", "tired": "😪", "yawning": "🥱"}[face["expression"]] in done.stdout
    with (place / "faces.csv").open(encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert {f"p_{name}" for name in CLASSES} < set(row)
    assert "p_happy" not in row
    assert (place / "photo.mien.jpg").is_file()


@pytest.mark.slow
def test_tune_searches_on_the_same_validation_faces(place: Path) -> None:
    words = ["--net", "plain-bn", "--epochs", 1, "--trials", 2, "--threads", 1]
    done = run(place, "tune", "--data", "faces", "--validation", 0.15, *words)
    assert "Best" in done.stdout
    assert (place / "runs" / "tuning-plain-bn" / "best.toml").is_file()


def test_faces_of_other_classes_are_refused(place: Path, striped_zip: Path) -> None:
    done = run(place, "evaluate", striped_zip, "--net", "sleepy.onnx", code=2)
    assert "which the network does not know" in done.stderr
    done = run(place, "evaluate", "faces", "--net", "lobonet", "--split", "test", code=2)
    assert "awake, tired, yawning" in done.stderr


@pytest.mark.slow
def test_large_colour_crops_end_to_end(place: Path) -> None:
    words = ["--net", "plain-bn", "--image-size", 112, "--colour", "RGB", "--name", "large"]
    run(place, "train", "--data", "faces", *words, "--epochs", 1, "--width", 8, "--threads", 1)
    run(place, "export", "runs/large", "--name", "large")
    info = json.loads((place / "large.json").read_text(encoding="utf-8"))["input"]
    assert (info["height"], info["channels"], info["colour"]) == (112, 3, "RGB")
    run(place, "detect", "photo.png", "--net", "large.onnx", "--explain", "--out", "explained")
    done = run(place, "evaluate", "faces", "--net", "large.onnx", "--split", "test")
    assert "accuracy" in done.stdout
