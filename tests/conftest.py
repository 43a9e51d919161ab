"""What all tests share: data small or real, and a cache of their own."""

import dataclasses
import importlib
import io
import os
import signal
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from mien.classes import NAMES
from mien.data import Samples

# A shell that runs something in the background has it ignore these signals, and so does every
# process that is started from there: the tests of Ctrl-C would wait for ever.
for _number, _handler in (
    (signal.SIGINT, signal.default_int_handler),
    (signal.SIGHUP, signal.SIG_DFL),
):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _handler)


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of the real data sets, named by MIEN_DATA."""
    named = os.environ.get("MIEN_DATA")
    if not named or not Path(named).is_dir():
        pytest.skip("needs the real data sets: set MIEN_DATA to their folder")
    return Path(named)


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the tests out of the user's cache, with one that reads the real data once."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("MIEN_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def _striped(count: int, seed: int) -> tuple[NDArray[np.uint8], NDArray[np.int8]]:
    """Draw faces that a network learns at once: each class has its own stripes."""
    random = np.random.default_rng(seed)
    labels = np.arange(count) % 7
    waves = np.sin(np.arange(48)[None] * (labels[:, None] + 1) * 0.2)
    images = 128 + 60 * waves[:, :, None] + random.normal(0, 20, (count, 48, 48))
    return np.clip(images, 0, 255).astype(np.uint8), labels.astype(np.int8)


@pytest.fixture(scope="session")
def samples() -> Samples:
    """15 Training and 5 PublicTest faces of each class."""
    train, test = _striped(105, 0), _striped(35, 1)
    return Samples(
        images=np.concatenate([train[0], test[0]]),
        labels=np.concatenate([train[1], test[1]]),
        splits=np.array(["train"] * 105 + ["public"] * 35),
        names=np.array([f"row {row}" for row in range(140)]),
        sha256="0" * 64,
    )


@pytest.fixture(scope="session")
def striped_zip(samples: Samples, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same faces as a zip in Kaggle's layout."""
    return _zip(samples, tmp_path_factory.mktemp("data") / "striped.zip")


@pytest.fixture(scope="session")
def clouded(samples: Samples) -> Samples:
    """The same faces, each behind a cloud, so that none is a near duplicate of another."""
    random = np.random.default_rng(2)
    images = samples.images.astype(np.float32)
    for image in images:
        soft = cv2.GaussianBlur(random.normal(0, 1, (60, 60)), (0, 0), 4)[6:54, 6:54]
        image += 45 * (soft - soft.mean()) / soft.std()
    return dataclasses.replace(samples, images=np.clip(images, 0, 255).astype(np.uint8))


@pytest.fixture(scope="session")
def clouded_zip(clouded: Samples, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The clouded faces as a zip in Kaggle's layout."""
    return _zip(clouded, tmp_path_factory.mktemp("data") / "clouded.zip")


def _zip(samples: Samples, path: Path) -> Path:
    folders = {"train": "train/{}/Training_{}.png", "public": "test/{}/PublicTest_{}.png"}
    with zipfile.ZipFile(path, "w") as archive:
        for row, (image, label) in enumerate(zip(samples.images, samples.labels, strict=True)):
            encoded = io.BytesIO()
            Image.fromarray(image).save(encoded, "png")
            name = folders[samples.splits[row]].format(NAMES[label], row)
            archive.writestr(name, encoded.getvalue())
    return path


@pytest.fixture
def votes(tmp_path: Path) -> Path:
    """All ten taggers see happiness in each of the 140 faces, so votes cannot be mixed up."""
    path = tmp_path / "votes.csv"
    header = (
        "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"
    )
    usages = ["Training"] * 105 + ["PublicTest"] * 35
    rows = [f"{usage},x.png,0,10,0,0,0,0,0,0,0,0" for usage in usages]
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


@pytest.fixture
def recipe_script(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Import a script of recipes/ by its name; it can import the others."""
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "recipes")
    return importlib.import_module
