"""The page as a new user meets it: the astronaut before the camera, and photos."""

import csv
import io
import json
import re
import zipfile

import numpy as np
import pytest
from PIL import Image

import mien
from mien.classes import FER2013
from mien.media.markers import Markers
from mien.media.sinks import CsvSink
from mien.perception.table_columns import Table

PHONE = (390, 844)
NAMES = FER2013.names


@pytest.fixture(scope="module")
def browser(chromium, happy_camera):
    with chromium(happy_camera) as started:
        yield started


@pytest.fixture(scope="module")
def visit(browser, server, visiting):
    with visiting(browser, server.url) as visit:
        visit.open()
        visit.start()
        yield visit


@pytest.fixture
def running_camera(visit):
    visit.page.click("#tab-camera")
    return visit


@pytest.fixture(scope="module")
def reader():
    return mien.Reader()


def test_the_astronaut_is_happy(running_camera):
    page = running_camera.page
    running_camera.text("#now-name", "^happy$")
    running_camera.text("#now-words", r"^(8|9)\d% confident$")
    names = page.locator("#bars .name").all_inner_texts()
    assert tuple(names) == NAMES
    most = page.locator("#bars .most")
    assert most.locator(".name").inner_text() == "happy"
    # An overlay is drawn: the emoji's yellow is beside the face.
    pixels = page.evaluate(
        """() => {
          const canvas = document.getElementById("overlay");
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          let yellow = 0;
          for (let at = 0; at < data.length; at += 4)
            yellow += data[at] > 240 && data[at + 1] > 180 && data[at + 2] < 110;
          return yellow;
        }"""
    )
    assert pixels > 500


@pytest.mark.slow
def test_the_timeline_moves_until_the_camera_is_paused(running_camera):
    page = running_camera.page

    def wait_for_more(time):
        running_camera.wait("#timeline", "data-until", rf"(?!{re.escape(time)}$).*")

    line = page.locator("#timeline")
    wait_for_more(line.get_attribute("data-until"))
    page.click("#pause")
    running_camera.wait("#pause", "aria-pressed", "true")
    until = line.get_attribute("data-until")
    page.wait_for_timeout(300)
    assert line.get_attribute("data-until") == until
    page.click("#pause")
    wait_for_more(until)
    assert float(line.get_attribute("data-until")) > float(until)


def test_a_session_has_a_table_marks_metadata_and_a_video(running_camera, tmp_path, reader):
    page = running_camera.page
    page.click("#record")
    running_camera.wait("#recording", "data-frames", r"[1-9]\d*")
    page.keyboard.press("e")
    page.keyboard.press("c")
    page.keyboard.type('he said "hi", twice')
    page.keyboard.press("Enter")
    running_camera.text("#mark-list", "twice.*event 1")
    for _ in range(2):  # the first new count may be of frames before the note
        seen = page.get_attribute("#recording", "data-frames")
        running_camera.wait("#recording", "data-frames", rf"(?!{seen}$)\d+")
    # The video has pictures of its own after a second, or later on a busy machine.
    running_camera.text("#recording-time", r"^(?!0:00$)\d+:\d\d$")
    page.click("#record")
    path = running_camera.download("#session-zip", tmp_path)
    assert re.fullmatch(r"mien-\d{4}-\d\d-\d\d-\d{6}\.zip", path.name)

    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path)
        assert sorted(archive.namelist()) == [
            "events.csv", "faces.csv", "metadata.json", "video.webm",
        ]  # fmt: skip
    _check_session(tmp_path, reader)


def _check_session(folder, reader):
    rows = list(csv.DictReader(io.StringIO((folder / "faces.csv").read_text())))
    assert tuple(rows[0]) == Table(FER2013, video=True).names
    assert [int(row["frame"]) for row in rows] == list(range(len(rows)))
    times = [float(row["time"]) for row in rows]
    assert times == sorted(times)
    assert {row["expression"] for row in rows} == {"happy"}
    # In pixels of the camera, whatever the size of the frames that were sent.
    assert 80 < float(rows[0]["x"]) < 560
    assert 70 < float(rows[0]["width"]) < 100
    for prefix in ("p_", "raw_p_"):
        assert sum(float(rows[0][prefix + name]) for name in NAMES) == pytest.approx(1, abs=4e-4)

    markers = Markers.load(folder / "events.csv")
    assert [event.label for event in markers.events] == ["event 1", 'he said "hi", twice']
    for row, time in zip(rows, times, strict=True):
        assert (row["marker"] or None) == markers.label_at(time)
    assert rows[0]["marker"] == ""
    assert rows[-1]["marker"] == 'he said "hi", twice'

    metadata = json.loads((folder / "metadata.json").read_text())
    assert metadata["program"] == "mien"
    assert metadata["sha256"] == reader.info.sha256
    assert metadata["settings"] == {"smooth": 0.2, "min_confidence": 0}
    session = metadata["session"]
    assert (session["width"], session["height"], session["frames"]) == (640, 480, len(rows))
    assert times[-1] <= session["duration"]
    _check_video(folder / "video.webm", session["duration"])


def _check_video(path, duration):
    av = pytest.importorskip("av")
    with av.open(str(path)) as video:
        frames = list(video.decode(video=0))
    assert (frames[0].width, frames[0].height) == (640, 480)
    # A busy browser leaves out frames, but none comes after the end.
    assert len(frames) > 1
    assert 0 < frames[-1].time < duration + 1


@pytest.mark.slow
def test_a_snapshot_shows_the_picture_with_its_emoji(running_camera, tmp_path, happy_camera):
    path = running_camera.download("#snapshot", tmp_path)
    shot = np.asarray(Image.open(path).convert("RGB")).astype(int)
    assert shot.shape == (480, 640, 3)
    assert shot[5, 5].tolist() == pytest.approx([90, 90, 90], abs=6)
    plain = np.frombuffer(happy_camera.read_bytes()[-640 * 480 * 3 // 2 :], np.uint8)
    luma = plain[: 640 * 480].reshape(480, 640)[:, ::-1].astype(int)  # mirrored, as it is shown
    gray = np.asarray(Image.open(path).convert("L")).astype(int)
    differs = np.abs(gray - luma) > 40
    # What is drawn is about 1% of the picture; without it, none of it differs so much.
    assert 0.005 < differs.mean() < 0.25


def test_photos_are_read_as_mien_detect_reads_them(visit, tmp_path, astronaut, reader):
    page = visit.page
    photos = [tmp_path / name for name in ("one.png", "two.jpg", "no.txt")]
    Image.fromarray(astronaut).save(photos[0])
    Image.fromarray(np.hstack([astronaut, astronaut[:, ::-1]])).save(photos[1])
    photos[2].write_text("not a picture")
    page.click("#tab-photos")
    page.set_input_files("#photo-files", [str(photo) for photo in photos])
    visit.text("#photo-count", "^3 faces in 2 of 3 photos, 1 could not be read$")

    results = json.loads(visit.download("#photo-json", tmp_path).read_text())
    pictures = [reader.read(named_file(photo)) for photo in photos[:2]]
    assert results[:2] == [picture.to_dict() for picture in pictures]
    assert results[2]["source"] == "no.txt"
    assert "picture" in results[2]["error"]

    table = visit.download("#photo-csv", tmp_path).read_text()
    with CsvSink(tmp_path / "own.csv", Table(FER2013)) as sink:
        for picture in pictures:
            sink.add(picture)
    _check_table(table, (tmp_path / "own.csv").read_text())

    with page.expect_download() as saved:
        page.get_by_label("Save picture: one.png").click()
    assert saved.value.suggested_filename == "one.mien.png"


def named_file(photo):
    """A file that has the name which a browser gives it: without its folder."""
    file = io.BytesIO(photo.read_bytes())
    file.name = photo.name
    return file


def _check_table(table, own):
    rows, own_rows = (list(csv.reader(io.StringIO(text))) for text in (table, own))
    assert rows[0] == own_rows[0]
    place = rows[0].index("valence")
    for row, own_row in zip(rows[1:], own_rows[1:], strict=True):
        # It is worked out from rounded probabilities here.
        assert float(row.pop(place)) == pytest.approx(float(own_row.pop(place)), abs=1.01e-4)
        assert row == own_row


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_people_who_use_a_keyboard_or_a_screen_reader_can_use_it(running_camera, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = running_camera.page
    page.emulate_media(color_scheme=scheme)
    before = page.viewport_size
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    for tab in ("camera", "photos", "game"):
        page.click(f"#tab-{tab}")
        assert serious(axe.run(page).response) == []
        # Nothing is wider than a phone.
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]
    page.set_viewport_size(before)


def serious(response):
    return [
        (found["id"], [node["html"] for node in found["nodes"]])
        for found in response["violations"]
        if found["impact"] in ("serious", "critical")
    ]


@pytest.mark.slow
def test_tabs_follow_arrow_keys(visit):
    page = visit.page
    page.focus("#tab-camera")
    page.keyboard.press("ArrowRight")
    visit.wait("#tab-photos", "aria-selected", "true")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    visit.wait("#tab-game", "aria-selected", "true")
    assert page.locator("#game").is_visible()
    assert not page.locator("#camera").is_visible()
