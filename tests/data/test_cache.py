import importlib
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from mien.data import formats as sources
from mien.data import read
from mien.errors import DataError, OutputError

# The package has a function of the same name.
reading = importlib.import_module("mien.data.read")

Encode = Callable[..., bytes]
MakeZip = Callable[..., Path]


@pytest.fixture
def path(make_zip: MakeZip, encode: Encode) -> Path:
    return make_zip({f"happy/{number}.bmp": encode(number, "BMP") for number in range(5)})


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sources that were read instead of taken from the cache."""
    seen: list[str] = []
    original = reading._build

    def counted(source, *rest):
        seen.append(source.path.name)
        return original(source, *rest)

    monkeypatch.setattr(reading, "_build", counted)
    return seen


def files(cache: Path) -> Iterator[Path]:
    return (file for file in cache.rglob("*") if file.is_file())


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let files that were just written be old enough for the index."""
    monkeypatch.setattr("mien.data.cache._SETTLED_NS", -1)


def test_second_reading_maps_the_first(path: Path, cache: Path, builds: list[str]) -> None:
    first, second = read(path, cache=cache), read(path, cache=cache)
    assert builds == ["faces.zip"]
    assert isinstance(second.images, np.memmap)
    assert not second.images.flags.writeable
    assert second.images[:, 0, 0].tolist() == [0, 1, 2, 3, 4]
    for name in ("images", "labels", "splits", "names"):
        assert (getattr(first, name) == getattr(second, name)).all()
    assert first.sha256 == second.sha256


def test_same_content_elsewhere_is_known(path: Path, cache: Path, builds: list[str]) -> None:
    read(path, cache=cache)
    copy = path.with_name("copy.zip")
    copy.write_bytes(path.read_bytes())
    assert len(read(copy, cache=cache)) == 5
    assert builds == ["faces.zip"]


def test_other_content_at_the_same_path_is_seen(
    path: Path, cache: Path, make_zip: MakeZip, encode: Encode
) -> None:
    read(path, cache=cache)
    before = path.stat()
    make_zip({f"happy/{number}.bmp": encode(number + 1, "BMP") for number in range(5)})
    # Same size and same time of writing.
    assert path.stat().st_size == before.st_size
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert read(path, cache=cache).images[:, 0, 0].tolist() == [1, 2, 3, 4, 5]


def test_index_saves_the_hashing(
    path: Path, cache: Path, settled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = []
    original = sources._file_sha256

    def counted(file):
        hashed.append(file)
        return original(file)

    monkeypatch.setattr(sources, "_file_sha256", counted)
    first, second = read(path, cache=cache), read(path, cache=cache)
    # The first also looks whether the file changed while it was read.
    assert hashed == [path, path]
    assert first.sha256 == second.sha256
    path.touch()
    read(path, cache=cache)
    assert len(hashed) == 3


@pytest.mark.parametrize(
    "name", ["images.npy", "labels.npy", "splits.npy", "names.npy", "meta.json"]
)
@pytest.mark.parametrize("damage", ["empty", "cut", "flip", "gone"])
def test_damage_is_repaired(
    path: Path, cache: Path, builds: list[str], name: str, damage: str
) -> None:
    sha256 = read(path, cache=cache).sha256
    (file,) = (each for each in files(cache) if each.name == name)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 255
    changed = {"empty": b"", "cut": data[:-3], "flip": data, "gone": b""}[damage]
    file.unlink()
    if damage != "gone":
        file.write_bytes(changed)
    again = read(path, cache=cache)
    assert again.images[:, 0, 0].tolist() == [0, 1, 2, 3, 4]
    assert again.labels.tolist() == [3] * 5
    assert again.sha256 == sha256
    assert builds == ["faces.zip"] * 2
    read(path, cache=cache)
    assert len(builds) == 2


def test_damaged_index_is_repaired(path: Path, cache: Path, settled: None) -> None:
    sha256 = read(path, cache=cache).sha256
    (entry,) = cache.rglob("index/*.json")
    for content in ("", "[]", "{}", '{"signature": 3}'):
        entry.write_text(content)
        assert read(path, cache=cache).sha256 == sha256
        assert json.loads(entry.read_text())["sha256"] == sha256


def test_what_a_killed_process_left_is_removed_after_a_day(path: Path, cache: Path) -> None:
    sha256 = read(path, cache=cache).sha256
    (folder,) = cache.rglob(sha256)
    now = time.time()
    for name, age in (("old", 90_000), ("new", 3_600)):
        left = folder / f".mien-{name}"
        (left / "new").mkdir(parents=True)
        os.utime(left, (now - age, now - age))
    shutil.rmtree(folder / "48x48-gray")
    assert read(path, cache=cache).sha256 == sha256
    # The other one may be of a process that is still writing.
    assert sorted(each.name for each in folder.iterdir()) == [".mien-new", "48x48-gray"]


def test_nothing_half_written_is_left(
    path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = np.save

    def interrupted(file, *rest, **options):
        if Path(file).name == "names.npy":
            raise KeyboardInterrupt
        original(file, *rest, **options)

    monkeypatch.setattr(np, "save", interrupted)
    with pytest.raises(KeyboardInterrupt):
        read(path, cache=cache)
    assert list(files(cache)) == []
    monkeypatch.undo()
    assert len(read(path, cache=cache)) == 5


def test_a_disk_that_fills_up_is_a_sentence(
    path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*values, **named):
        raise OSError("57600 requested and 0 written")  # numpy's words

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(OutputError, match="Cannot keep .*: not all of it could be written. Name a"):
        read(path, cache=cache)
    assert list(files(cache)) == []


def test_a_failed_reading_leaves_nothing(make_zip: MakeZip, encode: Encode, cache: Path) -> None:
    path = make_zip({"sad/1.png": encode(1), "sad/2.png": b"bad"})
    with pytest.raises(DataError):
        read(path, cache=cache)
    assert list(files(cache)) == []


def test_left_out_pictures_are_remembered(
    make_zip: MakeZip, encode: Encode, cache: Path, builds: list[str]
) -> None:
    path = make_zip({"sad/1.png": encode(1), "sad/2.png": b"bad"})
    first = read(path, cache=cache, skip_bad=True)
    moved = path.rename(path.with_name("moved.zip"))
    second = read(moved, cache=cache, skip_bad=True)
    assert builds == ["faces.zip"]
    assert len(first.skipped) == len(second.skipped) == 1
    assert second.skipped[0] == first.skipped[0].replace("faces.zip", "moved.zip")
    with pytest.raises(DataError, match="sad/2.png.* leave bad pictures out") as caught:
        read(moved, cache=cache)
    assert caught.value.setting == "skip_bad"


def test_cache_that_cannot_be_written(path: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="Cannot keep the data.*MIEN_CACHE"):
        read(path, cache=tmp_path / "file")


@pytest.mark.data
def test_real_data_is_decoded_once(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = read(data_folder / "fer2013.zip")

    def decode(*_: object) -> None:
        raise AssertionError("decoded again")

    monkeypatch.setattr(sys.modules["mien.data.read"], "_build", decode)
    again = read(data_folder / "fer2013.zip")
    assert again.sha256 == first.sha256
    assert isinstance(again.images, np.memmap)
