"""Other programs' tables have their lines, columns, units and words."""

import runpy
from importlib.metadata import version
from pathlib import Path

import pytest

from mien.classes import FER2013, Vocabulary
from mien.errors import OutputError, PictureError, SettingsError
from mien.media.layouts import (
    LAYOUTS,
    LayoutSink,
    check_layout,
    is_earlier_layout,
    layout_name,
)
from mien.media.metadata import ClipInfo
from mien.perception.picture import Failure, Picture

make = runpy.run_path(str(Path(__file__).parents[2] / "video_frames.py"))
face, frame = make["face"], make["frame"]

INFO = ClipInfo("films/clip.mp4", 640, 360, 2.5, 24000 / 1001, 60)
STATES = Vocabulary.named(["awake", "müde: sehr"])

SMALL, LARGE = (1.0, 2.0, 10.0, 10.0), (300.26, 20.0, 50.0, 60.4)
FRAMES = [
    frame(0.0, face("happy", 0.94, face_id=0, box=LARGE, score=0.9876), number=0),
    frame(1 / 3, number=1, marker="film, one"),
    frame(
        3661.0005,
        face("sad", 0.7, face_id=1, box=SMALL),
        face("neutral", 0.4, face_id=2, box=LARGE),
        number=2,
        marker="film, one",
    ),
]


def lines(tmp_path, name, frames=FRAMES, vocabulary=FER2013):
    """The lines of a table in a layout."""
    path = tmp_path / layout_name(name, "clip")
    with LayoutSink(path, name, INFO, "mien-s", vocabulary, "format") as sink:
        for item in frames:
            sink.add(item)
    return path.read_text(encoding="utf-8").splitlines()


def test_openface(tmp_path):
    assert lines(tmp_path, "openface") == [
        "frame, face_id, timestamp, confidence, success, p_angry, p_disgust, p_fear, p_happy,"
        " p_sad, p_surprise, p_neutral",
        "1, 0, 0.000000, 0.99, 1, 0.01, 0.01, 0.01, 0.94, 0.01, 0.01, 0.01",
        "2, 0, 0.333333, 0, 0, 0, 0, 0, 0, 0, 0, 0",
        "3, 1, 3661.000500, 0.95, 1, 0.05, 0.05, 0.05, 0.05, 0.7, 0.05, 0.05",
        "3, 2, 3661.000500, 0.95, 1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.4",
    ]


def test_openface_has_columns_for_any_classes(tmp_path):
    awake = frame(0.5, face("awake", 0.75, vocabulary=STATES), vocabulary=STATES)
    header, row = lines(tmp_path, "openface", [awake], STATES)
    assert header.endswith("success, p_awake, p_müde: sehr")
    assert row == "1, 0, 0.500000, 0.95, 1, 0.75, 0.25"


@pytest.mark.parametrize("name", ["tired, very", 'so "tired"'])
def test_openface_refuses_names_that_would_have_to_be_quoted(tmp_path, name):
    # pandas takes a quotation mark after a blank for a part of the name.
    states = Vocabulary.named(["awake", name])
    with pytest.raises(SettingsError, match=f"openface cannot hold .* class '{name}'") as caught:
        LayoutSink(tmp_path / "table", "openface", INFO, "own", states)
    assert caught.value.setting == "format"
    assert list(tmp_path.iterdir()) == []


def test_pyfeat(tmp_path):
    assert lines(tmp_path, "pyfeat") == [
        "frame,FaceRectX,FaceRectY,FaceRectWidth,FaceRectHeight,FaceScore,"
        "anger,disgust,fear,happiness,sadness,surprise,neutral,Identity,input,approx_time",
        "0,300.3,20.0,50.0,60.4,0.9876,0.01,0.01,0.01,0.94,0.01,0.01,0.01,Person_0,clip.mp4,00:00",
        "1,,,,,,,,,,,,,,clip.mp4,00:00",
        "2,1.0,2.0,10.0,10.0,0.95,0.05,0.05,0.05,0.05,0.7,0.05,0.05,Person_1,clip.mp4,61:01",
        "2,300.3,20.0,50.0,60.4,0.95,0.1,0.1,0.1,0.1,0.1,0.1,0.4,Person_2,clip.mp4,61:01",
    ]


def test_facereader(tmp_path):
    rows = [line.split("\t") for line in lines(tmp_path, "facereader")]
    assert rows[:8] == [
        ["Video analysis detailed log"],
        [""],
        ["Face Model", "mien mien-s"],
        ["Calibration", "None"],
        ["Start time", "-"],
        ["Filename", "films/clip.mp4"],
        ["Frame rate", "23.976023976"],
        [""],
    ]
    assert rows[8:] == [
        ["Video Time", "Neutral", "Happy", "Sad", "Angry", "Surprised", "Scared", "Disgusted",
         "Valence", "Stimulus", "Event Marker", "Face ID"],
        ["00:00:00.000", "0.01", "0.94", "0.01", "0.01", "0.01", "0.01", "0.01", "0.93",
         "No Stimulus", "No Event Marker", "0"],
        ["00:00:00.333", *["FIND_FAILED"] * 8, "film, one", "No Event Marker", ""],
        ["01:01:01.000", "0.4", "0.1", "0.1", "0.1", "0.1", "0.1", "0.1", "0.0", "film, one",
         "No Event Marker", "2"],
    ]  # fmt: skip


def test_imotions(tmp_path):
    rows = [line.split("\t") for line in lines(tmp_path, "imotions")]
    assert rows[:5] == [
        ["#Study : clip"], ["#Date : "], [f"#Version : mien {version('mien')}"],
        ["#TestRunDate : "], [""],
    ]  # fmt: skip
    header, *cells = rows[5:]
    assert ",".join(header) == (
        "StudyName,ExportDate,Name,Age,Gender,StimulusName,SlideType,EventSource,Timestamp,"
        "MediaTime,PostMarker,Annotation,FrameNo,FrameTime,NoOfFaces,FaceRect X,FaceRect Y,"
        "FaceRect Width,FaceRect Height,Anger,Sadness,Disgust,Joy,Surprise,Fear,Contempt,Neutral,"
        "Valence,FaceId"
    )
    first, bare, last = (dict(zip(header, row, strict=True)) for row in cells)
    assert first == dict.fromkeys(header, "") | {
        "StudyName": "clip", "Name": "clip", "EventSource": "mien mien-s", "Timestamp": "0",
        "MediaTime": "0", "FrameNo": "0", "FrameTime": "0", "NoOfFaces": "1", "FaceRect X": "300",
        "FaceRect Y": "20", "FaceRect Width": "50", "FaceRect Height": "60", "Anger": "1.0",
        "Sadness": "1.0", "Disgust": "1.0", "Joy": "94.0", "Surprise": "1.0", "Fear": "1.0",
        "Neutral": "1.0", "Valence": "93.0", "FaceId": "0",
    }  # fmt: skip
    assert (bare["NoOfFaces"], bare["Timestamp"], bare["Joy"]) == ("0", "333", "")
    assert bare["StimulusName"] == "film, one"
    assert (last["NoOfFaces"], last["FaceId"], last["Neutral"]) == ("2", "2", "40.0")


@pytest.mark.parametrize("name", LAYOUTS)
def test_only_layouts_with_room_for_one_face_say_so(tmp_path, name):
    with LayoutSink(tmp_path / "table", name, INFO, "mien-s", FER2013) as sink:
        sink.add(FRAMES[0])
        assert sink.note is None
        sink.add(FRAMES[2])
        if name in ("openface", "pyfeat"):
            assert sink.note is None
        else:
            assert sink.note == (
                "films/clip.mp4 has frames with several faces; the format"
                f" {name} has room for one, so the one with the largest box is in it."
            )


@pytest.mark.parametrize("name", LAYOUTS)
def test_photos_and_failures_have_no_row(tmp_path, name):
    photo = Picture("a.jpg", 9, 9, (face(),), "mien-s", FER2013)
    failure = Failure("b.jpg", PictureError("It is cut off."))
    assert lines(tmp_path, name, [photo, failure]) == lines(tmp_path, name, [])


@pytest.mark.parametrize("name", LAYOUTS)
def test_other_classes_are_refused_where_there_are_no_columns_for_them(tmp_path, name):
    check_layout(name, Vocabulary.named([*reversed(FER2013.names)]))
    if name == "openface":
        check_layout(name, STATES)
        return
    problem = f"{name} has columns for angry, .* tells awake and"
    with pytest.raises(SettingsError, match=problem) as caught:
        LayoutSink(tmp_path / "table", name, INFO, "own", STATES)
    assert caught.value.setting == "format"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", LAYOUTS)
def test_mien_knows_its_own_tables_from_the_programs(tmp_path, name):
    lines(tmp_path, name)
    path = tmp_path / layout_name(name, "clip")
    assert is_earlier_layout(path, name)
    assert not is_earlier_layout(tmp_path / "none", name)
    for other in LAYOUTS:
        assert is_earlier_layout(path, other) == (other == name)
    path.write_text(PROGRAMS[name])
    assert not is_earlier_layout(path, name)
    path.write_text("")
    assert is_earlier_layout(path, name)
    path.write_bytes(b"\xff\xfe")
    assert not is_earlier_layout(path, name)


# How the programs' own tables begin.
PROGRAMS = {
    "openface": "frame, face_id, timestamp, confidence, success, gaze_0_x, gaze_0_y, gaze_0_z\n",
    "pyfeat": "frame,FaceRectX,FaceRectY,FaceRectWidth,FaceRectHeight,FaceScore,x_0,x_1\n",
    "facereader": "Video analysis detailed log\n\nFace Model\tGeneral\n\nVideo Time\tNeutral\n",
    "imotions": "#Study : A\n#Date : 20171006\n\nStudyName\tExportDate\tName\tAge\n",
}


def test_a_cell_with_the_separator_is_quoted(tmp_path):
    marked = frame(0.0, face(), marker='tab\there "so"')
    *_, row = lines(tmp_path, "facereader", [marked])
    assert '\t"tab\there ""so"""\tNo Event Marker' in row


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(OutputError, match="Cannot write"):
        LayoutSink(tmp_path / "none" / "x", "pyfeat", INFO, "mien-s", FER2013)
