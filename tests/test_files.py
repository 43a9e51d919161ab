""" """

from pathlib import Path

import numpy as np
import pytest

from mien import files
from mien.errors import SettingsError
from mien.files import cache_folder
from mien.image import load


def test_cache_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("MIEN_CACHE", "own")
    assert cache_folder() == Path("own")
    monkeypatch.delenv("MIEN_CACHE")
    assert cache_folder() == tmp_path / "mien"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_folder() == Path.home() / ".cache" / "mien"
    monkeypatch.setattr("sys.platform", "darwin")
    assert cache_folder() == Path.home() / "Library" / "Caches" / "mien"


def test_file_is_replaced_whole(tmp_path):
    path = tmp_path / "faces.json"
    files.write(path, b"old", "")
    files.write(path, b"new", "")
    assert path.read_bytes() == b"new"
    assert [each.name for each in tmp_path.iterdir()] == ["faces.json"]


def test_mode_is_that_of_the_file_or_of_the_umask(tmp_path):
    (tmp_path / "plain").write_bytes(b"")
    files.write(tmp_path / "ours", b"", "")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode
    (tmp_path / "plain").chmod(0o600)
    files.write(tmp_path / "plain", b"", "")
    assert (tmp_path / "plain").stat().st_mode & 0o777 == 0o600


def test_failure_leaves_nothing_behind(tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(SettingsError, match=r"Cannot write .*taken.* Try elsewhere\."):
        files.write(tmp_path / "taken", b"x", "Try elsewhere.")
    with pytest.raises(SettingsError, match="No such file"):
        files.write(tmp_path / "none" / "x", b"x", "Try elsewhere.")
    assert [each.name for each in tmp_path.iterdir()] == ["taken"]


def test_failure_half_way_keeps_the_old_file(tmp_path):
    def fail(part):
        part.write_bytes(b"ne")
        raise OSError(28, "No space left on device")

    path = tmp_path / "last.ckpt"
    path.write_bytes(b"old")
    with pytest.raises(SettingsError, match="No space left on device"):
        files.replace(path, fail, "")
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["last.ckpt"]


def test_jpeg_is_close_to_the_picture(tmp_path):
    ramp = np.repeat(np.arange(0, 256, 2, dtype=np.uint8)[None, :, None], 3, axis=2)
    image = np.repeat(ramp, 64, axis=0)
    files.write_jpeg(tmp_path / "a.jpg", image, "")
    assert np.abs(load(tmp_path / "a.jpg").astype(int) - image).max() <= 4


def test_too_long_for_jpeg_is_one_sentence(tmp_path):
    with pytest.raises(SettingsError, match="70000 x 1 pixels do not fit JPEG"):
        files.write_jpeg(tmp_path / "a.jpg", np.zeros((1, 70_000, 3), np.uint8), "")


def test_folder_is_made_or_refused(tmp_path):
    files.make_folder(tmp_path / "a" / "b", "")
    assert (tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SettingsError, match="Cannot make the folder"):
        files.make_folder(tmp_path / "file", "")


def test_read_only_folder_is_refused(tmp_path, monkeypatch):
    # a test may run as root, for whom nothing is read-only
    monkeypatch.setattr(files.os, "access", lambda path, mode: False)
    with pytest.raises(SettingsError, match=r"read-only\. Name another"):
        files.make_folder(tmp_path, "Name another.")
