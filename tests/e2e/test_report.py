"""The page of mien report, from synthetic scores: whole, self-contained, and in a real browser."""

from __future__ import annotations

import html
import io
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
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

NET = "tricky & <b>bold</b>"
"""A name that would break a page which does not escape it."""

FACES = 210
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)


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
        mean = sum(each["accuracy"] for each in levels.values()) / 3
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


class Page(HTMLParser):
    """Checks that each tag is closed in its turn, and keeps what the page holds."""

    VOID = frozenset({"meta", "link", "img", "br"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.numbers: dict[str, list[float]] = {}
        """Of the data elements, by the id of their section."""
        self.text: dict[str, str] = {}
        self.part = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.attributes += found.items()
        if tag in ("section", "article"):
            self.part = found.get("id", "")
        if tag == "data":
            self.numbers.setdefault(self.part, []).append(float(found["value"]))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text[self.part] = self.text.get(self.part, "") + data

    def of(self, part: str) -> list[float]:
        """Give the numbers of one part of the first network's section."""
        (found,) = (place for place in self.numbers if re.fullmatch(rf"n1-.*bold-b-{part}", place))
        return self.numbers[found]


@pytest.fixture(scope="module")
def page(folder: Path) -> Page:
    return Page((folder / "page.html").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def scores(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "scores.json").read_text())
    return found


@pytest.mark.parametrize("name", ["page.html", "two.html", "run.html"])
def test_a_page_is_whole_and_needs_nothing_else(folder: Path, name: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert len(text.encode()) < 5_000_000
    found = Page(text)
    assert found.open == []
    places = [value for key, value in found.attributes if key == "id"]
    assert len(places) == len(set(places))
    for key, value in found.attributes:
        if key in ("src", "href", "xlink:href", "srcset", "action", "poster"):
            assert value.startswith("data:") or value[1:] in places, value
    assert not re.search(r"https?://|url\(|@import|<script", text)
    assert str(folder) not in text


def leaves(content: Any) -> Iterator[float]:
    """Give every number in a part of the scores."""
    if isinstance(content, dict):
        content = list(content.values())
    if isinstance(content, list):
        for each in content:
            yield from leaves(each)
    elif isinstance(content, int | float) and not isinstance(content, bool):
        yield content


def test_headline_and_classes_are_those_of_the_file(page: Page, scores: dict[str, Any]) -> None:
    shown = page.of("scores")
    keys = ("accuracy", "balanced_accuracy", "macro_f1", "ece", "brier", "nll", "aurc")
    for part in (scores, scores["unique"]):
        assert {part["n"], *(part[key] for key in keys)} <= set(shown)
        assert set(leaves([part["interval"][key] for key in keys])) <= set(shown)
    for key in ("recall", "precision", "f1"):
        assert set(leaves([scores[key], scores["interval"][key]])) <= set(shown)


def test_confusion_is_that_of_the_file(page: Page, scores: dict[str, Any]) -> None:
    wanted = [cell for row in scores["confusion"] for cell in (*row, sum(row))]
    assert page.of("confusion")[-56:] == wanted


def expected(scores: dict[str, Any]) -> dict[str, list[Any]]:
    """Name what each part shows of the file of scores."""
    inside, chosen = scores["interval"], scores["selective"]
    votes, robustness = scores["votes"], scores["robustness"]
    shares = ("n", "accuracy", "label_accuracy", "interval")
    return {
        "reliability": [
            *([each[key] for key in ("count", "confidence", "accuracy", "interval")]
              for each in scores["reliability"] if each["count"]),
            *(scores["ece"], inside["ece"]),
        ],
        "risk-and-coverage": [
            *(scores["accuracy_at_coverage"], inside["accuracy_at_coverage"]),
            *(scores["aurc"], inside["aurc"], chosen["interval"]["accuracy"]),
            [chosen[key] for key in ("target_accuracy", "threshold", "answered", "coverage")],
            chosen["accuracy"],
        ],
        "prediction-sets": [
            scores["conformal"]["halves"],
            *([each[key] for key in ("level", "coverage", "size", "single", "empty")]
              for each in scores["conformal"]["sets"]),
            *([each["interval"][key] for key in ("coverage", "size")]
              for each in scores["conformal"]["sets"]),
        ],
        "human-votes": [
            *(votes["ties"], votes["elsewhere"]),
            *([part[key] for key in shares] for part in (votes, votes["agreed"])),
        ],
        "groups": [
            *([each[key] for key in ("n", "accuracy", "macro_f1", "ece")]
              + [each["interval"][key] for key in ("accuracy", "macro_f1", "ece")]
              for each in scores["groups"]["half"]["groups"].values()),
            [scores["groups"]["half"]["gap"][key] for key in ("value", "p", "permutations")],
        ],
        "corruptions": [
            robustness["n"],
            *(robustness["clean"][key] for key in ("accuracy", "interval")),
            *(robustness[f"mean_corruption_{key}"] for key in ("accuracy", "macro_f1")),
            *([each["mean_accuracy"]] + [cell["accuracy"] for cell in each["severities"].values()]
              for each in robustness["corruptions"].values()),
        ],
    }  # fmt: skip


def test_each_section_shows_the_numbers_of_the_file_and_no_others(
    page: Page, scores: dict[str, Any]
) -> None:
    # The reliability's own count of faces, and of those whose vote or prediction counts.
    counts = {FACES}
    for part, content in expected(scores).items():
        assert set(leaves(content)) <= set(page.of(part)), part
        assert set(page.of(part)) <= set(leaves(content)) | counts, part


def test_shown_numbers_are_rounded_from_their_values(folder: Path) -> None:
    text = (folder / "page.html").read_text(encoding="utf-8")
    found = re.findall(r'<data value="([^"]+)">([-\d.,]+)(%?)</data>', text)
    assert len(found) > 300
    for value, said, sign in found:
        digits = len(said.partition(".")[2])
        scale = 100 if sign else 1
        off = abs(float(value) * scale - float(said.replace(",", "")))
        assert off <= 0.5 * 10**-digits + 1e-9, (value, said)


def test_the_gallery_holds_mistakes_of_each_class(folder: Path, scores: dict[str, Any]) -> None:
    text = (folder / "page.html").read_text(encoding="utf-8")
    for row, name in enumerate(NAMES):
        wrong = sum(scores["confusion"][row]) - scores["confusion"][row][row]
        assert text.count(f"<figcaption>{name} → ") == min(wrong, 6)


def test_what_was_not_measured_is_listed_with_its_command(folder: Path) -> None:
    left = Page((folder / "page.html").read_text(encoding="utf-8")).text["left-out"]
    # All but the training, whose run was not named, and nothing else.
    assert "Training:mien report RUN scores.json" in left
    parts, _, own = left.partition("Made by mien")
    assert parts.count(":mien ") == 1
    assert "with mien report scores.json --data noise.zip --out page.html." in own
    two = Page((folder / "two.html").read_text(encoding="utf-8")).text["left-out"]
    for flag in ("--votes", "--groups", "--coverage", "--corrupt", "--data"):
        assert flag in two


def test_a_run_that_was_not_measured_says_how(folder: Path) -> None:
    page = Page((folder / "run.html").read_text(encoding="utf-8"))
    (text,) = (text for text in page.text.values() if "has not been measured yet" in text)
    run, name = NET.replace("/", "\N{DIVISION SLASH}"), "tricky-b-bold-b"
    assert f"mien export '{run}' --name {name}" in text
    assert f"mien evaluate DATA --net {name}.onnx --json {name}-scores.json" in text
    assert f"mien report '{run}' {name}-scores.json" in text


def test_a_run_alone_shows_its_curves_and_says_what_to_do(folder: Path) -> None:
    text = (folder / "run.html").read_text(encoding="utf-8")
    assert "<h1>A &lt;run&gt;</h1>" in text
    assert text.count(">best: 3</text>") == 2
    assert "This network has not been measured yet." in text
    assert '<data value="123456">123,456</data>' in text
    for part in ("Scores", "Confusion", "Reliability"):
        assert f"<h3>{part}</h3>" not in text


def test_two_networks_are_compared_by_pairs(folder: Path) -> None:
    found = Page((folder / "two.html").read_text(encoding="utf-8"))
    assert "All networks" in found.text[""]
    assert "In pairs, against" in found.text[""]
    files = (folder / name for name in ("scores.json", "other.json"))
    accuracies = [json.loads(file.read_text())["accuracy"] for file in files]
    assert set(accuracies) <= set(found.numbers[""])
    difference = min(accuracies) - max(accuracies)
    assert any(abs(number - difference) < 1e-12 for number in found.numbers[""])


def test_an_expression_is_not_a_feeling(folder: Path) -> None:
    for name in ("page.html", "two.html", "run.html"):
        text = (folder / name).read_text(encoding="utf-8")
        assert text.count("An expression is not a feeling") == 1


MEASURE = """<!doctype html><title>waiting</title><body>
<iframe id=frame width=WIDTH height=800 srcdoc="PAGE"></iframe><script>
onload = () => {
  const page = document.getElementById("frame").contentDocument
  document.title = JSON.stringify({
    wide: page.documentElement.scrollWidth,
    pictures: [...page.images].filter(each => each.naturalWidth == 48).length,
    charts: [...page.querySelectorAll("svg")].filter(each => each.clientWidth > 200).length,
  })
}</script>"""


def chromium(page: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    """Open a page in a browser; what its console says comes on stderr."""
    assert CHROMIUM
    common = ["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0"]
    profile = f"--user-data-dir={page.parent / 'profile'}"
    return subprocess.run(
        [CHROMIUM, *common, profile, *flags, page.as_uri()],
        capture_output=True,
        text=True,
        timeout=180,
        check=True,
    )


@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium, which is not installed")
@pytest.mark.parametrize("width", [320, 1280])
def test_a_browser_shows_the_page_and_complains_of_nothing(folder: Path, width: int) -> None:
    text = (folder / "page.html").read_text(encoding="utf-8")
    inside = html.escape(text, quote=True)
    frame = folder / f"frame{width}.html"
    frame.write_text(
        MEASURE.replace("WIDTH", str(width)).replace("PAGE", inside), encoding="utf-8"
    )
    done = chromium(frame, "--dump-dom")
    assert "CONSOLE" not in done.stderr, done.stderr
    found = json.loads(html.unescape(re.findall("<title>(.*?)</title>", done.stdout)[0]))
    # The page itself does not scroll sideways: only tables do, each in its own box.
    assert found["wide"] <= width
    assert found["pictures"] == text.count("data:image/png")
    assert found["charts"] == text.count("<svg ")


@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium, which is not installed")
def test_a_browser_prints_the_page(folder: Path) -> None:
    out = folder / "page.pdf"
    done = chromium(folder / "page.html", f"--print-to-pdf={out}")
    assert "CONSOLE" not in done.stderr, done.stderr
    assert out.read_bytes().startswith(b"%PDF")
