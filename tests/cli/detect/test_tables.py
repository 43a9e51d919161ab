"""JSON, CSV and Parquet."""

import csv
import json
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mien.classes import Vocabulary
from mien.models.info import InputSpec

NETS = runpy.run_path(str(Path(__file__).parents[2] / "tiny_nets.py"))


def test_json_on_stdout_is_nothing_but_json(run, photos):
    code, out, err = run("bare.png", "Eileen à 東京.jpg", "--json", "-")
    assert code == 0
    first, second = json.loads(out)
    assert first == {
        "source": "bare.png", "width": 40, "height": 30, "network": "tiny", "faces": [],
    }
    assert second["source"] == "Eileen à 東京.jpg"
    (face,) = second["faces"]
    np.testing.assert_allclose(face["box"], (180, 70, 90, 106), atol=6)
    assert {"box", "score", "expression", "confidence", "sure", "landmarks"} < set(face)
    assert "1 face" in err


def test_csv_on_stdout_is_nothing_but_csv(run, photos):
    code, out, err = run("bare.png", "--csv", "-", "--no-annotate")
    assert code == 0
    assert [line.split(",")[0] for line in out.splitlines()] == ["source", "bare.png"]
    assert "no face" in err


def test_parquet_goes_to_standard_output(net, photos):
    import pyarrow.parquet

    command = [sys.executable, "-m", "mien", "detect", "bare.png", "--net", str(net)]
    done = subprocess.run([*command, "--parquet", "-"], capture_output=True)
    assert done.returncode == 0, done.stderr
    table = pyarrow.parquet.read_table(pyarrow.BufferReader(done.stdout))
    assert table["source"].to_pylist() == ["bare.png"]
    assert sorted(path.name for path in photos.iterdir()) == ["Eileen à 東京.jpg", "bare.png"]


def test_json_and_csv_files_agree(run, photos, outputs):
    code, _, _ = run(".", "--json", "new/faces.json", "--csv", "new/faces.csv", "--no-annotate")
    assert code == 0
    pictures = json.loads(Path("new/faces.json").read_text(encoding="utf-8"))
    with Path("new/faces.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["source"] for row in rows] == [picture["source"] for picture in pictures]
    (face,) = pictures[0]["faces"]
    assert rows[0]["expression"] == face["expression"]
    assert float(rows[0]["p_sad"]) == face["probabilities"]["sad"]
    assert outputs(photos) == []


def test_the_three_tables_agree(run, photos):
    import pyarrow.parquet

    words = ("--csv", "out/t.csv", "--parquet", "out/t.parquet", "--json", "t.json")
    code, _, err = run(".", "--no-annotate", *words)
    assert (code, err) == (0, "")
    with Path("out/t.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    table = pyarrow.parquet.read_table("out/t.parquet").to_pylist()
    assert list(rows[0]) == list(table[0])
    assert [row["success"] for row in rows] == ["1", "0"]
    for row, other in zip(rows, table, strict=True):
        assert {key: value or None for key, value in row.items()} == {
            key: None if value is None else str(value).replace("True", "TRUE")
            for key, value in other.items()
        }
    metadata = json.loads(Path("out/metadata.json").read_text())
    assert (metadata["network"], metadata["settings"]["coverage"]) == ("tiny", None)
    assert not Path("metadata.json").exists()


def test_sets_are_shown_and_written(run, photos):
    words = ("--coverage", "0.9", "--json", "faces.json", "--csv", "faces.csv")
    code, out, err = run("Eileen à 東京.jpg", "bare.png", *words)
    assert (code, err) == (0, "")
    (face,) = json.loads(Path("faces.json").read_text(encoding="utf-8"))[0]["faces"]
    assert face["coverage"] == 0.9
    assert face["prediction_set"][0] == face["expression"]
    assert "set (90%)" in out
    *first, last = face["prediction_set"]
    spoken = f"{', '.join(first)} or {last}" if first else last
    assert (spoken if first[5:] == [] else "any of the 7") in out
    with Path("faces.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["prediction_set"] for row in rows] == ["|".join(face["prediction_set"]), ""]
    assert [row["coverage"] for row in rows] == ["0.9", ""]


def test_another_programs_metadata_stays(run, photos):
    Path("metadata.json").write_text("{}")
    for words in (("--csv", "t.csv"), ("--parquet", "t.parquet")):
        code, out, err = run("bare.png", *words)
        assert (code, out) == (2, "")
        assert "metadata.json exists and was not written by mien" in err
        assert words[0] in err
    assert Path("metadata.json").read_text() == "{}"
    assert run("bare.png", "--json", "t.json")[0] == 0


def test_own_classes_are_shown_with_their_emoji(command, photos, tmp_path):
    classes = Vocabulary.named(["awake", "tired"])
    spec = InputSpec(64, 64, "RGB")
    net = NETS["make_net"](tmp_path / "own.onnx", spec=spec, classes=classes)
    words = ("--csv", "t.csv", "--sheet", "s.png", "--coverage", "0.9")
    code, out, err = command("detect", "--net", net, "Eileen à 東京.jpg", *words)
    assert (code, err) == (0, "")
    assert any(one.emoji in out and one.name in out for one in classes)
    with Path("t.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert float(row["p_awake"]) + float(row["p_tired"]) == pytest.approx(1, abs=2e-4)
    assert row["valence"] == ""
    assert Path("s.png").is_file()


def test_a_run_that_read_nothing_writes_nothing(run, photos):
    words = ("--csv", "t.csv", "--json", "t.json", "--parquet", "t.parquet", "--sheet", "s.png")
    assert run(".", *words)[0] == 0
    kept = {path: path.read_bytes() for path in photos.iterdir()}
    assert len(kept) == 8
    Path("bad.jpg").write_text("no picture")
    for source in ("typo.jpg", "bad.jpg"):
        code, _, err = run(source, *words)
        assert code == 1
        assert (
            "mien: No picture was read, so t.parquet, t.json, t.csv and s.png were not written."
        ) in err
        code, _, err = run(source, "--csv", "new.csv")
        assert (code, err.splitlines()[1]) == (
            1, "mien: No picture was read, so new.csv was not written."
        )
    Path("bad.jpg").unlink()
    assert {path: path.read_bytes() for path in photos.iterdir()} == kept
