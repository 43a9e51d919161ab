import csv
import functools
import importlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mien.cli import main
from mien.drawing.contact_sheet import MOST_TILES
from mien.drawing.tile import HEIGHT, RIGHT, WIDTH, WRONG
from mien.image import decode, load
from mien.settings import DetectSettings


@pytest.fixture(scope="module")
def astronaut():
    from skimage import data

    return data.astronaut()[:256, 100:356]


@pytest.fixture
def photos(tmp_path, astronaut, monkeypatch):
    """The working folder, with two photos with and one without a face."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("a.jpg", "b.jpg"):
        Image.fromarray(astronaut).save(name, quality=95)
    Image.new("RGB", (40, 30), "gray").save("bare.png")
    return tmp_path


@pytest.fixture
def run(guessing, command):
    """Run `mien detect` without annotated copies; give exit code, stdout and stderr."""
    return functools.partial(command, "detect", "--net", guessing, "--no-annotate")


@pytest.fixture
def read(run, photos):
    """What the network reads in the face, and something else."""
    assert run("a.jpg", "--json", "faces.json")[0] == 0
    (face,) = json.loads(Path("faces.json").read_text())[0]["faces"]
    other = "sad" if face["expression"] != "sad" else "happy"
    return face["expression"], other


def write_truth(**expressions):
    lines = [f"{name}.jpg,{expression}" for name, expression in expressions.items()]
    Path("truth.csv").write_text("\n".join(["file,expression", *lines]) + "\n")
    return ("--truth", "truth.csv")


def headlines(monkeypatch):
    """Keep the headlines and notes that sheets are drawn with."""
    sheet = importlib.import_module("mien.drawing.contact_sheet")
    given, draw = [], sheet.draw_sheet

    def keep(tiles, headline, notes=()):
        given.append((len(tiles), headline, notes))
        return draw(tiles, headline, notes)

    monkeypatch.setattr(sheet, "draw_sheet", keep)
    return given


def share_of(colour):
    pixels = load("sheet.png").astype(int)
    return int((np.abs(pixels - np.array(colour)).max(axis=2) < 3).sum())


def test_a_sheet_has_a_tile_for_each_face_and_each_photo_without(run, photos, monkeypatch):
    given = headlines(monkeypatch)
    code, out, err = run(".", "--sheet", "new/sheet.png")
    assert (code, err) == (0, "")
    assert f"-> {Path('new/sheet.png')}" in out
    assert "by true expression" not in out
    ((tiles, headline, _),) = given
    assert (tiles, headline) == (3, "2 faces in 3 photos.")
    height, width, _ = load("new/sheet.png").shape
    assert width == WIDTH + 48
    assert height > 3 * HEIGHT
    assert sorted(path.name for path in photos.rglob("*.png")) == ["bare.png", "sheet.png"]


def test_a_sheet_is_never_read_as_a_photo(run, photos):
    for _ in range(2):
        code, out, _ = run(".", "--sheet", "sheet.png")
        assert code == 0
        assert "sheet.png (" not in out
    code, out, _ = run("a.jpg", "sheet.png")
    assert "sheet.png (" not in out
    assert "sheet.png was left out, since mien wrote it" in out


def test_right_and_wrong_are_counted_and_marked(run, read, monkeypatch):
    given = headlines(monkeypatch)
    words = write_truth(a=read[0], b=read[1])
    code, out, err = run("a.jpg", "b.jpg", "bare.png", "--sheet", "sheet.png", *words)
    assert (code, err) == (0, "")
    assert given[0][1] == (
        "2 faces in 3 photos; 1 of 2 labelled photos right, 50% (9% to 91%)."
    )
    assert "framed" in given[0][2][1]
    rows = [line.split() for line in out.splitlines()]
    assert ["all", "2", "1", "0.500", "0.095", "to", "0.905"] in rows
    assert [read[0], "1", "1", "1.000", "0.207", "to", "1.000"] in rows
    assert [read[1], "1", "0", "0.000", "0.000", "to", "0.793", read[0], "1"] in rows
    assert share_of(RIGHT) > 100
    assert share_of(WRONG) > 100


def test_a_labelled_photo_without_a_face_is_wrong(run, photos):
    Path("truth.json").write_text(json.dumps([{"file": "bare.png", "expression": "sad"}]))
    code, out, _ = run(".", "--truth", "truth.json")
    assert code == 0
    rows = [line.split() for line in out.splitlines()]
    assert ["sad", "1", "0", "0.000", "0.000", "to", "0.793", "no", "face", "1"] in rows
    assert list(photos.glob("*sheet*")) == []


def test_folders_tell_the_expression_of_a_sheet(run, read, monkeypatch):
    given = headlines(monkeypatch)
    for folder in read:
        Path(folder.upper()).mkdir()
        Path(folder.upper(), "a.jpg").write_bytes(Path("a.jpg").read_bytes())
    code, _, _ = run("**/*.jpg", "--sheet", "sheet.png")
    assert code == 0
    assert "; 1 of 2 labelled photos right" in given[0][1]
    # nobody asked
    assert "by true expression" not in run("**/*.jpg")[1]


def test_what_could_not_be_read_is_counted(run, photos, monkeypatch):
    given = headlines(monkeypatch)
    Path("text.jpg").write_text("no picture")
    Path("void").mkdir()
    code, _, err = run("a.jpg", "text.jpg", "void", "--sheet", "sheet.png")
    assert code == 1
    assert len(err.splitlines()) == 2
    assert given[0][1] == "1 face in 1 photo (1 more could not be read)."
    code, _, err = run("text.jpg", "--sheet", "other.png")
    assert code == 1
    assert "No picture was read, so other.png was not written." in err
    assert not Path("other.png").exists()


def test_many_faces_go_on_in_further_sheets(run, photos, monkeypatch):
    sheet = importlib.import_module("mien.drawing.contact_sheet")
    monkeypatch.setattr(sheet, "MOST_TILES", 2)
    given = headlines(monkeypatch)
    code, out, _ = run(".", "--sheet", "sheet.png")
    assert code == 0
    assert [(tiles, line[-13:]) for tiles, line, _ in given] == [
        (2, "Sheet 1 of 2."),
        (1, "Sheet 2 of 2."),
    ]
    assert "-> sheet.png" in out
    assert "-> sheet-2.png" in out
    # again, over the earlier ones
    run(".", "--sheet", "sheet.png")
    assert sorted(path.name for path in photos.glob("sheet*")) == ["sheet-2.png", "sheet.png"]


def test_a_sheet_goes_to_standard_output(guessing, photos):
    command = [sys.executable, "-m", "mien", "detect", "a.jpg", "--net", str(guessing)]
    done = subprocess.run([*command, "--sheet", "-", "--no-annotate"], capture_output=True)
    assert done.returncode == 0, done.stderr
    assert decode(done.stdout, "sheet").shape[1] == WIDTH + 48
    assert b"a.jpg (256 x 256): 1 face" in done.stderr
    assert sorted(path.name for path in photos.iterdir()) == ["a.jpg", "b.jpg", "bare.png"]


def test_a_sheet_is_not_printed_on_a_terminal(run, photos, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    code, out, err = run("a.jpg", "--sheet", "-")
    assert (code, out) == (2, "")
    assert "A contact sheet is not text, so it is not printed on a terminal." in err
    assert "(Flag: --sheet.)" in err


def test_standard_output_takes_one_sheet(guessing, photos, monkeypatch, capsysbinary):
    sheet = importlib.import_module("mien.drawing.contact_sheet")
    monkeypatch.setattr(sheet, "MOST_TILES", 2)
    words = ("detect", ".", "--net", str(guessing), "--no-annotate", "--csv", "t.csv")
    monkeypatch.setattr(sys, "argv", ["mien", *words, "--sheet", "-"])
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capsysbinary.readouterr()
    assert ended.value.code == 2
    assert b"There is more than one contact sheet; standard output got only the first." in err
    assert decode(out, "sheet").shape[1] == WIDTH + 48
    # Of the table, which is complete.
    assert Path("metadata.json").is_file()


def test_nothing_goes_to_standard_output_where_nothing_was_read(run, photos):
    code, out, err = run("typo.jpg", "--sheet", "-")
    assert (code, out) == (1, "")
    assert len(err.splitlines()) == 1


def test_the_help_says_when_a_sheet_is_full():
    assert f"after {MOST_TILES} faces" in DetectSettings.model_fields["sheet"].description


def test_json_stays_alone_on_stdout_and_as_it_was(run, read):
    words = write_truth(a=read[0])
    code, out, err = run("a.jpg", "--json", "-", "--csv", "f.csv", "--sheet", "s.png", *words)
    assert code == 0
    assert set(json.loads(out)[0]) == {"source", "width", "height", "network", "faces"}
    assert "by true expression" in err
    assert "-> s.png" in err
    with Path("f.csv").open(newline="") as file:
        assert "truth" not in next(csv.reader(file))


def test_sets_are_explained(run, photos, monkeypatch):
    given = headlines(monkeypatch)
    assert run("a.jpg", "--coverage", "0.9", "--sheet", "sheet.png")[0] == 0
    assert given[0][2][-1] == "A dot marks the expressions in the set of 90% coverage."


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("a.jpg", "--sheet", "sheet.jpg"), "got sheet.jpg. Name it sheet.png. (Flag: --sheet.)"),
        (("a.jpg", "--sheet", "."), "Expected a PNG file for the contact sheet, got ."),
        (("a.jpg", "--sheet", "bare.png"), "bare.png already exists and is not a contact sheet"),
        (("a.jpg", "--sheet", "-", "--csv", "-"), "Two outputs have the same name, -."),
        (("a.jpg", "--sheet", "a.jpg/sheet.png"), "Cannot make the folder a.jpg"),
        (("a.jpg", "--truth", "none.csv"), "Cannot read none.csv"),
        (("bare.png", "--truth", "t.csv"), "t.csv names none of the 1 photos, but 'a.jpg'"),
        (("a.jpg", "--truth", "bad.json"), "gives a.jpg the expression 'contempt'"),
    ],
)
def test_wrong_usage_is_code_2_before_anything_is_read(run, photos, arguments, sentence):
    Path("t.csv").write_text("file,expression\na.jpg,sad\n")
    Path("bad.json").write_text('{"a.jpg": "contempt"}')
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert sentence in err
    assert "Traceback" not in err


def test_settings_come_from_a_file_too(run, photos):
    text = '[detect]\nsources = ["."]\nsheet = "sheet.png"\ntruth = "truth.csv"\n'
    Path("mine.toml").write_text(text)
    write_truth(a="sad")
    code, out, _ = run("--config", "mine.toml")
    assert code == 0
    assert "-> sheet.png" in out
    assert "by true expression" in out
