"""What is read, and what is printed."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

import mien
from mien.classes import NAMES


def test_bad_sources_are_named_and_the_rest_is_read(run, photos):
    Path("text.jpg").write_text("no picture")
    Path("empty.jpg").write_bytes(b"")
    Path("cut.jpg").write_bytes(Path("Eileen à 東京.jpg").read_bytes()[:20_000])
    Path("void").mkdir()
    sources = ("none.jpg", "text.jpg", "empty.jpg", "cut.jpg", "void", "*.webp", "bare.png")
    code, out, err = run(*sources, "--json", "faces.json")
    assert code == 1
    lines = err.splitlines()
    assert len(lines) == 6
    assert all(line.startswith("mien: ") for line in lines)
    for name, line in zip(sources, lines, strict=False):
        assert name in line
    entries = json.loads(Path("faces.json").read_text())
    assert [entry["source"] for entry in entries] == list(sources)
    assert [entry.get("code") for entry in entries] == [*["picture"] * 6, None]
    # The sentence is the one on stderr.
    assert [f"mien: {entry['error']}" for entry in entries[:6]] == lines
    assert "faces" not in entries[0]
    assert "bare.png (40 x 30): no face, no copy" in out


def test_a_picture_comes_from_standard_input(net, photos, outputs):
    command = [sys.executable, "-m", "mien", "detect", "-", "--net", str(net), "--csv", "-"]
    data = Path("Eileen à 東京.jpg").read_bytes()
    done = subprocess.run([*command, "--out", "out"], input=data, capture_output=True)
    assert done.returncode == 0, done.stderr
    (row,) = csv.DictReader(done.stdout.decode().splitlines())
    assert (row["source"], row["success"]) == ("<stdin>", "1")
    assert outputs(photos) == ["stdin.mien.jpg"]
    assert not Path("-").exists()
    done = subprocess.run(command, input=b"", capture_output=True)
    assert done.returncode == 1
    assert b"<stdin> is empty" in done.stderr


def test_what_a_folder_left_out_is_named(run, photos):
    Path("raw.CR2").write_bytes(b"")
    Path("notes.txt").write_bytes(b"Buy milk.")
    Path(".thumbnails").mkdir()
    code, out, err = run(".", "--json", "t.json")
    assert code == 1
    assert err == (
        "mien: 1 picture in . was left out, since .cr2 files are not supported: raw.CR2. Convert it"
        " to JPEG or PNG.\n"
    )
    assert out.splitlines()[-1] == ".: left out 1 file, which is neither a picture nor a clip."
    entries = json.loads(Path("t.json").read_text(encoding="utf-8"))
    assert [entry["source"] for entry in entries][2:] == ["."]


def test_further_pages_are_told_of(run, photos):
    pages = [Image.new("L", (50, 40), level) for level in (10, 20, 30)]
    pages[0].save("scan.tif", save_all=True, append_images=pages[1:])
    _, out, _ = run("scan.tif", "--no-annotate")
    assert out == "scan.tif (50 x 40): no face, page 1 of 3\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "No pictures were named. Name photos, clips, folders or globs"),
        (("bare.png", "--min-confidence", "70"), "min_confidence"),
        (("bare.png", "--net", "nonesuch"), "There is no network 'nonesuch'"),
        (("bare.png", "--coverage", "0.7"), "coverage of 0.7. Use one of 0.80, 0.90."),
        (("bare.png", "--coverage", "90"), "coverage"),
        (("bare.png", "--coverage", "0.9", "--flip-tta"), "Leave out flip_tta or coverage"),
        (("bare.png", "--json", "x", "--csv", "x"), "Two outputs have the same name"),
        (("bare.png", "--explain"), "The network tiny has no heat maps"),
        (("bare.png", "--out", "bare.png"), "Cannot make the folder bare.png"),
        (("bare.png", "--json", "bare.png/faces.json"), "--json"),
        (("bare.png", "--nonsense"), "--nonsense"),
    ],
)
def test_wrong_usage_is_code_2(run, photos, arguments, sentence):
    code, _, err = run(*arguments)
    assert code == 2
    assert sentence in err
    assert "Traceback" not in err


def test_limit_can_be_raised_by_the_flag_that_the_message_names(run, photos):
    Image.new("1", (10_000, 10_000)).save("poster.png")
    code, _, err = run("poster.png", "--no-annotate")
    assert code == 1
    assert "max_megapixels=101. (Flag: --max-megapixels.)" in err
    code, out, _ = run("poster.png", "--no-annotate", "--max-megapixels", 101)
    assert code == 0
    assert "poster.png (10000 x 10000): no face" in out


def test_unsure_faces_are_marked(run, photos):
    code, out, _ = run("Eileen à 東京.jpg", "--min-confidence", "1", "--json", "f.json")
    assert code == 0
    (picture,) = json.loads(Path("f.json").read_text())
    assert picture["faces"][0]["sure"] == ("(unsure)" not in out)


def test_pipe_without_unicode_gets_question_marks(net, photos, outputs):
    command = [sys.executable, "-m", "mien", "detect", "Eileen à 東京.jpg", "--net", str(net)]
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, capture_output=True, env=environment)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"| ? " in done.stdout
    assert outputs(photos) == ["Eileen à 東京.mien.jpg"]


def test_settings_come_from_a_file_too(run, photos, outputs):
    Path("mine.toml").write_text('[detect]\nsources = ["bare.png"]\nannotate = false\n')
    code, out, _ = run("--config", "mine.toml")
    assert code == 0
    assert "bare.png (40 x 30): no face" in out
    assert outputs(photos) == []


def test_demo_reads_the_astronaut(net, photos, capsys, monkeypatch):
    from mien import demo, settings

    given = settings.load
    monkeypatch.setattr(
        demo,
        "load",
        lambda environment, detect: given(environment=False, detect=detect | {"net": str(net)}),
    )
    assert demo.main() == 0
    out = capsys.readouterr().out
    assert "astronaut.png (512 x 512): 1 face" in out
    assert f"-> {Path('demo', 'astronaut.mien.jpg')}" in out
    assert Path("demo/astronaut.mien.jpg").is_file()


def test_a_face_can_be_read_with_flip_tta(run, net, photos):
    answers = []
    for words in ([], ["--flip-tta"]):
        code, out, _ = run("Eileen à 東京.jpg", "--no-annotate", "--json", "-", *words)
        assert code == 0
        answers.append(json.loads(out)[0]["faces"][0]["probabilities"])
    both = mien.detect("Eileen à 東京.jpg", net=net, flip_tta=True)[0].probabilities
    assert answers[1] == pytest.approx(dict(zip(NAMES, both.tolist(), strict=True)), abs=1e-4)
    assert answers[0] != pytest.approx(answers[1], abs=1e-4)


def test_pictures_are_printed_as_they_come(net, photos, monkeypatch, capsys):
    """Of each picture the table stands before the next one is asked for."""
    from mien.perception.reader import Reader

    seen = []

    def read_many(self, sources, **_):
        for source in sources:
            yield self.read(source, keep_image=True)
            seen.append(capsys.readouterr().out.splitlines()[0])

    monkeypatch.setattr(Reader, "read_many", read_many)
    monkeypatch.setattr(sys, "argv", ["mien", "detect", "*.*", "--net", str(net)])
    with pytest.raises(SystemExit):
        mien.cli.main()
    assert seen == ["Eileen à 東京.jpg (512 x 512): 1 face"]
