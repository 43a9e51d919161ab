import io
import sys
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from mien import cli
from mien.cli.data import run_describe
from mien.errors import SettingsError
from mien.settings import load


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "faces.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number, name in enumerate(["train/happy/1", "train/sad/2", "test/happy/3"]):
            buffer = io.BytesIO()
            Image.new("L", (48, 48), 100 + number // 2).save(buffer, "PNG")
            archive.writestr(f"{name}.png", buffer.getvalue())
    return path


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    """Run the command as a shell would, and give its exit code."""
    monkeypatch.setattr(sys, "argv", ["mien", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
        raise SystemExit(0)
    return int(ended.value.code or 0)


def test_describe(
    path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(monkeypatch, "data", "describe", path, "--out", tmp_path / "out") == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "faces.zip: 3 faces" in out
    (row,) = (line for line in out.splitlines() if "😄 happy" in line)
    assert row.replace("│", " ").split()[2:] == ["1", "1", "2", "66.7%"]
    assert "2 faces are pixel-identical to another, in 1 groups; in 1 of these (2 faces)" in out
    assert "0 test faces are identical to one of train." in out
    for name in ("counts.json", "counts.png", "samples.png"):
        assert str(tmp_path / "out" / name) in out
        assert (tmp_path / "out" / name).stat().st_size > 100


def test_bad_pictures(
    path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        for number in range(5):
            archive.writestr(f"train/fear/{number}.jpg", b"bad")
    arguments = ("data", "describe", path, "--out", tmp_path / "out")
    assert run(monkeypatch, *arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "mien: In " in err
    assert "train/fear/0.jpg is no picture" in err
    assert not (tmp_path / "out").exists()
    assert run(monkeypatch, *arguments, "--skip-bad") == 0
    out, err = capsys.readouterr()
    assert "3 faces" in out
    assert err.startswith("5 bad pictures were left out:\n")
    assert err.count("is no picture") == 3
    assert err.endswith("and 2 more.\n")


def test_run_describe_takes_the_settings_of_a_file(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'data = "{path}"\n[describe]\nout = "{tmp_path / "figures"}"\n')
    run_describe(load(config))
    assert "3 faces" in capsys.readouterr().out
    assert (tmp_path / "figures" / "counts.png").is_file()
    with pytest.raises(SettingsError, match="No data set was named"):
        run_describe(load())


def test_help_starts_as_the_list_of_commands_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "data", "--help") == 0
    out = capsys.readouterr().out
    assert cli.COMMANDS["data"] in out
    assert "describe" in out
