from pathlib import Path

import pytest

from mien.data import Samples
from mien.data.cache import Cache
from mien.doctor import cache as room
from mien.doctor.cache import cache
from mien.models import read_info

SPEC = read_info("lobonet").input


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, samples: Samples) -> Path:
    """A cache with one data set."""
    monkeypatch.setenv("MIEN_CACHE", str(tmp_path / "cache"))
    Cache(tmp_path / "cache").store(samples, SPEC)
    (kept,) = Cache(tmp_path / "cache").kept()
    return kept.folder


def test_an_empty_cache_is_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIEN_CACHE", str(tmp_path / "none"))
    (check,) = cache()
    assert check.value == f"{tmp_path / 'none'}, not there yet"


def test_what_is_kept_is_compared_with_its_hashes(folder: Path) -> None:
    place, data = cache()
    assert "5 files" in place.value
    assert data.value.startswith("1 undamaged, ")


@pytest.mark.parametrize("name", ["images.npy", "labels.npy", "meta.json"])
def test_a_damaged_data_set_is_named(folder: Path, name: str) -> None:
    content = bytearray((folder / name).read_bytes())
    content[0] ^= 1
    (folder / name).write_bytes(content)
    _, check = cache()
    assert check.name == "data 000000000000 48x48-gray"
    assert check.state == "broken"
    assert f"{name} in {folder}" in check.problem


def test_a_file_that_is_missing_is_named(folder: Path) -> None:
    (folder / "splits.npy").unlink()
    _, check = cache()
    assert "splits.npy in" in check.problem


def test_large_data_sets_are_checked_only_if_asked_for(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "CHECKED", 1000)
    _, check = cache()
    assert check.value.endswith("not checked (option thorough)")
    _, check = cache(thorough=True)
    assert check.value.startswith("1 undamaged")
