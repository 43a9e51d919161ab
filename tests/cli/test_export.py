"""The command mien export; tests/export has the cases of what it calls."""

from collections.abc import Callable
from pathlib import Path

import pytest

import mien.export
from mien.cli.messages import say_skipped
from mien.models import ModelInfo, read_info

Command = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize(("net", "file"), [("lobonet", "new.onnx"), ("mien-ensemble", "new.json")])
def test_flags_reach_the_library_and_its_scores_are_printed(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, net: str, file: str
) -> None:
    calls: list[tuple[object, ...]] = []

    def export(sources: object, name: str, out: Path, **options: object) -> ModelInfo:
        calls.append((sources, name, out, options))
        return read_info(net)

    monkeypatch.setattr(mien.export, "export", export, raising=False)
    words = ["--data", "a.zip", "--int8", "--weight-bits", 8, "--corruptions", "--votes", "v.csv"]
    note = ["--selection-note", "the best of 3 seeds"]
    sources = ["runs/a", "b", "--name", "new", "--out", tmp_path]
    code, out, _ = command("export", *sources, *words, *note)
    assert code == 0
    options = {
        "data": Path("a.zip"),
        "int8": True,
        "weight_bits": 8,
        "votes": Path("v.csv"),
        "corruptions": True,
        "selection_note": "the best of 3 seeds",
        "on_skipped": say_skipped,
    }
    assert calls == [([Path("runs/a"), Path("b")], "new", tmp_path, options)]
    accuracy = read_info(net).scores["public"]["accuracy"]
    path = tmp_path / file
    assert out == f"{path}: accuracy {accuracy:.4f} on PublicTest. Use it: --net {path}.\n"


@pytest.mark.parametrize(
    ("words", "problem", "flag"),
    [
        (["nonet", "--name", "new"], "neither a run nor a network 'nonet'", ""),
        (["lobonet", "--name", "a/b"], "Expected a name of letters", "--name"),
        (["lobonet", "--name", "new"], "No data set was named", "--data"),
        (["lobonet", "--name", "new", "--weight-bits", 4], "got 4", "--weight-bits"),
    ],
)
def test_wrong_usage_is_a_sentence_with_the_flag(
    command: Command, words: list[object], problem: str, flag: str
) -> None:
    code, _, err = command("export", *words)
    assert code == 2
    assert problem in err
    assert flag in err
    # The command reads no such file.
    assert "TOML" not in err


def test_a_shipped_networks_name_is_allowed_but_not_enough(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def export(*_: object, **__: object) -> ModelInfo:
        return read_info("lobonet")

    monkeypatch.setattr(mien.export, "export", export, raising=False)
    code, _, err = command("export", "runs/a", "--name", "lobonet")
    assert (code, err) == (
        0, "mien: --net lobonet is the network that mien ships; yours is ./lobonet.onnx.\n",
    )  # fmt: skip
    assert command("export", "runs/a", "--name", "mine", "--out", tmp_path)[2] == ""
