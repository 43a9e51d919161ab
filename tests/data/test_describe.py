import dataclasses
import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mien.classes import Expression, Vocabulary
from mien.data import Samples, describe, read
from mien.data.counts import DuplicateCounts, count_duplicates
from mien.data.figures import draw_counts, examples
from mien.errors import OutputError, SettingsError


def made(values: list[int], labels: list[int], splits: list[str]) -> Samples:
    images = np.repeat(np.array(values, np.uint8), 48 * 48).reshape(-1, 48, 48)
    names = np.array([f"row {row}" for row in range(len(values))])
    return Samples(images, np.array(labels, np.int8), np.array(splits), names, "ab" * 32)


@pytest.fixture
def six() -> Samples:
    return made(
        [1, 1, 1, 2, 2, 3], [0, 0, 3, 6, 6, 3], ["train", "train", "public", "train", "test", "all"]
    )


def test_duplicates(six: Samples) -> None:
    # Three ones, of which one is called happy; two twos that agree.
    assert count_duplicates(six) == DuplicateCounts(
        groups=2, faces=5, conflicting_groups=1, conflicting_faces=3, test_in_train=2
    )
    assert count_duplicates(six[:1]) == DuplicateCounts(0, 0, 0, 0, 0)


def test_describe_counts_and_writes(six: Samples, tmp_path: Path) -> None:
    out = tmp_path / "new" / "folder"
    description = describe(dataclasses.replace(six, skipped=("One is bad.",)), out)
    assert description.n == 6
    assert list(description.counts) == ["train", "public", "test", "all"]
    assert description.counts["train"] == {
        "angry": 2, "disgust": 0, "fear": 0, "happy": 0, "sad": 0, "surprise": 0, "neutral": 1,
    }  # fmt: skip
    assert [file.name for file in description.files] == ["counts.json", "counts.png", "samples.png"]
    written = json.loads((out / "counts.json").read_text())
    assert written == description.to_dict()
    assert written["skipped"] == ["One is bad."]
    assert written["duplicates"]["conflicting_faces"] == 3


def test_without_matplotlib_only_the_counts_are_written(
    six: Samples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    description = describe(six, tmp_path)
    assert description.files == (tmp_path / "counts.json",)
    assert [path.name for path in tmp_path.iterdir()] == ["counts.json"]


def test_figures_show_something(six: Samples, tmp_path: Path) -> None:
    describe(six, tmp_path)
    counts = np.asarray(Image.open(tmp_path / "counts.png").convert("RGB")).reshape(-1, 3)
    # Angry's bar in its own colour.
    assert (counts == (213, 94, 0)).all(axis=1).mean() > 0.02
    faces = np.asarray(Image.open(tmp_path / "samples.png").convert("L"))
    # The flat faces of value 1, once in the row of angry and once in the row of happy.
    assert 100 * 100 < (faces == 1).sum() < 4 * 150 * 150


def test_out_that_is_a_file(six: Samples, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="Cannot make the folder") as caught:
        describe(six, tmp_path / "file")
    assert caught.value.setting == "out"


@pytest.mark.data
def test_real_duplicates(data_folder: Path) -> None:
    duplicates = count_duplicates(read(data_folder / "fer2013.zip"))
    assert duplicates == DuplicateCounts(1273, 2805, 47, 129, 281)


@pytest.mark.parametrize("shape", [(48, 48), (112, 80, 3)])
def test_own_classes_in_any_size_and_colour(shape: tuple[int, ...], tmp_path: Path) -> None:
    vocabulary = Vocabulary.named([f"mood {number}" for number in range(20)], {"mood 3": "🥱"})
    random = np.random.default_rng(0)
    own = Samples(
        images=random.integers(0, 256, (40, *shape), np.uint8),
        labels=np.repeat(np.arange(20), 2).astype(np.int8) % 19,
        splits=np.array(["train", "validation"] * 20),
        names=np.array([f"row {row}" for row in range(40)]),
        sha256="ab" * 32,
        vocabulary=vocabulary,
    )
    description = describe(own, tmp_path)
    assert list(description.counts) == ["train", "validation"]
    assert description.counts["train"]["mood 0"] == 2
    assert description.counts["train"]["mood 19"] == 0
    written = json.loads((tmp_path / "counts.json").read_text())
    assert written["classes"][3] == vocabulary.to_list()[3]
    for name in ("counts.png", "samples.png"):
        assert np.asarray(Image.open(tmp_path / name)).std() > 5


def test_examples_are_of_the_classes_that_are_there(clouded: Samples) -> None:
    shown = examples(clouded[clouded.labels != 2])
    assert list(shown) == ["angry", "disgust", "happy", "sad", "surprise", "neutral"]
    assert {len(rows) for rows in shown.values()} == {8}
    assert set(clouded[clouded.labels != 2].labels[shown[Expression("sad")]].tolist()) == {4}


def test_few_faces_are_counted_in_whole_numbers() -> None:
    counts = {"train": {"awake": 20, "tired": 20}, "test": {"awake": 6, "tired": 6}}
    (axes,) = draw_counts(counts).axes
    assert (axes.get_yticks() % 1 == 0).all()


@pytest.mark.parametrize("name", ["counts.json", "counts.png"])
def test_files_of_the_users_are_not_replaced(samples: Samples, tmp_path: Path, name: str) -> None:
    describe(samples, tmp_path)
    describe(samples, tmp_path)
    (tmp_path / name).write_text('{"my": 1}')
    with pytest.raises(SettingsError, match=f"{name} exists, and is not an earlier output"):
        describe(samples, tmp_path)
    assert (tmp_path / name).read_text() == '{"my": 1}'
