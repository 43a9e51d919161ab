import json
import runpy
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from mien.cli import main

make_net = runpy.run_path(str(Path(__file__).parents[1] / "perception" / "conftest.py"))["make_net"]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Run `mien robustness` with arguments; give exit code, stdout and stderr."""
    net = make_net(tmp_path / "tiny.onnx")

    def call(*arguments: object) -> tuple[int, str, str]:
        words = ["mien", "robustness", "--net", str(net), *map(str, arguments)]
        monkeypatch.setattr(sys, "argv", words)
        monkeypatch.setenv("COLUMNS", "100")
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return int(ended.value.code or 0), captured.out, captured.err

    return call


def test_scores_are_printed_and_written(run: Run, striped_zip: Path, tmp_path: Path) -> None:
    file, figure = tmp_path / "new" / "scores.json", tmp_path / "other" / "heat.png"
    code, out, err = run(
        striped_zip, "--corruptions", "noise, crop_tight", "--severities", "1,3", "--json", file,
        "--figure", figure,
    )  # fmt: skip
    assert (code, err) == (0, "")
    assert "tiny on test, 35 faces\n" in out
    result = json.loads(file.read_text())
    assert (result["split"], result["n"], result["seed"]) == ("test", 35, 0)
    assert list(result["corruptions"]) == ["noise", "crop_tight"]
    (row,) = (line for line in out.splitlines() if "crop_tight" in line)
    cells = result["corruptions"]["crop_tight"]
    values = [cells["severities"][each]["accuracy"] for each in ("1", "3")]
    values.append(cells["mean_accuracy"])
    assert row.replace("│", " ").split()[1:] == [f"{100 * value:.1f}" for value in values]
    assert f"percent: clean {100 * result['clean']['accuracy']:.1f} (" in out
    with Image.open(figure) as opened:
        assert opened.format == "PNG"


def test_another_split(run: Run, striped_zip: Path) -> None:
    code, out, _ = run(
        striped_zip, "--split", "train", "--corruptions", "blur", "--severities", "5"
    )
    assert code == 0
    assert "tiny on train, 105 faces\n" in out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--corruptions", "fog"), "There is no corruption 'fog'. Use all, or some of noise"),
        (("--corruptions", ","), "No corruption or no severity was named."),
        (("--severities", "1,6"), "Expected severities from 1 to 5 with commas, got '1,6'."),
        (("--severities", ""), "Expected severities"),
        (("--figure", "heat.jpg"), "Expected a PNG for the figure, got heat.jpg."),
        (("--split", "private"), "The data has no split 'private'"),
        (("--net", "nonesuch"), "There is no network 'nonesuch'"),
    ],
)
def test_wrong_usage_is_one_sentence_and_code_2(
    run: Run, striped_zip: Path, words: tuple[str, ...], sentence: str
) -> None:
    code, out, err = run(striped_zip, *words)
    assert (code, out) == (2, "")
    assert sentence in err
    assert "Traceback" not in err
