"""Nothing of the user's is replaced, however it is spelled."""

import functools
import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from mien import marks
from mien.errors import MienError, OutputError, SettingsError
from mien.files import make_folder, write
from mien.outputs import Kind, check_folder_of_outputs, check_outputs

PICTURE = [{"source": "party.jpg", "width": 5, "height": 5, "network": "mien-s", "faces": []}]
COUNTS = {"n": 0, "sha256": "", "classes": [], "counts": {}, "duplicates": {}, "skipped": []}
NETWORK = {"version": 2, "architecture": "", "temperature": 1, "sha256": "", "scores": {}}

# Its setting, what it says, and its content.
OURS: dict[str, tuple[str, Kind, str]] = {
    "pictures.json": ("json_file", "pictures", json.dumps(PICTURE)),
    "failure.json": ("json_file", "pictures", json.dumps([{"source": "x.jpg", "error": "Gone."}])),
    "scores.json": ("json_file", "scores", json.dumps({"confusion": [], "recall": {}})),
    "comparison.json": ("json_file", "comparison", json.dumps({"mcnemar": {}, "n": 3})),
    "table.csv": ("csv_file", "pictures", "source,frame,time,face_id,success\n"),
    "old-table.csv": ("csv_file", "pictures", "source,face,x,y,w,h,expression\n"),
}

FOREIGN = {
    "truth.csv": "file,expression\nparty.jpg,happy\n",
    "fer2013.csv": "emotion,pixels,Usage\n",
    "list.json": json.dumps([{"file": "party.jpg", "expression": "happy"}]),
    "broken.json": "[{",
    "photo.jpg": "\xff\xd8\xff\xe0",
    "notes.txt": "Buy milk.\n",
}


@pytest.mark.parametrize("name", [*OURS, "empty"])
def test_earlier_outputs_may_be_replaced(name: str, tmp_path: Path) -> None:
    setting, kind, content = OURS.get(name, ("json_file", "pictures", ""))
    (tmp_path / name).write_text(content, encoding="utf-8")
    check_outputs({setting: tmp_path / name, "sheet": None}, [], kind=kind)
    check_outputs({"json_file": tmp_path / "new.json"}, [tmp_path / name], kind="pictures")


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("other", OURS)
def test_an_output_of_another_kind_or_format_stays(name: str, other: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(OURS[name][2], encoding="utf-8")
    setting, kind, _ = OURS[other]
    files = {setting: tmp_path / name}
    if OURS[name][:2] == (setting, kind):
        check_outputs(files, [], kind=kind)
        return
    with pytest.raises(SettingsError, match="not an earlier output of mien of the same kind"):
        check_outputs(files, [], kind=kind)


@pytest.mark.parametrize("name", FOREIGN)
@pytest.mark.parametrize("setting", ["json_file", "csv_file", "parquet_file"])
def test_other_files_are_never_replaced(name: str, setting: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(FOREIGN[name], encoding="latin-1")
    with pytest.raises(SettingsError, match="not an earlier output of mien") as caught:
        check_outputs({setting: tmp_path / name}, [], kind="pictures")
    assert caught.value.setting == setting


def test_an_input_is_never_replaced_however_it_is_spelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.json").write_text(OURS["pictures.json"][2], encoding="utf-8")
    (tmp_path / "link.json").symlink_to("a.json")
    monkeypatch.chdir(tmp_path)
    for spelled in (tmp_path / "a.json", Path("a.json"), Path("./link.json")):
        with pytest.raises(SettingsError, match="read as an input"):
            check_outputs({"json_file": spelled}, [Path("a.json")], kind="pictures")


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is a folder") as caught:
        check_outputs({"csv_file": tmp_path}, [], kind="pictures")
    assert caught.value.fix == f"Name a file in it, such as {tmp_path / 'results.csv'}."


def test_our_parquet_is_known_by_its_columns(tmp_path: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    ours, foreign = tmp_path / "ours.parquet", tmp_path / "foreign.parquet"
    parquet.write_table(pyarrow.table({"source": ["a"], "success": [1]}), ours)
    parquet.write_table(pyarrow.table({"image": [b"a"], "label": [1]}), foreign)
    check_outputs({"parquet_file": ours}, [], kind="pictures")
    with pytest.raises(SettingsError, match="not an earlier output"):
        check_outputs({"parquet_file": foreign}, [], kind="pictures")


@pytest.mark.skipif(os.name == "nt", reason="names are always Unicode")
def test_our_parquet_is_known_under_a_name_that_is_not_utf8(tmp_path: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    path = tmp_path / os.fsdecode(b"gr\xfcn.parquet")
    parquet.write_table(pyarrow.table({"source": ["a"], "success": [1]}), tmp_path / "a")
    (tmp_path / "a").rename(path)
    check_outputs({"parquet_file": path}, [], kind="pictures")


STEPS = some.lists(some.sampled_from(["new", "other", "there", "..", "."]), max_size=6)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, absolute=some.booleans())
def test_no_spelling_replaces_what_is_read(
    steps: list[str], absolute: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("spelled")
    (folder / "there").mkdir()
    photo = folder / "p.jpg"
    photo.write_text("photo")
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        spelled = Path(folder if absolute else "", *steps, "p.jpg")
        try:
            check_outputs({"csv_file": spelled}, [Path("p.jpg")], kind="pictures")
            write_as_commands_do(spelled)
        except (MienError, OSError):
            pass
    assert photo.read_text() == "photo"
    assert {path.name for path in folder.iterdir()} <= {"p.jpg", "there", "new", "other"}


def write_as_commands_do(path: Path) -> None:
    make_folder(path.parent)
    write(path, b"table")


def test_a_folder_that_is_not_there_yet_hides_no_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("p.jpg").write_text("photo")
    with pytest.raises(SettingsError, match="read as an input"):
        check_outputs({"csv_file": Path("nope/../p.jpg")}, [Path("p.jpg")], kind="pictures")
    with pytest.raises(SettingsError, match="not an earlier output"):
        check_outputs({"out": Path("nope/../p.jpg")}, [], kind="page")
    assert [path.name for path in tmp_path.iterdir()] == ["p.jpg"]


def test_two_outputs_have_two_names(tmp_path: Path) -> None:
    files = {"predictions": tmp_path / "x", "json_file": tmp_path / "no" / ".." / "x"}
    with pytest.raises(SettingsError, match="Two outputs have the same name") as caught:
        check_outputs(files, [], kind="scores")
    assert caught.value.setting == "json_file"


def test_a_table_has_no_ending_of_a_picture(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"Name it p\.mien\.csv\.") as caught:
        check_outputs({"csv_file": tmp_path / "p.mien.jpg"}, [], kind="pictures")
    assert caught.value.setting == "csv_file"


@pytest.mark.parametrize(
    ("setting", "name", "fixed"),
    [("csv_file", "p.json", "p.csv"), ("json_file", "p.Parquet", "p.json"),
     ("parquet_file", "p.csv", "p.parquet"), ("predictions", "p.json", "p.parquet")],
)  # fmt: skip
def test_a_table_has_no_ending_of_another_format(
    tmp_path: Path, setting: str, name: str, fixed: str
) -> None:
    with pytest.raises(SettingsError, match=rf"Name it {fixed}\.") as caught:
        check_outputs({setting: tmp_path / name}, [], kind="pictures")
    assert caught.value.setting == setting
    check_outputs({setting: tmp_path / "p.txt"}, [], kind="pictures")


def test_a_name_too_long_is_refused_at_once(tmp_path: Path) -> None:
    for path in (tmp_path / ("y" * 300 + ".json"), tmp_path / ("y" * 300) / "a.json"):
        with pytest.raises(MienError, match="File name too long") as caught:
            check_outputs({"json_file": path}, [], kind="pictures")
        assert caught.value.setting == "json_file"


def test_a_folder_that_cannot_be_made_is_refused_before_others_are_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="Cannot make the folder .*: it is a file"):
        check_outputs({"json_file": tmp_path / "file" / "a.json"}, [], kind="pictures")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_files_of_a_commands_own_naming_replace_only_their_like(tmp_path: Path) -> None:
    files: dict[str, Kind] = {
        "counts.json": "counts", "counts.png": "figure", "x.onnx": "network"
    }
    check = functools.partial(check_folder_of_outputs, tmp_path, files, [])
    (tmp_path / "counts.json").write_text(json.dumps(COUNTS))
    mark = PngInfo()
    mark.add_text("Software", marks.FIGURE)
    Image.new("L", (4, 4)).save(tmp_path / "counts.png", pnginfo=mark)
    check()
    Image.new("L", (4, 4)).save(tmp_path / "counts.png")
    with pytest.raises(SettingsError, match="counts.png exists") as caught:
        check()
    assert caught.value.setting == "out"
    (tmp_path / "counts.png").unlink()
    (tmp_path / "counts.json").write_text(json.dumps(NETWORK))
    with pytest.raises(SettingsError, match="counts.json exists"):
        check()
    (tmp_path / "counts.json").unlink()
    Image.new("L", (4, 4)).save(tmp_path / "x.onnx", "JPEG")
    with pytest.raises(SettingsError, match="x.onnx exists"):
        check()
