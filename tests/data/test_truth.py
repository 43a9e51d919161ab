"""Finding the expressions that photos are known to show."""

import json
from pathlib import Path

import pytest

from mien.classes import Expression, Vocabulary
from mien.data.truth import find_truths, names_without_photo, read_manifest
from mien.errors import DataError


def manifest(tmp_path, content, name="truth.csv"):
    path = tmp_path / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("folder", "expected"),
    [("angry", "angry"), ("Happiness", "happy"), ("SURPRISED", "surprise"), ("3", None)],
)
def test_a_folder_called_after_a_class_tells(folder, expected):
    photo = Path("photos", folder, "x.jpg")
    found = find_truths([photo])
    assert found == ({photo: Expression(expected)} if expected else {})


def test_the_folder_counts_also_where_it_is_not_named(tmp_path, monkeypatch):
    (tmp_path / "sad").mkdir()
    monkeypatch.chdir(tmp_path / "sad")
    assert find_truths([Path("x.jpg")]) == {Path("x.jpg"): Expression("sad")}


def test_a_file_name_tells_nothing():
    assert find_truths([Path("angry.jpg"), Path("angry", "deeper", "x.jpg")]) == {}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("truth.csv", "file,expression\na.jpg,fearful\nb.jpg,3\nc.jpg,\n"),
        ("truth.csv", "\ufeffExpression, file\nfear,a.jpg\nhappy,b.jpg\n,c.jpg\n"),
        ("truth.csv", "name;expression\na.jpg;fear\nb.jpg;joy\nc.jpg;\n"),
        ("truth.json", {"a.jpg": "fear", "b.jpg": 3, "c.jpg": None}),
        (
            "TRUTH.JSON",
            [
                {"file": "a.jpg", "expression": "Fear", "faces": 1},
                {"name": "b.jpg", "expression": "joy"},
                {"file": "c.jpg"},
            ],
        ),
    ],
    ids=["csv", "csv of a spreadsheet", "semicolons", "mapping", "objects"],
)
def test_manifests_are_read(tmp_path, name, content):
    stated = read_manifest(manifest(tmp_path, content, name))
    assert stated == {"a.jpg": Expression("fear"), "b.jpg": Expression("happy"), "c.jpg": None}


def test_a_manifest_beats_the_folder_and_may_leave_it_open(tmp_path):
    path = manifest(tmp_path, {"happy/a.jpg": "sad", "happy/b.jpg": None}, "truth.json")
    photos = [tmp_path / "happy" / name for name in ("a.jpg", "b.jpg", "c.jpg")]
    truths = {photos[0]: Expression("sad"), photos[2]: Expression("happy")}
    assert find_truths(photos, path) == truths


@pytest.mark.parametrize("named", ["photos/x.jpg", "x.jpg"])
def test_a_photo_is_known_by_its_path_or_bare_name(tmp_path, monkeypatch, named):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    path = manifest(tmp_path / "elsewhere", {named: "sad"}, "truth.json")
    photo = Path("photos/x.jpg")
    assert find_truths([photo], path) == {photo: Expression("sad")}


def test_a_place_in_the_manifests_folder_is_meant_before_a_namesake(tmp_path):
    path = manifest(tmp_path, {"x.jpg": "sad"}, "truth.json")
    assert find_truths([tmp_path / "x.jpg"], path) == {tmp_path / "x.jpg": Expression("sad")}


def test_the_same_photo_named_twice_is_no_namesake(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = manifest(tmp_path, {"x.jpg": "sad"}, "truth.json")
    photos = [Path("photos/x.jpg"), tmp_path / "photos" / "x.jpg"]
    assert find_truths(photos, path) == dict.fromkeys(photos, Expression("sad"))


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("t.csv", "", "found no file and no expression"),
        ("t.csv", "file,label\na.jpg,sad\n", "found no expression"),
        ("t.csv", "file,expression\n", "names no photo"),
        ("t.csv", "file,expression\na.jpg,sad\na.jpg,sad\n", "names a.jpg twice"),
        ("t.csv", "file,expression\na.jpg,bored\n", "a.jpg the expression 'bored', which is not"),
        ("t.csv", "expression,file\nsad\n", "Entry 1 of .* names no file"),
        ("t.json", "[", "Expected JSON in"),
        ("t.json", "[" * 100_000, "Expected JSON in"),
        ("t.json", "[]", "names no photo"),
        ("t.json", "3", "Entry 1 of .* names no file"),
        ("t.json", [{"file": "a.jpg"}, {"photo": "b.jpg"}], "Entry 2 of .* names no file"),
        ("t.json", {"a.jpg": 7}, "expression '7', which is not a class"),
        ("t.json", {"a.jpg": ["sad"]}, "which is not a class. The classes are angry, disgust"),
        ("t.json", {"b.jpg": "sad"}, "names none of the 2 photos, but 'b.jpg'"),
        ("t.json", {"a.jpg": "sad"}, "names a.jpg, and 2 of the photos have that name"),
    ],
)
def test_a_wrong_manifest_is_a_sentence(tmp_path, name, content, sentence):
    path = manifest(tmp_path, content, name)
    with pytest.raises(DataError, match=sentence):
        find_truths([Path("one/a.jpg"), Path("two/a.jpg")], path)


@pytest.mark.parametrize("name", ["none.csv", "none.json", "."])
def test_a_missing_manifest_is_a_sentence(tmp_path, name):
    with pytest.raises(DataError, match="Cannot read"):
        read_manifest(tmp_path / name)


def test_bytes_that_are_no_text_are_a_sentence(tmp_path):
    for name in ("t.csv", "t.json"):
        (tmp_path / name).write_bytes(b"\xff\xfe\x00\x80")
        with pytest.raises(DataError, match="got something else"):
            read_manifest(tmp_path / name)


def test_truths_of_other_classes(tmp_path):
    vocabulary = Vocabulary.named(["awake", "tired"])
    path = manifest(tmp_path, {"a.jpg": "Tired", "b.jpg": 0}, "truth.json")
    photos = [Path("a.jpg"), Path("b.jpg"), Path("awake/c.jpg"), Path("happy/d.jpg")]
    truths = find_truths(photos, path, vocabulary)
    assert [truths.get(photo) for photo in photos] == ["tired", "awake", "awake", None]
    assert truths[photos[0]].number == 1
    with pytest.raises(DataError, match="which is not a class. The classes are awake and tired"):
        find_truths(photos, manifest(tmp_path, {"a.jpg": "sad"}, "t.json"), vocabulary)


def test_names_without_a_photo_are_listed(tmp_path: Path) -> None:
    manifest = tmp_path / "truth.csv"
    manifest.write_text("file,expression\na.jpg,happy\ngone.jpg,sad\nb.jpg,\n", encoding="utf-8")
    photos = [tmp_path / "a.jpg", tmp_path / "b.jpg"]
    assert names_without_photo(photos, manifest) == ["gone.jpg"]
    assert names_without_photo([*photos, tmp_path / "gone.jpg"], manifest) == []


# entries of a manifest in the photos' folder, of which one may be about a namesake elsewhere
@pytest.mark.parametrize("second", ["happy", "sad"])
def test_two_entries_about_one_photo_must_agree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, second: str
) -> None:
    monkeypatch.chdir(tmp_path)
    path = manifest(tmp_path, {"trip/a.jpg": "happy", "a.jpg": second}, "truth.json")
    photo = Path("trip/a.jpg")
    if second == "happy":
        assert find_truths([photo], path) == {photo: Expression("happy")}
        assert names_without_photo([photo], path) == []
        return
    with pytest.raises(DataError, match="names the photo trip/a.jpg twice, as trip/a.jpg and as"):
        find_truths([photo], path)
    # Beside the manifest there is another photo of the bare name.
    both = find_truths([photo, Path("a.jpg")], path)
    assert both == {photo: Expression("happy"), Path("a.jpg"): Expression("sad")}


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ({"net": "a", "recall": {}, "confusion": []}, "scores of mien evaluate"),
        ([{"net": "a", "recall": {}, "confusion": []}], "scores of mien evaluate"),
        ([{"source": "a.jpg", "faces": []}], "what mien detect read"),
    ],
)
def test_other_json_of_mien_is_no_manifest(tmp_path, content, what):
    with pytest.raises(DataError, match=f"holds {what}, not true expressions") as caught:
        read_manifest(manifest(tmp_path, content, "A.json"))
    assert caught.value.setting == "truth"
