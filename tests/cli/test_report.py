"""The command mien report, on what mien evaluate writes, and on what users get wrong."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from mien.cli import app
from mien.errors import DataError, MienError, MissingExtraError, OutputError, SettingsError
from mien.settings import load
from mien.training import Run


def mien(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def measured(striped_zip: Path, knowing: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Measure a network with what `mien evaluate` offers."""
    folder = tmp_path_factory.mktemp("measured")
    files = ["--json", folder / "knowing.json", "--predictions", folder / "said.parquet"]
    spoilt = ["--corrupt", "blur", "--severities", "1,5"]
    words = ["--net", knowing, "--split", "public", "--coverage", "0.8", "--against", striped_zip]
    result = mien("evaluate", striped_zip, *words, *spoilt, *files)
    assert result.exit_code == 0, result.output
    return folder


def test_what_evaluate_writes_becomes_a_page(
    measured: Path, striped_zip: Path, tmp_path: Path
) -> None:
    out = tmp_path / "new" / "page.html"
    result = mien("report", measured / "knowing.json", "--data", striped_zip, "--out", out)
    assert result.exit_code == 0, result.output
    first, second = result.output.splitlines()
    assert first.startswith("How well knowing reads faces, 0.")
    assert second == f"  -> {out}"
    text = out.read_text(encoding="utf-8")
    scores = json.loads((measured / "knowing.json").read_text())
    assert f'<data value="{scores["accuracy"]!r}">' in text
    assert f'<data value="{scores["robustness"]["mean_corruption_accuracy"]!r}">' in text
    for part in ("Data", "Prediction sets", "Corruptions", "Confident mistakes"):
        assert f"<h3>{part}</h3>" in text
    assert "<h3>Groups</h3>" not in text
    assert "<span>--groups</span> groups.csv" in text


def test_reading_a_run_needs_no_torch(measured: Path, tmp_path: Path) -> None:
    run = Run.create(load(environment=False, train={"out": tmp_path, "name": "knowing"}))
    code = (
        "import sys\nfrom mien.cli import app\n"
        "try: app(sys.argv[1:])\n"
        "finally: print([m for m in sys.modules if m in ('torch', 'lightning')])"
    )
    words = ["report", str(run.folder), str(measured / "knowing.json"), "--out", "page.html"]
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("[]\n")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "It is not finished" in text
    assert str(tmp_path) not in text


def test_missing_predictions_are_named(measured: Path, tmp_path: Path) -> None:
    shutil.copy(measured / "knowing.json", tmp_path)
    out = tmp_path / "page.html"
    result = mien("report", tmp_path / "knowing.json", "--out", out)
    assert result.exit_code == 0
    assert "said.parquet, which the scores of knowing name, is missing" in result.stderr
    assert "Exact risk-coverage curve" in out.read_text(encoding="utf-8")


def refusal(kind: type[MienError], *words: object) -> str:
    result = mien("report", *words)
    assert isinstance(result.exception, kind), result.output
    assert "\n" not in str(result.exception)
    return str(result.exception)


def test_predictions_of_other_faces_are_refused(
    measured: Path, striped_zip: Path, tmp_path: Path
) -> None:
    for name in ("knowing.json", "said.parquet"):
        shutil.copy(measured / name, tmp_path)
    scores = json.loads((tmp_path / "knowing.json").read_text()) | {"net": "another"}
    (tmp_path / "knowing.json").write_text(json.dumps(scores))
    message = refusal(DataError, tmp_path / "knowing.json", "--out", tmp_path / "a.html")
    assert "holds predictions of knowing for 35 faces" in message
    assert "are of another on 35 faces" in message


def test_other_data_are_refused(measured: Path, data_of_others: Path, tmp_path: Path) -> None:
    words = ["--data", data_of_others, "--out", tmp_path / "a.html"]
    message = refusal(DataError, measured / "knowing.json", *words)
    assert "knowing's predictions names 35 faces that the data does not have" in message
    assert not (tmp_path / "a.html").exists()


@pytest.fixture
def data_of_others(tmp_path: Path) -> Path:
    import numpy as np
    from PIL import Image

    folder = tmp_path / "others" / "happy"
    folder.mkdir(parents=True)
    Image.fromarray(np.zeros((48, 48), np.uint8)).save(folder / "a.png")
    return folder.parent


def test_a_folder_that_is_not_a_run_is_refused(tmp_path: Path) -> None:
    message = refusal(MienError, tmp_path, "--out", tmp_path / "a.html")
    assert "Expected a run with a config.toml in" in message


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("metrics.csv", "epoch,train_loss\n1,much\n", "metrics.csv of the run"),
        ("metrics.csv", "train_loss\n1\n", "metrics.csv of the run"),
        ("metrics.csv", "epoch,train_loss\n1,1\n", "Cannot use train_accuracy in metrics.csv"),
        ("run.json", "{", "run.json is damaged"),
        ("run.json", "[]", "run.json is damaged"),
        ("card.json", "[]", "card.json is damaged"),
    ],
)
def test_a_damaged_run_is_refused(
    tmp_path: Path, name: str, content: str, expected: str
) -> None:
    run = Run.create(load(environment=False, train={"out": tmp_path, "name": "a"}))
    (run.folder / name).write_text(content)
    assert expected in refusal(MienError, run.folder, "--out", tmp_path / "a.html")


def test_the_same_network_twice_is_refused(measured: Path, tmp_path: Path) -> None:
    file = measured / "knowing.json"
    message = refusal(DataError, file, file, "--out", tmp_path / "a.html")
    assert "Two sources hold scores of knowing" in message


def test_nothing_named_is_wrong_usage() -> None:
    assert "The argument SOURCES is missing" in refusal(SettingsError)


def test_an_unfinished_run_does_not_tell_where_its_files_lie(tmp_path: Path) -> None:
    secret = tmp_path / "secret place"
    train = {"out": tmp_path / "runs", "ferplus": secret / "votes.csv", "exclude": secret / "a.csv"}
    run = Run.create(load(environment=False, train=train))
    result = mien("report", run.folder, "--out", tmp_path / "page.html")
    assert result.exit_code == 0, result.output
    assert "secret place" not in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_matplotlib_is_named_where_it_is_missing(
    measured: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    message = refusal(MissingExtraError, measured / "knowing.json", "--out", tmp_path / "a.html")
    assert "'matplotlib'" in message
    assert "pip install '.[train]'" in message


def test_a_page_that_cannot_be_written_is_a_sentence(measured: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    out = tmp_path / "file" / "page.html"
    refusal(OutputError, measured / "knowing.json", "--out", out)


def test_a_page_replaces_an_earlier_page_and_nothing_else(measured: Path, tmp_path: Path) -> None:
    page, photo = tmp_path / "a.html", tmp_path / "party.jpg"
    words = ["report", str(measured / "knowing.json"), "--out"]
    assert CliRunner().invoke(app, [*words, str(page)]).exit_code == 0
    assert CliRunner().invoke(app, [*words, str(page)]).exit_code == 0
    photo.write_bytes(b"\xff\xd8\xff\xe0 a photo")
    refusal(SettingsError, measured / "knowing.json", "--out", photo)
    assert photo.read_bytes() == b"\xff\xd8\xff\xe0 a photo"


def test_a_dash_is_standard_output(
    measured: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = mien("report", measured / "knowing.json", "--out", "-")
    assert result.stdout.startswith("<!")
    assert result.stdout.rstrip().endswith("</html>")
    assert "How well knowing reads faces, 0." in result.stderr
    assert list(tmp_path.iterdir()) == []
