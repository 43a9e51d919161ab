"""Pages that get no camera, or a clip of a person, each in a browser of its own."""

import contextlib
import csv
import io
import json
import zipfile

import pytest

import mien
from mien.classes import FER2013

pytestmark = pytest.mark.slow


@pytest.fixture
def fake(fakes):
    with fakes.faking(FER2013) as running:
        yield running


def test_a_page_that_is_not_secure_says_why_there_is_no_camera(
    chromium, happy_camera, fake, visiting
):
    address = f"http://mien.test:{fake.port}/"
    with chromium(happy_camera, "--host-resolver-rules=MAP mien.test 127.0.0.1") as browser:
        with visiting(browser, address, allowed=False) as visit:
            visit.open()
            visit.text("#cover-title", "may not use the camera")
            visit.text("#cover-words", "HTTPS.*Photos can be read")
            assert visit.page.locator("#start").is_hidden()
            # Its words are the longest, and all of them are in view.
            for width, height in ((1280, 900), (844, 390), (390, 844)):
                visit.page.set_viewport_size({"width": width, "height": height})
                stage, cover = (
                    visit.page.locator(place).bounding_box() for place in ("#stage", "#cover")
                )
                assert stage["x"] + stage["width"] <= width
                assert cover["height"] <= stage["height"]
                assert cover["y"] + cover["height"] <= stage["y"] + stage["height"]
            visit.text("#where", r"Pictures go to mien\.test and nowhere else\.")
            visit.page.click("#to-photos")
            assert visit.page.locator("#photos").is_visible()


def test_a_refused_camera_is_said(chromium, happy_camera, fake, visiting):
    with chromium(happy_camera, "--deny-permission-prompts") as browser:
        with visiting(browser, fake.url, allowed=False) as visit:
            visit.open()
            visit.page.click("#start")
            visit.text("#cover-title", "The camera was refused")
            visit.text("#start", "Try again")


def test_a_machine_without_a_camera_is_told(chromium, fake, visiting):
    with chromium(None) as browser, visiting(browser, fake.url) as visit:
        visit.open()
        visit.page.click("#start")
        visit.text("#cover-title", "No camera was found")


@pytest.fixture(scope="module")
def clip(data_folder):
    """Frames of a person who is neutral up to frame 16, and happy from 20 on."""
    from mien.video import VideoReader

    with VideoReader(data_folder / "videos/pyfeat_single_face.mp4") as video:
        return [frame.image for frame in video]


@pytest.mark.data
@pytest.mark.parametrize(("begin", "end", "expression"), [(0, 16, "neutral"), (30, 71, "happy")])
def test_the_parts_of_a_clip_are_read_right(
    chromium, film, clip, server, visiting, tmp_path, begin, end, expression
):
    camera = film(tmp_path / "clip.y4m", clip[begin:end])
    with chromium(camera) as browser, visiting(browser, server.url) as visit:
        visit.open()
        visit.start()
        visit.text("#now-name", f"^{expression}$")
        visit.page.select_option("#video-kind", "none")
        visit.page.click("#record")
        visit.wait("#recording", "data-frames", r"\d{2,}")
        visit.page.click("#record")
        path = visit.download("#session-zip", tmp_path)
    with zipfile.ZipFile(path) as archive:
        table = csv.DictReader(io.StringIO(archive.read("faces.csv").decode()))
    shown = [row["expression"] for row in table]
    assert shown.count(expression) > 0.9 * len(shown)


@pytest.mark.data
def test_a_neutral_face_is_taken_saved_dropped_and_loaded(
    chromium, film, clip, server, visiting, tmp_path
):
    camera = film(tmp_path / "clip.y4m", clip[:16])
    with chromium(camera) as browser, visiting(browser, server.url) as visit:
        visit.open()
        visit.start()
        visit.page.click("#neutral-take")
        visit.text("#neutral-words", "^Face 0 is read against its own.* in this session")
        visit.text("#now-words", "vs. own neutral")
        visit.text("#profiles", "Face 0 is read against it")
        visit.text("#neutral-note", "belong to this session")
        saved = visit.download("#profiles button:text-is('Save')", tmp_path)
        neutral = mien.Neutral.load(saved)
        assert neutral.network == "mien-s"
        assert neutral.photos == 1  # frames of one moment count as one
        assert neutral.classes == FER2013.names
        visit.page.click("#profiles button:text-is('Remove')")
        visit.text("#now-words", "% confident$")
        visit.page.set_input_files("#neutral-file", str(saved))
        visit.text("#neutral-words", "neutral.json is loaded")
        visit.page.click("#profiles button:text-is('Use for face 0')")
        visit.text("#now-words", "vs. own neutral")
        visit.text("#profiles", "Face 0 is read against it")
        visit.page.click("#profiles button:text-is('Stop using')")
        visit.text("#now-words", "% confident$")
        visit.text("#profiles", "No face is read against it")


def test_six_faces_are_asked_for_photographed_and_kept(
    chromium, happy_camera, server, visiting, tmp_path
):
    from PIL import Image

    with chromium(happy_camera) as browser, visiting(browser, server.url) as visit:
        visit.open()
        visit.page.click("#tab-game")
        visit.page.click("#game-start")
        for name in ("angry", "disgust", "fear", "happy", "sad", "surprise"):
            visit.text("#ask-words", f"^Show: {name}$")
            visit.page.click("#game-now")
        visit.text("#ask-words", "^Done: 1 of 6 right")
        verdicts = visit.page.locator(".verdict").all_inner_texts()
        assert [verdict[0] for verdict in verdicts] == ["✗", "✗", "✗", "✓", "✗", "✗"]
        assert all("happy 9" in verdict for verdict in verdicts)
        path = visit.download("#game-save", tmp_path)
        visit.page.get_by_label("Again: sad").click()
        visit.text("#ask-words", "^Show: sad$")
        visit.text("#ask-words", "^Done: 1 of 6 right")
    with Image.open(path) as sheet:
        assert sheet.size == (1088, 1180)


def test_six_faces_go_on_after_the_server_was_gone(
    chromium, happy_camera, running, visiting
):
    with chromium(happy_camera) as browser, contextlib.ExitStack() as stack:
        with running() as server:
            port = server.port
            visit = stack.enter_context(
                visiting(browser, server.url, expected="ERR_CONNECTION_REFUSED")
            )
            visit.open()
            visit.page.click("#tab-game")
            visit.page.click("#game-start")
            visit.page.click("#game-now")
            visit.text("#ask-words", "^Show: disgust$")
        visit.wait("#server", "data-state", "lost")
        visit.page.click("#game-now")
        visit.text("#ask-words", "^The server does not answer")
        with running(port=port):
            visit.wait("#server", "data-state", "open")
            assert visit.page.locator(".verdict").count() == 1
            visit.text("#game-start", "^Go on$")
            visit.page.click("#game-start")
            visit.text("#ask-words", "^Show: disgust$")
            stack.close()


def test_the_page_waits_for_a_server_that_was_killed(
    chromium, happy_camera, running, visiting
):
    with chromium(happy_camera) as browser, contextlib.ExitStack() as stack:
        with running() as server:
            port = server.port
            visit = stack.enter_context(
                visiting(browser, server.url, expected="ERR_CONNECTION_REFUSED")
            )
            visit.open()
            visit.start()
        visit.wait("#server", "data-state", "lost")
        visit.text("#gone-words", "The server is gone")
        visit.text("#live", "The server is gone")
        with running(port=port):
            visit.wait("#server", "data-state", "open")
            visit.text("#now-name", "^happy$")
            visit.page.locator("#gone").wait_for(state="hidden")
            stack.close()


def test_a_session_logs_that_the_server_was_gone(
    chromium, happy_camera, running, visiting, tmp_path
):
    with chromium(happy_camera) as browser, contextlib.ExitStack() as stack:
        with running() as server:
            visit = stack.enter_context(
                visiting(browser, server.url, expected="ERR_CONNECTION_REFUSED")
            )
            visit.open()
            visit.start()
            visit.page.click("#record")
            visit.wait("#recording", "data-frames", r"[1-9]\d*")
        visit.wait("#server", "data-state", "lost")
        visit.page.click("#record")
        path = visit.download("#session-zip", tmp_path)
        with zipfile.ZipFile(path) as archive:
            session = json.loads(archive.read("metadata.json"))["session"]
        assert [change["event"] for change in session["changes"]] == ["server gone"]
