import json
from pathlib import Path

import pytest

from mien.errors import SettingsError
from mien.media.outputs import check_outputs

PICTURE = [{"source": "party.jpg", "width": 5, "height": 5, "network": "mien-s", "faces": []}]

OURS = {
    "pictures.json": json.dumps(PICTURE),
    "failure.json": json.dumps([{"source": "x.jpg", "error": "Gone.", "code": "picture"}]),
    "nothing.json": "[]",
    "scores.json": json.dumps({"net": "a", "confusion": [], "recall": {}}),
    "table.csv": "source,frame,time,face_id,success\n",
    "old-table.csv": "source,face,x,y,w,h,expression\n",
    "empty": "",
}

FOREIGN = {
    "truth.csv": "file,expression\nparty.jpg,happy\n",
    "fer2013.csv": "emotion,pixels,Usage\n",
    "list.json": json.dumps([{"file": "party.jpg", "expression": "happy"}]),
    "broken.json": "[{",
    "photo.jpg": "\xff\xd8\xff\xe0",
    "notes.txt": "Buy milk.\n",
}


@pytest.mark.parametrize("name", OURS)
def test_earlier_outputs_may_be_replaced(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(OURS[name], encoding="utf-8")
    check_outputs({"json_file": tmp_path / name, "csv_file": None}, [])
    check_outputs({"json_file": tmp_path / "new.json"}, [tmp_path / name])


@pytest.mark.parametrize("name", OURS)
def test_an_output_of_another_kind_stays(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(OURS[name], encoding="utf-8")
    files = {"json_file": tmp_path / name}
    if name == "scores.json":
        with pytest.raises(SettingsError, match="not an earlier output of mien of the same kind"):
            check_outputs(files, [], kind="pictures")
        check_outputs(files, [], kind="scores")
    elif name not in ("empty", "nothing.json"):
        with pytest.raises(SettingsError, match="not an earlier output of mien of the same kind"):
            check_outputs(files, [], kind="scores")
        check_outputs(files, [], kind="pictures")


@pytest.mark.parametrize("name", FOREIGN)
def test_other_files_are_never_replaced(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(FOREIGN[name], encoding="latin-1")
    with pytest.raises(SettingsError, match="not an earlier output of mien") as caught:
        check_outputs({"csv_file": tmp_path / name}, [])
    assert caught.value.setting == "csv_file"


def test_an_input_is_never_replaced_however_it_is_spelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.json").write_text(OURS["pictures.json"], encoding="utf-8")
    (tmp_path / "link.json").symlink_to("a.json")
    monkeypatch.chdir(tmp_path)
    for spelled in (tmp_path / "a.json", Path("a.json"), Path("./link.json")):
        with pytest.raises(SettingsError, match="read as an input"):
            check_outputs({"json_file": spelled}, [Path("a.json")])


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is a folder") as caught:
        check_outputs({"csv_file": tmp_path}, [])
    assert caught.value.fix == f"Name a file in it, such as {tmp_path / 'results.csv'}."


def test_our_parquet_is_known_by_its_columns(tmp_path: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    ours, foreign = tmp_path / "ours.parquet", tmp_path / "foreign.parquet"
    parquet.write_table(pyarrow.table({"source": ["a"], "success": [1]}), ours)
    parquet.write_table(pyarrow.table({"image": [b"a"], "label": [1]}), foreign)
    check_outputs({"parquet_file": ours}, [])
    with pytest.raises(SettingsError, match="not an earlier output"):
        check_outputs({"parquet_file": foreign}, [])
