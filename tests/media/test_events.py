import pytest

from mien.errors import DataError
from mien.media.events import Event
from mien.media.markers import Markers


def load(path, text):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return Markers.load(path)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "events.csv"


SMILE = (Event(2, "smile"), Event(62.5, "frown, sad"))


@pytest.mark.parametrize(
    "text",
    [
        'time,label\n2,smile\n62.5,"frown, sad"\n',
        "time;label\n2;smile\n62,5;frown, sad\n",
        "time\tlabel\n2\tsmile\n1:02,5\tfrown, sad",
        "\ufefflabel,Time\r\nsmile,0:02\r\n\r\n\"frown, sad\",00:01:02.500\r\n",
        "no; time ;label\n1; 2 ; smile \n2;1:02.5;frown, sad\n;;\n",
        'onset,label\n2.0,smile\n62.500,"frown, sad"\n',
        '\n\ntime, label\n2, smile\n62.5, "frown, sad",,\n',
        'time,label\r2,smile\r62.5,"frown, sad"\r',
    ],
)
def test_separators_decimals_and_clocks(path, text):
    markers = load(path, text)
    assert markers.events == SMILE
    assert markers.warnings == ()


def test_ends_durations_and_clips(path):
    markers = load(
        path,
        "time,label,end,duration,source\n0.1,a,,0.2,\n1,b,1:00,,clip.mp4\n2,exclude,,,other\n",
    )
    assert markers.events == (
        Event(0.1, "a", 0.3), Event(1, "b", 60, "clip.mp4"), Event(2, "exclude", None, "other")
    )  # fmt: skip
    assert load(path, "onset,offset,label\n1,2,x\n").events == (Event(1, "x", 2),)


def test_what_is_odd_is_told(path):
    markers = load(path, "time,label\n5,b\n1,a\n5,b\n5,b\n")
    assert markers.events == (Event(1, "a"), Event(5, "b"))
    assert markers.warnings == (
        f"{path} has 2 events twice; the repetitions are left out.",
        f"{path} is not in order of time; its events are sorted.",
    )
    assert load(path, "time,label\n").warnings == (f"{path} has no event.",)
    # In turn of clips is in order.
    assert load(path, "time,label,source\n5,b,x\n1,a,y\n2,c,y\n").warnings == ()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "Expected the columns time and label in .*, got an empty file"),
        ("\n \n", "Expected the columns time and label in .*, got an empty file"),
        ("when,what\n1,a\n", "Expected the columns time and label in .*, got when, what"),
        ("time,label\n1,a\nsoon,b\n", r"line 3: expected a time in the column 'time', got 'soon'"),
        ("time,label\n,b\n", r"line 2: expected a time in the column 'time', got ''"),
        ("time,label\n-3,b\n", "got '-3'"),
        ('time,label\n"1,5",b\n', "got '1,5'"),
        ("time\n1\n", "Expected the columns time and label in .*, got time"),
        ("time,label\n1\n", "line 2: the label is missing"),
        ("time,label\n9999999999999,b\n", "got '9999999999999'"),
        ("time,label\n" + "9" * 400 + ":00,b\n", "got '9999"),
        ("time,label,end\n3,b,2\n", "line 2: 'b' ends at 0:02, not after it begins"),
        ("time,label,duration\n3,b,0\n", "line 2: 'b' ends at 0:03, not after it begins"),
        ("time,label\n2,frown, sad\n", "line 2: expected 2 cells as in the first line, got 3"),
        ("time,label,label\n1,a,b\n", "Expected one column label in .*, got label and label"),
        ("time,Onset,label\n1,2,a\n", "Expected one column time in .*, got time and onset"),
        ("time,label,end,stop\n1,a,2,3\n", "Expected one column end in .*, got end and stop"),
        ('time,label\n1,"a\n2,b\n3,c\n', "line 4: unexpected end of data"),
        ('time,label\n1,"a\nb"\n', r"line 3: the label 'a\\nb' has a line break"),
        ("time,label\n1,a\0b\n", r"the label 'a\\x00b' has .* control character in it"),
        ('time,label,end\n1,"a",\n\n3,b,2\n', "line 4: 'b' ends"),
        ("time,label\n2,a\n0:02,b\n", "two labels for 0:02: 'a' and 'b'"),
        ("time,label,source\n2,a,\n2,b,x.mp4\n", "two labels for 0:02: 'a' and 'b'"),
        ("time,label,source\n2,b,x.mp4\n2,a,\n", "two labels for 0:02: 'a' and 'b'"),
        ("time,label,source\n2,a,c/x.mp4\n2,b,x\n", "two labels for 0:02: 'a' and 'b'"),
        ("time,label,source\n2,a,x\n2,b,c/x.mp4\n", "two labels for 0:02: 'a' and 'b'"),
        ("time,label,source\n2,a,a.b\n2,b,a.b.mp4\n", "two labels for 0:02: 'a' and 'b'"),
        ("time,label\n2," + "x" * 200_000, "line 2: field larger than field limit"),
        (b"time,label\n2,gr\xfc\xdfen\n", "is not UTF-8 text: byte 15 is not"),
    ],
)
def test_wrong_files_are_a_sentence(path, text, problem):
    with pytest.raises(DataError, match=problem) as caught:
        load(path, text)
    assert caught.value.setting == "markers"
    assert str(path) in str(caught.value)


def test_a_missing_file_is_a_sentence(path):
    with pytest.raises(DataError, match=r"Cannot read .*events.csv: No such file"):
        Markers.load(path)


def test_one_time_may_have_different_labels_in_different_clips(path):
    text = "time,label,source\n2,a,one/x.mp4\n2,b,two/x.mp4\n2,c,y\n3,d,\n"
    assert [event.label for event in load(path, text).events] == ["a", "b", "c", "d"]


def test_exclude_may_be_written_in_capitals(path):
    markers = load(path, "time,label,end\n1,EXCLUDE,2\n2,exclude,3\n2,Exclude,4\n")
    assert markers.excluded_ranges() == [(1, 4)]


def test_thousands_of_clips_may_have_labels_of_their_own_at_one_time(path):
    rows = "".join(f"0,baseline {number},clip{number}.mp4\n" for number in range(3000))
    assert len(load(path, f"time,label,source\n{rows}").events) == 3000


def test_an_exclusion_may_begin_with_a_stimulus(path):
    assert len(load(path, "time,label,end\n2,a,\n2,exclude,3\n").events) == 2
