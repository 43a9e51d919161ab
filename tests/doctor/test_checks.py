import json

from mien.doctor import Check, Examination, Section

WELL = Check("Python", "3.14")
NOTE = Check("browser", "none here", "note", "No page opens.", "Open it yourself.")
BROKEN = Check("mien-s", "damaged", "broken", "mien-s cannot be used.", "Install mien again.")


def test_checks_are_sorted_by_how_bad_they_are() -> None:
    examination = Examination((Section("A", (WELL, NOTE)), Section("B", (BROKEN,))))
    assert list(examination) == [WELL, NOTE, BROKEN]
    assert examination.notes == [NOTE]
    assert examination.broken == [BROKEN]


def test_json_holds_every_check_and_whether_all_is_well() -> None:
    content = json.loads(Examination((Section("A", (WELL, NOTE)),)).to_json())
    assert content["well"] is True
    assert content["doctor"]["A"][1] == {
        "name": "browser", "value": "none here", "state": "note", "problem": "No page opens.",
        "fix": "Open it yourself.",
    }  # fmt: skip
    assert json.loads(Examination((Section("B", (BROKEN,)),)).to_json())["well"] is False
