"""The annotated copies."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mien import files


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


def test_folder_and_glob_leave_out_what_mien_wrote(run, photos, outputs):
    for source in (".", "*.*", str(photos)):
        code, out, _ = run(source)
        assert code == 0
        assert out.count("->") == 1
        assert "bare.png (40 x 30): no face, no copy" in out
    assert outputs(photos) == ["Eileen à 東京.mien.jpg"]
    # the shell expands *.jpg to our outputs too
    code, out, _ = run("Eileen à 東京.jpg", "Eileen à 東京.mien.jpg")
    assert out.count("->") == 1


@pytest.fixture
def albums(photos):
    """Three photos with a face that would have one name as a copy."""
    for folder in ("one", "two"):
        Path(folder).mkdir()
        Path(folder, "x.jpg").write_bytes(Path("Eileen à 東京.jpg").read_bytes())
    Path("two", "x.jpeg").write_bytes(Path("Eileen à 東京.jpg").read_bytes())
    return photos


def test_same_names_do_not_overwrite_each_other(run, albums, outputs):
    code, out, _ = run("one", "two", "one/x.jpg", "--out", "results")
    assert code == 0
    assert outputs(albums / "results") == ["x-2.mien.jpg", "x-3.mien.jpg", "x.mien.jpg"]
    assert out.count("x.mien.jpg") == 2


def test_same_names_do_not_overwrite_each_other_over_two_runs(run, albums, outputs):
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
