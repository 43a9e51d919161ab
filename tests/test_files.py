from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mien import files
from mien.errors import OutputError
from mien.files import ELSEWHERE, cache_folder
from mien.image import load

# sys.platform, environment, the folder; ~ is the home folder
CACHES = [
    ("linux", {"MIEN_CACHE": "own", "XDG_CACHE_HOME": "/xdg"}, "own"),
    ("linux", {"XDG_CACHE_HOME": "/xdg"}, "/xdg/mien"),
    ("linux", {"XDG_CACHE_HOME": "relative"}, "~/.cache/mien"),
    ("linux", {}, "~/.cache/mien"),
    ("darwin", {}, "~/Library/Caches/mien"),
    ("win32", {"LOCALAPPDATA": "/local"}, "/local/mien/cache"),
    ("win32", {}, "~/AppData/Local/mien/cache"),
]


@pytest.mark.parametrize(("platform", "variables", "folder"), CACHES)
def test_the_cache_folder_is_the_platforms_own(
    monkeypatch: pytest.MonkeyPatch, platform: str, variables: dict[str, str], folder: str
) -> None:
    for name in ("MIEN_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.platform", platform)
    assert cache_folder() == Path(folder).expanduser()


def test_a_user_without_a_home_folder_is_asked_for_a_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    for name in ("MIEN_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", _no_home)
    with pytest.raises(OutputError, match="no home folder.* MIEN_CACHE"):
        cache_folder()


def _no_home() -> Path:
    raise RuntimeError("Could not determine home directory.")


def test_a_file_is_replaced_completely(tmp_path: Path) -> None:
    path = tmp_path / "faces.json"
    files.write(path, b"old")
    files.write(path, b"new")
    assert path.read_bytes() == b"new"
    assert [file.name for file in tmp_path.iterdir()] == ["faces.json"]


def test_permissions_are_those_of_the_old_file_or_of_the_umask(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")
    files.write(tmp_path / "ours", b"")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode
    (tmp_path / "plain").chmod(0o600)
    files.write(tmp_path / "plain", b"")
    assert (tmp_path / "plain").stat().st_mode & 0o777 == 0o600


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match=r"Cannot write .*folder.* Try elsewhere\.") as caught:
        files.write(tmp_path / "folder", b"x", "Try elsewhere.", "json_file")
    assert (caught.value.code, caught.value.setting) == ("output", "json_file")
    with pytest.raises(OutputError, match="No such file") as caught:
        files.write(tmp_path / "none" / "x", b"x")
    assert (caught.value.fix, caught.value.setting) == (ELSEWHERE, None)
    assert [file.name for file in tmp_path.iterdir()] == ["folder"]


def test_a_failure_half_way_keeps_the_old_file(tmp_path: Path) -> None:
    def fail(part: Path) -> None:
        part.write_bytes(b"ne")
        raise OSError(28, "No space left on device")

    path = tmp_path / "last.ckpt"
    path.write_bytes(b"old")
    with pytest.raises(OutputError, match=r"last.ckpt: No space left on device\. Choose a place"):
        files.replace(path, fail)
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["last.ckpt"]


def test_an_error_of_the_program_is_not_one_of_the_disk(tmp_path: Path) -> None:
    def fail(part: Path) -> None:
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        files.replace(tmp_path / "x", fail)
    assert list(tmp_path.iterdir()) == []


def test_a_jpeg_is_close_to_the_picture(tmp_path: Path) -> None:
    ramp = np.repeat(np.arange(0, 256, 2, dtype=np.uint8)[None, :, None], 3, axis=2)
    image = np.repeat(ramp, 64, axis=0)
    files.write_jpeg(tmp_path / "a.jpg", image)
    assert np.abs(load(tmp_path / "a.jpg").astype(int) - image).max() <= 4


def test_a_picture_too_long_for_jpeg_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="70000 x 1 pixels are too many for a JPEG") as caught:
        files.write_jpeg(tmp_path / "a.jpg", np.zeros((1, 70_000, 3), np.uint8))
    assert caught.value.setting == "annotate"


def test_a_folder_is_made_or_refused(tmp_path: Path) -> None:
    files.make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="Cannot make the folder .*file: it is a file") as caught:
        files.make_folder(tmp_path / "file", setting="out")
    assert caught.value.setting == "out"


def test_a_read_only_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A test may run as root, for whom nothing is read-only.
    monkeypatch.setattr(files.os, "access", lambda path, mode: False)
    with pytest.raises(OutputError, match=r"read-only\. Name another"):
        files.make_folder(tmp_path, "Name another.")


def test_what_a_link_leads_to_is_written(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    link = tmp_path / "link.csv"
    for target in (tmp_path / "there" / "old.csv", tmp_path / "there" / "new.csv"):
        if target.name == "old.csv":
            target.write_bytes(b"old")
        link.unlink(missing_ok=True)
        link.symlink_to(target)
        files.write(link, b"new")
        assert link.is_symlink()
        assert target.read_bytes() == b"new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.csv", "there"]
    assert len(list((tmp_path / "there").iterdir())) == 2


def test_links_that_lead_nowhere_are_refused(tmp_path: Path) -> None:
    for name, target in (("a", "b"), ("b", "a"), ("c", "none/x")):
        (tmp_path / name).symlink_to(target)
    for name in ("a", "c"):
        with pytest.raises(OutputError, match=f"Cannot write .*{name}"):
            files.write(tmp_path / name, b"x")
    assert len(list(tmp_path.iterdir())) == 3


def test_a_jpeg_says_of_itself_what_it_is(tmp_path: Path) -> None:
    files.write_jpeg(tmp_path / "a.jpg", np.zeros((4, 4, 3), np.uint8), comment=b"a copy of x")
    with Image.open(tmp_path / "a.jpg") as picture:
        assert picture.info["comment"] == b"a copy of x"


def test_pyarrow_reads_files_by_itself(tmp_path: Path) -> None:
    # A file of Python's, let go of in a thread of pyarrow's at the end, aborted 2% of runs.
    pyarrow = pytest.importorskip("pyarrow")
    (tmp_path / "a.parquet").write_bytes(b"content")
    with files.open_for_arrow(tmp_path / "a.parquet") as file:
        assert isinstance(file, pyarrow.NativeFile) and not isinstance(file, pyarrow.PythonFile)
        assert file.read() == b"content"
    with pytest.raises(FileNotFoundError):
        files.open_for_arrow(tmp_path / "none.parquet")
