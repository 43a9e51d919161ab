import tempfile
from pathlib import Path

import pytest

from mien.doctor import folders as room
from mien.doctor.checks import Check
from mien.doctor.folders import folders


def by_name() -> dict[str, Check]:
    return {check.name: check for check in folders()}


def test_folders_that_can_be_written_to_are_well(tmp_path: Path) -> None:
    checks = by_name()
    assert {check.state for check in checks.values()} == {"ok"}
    assert tempfile.gettempdir() in checks["temporary folder"].value


def test_a_cache_that_is_a_file_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "cache"
    file.touch()
    monkeypatch.setenv("MIEN_CACHE", str(file))
    check = by_name()["cache folder"]
    assert check.state == "broken"
    assert check.problem.startswith(f"Cannot make the folder {file}: it is a file.")
    assert "MIEN_CACHE" in check.fix


def test_a_missing_home_folder_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", none)
    check = by_name()["home folder"]
    assert check.state == "note"
    assert "HOME" in check.fix


def test_a_temporary_folder_that_takes_no_file_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    check = by_name()["temporary folder"]
    assert check.state == "broken"
    assert "No space left on device" in check.problem


def test_a_full_disk_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_free", lambda folder: 2_000_000)
    check = by_name()["cache folder"]
    assert check.state == "note"
    assert check.problem.startswith("Less than 1 GB is free in ")
