"""The settings of clips and cameras, as flags, TOML and Python give them."""

from pathlib import Path

import pytest

from mien.errors import SettingsError
from mien.perception.detector import MIN_FACE, MIN_SCORE
from mien.perception.schedule import DETECT_EVERY
from mien.perception.smoothing import SECONDS
from mien.perception.tracks import REMEMBER
from mien.settings import DetectSettings, load
from mien.settings.detect import is_range, neutral_by_face


def test_defaults_are_those_of_the_library() -> None:
    settings = DetectSettings()
    assert (settings.smooth, settings.detect_every, settings.remember) == (
        SECONDS, DETECT_EVERY, REMEMBER
    )
    assert (settings.min_score, settings.min_face) == (MIN_SCORE, MIN_FACE)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("75.5", 75.5), (75.5, 75.5), (3, 3.0), ("1:15.5", 75.5), ("1:00:02", 3602.0), ("0", 0.0)],
)
def test_times_are_seconds_or_minutes(text: object, seconds: float) -> None:
    settings = DetectSettings.model_validate({"start": text})
    assert (settings.first, settings.last) == (seconds, None)


@pytest.mark.parametrize("text", ["soon", "1:75", "-3", "", "inf", True])
def test_what_is_no_time_is_refused(text: object) -> None:
    with pytest.raises(SettingsError, match=r"detect\.end"):
        load(environment=False, detect={"end": text})


@pytest.mark.parametrize(
    ("name", "value"),
    [("every", 0), ("fps", 0), ("fps", float("inf")), ("seconds", 0), ("smooth", -1),
     ("detect_every", 6), ("remember", -1), ("format", "word")],
)  # fmt: skip
def test_values_out_of_range_are_refused(name: str, value: object) -> None:
    with pytest.raises(SettingsError, match=f"detect.{name}"):
        load(environment=False, detect={name: value})


def test_ranges_to_exclude_are_split() -> None:
    settings = DetectSettings(exclude="0:10-0:12, 1:30-1:40;5-6")
    assert settings.excluded == ["0:10-0:12", "1:30-1:40", "5-6"]
    assert DetectSettings().excluded == []


def test_another_programs_format_is_told_from_the_own_ones() -> None:
    formats = ("csv", "parquet", "openface", None)
    programs = [DetectSettings.model_validate({"format": name}).program for name in formats]
    assert programs == [None, None, "openface", None]


# What is given as the neutral face, and the files that are read for it.
NEUTRALS = [
    ("me.jpg", ["me.jpg"]),
    ("my photo, of 2024.jpg", ["my photo, of 2024.jpg"]),
    ("auto", []),
    ("0:02-0:05", []),
    ("2-5.5", []),
    ("0=anna.json", ["anna.json"]),
    ("0=anna.json 1=ben and me.json", ["anna.json", "ben and me.json"]),
    ("0=anna.json,12=ben.json", ["anna.json", "ben.json"]),
]


@pytest.mark.parametrize(("text", "files"), NEUTRALS)
def test_neutral_faces_name_their_files(text: str, files: list[str]) -> None:
    settings = DetectSettings(neutral=text)
    assert settings.neutral_files == [Path(file) for file in files]


def test_a_neutral_face_for_each_face_is_told_from_a_range() -> None:
    assert neutral_by_face("0=a.json 3=b.json") == {0: Path("a.json"), 3: Path("b.json")}
    assert neutral_by_face("a=b.json") is None
    assert neutral_by_face("0=a.json b.json") == {0: Path("a.json b.json")}
    assert is_range("0:02-0:05")
    assert not is_range("anna-ben")
    assert not is_range("2")


def test_they_stand_in_a_toml_file_too(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(
        '[detect]\nsources = ["clips"]\nevery = 2\nstart = 1.5\nend = "0:04"\n'
        'neutral = "auto"\nmarkers = "events.csv"\n'
    )
    detect = load(tmp_path / "c.toml", environment=False).detect
    assert (detect.every, detect.first, detect.last) == (2, 1.5, 4.0)
    assert (detect.neutral, detect.markers) == ("auto", Path("events.csv"))


def test_the_help_has_them_under_one_heading() -> None:
    headings = {name: DetectSettings.heading(name) for name in DetectSettings.model_fields}
    assert headings["every"] == headings["resume"] == headings["format"] == "Clips and cameras"
    assert headings["neutral_face"] == "A person's own neutral face"
