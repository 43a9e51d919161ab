import contextlib
import csv
import functools
import json
import os
import runpy
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import mien
from mien import files
from mien.classes import NAMES, Vocabulary
from mien.models.info import InputSpec

NETS = runpy.run_path(str(Path(__file__).parents[1] / "tiny_nets.py"))


@pytest.fixture(scope="module")
def net(tmp_path_factory):
    return NETS["make_net"](tmp_path_factory.mktemp("net") / "tiny.onnx")


@pytest.fixture(scope="module")
def astronaut():
    from skimage import data

    return data.astronaut()


@pytest.fixture
def photos(tmp_path, astronaut, monkeypatch):
    """A folder, which is also the working folder, with a photo with and one without a face."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    Image.fromarray(astronaut).save("Eileen à 東京.jpg", quality=95)
    Image.new("RGB", (40, 30), "gray").save("bare.png")
    return tmp_path


@pytest.fixture
def run(net, command):
    """Run `mien detect` with arguments; give exit code, stdout and stderr."""
    return functools.partial(command, "detect", "--net", net)


def outputs(folder):
    return sorted(path.name for path in folder.rglob("*.mien.jpg"))


def test_photo_gives_a_table_and_an_annotated_copy(run, photos, astronaut):
    code, out, err = run("Eileen à 東京.jpg")
    assert (code, err) == (0, "")
    assert "Eileen à 東京.jpg (512 x 512): 1 face\n" in out
    for heading in ("expression", "confidence", "box: x y w h"):
        assert heading in out
    assert "-> Eileen à 東京.mien.jpg" in out
    drawn = np.asarray(Image.open("Eileen à 東京.mien.jpg")).astype(int)
    assert drawn.shape == (512, 512, 3)
    # drawn at the face, and nowhere else
    difference = np.abs(drawn - astronaut).max(axis=2)
    assert (difference[20:180, 170:300] > 60).sum() > 1000
    assert (difference[300:] > 60).mean() < 1e-3  # JPEG twice


def test_folder_and_glob_leave_out_what_mien_wrote(run, photos):
    for source in (".", "*.*", str(photos)):
        code, out, _ = run(source)
        assert code == 0
        assert out.count("->") == 1
        assert "bare.png (40 x 30): no face, no copy" in out
    assert outputs(photos) == ["Eileen à 東京.mien.jpg"]
    # the shell expands *.jpg to our outputs too
    code, out, _ = run("Eileen à 東京.jpg", "Eileen à 東京.mien.jpg")
    assert out.count("->") == 1


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


def test_json_and_csv_files_agree(run, photos):
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


@pytest.fixture
def albums(photos):
    """Three photos with a face that would have one name as a copy."""
    for folder in ("one", "two"):
        Path(folder).mkdir()
        Path(folder, "x.jpg").write_bytes(Path("Eileen à 東京.jpg").read_bytes())
    Path("two", "x.jpeg").write_bytes(Path("Eileen à 東京.jpg").read_bytes())
    return photos


def test_same_names_do_not_overwrite_each_other(run, albums):
    code, out, _ = run("one", "two", "one/x.jpg", "--out", "results")
    assert code == 0
    assert outputs(albums / "results") == ["x-2.mien.jpg", "x-3.mien.jpg", "x.mien.jpg"]
    assert out.count("x.mien.jpg") == 2


def test_same_names_do_not_overwrite_each_other_over_two_runs(run, albums):
    copies = {}
    for _ in range(2):
        for source in ("one/x.jpg", "two/x.jpg", str(albums / "two" / "x.jpeg")):
            code, out, _ = run(source, "--out", "results")
            assert code == 0
            (line,) = [line for line in out.splitlines() if "->" in line]
            assert copies.setdefault(source, line) == line
    assert len(set(copies.values())) == 3
    assert len(outputs(albums / "results")) == 3


def test_a_copy_is_srgb_without_a_profile(run, photos):
    assert run("Eileen à 東京.jpg")[0] == 0
    with Image.open("Eileen à 東京.mien.jpg") as copy:
        assert "icc_profile" not in copy.info
        assert copy.info["comment"].startswith(b"mien annotated copy of ")


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


def test_a_picture_comes_from_standard_input(net, photos):
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


def test_parquet_goes_to_standard_output(net, photos):
    import pyarrow.parquet

    command = [sys.executable, "-m", "mien", "detect", "bare.png", "--net", str(net)]
    done = subprocess.run([*command, "--parquet", "-"], capture_output=True)
    assert done.returncode == 0, done.stderr
    table = pyarrow.parquet.read_table(pyarrow.BufferReader(done.stdout))
    assert table["source"].to_pylist() == ["bare.png"]
    assert sorted(path.name for path in photos.iterdir()) == ["Eileen à 東京.jpg", "bare.png"]


@pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full")
@pytest.mark.parametrize("words", [(), ("--json", "-"), ("--csv", "-"), ("--parquet", "-")])
def test_a_full_standard_output_is_a_sentence(net, photos, words):
    command = [sys.executable, "-m", "mien", "detect", "bare.png", "--net", str(net)]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*command, *words], stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 2
    assert b"No space left on device" in done.stderr
    assert b"Traceback" not in done.stderr
    assert b"Exception" not in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit of the file size")
@pytest.mark.parametrize("word", ["--json", "--csv", "--parquet"])
def test_a_full_disk_is_a_sentence(net, photos, word):
    import resource

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    command = [sys.executable, "-B", "-m", "mien", "detect", ".", "--net", str(net)]
    words = ("--no-annotate", word, "t.out")
    done = subprocess.run([*command, *words], capture_output=True, preexec_fn=limit)
    assert done.returncode == 2
    assert b"Cannot write t.out: " in done.stderr
    assert b"Traceback" not in done.stderr
    assert sorted(path.name for path in photos.iterdir()) == ["Eileen à 東京.jpg", "bare.png"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("kind", ["SIGTERM", "SIGHUP"])
def test_what_was_read_stays_after_a_signal(net, photos, kind):
    number = getattr(signal, kind)
    for count in range(100):
        Path(f"{count:02}.png").write_bytes(Path("bare.png").read_bytes())
    # A pipe has no end, so the run waits in it.
    os.mkfifo("z.jpg")
    command = [sys.executable, "-m", "mien", "detect", "*.png", "z.jpg", "--net", str(net)]
    process = subprocess.Popen(
        [*command, "--csv", "t.csv", "--no-annotate"], stdout=subprocess.PIPE
    )
    assert b"no face" in process.stdout.readline()
    process.send_signal(number)
    time.sleep(0.05)
    while process.poll() is None:
        with contextlib.suppress(OSError):
            os.close(os.open("z.jpg", os.O_WRONLY | os.O_NONBLOCK))
        time.sleep(0.01)
    process.communicate()
    assert process.returncode == 128 + number
    assert len(Path("t.csv").read_text().splitlines()) >= 2
    assert Path("metadata.json").is_file()
    assert list(photos.glob(".mien-*")) == []


def test_what_a_folder_left_out_is_named(run, photos):
    Path("raw.CR2").write_bytes(b"")
    Path("notes.txt").write_bytes(b"Buy milk.")
    Path(".thumbnails").mkdir()
    code, out, err = run(".", "--json", "t.json")
    assert code == 1
    assert err == (
        "mien: 1 picture of . was left out, since .cr2 files are not read: raw.CR2. Convert it to"
        " JPEG or PNG.\n"
    )
    assert out.splitlines()[-1] == ".: left out 1 file, which is not a picture."
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
        ((), "No pictures were named. Name photos, folders or globs"),
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


def test_read_only_folder_suggests_another(run, photos, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(files.tempfile, "mkstemp", refuse)
    code, _, err = run("Eileen à 東京.jpg")
    assert code == 1
    assert err == (
        "mien: Cannot write Eileen à 東京.mien.jpg: Permission denied. Choose a folder that you"
        " may write to, or write no annotated copies. (Flag: --out.)\n"
    )


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


def test_pipe_without_unicode_gets_question_marks(net, photos):
    command = [sys.executable, "-m", "mien", "detect", "Eileen à 東京.jpg", "--net", str(net)]
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, capture_output=True, env=environment)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"| ? " in done.stdout
    assert outputs(photos) == ["Eileen à 東京.mien.jpg"]


def test_settings_come_from_a_file_too(run, photos):
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


def test_explaining_needs_the_copy_to_draw_on(run, photos):
    code, _, err = run(".", "--explain", "--no-annotate")
    assert code == 2
    assert "no copies are to be written" in err
    assert "(Flag: --explain.)" in err


def test_an_explained_copy_is_coloured_on_the_face_alone(run, photos):
    # The tests' own network has no map, the shipped one has.
    copies = {}
    for out, words in (("plain", []), ("explained", ["--explain"])):
        assert run("Eileen à 東京.jpg", "--net", "mien-s", "--out", out, *words)[0] == 0
        (path,) = Path(out).glob("*.jpg")
        copies[out] = np.asarray(Image.open(path)).astype(int)
    changed = np.abs(copies["plain"] - copies["explained"]).max(axis=2) > 40
    # The legend stands at the left below.
    assert changed[460:, :256].sum() > 1000
    changed[460:, :256] = False
    rows, columns = np.nonzero(changed)
    # The face's box is about x 180 to 270, y 70 to 176.
    assert len(rows) > 200
    assert 160 < columns.min() < columns.max() < 290
    assert 60 < rows.min() < rows.max() < 200


def test_a_face_can_be_read_with_flip_tta(run, net, photos):
    answers = []
    for words in ([], ["--flip-tta"]):
        code, out, _ = run("Eileen à 東京.jpg", "--no-annotate", "--json", "-", *words)
        assert code == 0
        answers.append(json.loads(out)[0]["faces"][0]["probabilities"])
    both = mien.detect("Eileen à 東京.jpg", net=net, flip_tta=True)[0].probabilities
    assert answers[1] == pytest.approx(dict(zip(NAMES, both.tolist(), strict=True)), abs=1e-4)
    assert answers[0] != pytest.approx(answers[1], abs=1e-4)


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
            key: None if value is None else str(value).replace("True", "true")
            for key, value in other.items()
        }
    metadata = json.loads(Path("out/metadata.json").read_text())
    assert (metadata["network"], metadata["settings"]["coverage"]) == ("tiny", None)
    assert not Path("metadata.json").exists()


def test_another_programs_metadata_stays(run, photos):
    Path("metadata.json").write_text("{}")
    for words in (("--csv", "t.csv"), ("--parquet", "t.parquet")):
        code, out, err = run("bare.png", *words)
        assert (code, out) == (2, "")
        assert "metadata.json exists and was not written by mien" in err
        assert words[0] in err
    assert Path("metadata.json").read_text() == "{}"
    assert run("bare.png", "--json", "t.json")[0] == 0


def test_csv_on_stdout_is_nothing_but_csv(run, photos):
    code, out, err = run("bare.png", "--csv", "-", "--no-annotate")
    assert code == 0
    assert [line.split(",")[0] for line in out.splitlines()] == ["source", "bare.png"]
    assert "no face" in err


def test_what_was_read_stays_after_an_interrupt(run, photos, monkeypatch):
    from mien.perception.reader import Reader

    class InterruptError(Exception):
        pass

    def read_many(self, sources, **_):
        yield self.read(sources[0], keep_image=True)
        raise InterruptError

    monkeypatch.setattr(Reader, "read_many", read_many)
    with pytest.raises(InterruptError):
        run("bare.png", "Eileen à 東京.jpg", "--json", "t.json", "--csv", "t.csv")
    assert [entry["source"] for entry in json.loads(Path("t.json").read_text())] == ["bare.png"]
    assert len(Path("t.csv").read_text().splitlines()) == 2
    assert json.loads(Path("metadata.json").read_text())["program"] == "mien"
    assert list(photos.glob(".mien-*")) == []


@pytest.mark.skipif(sys.platform != "linux", reason="needs a pipe of a known size")
def test_a_closed_pipe_leaves_the_files(net, photos):
    # Longer lines than the pipe has room for, so that the reader is waited for.
    for number in range(40):
        Path(f"{number:02}{'x' * 200}.png").write_bytes(Path("bare.png").read_bytes())
    command = [sys.executable, "-m", "mien", "detect", ".", "--net", str(net), "--no-annotate"]
    process = subprocess.Popen(
        [*command, "--json", "t.json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, pipesize=4096,
    )
    process.stdout.readline()
    process.stdout.close()
    _, err = process.communicate()
    assert process.returncode != 0
    assert b"Traceback" not in err
    assert 1 <= len(json.loads(Path("t.json").read_text())) < 42


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
