"""The command mien card."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from mien.cli import app
from mien.errors import NetError, OutputError, SettingsError
from mien.models import DEFAULT, names, read_info
from mien.report.model_card import model_card


def mien(*words: object) -> Result:
    return CliRunner().invoke(app, ["card", *map(str, words)])


def test_the_page_is_printed(guessing: Path) -> None:
    result = mien(guessing)
    assert result.exit_code == 0
    assert result.stdout == model_card(read_info(guessing))
    assert result.stdout.startswith("# guessing\n")


def test_the_page_is_written_into_a_folder_of_its_own(tmp_path: Path) -> None:
    out = tmp_path / "new" / "page.md"
    result = mien(DEFAULT, "--out", out)
    assert (result.exit_code, result.stdout) == (0, f"  -> {out}\n")
    assert out.read_text(encoding="utf-8") == model_card(read_info(DEFAULT))


@pytest.mark.parametrize(
    ("words", "kind", "sentence"),
    [
        (["nonesuch"], NetError, "There is no network 'nonesuch'"),
        ([DEFAULT, "--out", "{file}/page.md"], OutputError, "Cannot make the folder"),
    ],
)
def test_wrong_usage_is_a_sentence(
    tmp_path: Path, words: list[str], kind: type[Exception], sentence: str
) -> None:
    file = tmp_path / "file"
    file.write_text("")
    result = mien(*(word.format(file=file) for word in words))
    assert isinstance(result.exception, kind)
    assert sentence in str(result.exception)


def test_a_card_without_its_fields_is_named(tmp_path: Path) -> None:
    (tmp_path / "old.onnx").write_bytes(b"")
    (tmp_path / "old.json").write_text('{"name": "old"}')
    result = mien(tmp_path / "old.onnx")
    assert isinstance(result.exception, NetError)
    assert "'conformal'" in str(result.exception)
    assert "'robustness'" in str(result.exception)


@pytest.mark.parametrize("name", names())
def test_an_earlier_card_is_replaced(tmp_path: Path, name: str) -> None:
    out = tmp_path / "card.md"
    out.write_text(model_card(read_info(name)), encoding="utf-8")
    assert mien(DEFAULT, "--out", out).exit_code == 0
    assert out.read_text(encoding="utf-8") == model_card(read_info(DEFAULT))


# what is there already
OTHERS = [b"\xff\xd8\xff\xe0 a photo", b"# My notes\n", b"<!doctype html>"]


@pytest.mark.parametrize("content", OTHERS)
def test_nothing_else_is_replaced(tmp_path: Path, content: bytes) -> None:
    out = tmp_path / "party.jpg"
    out.write_bytes(content)
    error = mien(DEFAULT, "--out", out).exception
    assert isinstance(error, SettingsError)
    assert "not an earlier output of mien of the same kind" in str(error)
    assert out.read_bytes() == content
    in_folder = mien(DEFAULT, "--out", tmp_path).exception
    assert f"such as {tmp_path / 'results.md'}." in str(in_folder)


def test_a_dash_is_standard_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert mien(DEFAULT, "--out", "-").stdout == model_card(read_info(DEFAULT))
    assert list(tmp_path.iterdir()) == []
    assert mien(DEFAULT, "--out", "card.md").stdout == "  -> card.md\n"
