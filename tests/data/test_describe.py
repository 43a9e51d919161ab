import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mien.data import Samples, describe, read
from mien.data.describe import Twins, count_twins
from mien.errors import DataError


def made(values: list[int], labels: list[int], splits: list[str]) -> Samples:
    images = np.repeat(np.array(values, np.uint8), 48 * 48).reshape(-1, 48, 48)
    names = np.array([f"row {row}" for row in range(len(values))])
    return Samples(images, np.array(labels, np.int8), np.array(splits), names, "ab" * 32)


@pytest.fixture
def samples() -> Samples:
    return made(
        [1, 1, 1, 2, 2, 3], [0, 0, 3, 6, 6, 3], ["train", "train", "public", "train", "test", "all"]
    )


def test_twins(samples: Samples) -> None:
    # Three ones, of which one is called happy; two twos that agree.
    assert count_twins(samples) == Twins(
        groups=2, faces=5, conflicting_groups=1, conflicting_faces=3, test_in_train=2
    )
    assert count_twins(samples[:1]) == Twins(0, 0, 0, 0, 0)


def test_describe_counts_and_writes(samples: Samples, tmp_path: Path) -> None:
    out = tmp_path / "new" / "folder"
    description = describe(dataclasses.replace(samples, skipped=("One is bad.",)), out)
    assert description.n == 6
    assert list(description.counts) == ["train", "public", "test", "all"]
    assert description.counts["train"] == {
        "angry": 2, "disgust": 0, "fear": 0, "happy": 0, "sad": 0, "surprise": 0, "neutral": 1,
    }  # fmt: skip
    assert [file.name for file in description.files] == ["counts.json", "counts.png", "samples.png"]
    written = json.loads((out / "counts.json").read_text())
    assert written == description.to_dict()
    assert written["skipped"] == ["One is bad."]
    assert written["twins"]["conflicting_faces"] == 3


def test_figures_show_something(samples: Samples, tmp_path: Path) -> None:
    describe(samples, tmp_path)
    counts = np.asarray(Image.open(tmp_path / "counts.png").convert("RGB")).reshape(-1, 3)
    # Angry's bar in its own colour.
    assert (counts == (213, 94, 0)).all(axis=1).mean() > 0.02
    faces = np.asarray(Image.open(tmp_path / "samples.png").convert("L"))
    # The flat faces of value 1, once in the row of angry and once in the row of happy.
    assert 100 * 100 < (faces == 1).sum() < 4 * 150 * 150


def test_out_that_is_a_file(samples: Samples, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="Cannot write to .*--out"):
        describe(samples, tmp_path / "file")


@pytest.mark.data
def test_real_twins(data_folder: Path) -> None:
    twins = count_twins(read(data_folder / "fer2013.zip"))
    assert twins == Twins(1273, 2805, 47, 129, 281)
