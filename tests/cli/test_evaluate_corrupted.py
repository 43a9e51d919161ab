"""mien evaluate --corrupt."""

import json
import runpy
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from mien.cli import main
from mien.models import names

make_net = runpy.run_path(str(Path(__file__).parents[1] / "tiny_nets.py"))["make_net"]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Run `mien evaluate` with arguments; return exit code, stdout and stderr."""
    net = make_net(tmp_path / "tiny.onnx")

    def call(*arguments: object) -> tuple[int, str, str]:
        words = ["mien", "evaluate", "--net", str(net), *map(str, arguments)]
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
        striped_zip, "--corrupt", "noise, crop_tight", "--severities", "1,3", "--json", file,
        "--figure", figure, "--corrupt-seed", 4,
    )  # fmt: skip
    assert (code, err) == (0, "")
    assert "tiny on the test faces (n = 35)\n" in out
    scores = json.loads(file.read_text())
    result = scores["robustness"]
    assert (scores["split"], result["n"], result["seed"]) == ("test", 35, 4)
    assert result["clean"]["accuracy"] == scores["accuracy"]
    assert list(result["corruptions"]) == ["noise", "crop_tight"]
    (row,) = (line for line in out.splitlines() if "crop_tight" in line)
    cells = result["corruptions"]["crop_tight"]
    values = [cells["severities"][each]["accuracy"] for each in ("1", "3")]
    values.append(cells["mean_accuracy"])
    assert row.replace("│", " ").split()[1:] == [f"{100 * value:.1f}" for value in values]
    assert f"corrupted faces: {result['mean_corruption_accuracy']:.3f}, compared to" in out
    with Image.open(figure) as opened:
        assert opened.format == "PNG"


@pytest.mark.slow
def test_every_net_has_its_own_table(run: Run, striped_zip: Path, tmp_path: Path) -> None:
    file = tmp_path / "scores.json"
    code, out, _ = run(
        striped_zip, "--net", "all", "--split", "train", "--corrupt", "blur", "--severities", 5,
        "--json", file,
    )  # fmt: skip
    assert code == 0
    results = json.loads(file.read_text())
    assert [each["robustness"]["net"] for each in results] == list(names())
    assert all(each["robustness"]["n"] == 105 for each in results)
    assert out.count("accuracy on corrupted faces, %") == len(results)


def test_the_config_file_may_hold_lists(run: Run, striped_zip: Path, tmp_path: Path) -> None:
    config, file = tmp_path / "config.toml", tmp_path / "scores.json"
    config.write_text("[evaluate]\ncorrupt = ['blur', 'shift']\nseverities = 2\n")
    code, _, _ = run(striped_zip, "--config", config, "--json", file)
    assert code == 0
    result = json.loads(file.read_text())["robustness"]
    assert (list(result["corruptions"]), result["severities"]) == (["blur", "shift"], [2])


def test_without_the_flag_nothing_is_corrupted(run: Run, striped_zip: Path, tmp_path: Path) -> None:
    file = tmp_path / "scores.json"
    assert run(striped_zip, "--json", file)[0] == 0
    assert "robustness" not in json.loads(file.read_text())


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--corrupt", "fog"), "Unknown corruption 'fog'. Use all, or some of noise"),
        (("--corrupt", ","), "No corruption or no severity was named."),
        (("--corrupt", "all", "--severities", "1,6"), "is '1,6': Expected numbers from"),
        (("--corrupt", "all", "--severities", ""), "Expected numbers from 1 to 5 such as 1,3,5"),
        (("--corrupt", "all", "--corrupt-seed", "-1"), "'evaluate.corrupt_seed' is -1"),
        (("--corrupt", "all", "--figure", "heat.jpg"), "for the figure, got heat.jpg."),
        (("--corrupt", "all", "--figure", "a.png", "--net", "all"), "The file for figure holds"),
        (("--corrupt", "all", "--detect"), "corrupt is measured on crops, but detect searches"),
        (("--figure", "heat.png"), "corrupted faces, but none are to be measured. Choose"),
        (("--corrupt", "all", "--split", "private"), "The data has no split 'private'"),
        (("--corrupt", "all", "--net", "nonesuch"), "There is no network 'nonesuch'"),
    ],
)
def test_wrong_usage_is_one_sentence_and_code_2(
    run: Run, striped_zip: Path, words: tuple[str, ...], sentence: str
) -> None:
    code, out, err = run(striped_zip, *words)
    assert (code, out) == (2, "")
    assert sentence in err
    assert "Traceback" not in err
