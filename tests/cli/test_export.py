"""What `mien export` refuses before it reads any data."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from mien.cli import app
from mien.errors import MienError, SettingsError
from mien.models import info_path

WRONG = [
    (["lobonet", "{folder}"], "lobonet is a network, and other sources are folders"),
    (["lobonet", "lobonet"], "A source is named twice."),
    (["lobonet", "nonet"], "There is neither a run nor a network 'nonet'."),
    (["nonet"], "There is neither a run nor a network 'nonet'."),
    (["mien-s-int8", "--int8"], "mien-s-int8 is in 8 bits already."),
    (["lobonet", "mien-s", "--int8"], "An ensemble of networks cannot be turned into 8 bits."),
    ([f"{{folder}}/{name}.onnx" for name in "abcdef"], "Expected 2 to 5 networks for an ensemble"),
    (["lobonet", "--weight-bits", "4"], "Expected 8 or 16 bits for a stored weight, got 4."),
    (["lobonet", "--weight-bits", "8", "--int8"], "--int8 stores weights in 8 bits already."),
    (["lobonet", "mien-s", "--weight-bits", "8"], "The card of an ensemble holds no weights."),
    (["lobonet", "--name", "a/b"], "Expected a name of letters, digits, - and _, got 'a/b'."),
]


@pytest.mark.parametrize(("words", "problem"), WRONG)
def test_what_cannot_be_exported(words: list[str], problem: str, tmp_path: Path) -> None:
    for name in "abcdef":
        (tmp_path / f"{name}.onnx").write_text("never opened")
    words = [word.replace("{folder}", str(tmp_path)) for word in words]
    result = CliRunner().invoke(
        app, ["export", "--name", "made", "--out", str(tmp_path / "out"), *words]
    )
    assert isinstance(result.exception, MienError)
    assert problem in str(result.exception)
    assert not (tmp_path / "out").exists()


def test_a_folder_with_another_network_of_a_members_name(tmp_path: Path) -> None:
    (tmp_path / "mien-s.json").write_bytes(info_path("mien-s-int8").read_bytes())
    words = ["mien-s", "mien-b", "--name", "duo", "--out", str(tmp_path)]
    result = CliRunner().invoke(app, ["export", *words])
    assert isinstance(result.exception, SettingsError)
    assert "holds another network called mien-s," in str(result.exception)
    assert f"or name {tmp_path / 'mien-s.onnx'} instead" in result.exception.fix
