"""The shipped network on real data; needs the data sets."""

import json
from pathlib import Path

import pytest

from mien.classes import NAMES
from mien.evaluation import evaluate
from mien.models import DEFAULT, read_info
from mien.perception.reader import Reader

pytestmark = pytest.mark.data


def test_the_default_network_scores_what_its_info_says(data_folder: Path) -> None:
    data = data_folder / "fer2013.zip"
    public = evaluate(data, DEFAULT, split="public", against=data)
    stated = read_info(DEFAULT).scores["public"]
    # Another processor may round a logit to the other side of a tie.
    assert public.accuracy == pytest.approx(stated["accuracy"], abs=0.001)
    assert public.accuracy_unique == pytest.approx(stated["accuracy_unique"], abs=0.001)
    assert public.n_unique == stated["n_unique"]
    assert public.accuracy >= 0.65


@pytest.mark.parametrize(("name", "count"), [("jaffe.zip", 213), ("yalefaces.zip", 125)])
def test_other_people_s_faces_are_found(data_folder: Path, name: str, count: int) -> None:
    scores = evaluate(data_folder / name, detect=True)
    assert scores.n == count
    assert sum(scores.missed.values()) <= 0.02 * count
    # Better than always naming the commonest class.
    assert scores.accuracy > max(scores.faces.values()) / count


def test_clear_photos_are_read(data_folder: Path) -> None:
    photos = data_folder / "photos"
    manifest = json.loads((photos / "manifest.json").read_text())
    clear = [entry for entry in manifest if entry["expression"]]
    assert {entry["expression"] for entry in clear} <= set(NAMES)
    reader = Reader()
    read_as = [reader.read(photos / entry["file"])[0].expression.name for entry in clear]
    right = sum(name == entry["expression"] for name, entry in zip(read_as, clear, strict=True))
    assert right >= 0.6 * len(clear)
