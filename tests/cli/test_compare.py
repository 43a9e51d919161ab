"""The command mien compare, on what mien evaluate keeps."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from mien.cli import app
from mien.errors import DataError


def mien(*words: object) -> Result:
    # Wide enough that no cell is folded.
    return CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "200"})


@pytest.fixture(scope="module")
def folder(
    striped_zip: Path, knowing: Path, guessing: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Keep both networks' predictions for PublicTest, and one's for all faces."""
    made = tmp_path_factory.mktemp("compared")
    for name, net, split in (
        ("knowing", knowing, "public"),
        ("guessing", guessing, "public"),
        ("all", knowing, "all"),
    ):
        files = ["--predictions", made / f"{name}.parquet", "--json", made / f"{name}.json"]
        result = mien("evaluate", striped_zip, "--net", net, "--split", split, *files)
        assert result.exit_code == 0, result.output
    return made


def test_the_better_network_is_named(folder: Path) -> None:
    out = folder / "out" / "difference.json"
    result = mien("compare", folder / "guessing.json", folder / "knowing.json", "--json", out)
    assert result.exit_code == 0, result.output
    found = json.loads(out.read_text(encoding="utf-8"))
    assert (found["b"]["net"], found["b"]["accuracy"], found["better"]) == ("knowing", 1, "b")
    assert "guessing and knowing on the same 35 faces" in result.output
    assert "By accuracy knowing is better." in result.output
    assert "McNemar's exact test gives p < 0.0001" in result.output


def test_parquet_files_will_do(folder: Path) -> None:
    by_json = mien("compare", folder / "guessing.json", folder / "knowing.json")
    by_parquet = mien("compare", folder / "guessing.parquet", folder / "knowing.json")
    assert by_parquet.exit_code == 0
    assert by_parquet.output == by_json.output


def test_a_network_does_not_beat_itself(folder: Path) -> None:
    result = mien("compare", folder / "knowing.json", folder / "knowing.parquet")
    assert result.exit_code == 0, result.output
    assert "The difference in accuracy is within the noise: neither is better." in result.output
    assert "knowing (A)" in result.output
    assert " is better." not in result.output.replace("neither is better.", "")


def refusal(*words: object) -> str:
    result = mien("compare", *words)
    assert isinstance(result.exception, DataError), result.output
    return str(result.exception)


def test_other_faces_are_refused(folder: Path) -> None:
    message = refusal(folder / "knowing.json", folder / "all.json")
    assert "The two hold different images, 35 and 140" in message


# what stands in the file, what the sentence must hold
WRONG = [
    ('{"accuracy": 0.5}', "Expected scores of mien evaluate in"),
    ("[]", "scores.json holds no scores, but an empty list"),
    ("{", "Expected scores as JSON"),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_wrong_scores_are_explained(
    folder: Path, tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "scores.json"
    path.write_text(text, encoding="utf-8")
    assert message in refusal(path, folder / "knowing.json")


def test_a_file_that_is_missing(folder: Path, tmp_path: Path) -> None:
    assert "none.json: No such file" in refusal(tmp_path / "none.json", folder / "knowing.json")


def test_scores_without_predictions_are_explained(folder: Path, tmp_path: Path) -> None:
    scores = json.loads((folder / "knowing.json").read_text(encoding="utf-8"))
    path = tmp_path / "scores.json"
    path.write_text(json.dumps(scores | {"predictions": "none.parquet"}), encoding="utf-8")
    assert "none.parquet: No such file" in refusal(path, folder / "knowing.json")
    del scores["predictions"]
    path.write_text(json.dumps(scores), encoding="utf-8")
    complaint = refusal(path, folder / "knowing.json")
    assert "scores.json names no predictions" in complaint
    assert "name a file for its predictions." in complaint
    assert "Setting" not in complaint


def test_a_file_of_another_kind_is_named_plainly(tmp_path: Path) -> None:
    path = tmp_path / "truth.csv"
    path.write_text("image,label\na.jpg,happy\n")
    complaint = refusal(path, path)
    assert f"Expected predictions as Parquet in {path}, got something else." in complaint
    assert ".." not in complaint
    assert "Buffer" not in complaint


def test_it_is_said_which_is_taken_from_which(folder: Path) -> None:
    out = folder / "sign.json"
    result = mien("compare", folder / "guessing.json", folder / "knowing.json", "--json", out)
    assert "knowing minus guessing" in result.output
    assert "Differences are knowing minus guessing: a number above 0 favours knowing." in (
        result.output
    )
    content = json.loads(out.read_text(encoding="utf-8"))
    assert content["sign"] == "b minus a"
    assert (content["a"]["net"], content["b"]["net"]) == ("guessing", "knowing")
    assert content["difference"]["accuracy"] > 0
    assert len({content[side]["sha256"] for side in "ab"}) == 2
    turned = mien("compare", folder / "knowing.json", folder / "guessing.json").output
    assert "guessing minus knowing" in turned
    same = mien("compare", folder / "knowing.json", folder / "knowing.parquet").output
    assert "Both are the same network, by its SHA-256." in same


def test_scores_whose_predictions_were_overwritten_are_refused(
    folder: Path, tmp_path: Path
) -> None:
    """Both were evaluated to the same file of predictions, which then holds the second's."""
    for name in ("guessing", "knowing"):
        content = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        content["predictions"] = "same.parquet"
        (tmp_path / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    (tmp_path / "same.parquet").write_bytes((folder / "knowing.parquet").read_bytes())
    result = mien("compare", tmp_path / "guessing.json", tmp_path / "knowing.json")
    assert isinstance(result.exception, DataError)
    assert "holds predictions of knowing for 35 faces, 35 of them correct; the scores that" in str(
        result.exception
    )


def test_a_dash_is_standard_output(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = mien("compare", folder / "guessing.json", folder / "knowing.json", "--json", "-")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["better"] == "b"
    assert "By accuracy knowing is better." in result.stderr
    assert list(tmp_path.iterdir()) == []
