import io
import subprocess
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
    """Run the command as a shell would, and return its exit code."""
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
    assert "2 faces are pixel-identical to another, in 1 group; in 1 of these (2 faces)" in out
    assert "0 test faces are identical to a training face." in out
    for name in ("counts.json", "counts.png", "samples.png"):
        assert str(tmp_path / "out" / name) in out
        assert (tmp_path / "out" / name).stat().st_size > 100


@pytest.mark.parametrize(("colour", "coloured"), [((200, 30, 30), True), ((90, 90, 90), False)])
def test_examples_of_data_in_colour_are_in_colour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, colour: tuple[int, int, int], coloured: bool
) -> None:
    for name in ("awake", "tired"):
        (tmp_path / "mine" / name).mkdir(parents=True)
        Image.new("RGB", (64, 64), colour).save(tmp_path / "mine" / name / "1.png")
    assert run(monkeypatch, "data", "describe", tmp_path / "mine", "--out", tmp_path / "out") == 0
    with Image.open(tmp_path / "out" / "samples.png") as image:
        there = {pixel for _, pixel in image.convert("RGB").getcolors(2**20) or []}
    assert (colour in there, (200, 30, 30) in there) == (True, coloured)


def test_own_classes_in_their_order_with_their_emoji(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, name in enumerate(["train/tired", "test/tired", "train/[b]awake"]):
        (tmp_path / "mine" / name).mkdir(parents=True)
        Image.new("RGB", (112, 112), (0, 10, number)).save(tmp_path / "mine" / name / "1.png")
    (tmp_path / "mine" / "classes.toml").write_text(
        "[tired]\nemoji = '🥱'\n['[b]awake']\n[asleep]\n"
    )
    assert run(monkeypatch, "data", "describe", tmp_path / "mine", "--out", tmp_path / "out") == 0
    out = capsys.readouterr().out
    table = [line.replace("│", " ").split() for line in out.splitlines() if "%" in line]
    assert table[0] == ["🥱", "tired", "1", "1", "2", "66.7%"]
    assert table[1][1:] == ["[b]awake", "1", "0", "1", "33.3%"]
    assert table[2] == ["😴", "asleep", "0", "0", "0", "0.0%"]
    assert table[3] == ["total", "2", "1", "3", "100.0%"]


@pytest.mark.parametrize("figures", [True, False])
def test_describe_needs_nothing_of_training(path: Path, tmp_path: Path, figures: bool) -> None:
    missing = ["torch", "lightning", "pyarrow", "onnx", *([] if figures else ["matplotlib"])]
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({missing}));"
        "from mien.cli import main; main()"
    )
    arguments = ["data", "describe", str(path), "--out", str(tmp_path / "out")]
    words = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    assert (tmp_path / "out" / "counts.json").is_file()
    assert (tmp_path / "out" / "counts.png").is_file() == figures
    said = "No figures were drawn, since matplotlib is not installed." in done.stdout
    assert said != figures


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
    assert "train/fear/0.jpg is not a picture" in err
    assert not (tmp_path / "out").exists()
    assert run(monkeypatch, *arguments, "--skip-bad") == 0
    out, err = capsys.readouterr()
    assert "3 faces" in out
    assert err.startswith("5 bad pictures were skipped:\n")
    assert err.count("is not a picture") == 3
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
