"""The command mien evaluate, with each of its flags."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from mien.cli import app
from mien.data import Samples, read
from mien.errors import DataError, MienError, SettingsError
from mien.evaluation import Scores, evaluate, read_results
from mien.evaluation.predictions import read_predictions

VOTES = (
    "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"
    "\n"
)

# FER+'s columns by our class numbers
PLACES = [4, 5, 6, 1, 3, 2, 0]


def mien(*words: object) -> Result:
    # Wide enough that no cell is folded.
    return CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "200"})


def refusal(*words: object) -> MienError:
    result = mien("evaluate", *words)
    assert isinstance(result.exception, MienError), result.output
    return result.exception


def votes_for(samples: Samples, folder: Path) -> Path:
    """Write votes of which all ten agree with the labels, but for the first PublicTest face."""
    lines = []
    for row, (label, split) in enumerate(zip(samples.labels, samples.splits, strict=True)):
        cells = [0] * 10
        cells[PLACES[label]] = 10
        if row == 105:
            cells = [5, 5, *[0] * 8]
        usage = "Training" if split == "train" else "PublicTest"
        lines.append(f"{usage},fer{row:07}.png,{','.join(map(str, cells))}\n")
    path = folder / "fer2013new.csv"
    path.write_text(VOTES + "".join(lines), encoding="utf-8")
    return path


def groups_for(samples: Samples, folder: Path) -> Path:
    """Write groups of faces in the zip: two sides, and a light that five faces lack."""
    lines = ["file,side,light"]
    for row in range(105, 140):
        side, light = "left" if row % 2 else "right", "" if row < 110 else "dark"
        lines.append(f"PublicTest_{row}.png,{side},{light}")
    path = folder / "groups.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def full(
    samples: Samples, striped_zip: Path, knowing: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Any], str, Path]:
    """Measure with every flag; return the scores, what was printed, and the folder."""
    folder = tmp_path_factory.mktemp("full")
    result = mien(
        *("evaluate", striped_zip, "--net", knowing, "--split", "public"),
        *("--against", striped_zip, "--json", folder / "json" / "scores.json"),
        *("--votes", votes_for(samples, folder), "--groups", groups_for(samples, folder)),
        *("--predictions", folder / "kept" / "said.parquet"),
        *("--target-accuracy", "0.9", "--coverage", "0.8, 0.9"),
    )
    assert result.exit_code == 0, result.output
    scores = json.loads((folder / "json" / "scores.json").read_text(encoding="utf-8"))
    return scores, result.output, folder


def test_what_others_rely_on(full: tuple[dict[str, Any], str, Path]) -> None:
    scores, _, _ = full
    old = {"n", "accuracy", "macro_f1", "recall", "confusion", "missed", "ece", "nll", "interval"}
    assert old | {"net", "split", "n_unique", "accuracy_unique"} <= set(scores)
    assert (scores["net"], scores["split"], scores["n"]) == ("knowing", "public", 35)
    assert scores["accuracy"] == 1
    assert (scores["n_unique"], scores["conflicts"]) == (35, 0)
    assert scores["unique"]["confusion"] == scores["confusion"]


def test_votes(full: tuple[dict[str, Any], str, Path]) -> None:
    scores, printed, _ = full
    votes = scores["votes"]
    assert (votes["n"], votes["ties"], votes["elsewhere"]) == (34, 1, 0)
    assert votes["accuracy"] == votes["label_accuracy"] == votes["agreed"]["accuracy"] == 1
    assert "at least 8 of 10 taggers agree on: 1.000" in printed
    assert "Left out of the votes: 1 ties and 0 faces" in printed


def test_groups(full: tuple[dict[str, Any], str, Path]) -> None:
    scores, printed, _ = full
    side, light = scores["groups"]["side"], scores["groups"]["light"]
    assert {name: part["n"] for name, part in side["groups"].items()} == {"left": 18, "right": 17}
    assert side["groups"]["left"]["small"]
    assert (side["gap"]["value"], side["gap"]["p"]) == (0, 1)
    assert (light["without_group"], light["gap"]) == (5, None)
    assert light["groups"]["dark"]["small"] is False
    assert "18 (small)" in printed
    assert "5 faces have no group by light." in printed
    assert "Largest gap by side: 0.000" in printed


def test_own_thresholds(full: tuple[dict[str, Any], str, Path]) -> None:
    scores, printed, _ = full
    assert scores["selective"]["answered"] == 35
    assert "answers 35 faces (100.0%)" in printed
    assert [each["level"] for each in scores["conformal"]["sets"]] == [0.8, 0.9] * 3
    assert "APS, as mien detect shows" in printed
    assert "prediction sets, cross-fitted on two halves" in printed


def test_predictions(full: tuple[dict[str, Any], str, Path]) -> None:
    scores, _, folder = full
    assert scores["predictions"] == "../kept/said.parquet"
    table = pq.read_table(folder / "json" / scores["predictions"])
    assert table.num_rows == 35
    assert table.column("label").to_pylist() == table.column("predicted").to_pylist()
    assert table.schema.metadata[b"net"] == b"knowing"
    assert str(folder) not in json.dumps(scores)


def test_without_flags_only_the_scores_are_there(
    striped_zip: Path, guessing: Path, tmp_path: Path
) -> None:
    json_file = tmp_path / "scores.json"
    result = mien("evaluate", striped_zip, "--net", guessing, "--json", json_file)
    assert result.exit_code == 0, result.output
    scores = json.loads(json_file.read_text(encoding="utf-8"))
    further = {"unique", "conflicts", "votes", "groups", "selective", "conformal", "predictions"}
    assert not further & set(scores)
    assert scores["split"] == "test"
    assert "balanced accuracy" in result.output
    assert "Accuracy on the most confident faces: " in result.output


@pytest.mark.parametrize("way", [[], ["--detect"]])
def test_faces_and_their_mirror_images_are_averaged(
    way: list[str], striped_zip: Path, guessing: Path, tmp_path: Path
) -> None:
    json_file = tmp_path / "scores.json"
    words = ["--net", guessing, "--json", json_file, "--flip-tta", *way]
    result = mien("evaluate", striped_zip, *words)
    assert result.exit_code == 0, result.output
    assert json.loads(json_file.read_text(encoding="utf-8"))["net"] == "guessing with flip TTA"
    assert "guessing with flip TTA" in result.output


def test_a_target_out_of_reach_is_said(
    samples: Samples, knowing: Path, tmp_path: Path
) -> None:
    # An angry face that is labelled as disgust.
    pixels = " ".join(map(str, samples.images[0].ravel().tolist()))
    data, json_file = tmp_path / "one.csv", tmp_path / "scores.json"
    data.write_text(f"emotion,pixels,Usage\n1,{pixels},PublicTest\n", encoding="utf-8")
    words = ["--net", knowing, "--json", json_file, "--target-accuracy", "0.5"]
    result = mien("evaluate", data, *words)
    assert result.exit_code == 0, result.output
    found = json.loads(json_file.read_text(encoding="utf-8"))["selective"]
    assert (found["threshold"], found["answered"]) == (None, 0)
    assert "No confidence threshold reaches an accuracy of 0.5 on this split." in result.output


def test_votes_without_rows_are_refused(striped_zip: Path, knowing: Path, tmp_path: Path) -> None:
    path = tmp_path / "votes.csv"
    path.write_text(VOTES, encoding="utf-8")
    error = refusal(striped_zip, "--net", knowing, "--votes", path)
    assert isinstance(error, DataError)
    assert "has 0 rows" in str(error)


def test_groups_of_other_images_are_refused(
    striped_zip: Path, knowing: Path, tmp_path: Path
) -> None:
    path = tmp_path / "groups.csv"
    path.write_text("file,age\nanna.jpg,30\n", encoding="utf-8")
    error = refusal(striped_zip, "--net", knowing, "--groups", path)
    assert isinstance(error, DataError)
    assert "names 1 face that the data does not have: anna.jpg." in str(error)


# flags, what the sentence must hold
REFUSED = [
    (["--detect", "--votes", "a.csv"], "votes is measured on crops, but detect searches"),
    (["--detect", "--coverage", "0.9"], "coverage is measured on crops"),
    (["--detect", "--against", "a.zip"], "against is measured on crops"),
    (["--predictions", "a.parquet", "--net", "all"], "The file for predictions holds one network"),
    (["--coverage", "0.8,1.2"], "'evaluate.coverage' is '0.8,1.2': Expected numbers"),
    (["--coverage", "many"], "Expected numbers between 0 and 1 such as 0.8,0.9,0.95"),
    (["--target-accuracy", "90"], "'evaluate.target_accuracy' is 90"),
]


@pytest.mark.parametrize(("flags", "message"), REFUSED)
def test_flags_that_do_not_fit(striped_zip: Path, flags: list[str], message: str) -> None:
    error = refusal(striped_zip, *flags)
    assert isinstance(error, SettingsError)
    assert message in str(error)


def test_a_list_in_the_config_file_will_do(
    striped_zip: Path, knowing: Path, tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[evaluate]\ncoverage = [0.7, 0.95]\nsplit = 'public'\n", encoding="utf-8")
    json_file = tmp_path / "scores.json"
    words = ["--net", knowing, "--config", config, "--json", json_file]
    assert mien("evaluate", striped_zip, *words).exit_code == 0
    sets = json.loads(json_file.read_text(encoding="utf-8"))["conformal"]["sets"]
    assert [each["level"] for each in sets] == [0.7, 0.95] * 3


def test_what_was_left_out_is_said_and_stored(
    striped_zip: Path, knowing: Path, tmp_path: Path
) -> None:
    """Rows 105 and 106 are PublicTest's, row 3 is Training's."""
    listed = tmp_path / "audit.csv"
    rows = [
        "Training_3.png,train,happy,blank",
        "PublicTest_105.png,public,angry,near_duplicate",
        "PublicTest_105.png,public,angry,label_error",
        "PublicTest_106.png,public,disgust,label_error",
    ]
    listed.write_text("name,split,label,reason\n" + "\n".join(rows) + "\n")
    out = tmp_path / "scores.json"
    words = ["evaluate", striped_zip, "--net", knowing, "--exclude", listed, "--json", out]
    result = mien(*words)
    assert (
        "2 faces of the split were left out, as audit.csv lists them (label error 2, near duplicate"
        " 1; a face may have several reasons)."
    ) in result.output
    scores = json.loads(out.read_text(encoding="utf-8"))
    assert scores["n"] == 33
    reasons = {"blank": 0, "label_error": 2, "near_duplicate": 1}
    assert scores["excluded"] == {"file": "audit.csv", "n": 2, "reasons": reasons}
    result = mien(*words, "--exclude-reasons", "near_twin")
    assert "1 face of the split was left out, as audit.csv lists it (near duplicate 1)." in (
        result.output
    )
    assert json.loads(out.read_text(encoding="utf-8"))["n"] == 34
    error = refusal(*words[1:], "--exclude-reasons", "near_duplicat")
    assert "for the reason 'near_duplicat'. Did you mean 'near_duplicate'?" in str(error)
    error = refusal(striped_zip, "--net", knowing, "--exclude-reasons", "blank")
    assert "but no list of faces" in str(error)


def test_results_say_which_network_and_data_they_are_of(
    full: tuple[dict[str, Any], str, Path], striped_zip: Path
) -> None:
    scores, _, folder = full
    assert scores["data_sha256"] == read(striped_zip).sha256
    assert "excluded" not in scores
    kept = read_predictions(folder / "kept" / "said.parquet")
    assert kept.net_sha256 == scores["sha256"] is not None


def test_whole_photos_read_as_crops_are_warned_of(knowing: Path, tmp_path: Path) -> None:
    for name in ("angry", "happy"):
        (tmp_path / "data" / name).mkdir(parents=True)
        photo = np.full((300, 400), 90, np.uint8)
        Image.fromarray(photo).save(tmp_path / "data" / name / "a.jpg")
    result = mien("evaluate", tmp_path / "data", "--net", knowing)
    assert result.exit_code == 0, result.output
    assert (
        "The pictures look like whole photos, such as one of 400 x 300 pixels, but each is squeezed"
        " to 48 x 48"
    ) in result.stderr
    assert "(Flag: --detect.)" in result.stderr
    with pytest.warns(UserWarning, match="look like whole photos"):
        evaluate(tmp_path / "data", knowing)


@pytest.mark.parametrize("net", ["one", "all"])
def test_the_scores_are_written_before_anything_is_printed(
    striped_zip: Path, knowing: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, net: str
) -> None:
    """As with ``mien evaluate ... | head -1``, which stops reading after a line."""
    out = tmp_path / "scores.json"

    def stop(scores: Scores, on_stderr: bool) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("mien.cli.scores_table.show", stop)
    monkeypatch.setattr("mien.models.names", lambda: (str(knowing),))
    words = ("--net", knowing if net == "one" else "all", "--json", out)
    assert isinstance(mien("evaluate", striped_zip, *words).exception, BrokenPipeError | SystemExit)
    assert [scores.net for scores in read_results(out)] == ["knowing"]


def test_a_dash_is_standard_output(
    striped_zip: Path, knowing: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    files = ("--predictions", "kept.parquet", "--json", "-")
    result = mien("evaluate", striped_zip, "--net", knowing, "--split", "public", *files)
    assert result.exit_code == 0, result.output
    scores = json.loads(result.stdout)
    assert (scores["accuracy"], scores["predictions"]) == (1, "kept.parquet")
    assert "knowing on PublicTest (n = 35)" in result.stderr
    assert result.stderr.endswith("  -> kept.parquet\n")
    assert [path.name for path in tmp_path.iterdir()] == ["kept.parquet"]


def test_written_files_are_named(striped_zip: Path, knowing: Path, tmp_path: Path) -> None:
    out = tmp_path / "scores.json"
    result = mien("evaluate", striped_zip, "--net", knowing, "--split", "public", "--json", out)
    assert result.stdout.endswith(f"\n  -> {out}\n")


def test_predictions_are_a_file(striped_zip: Path, knowing: Path) -> None:
    error = refusal(striped_zip, "--net", knowing, "--predictions", "-")
    assert "is not written to standard output" in str(error)
    assert error.setting == "predictions"
