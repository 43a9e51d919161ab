"""What is noted while clips are read, and found again afterwards."""

import json
import sys

import numpy as np
import pytest

from mien.detect_job.journal import Journal, clips_in, is_journal
from mien.errors import OutputError, SettingsError
from mien.perception.detector import Detection
from mien.perception.reading import Reading

RUN = {"version": "1", "sha256": "a", "sources": ["a.mp4"], "settings": {"every": 1}, "files": {}}
CLIP = {"source": "a.mp4", "sha256": "b"}


def reading(frame):
    landmarks = np.float32([[1, 2], [3, 4], [5, 6], [7, 8], [9, 10]]) / 3
    detection = Detection((0.1, 0.2, 30.3, 40.4), landmarks, 0.987654321, 12.5, None)
    return Reading(frame, frame / 30, frame == 0, frame % 5 == 0, (detection,),
                   np.float32([[0.1, 0.2, 0.7]]))  # fmt: skip


def write(path, frames, clip=CLIP):
    with Journal(path, RUN) as journal:
        assert list(journal.begin(clip, 3)) == []
        for frame in range(frames):
            journal.add(reading(frame))


def test_readings_come_back_to_the_last_bit(tmp_path):
    write(tmp_path / "j", 4)
    with Journal(tmp_path / "j", RUN, resume=True) as journal:
        assert list(journal.begin(CLIP, 3)) == [reading(frame) for frame in range(4)]


@pytest.mark.parametrize("cut", [1, 30])
def test_a_line_that_was_cut_off_is_dropped_and_written_again(tmp_path, cut):
    path = tmp_path / "j"
    write(path, 6)
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    with Journal(path, RUN, resume=True) as journal:
        before = list(journal.begin(CLIP, 3))
        assert len(before) == 5
        for frame in range(6):
            journal.add(reading(frame))
    assert path.read_bytes() == whole


def test_readings_that_are_taken_ahead_are_not_written_twice(tmp_path):
    path = tmp_path / "j"
    write(path, 3)
    with Journal(path, RUN, resume=True) as journal:
        readings = journal.begin(CLIP, 3)
        for frame in range(3):
            next(readings)
            if frame:
                journal.add(reading(frame - 1))
        assert next(readings, None) is None
        journal.add(reading(2))
        journal.add(reading(3))
    lines = path.read_text().splitlines()
    assert [json.loads(line)["frame"] for line in lines[2:]] == [0, 1, 2, 3]


def test_several_clips_are_told_apart(tmp_path):
    path, second = tmp_path / "j", {"source": "b.mp4", "sha256": "c"}
    with Journal(path, RUN) as journal:
        for clip, frames in ((CLIP, 3), (second, 2)):
            list(journal.begin(clip, 3))
            for frame in range(frames):
                journal.add(reading(frame))
    assert clips_in(path) == [CLIP, second]
    with Journal(path, RUN, resume=True) as journal:
        # Of the first clip nothing is taken.
        journal.begin(CLIP, 3)
        assert [one.frame for one in journal.begin(second, 3)] == [0, 1]
        assert list(journal.begin(CLIP, 3)) == []


# What is another now, and the words and the setting of the refusal.
CHANGES = [
    ({"settings": {"every": 2}}, "had the every 1, but now it is 2", "every"),
    ({"settings": {"every": 1, "flip_tta": True}}, "the flip tta none, but now it is on",
     "flip_tta"),
    ({"sha256": "z"}, "network with the SHA-256 a, but now it is z", "net"),
    ({"sources": ["a.mp4", "b.mp4"]}, "sources a.mp4, but now it is a.mp4, b.mp4", "resume"),
    ({"version": "2"}, "version of mien 1, but now it is 2", "resume"),
    ({"files": {"markers": "1"}}, "The file of markers has changed", "markers"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "words", "setting"), CHANGES)
def test_another_run_does_not_go_on(tmp_path, change, words, setting):
    write(tmp_path / "j", 2)
    before = (tmp_path / "j").read_bytes()
    with pytest.raises(SettingsError, match=words) as caught:
        Journal(tmp_path / "j", RUN | change, resume=True)
    assert caught.value.setting == setting
    assert (tmp_path / "j").read_bytes() == before


def test_a_changed_clip_is_refused(tmp_path):
    write(tmp_path / "j", 2)
    with Journal(tmp_path / "j", RUN, resume=True) as journal:
        with pytest.raises(SettingsError, match=r"a\.mp4 has changed since"):
            journal.begin(CLIP | {"sha256": "x"}, 3)


@pytest.mark.parametrize("content", [None, b"", b'{"kind":"journal'])
def test_without_an_interrupted_run_there_is_nothing_to_go_on_with(tmp_path, content):
    if content is not None:
        (tmp_path / "j").write_bytes(content)
    with pytest.raises((SettingsError, OutputError), match=r"no interrupted run|not a journal"):
        Journal(tmp_path / "j", RUN, resume=True)


def test_the_incomplete_files_of_a_killed_run_are_removed_by_the_next(tmp_path):
    path, elsewhere = tmp_path / "out" / "j", tmp_path / "tables"
    for folder in (path.parent, elsewhere):
        folder.mkdir()
    parts = [path.parent / ".mien-a", elsewhere / ".mien-b", path.parent / ".mien-other"]
    own = path.parent / "faces.partial.csv"
    for part in (*parts, own):
        part.write_bytes(b"")
    with Journal(path, RUN) as journal:
        for part in (parts[0], None, own):
            journal.note_temporary(part)
        list(journal.begin(CLIP, 3))
        journal.add(reading(0))
        journal.note_temporary(parts[1])
        journal.add(reading(1))
    (tmp_path / "out").rename(tmp_path / "moved")
    path = tmp_path / "moved" / "j"
    with Journal(path, RUN, resume=True) as journal:
        assert list(journal.begin(CLIP, 3)) == [reading(0), reading(1)]
    assert sorted(item.name for item in path.parent.iterdir()) == [
        ".mien-other", "faces.partial.csv", "j"
    ]  # fmt: skip
    assert list(elsewhere.iterdir()) == []


def test_a_run_that_goes_on_is_behind_until_it_has_read_as_much_again(tmp_path):
    write(tmp_path / "j", 2)
    with Journal(tmp_path / "j", RUN) as journal:
        assert not journal.behind
    write(tmp_path / "j", 2)
    with Journal(tmp_path / "j", RUN, resume=True) as journal:
        behind = []
        list(journal.begin(CLIP, 3))
        for frame in range(3):
            behind.append(journal.behind)
            journal.add(reading(frame))
        assert (behind, journal.behind) == ([True, True, False], False)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such locks")
@pytest.mark.parametrize("resume", [False, True])
def test_one_run_at_a_time_has_a_journal(tmp_path, resume):
    write(tmp_path / "j", 1)
    before = (tmp_path / "j").read_bytes()
    with Journal(tmp_path / "j", RUN, resume=True):
        with pytest.raises(OutputError, match="Another run is writing into the folder") as caught:
            Journal(tmp_path / "j", RUN, resume=resume)
        assert caught.value.setting == "out"
    assert (tmp_path / "j").read_bytes() == before
    with Journal(tmp_path / "j", RUN, resume=resume) as journal:
        assert journal.behind == resume


def test_another_file_of_that_name_stays(tmp_path):
    (tmp_path / "j").write_text("Buy milk.")
    assert not is_journal(tmp_path / "j")
    with pytest.raises(OutputError, match="is not a journal of mien"):
        Journal(tmp_path / "j", RUN)
    assert (tmp_path / "j").read_text() == "Buy milk."


def test_the_journal_of_a_complete_run_is_removed(tmp_path):
    with Journal(tmp_path / "j", RUN) as journal:
        journal.remove()
    assert list(tmp_path.iterdir()) == []
