"""What the page says when something is missing, odd or gone; with a server that a test leads."""

import itertools
import json

import pytest

from mien.classes import FER2013, Vocabulary
from mien.media.markers import Markers

pytestmark = pytest.mark.slow

STATES = Vocabulary.named(["awake", "tired", "ill"], emoji={"tired": "😴", "ill": "IL"})


@pytest.fixture(scope="module")
def browser(chromium, happy_camera):
    with chromium(happy_camera) as started:
        yield started


@pytest.fixture
def fake(fakes):
    with fakes.faking(FER2013) as running:
        yield running


@pytest.fixture
def visit(browser, fake, visiting):
    with visiting(browser, fake.url) as visit:
        visit.open()
        yield visit


def test_any_classes_can_be_shown(browser, fakes, visiting):
    with fakes.faking(STATES) as fake, visiting(browser, fake.url) as visit:
        fake.faces = [fakes.face(STATES, "ill")]
        visit.open()
        visit.start()
        visit.text("#now-name", "^ill$")
        assert visit.page.locator("#bars li").count() == 3
        assert visit.page.locator("#bars .most .name").inner_text() == "ill"
        visit.text("#tab-game", "^Three faces$")
        # The letters are drawn on a disc of the class's colour.
        address = visit.page.get_attribute("#now-emoji", "src")
        assert "%3EIL%3C" in address


def test_one_of_several_faces_is_chosen(visit, fake, fakes):
    small, large = (20, 20, 60, 80), (300, 100, 200, 240)
    fake.faces = [
        fakes.face(FER2013, "sad", 0, small), fakes.face(FER2013, "happy", 4, large),
    ]  # fmt: skip
    visit.start()
    visit.text("#now-name", "^happy$")
    visit.page.click("#faces button:text-is('Face 0')")
    visit.text("#now-name", "^sad$")
    fake.faces = fake.faces[1:]
    visit.text("#now-name", "^happy$")


@pytest.mark.parametrize(
    ("doubt", "hint"),
    [("small", "too small.*Come closer"), ("turned", "turned too far"), ("dark", "too dark")],
)
def test_a_doubtful_face_says_what_to_do(visit, fake, fakes, doubt, hint):
    fake.faces = [fakes.face(FER2013, "sad", doubt=doubt, sure=False)]
    visit.start()
    visit.text("#hint", hint)
    visit.text("#live", hint)
    visit.text("#now-name", r"^sad\?$")


def test_no_face_is_said_and_the_hint_goes_when_one_comes(visit, fake, fakes):
    visit.page.click("#start")
    visit.text("#hint", "No face in the picture")
    visit.text("#now-name", "^No face$")
    fake.faces = [fakes.face(FER2013, "fear")]
    visit.text("#now-name", "^fear$")
    visit.page.locator("#hint").wait_for(state="hidden")


def test_sliders_send_settings(visit, fake):
    for place, times in (("#smooth", 3), ("#confidence", 4)):
        visit.page.focus(place)
        for _ in range(times):
            visit.page.keyboard.press("ArrowRight")
    visit.text("#smooth-value", "^0.5 s$")
    visit.text("#confidence-value", "^20%$")
    visit.page.wait_for_timeout(500)
    expected = {"type": "settings", "smooth": 0.5, "min_confidence": 0.2}
    assert fake.commands[-1] == expected


def test_the_camera_may_be_taken_away_and_come_back(visit, fake, fakes):
    fake.faces = [fakes.face(FER2013, "happy")]
    visit.start()
    visit.page.evaluate(
        """() => document.getElementById("video").srcObject.getVideoTracks()[0]
             .dispatchEvent(new Event("ended"))"""
    )
    visit.text("#cover-title", "The camera was taken away")
    visit.text("#live", "taken away")
    visit.start()
    visit.wait("#stage", "data-state", "on")


def test_mirror_changes_what_is_shown(visit, fake, fakes):
    fake.faces = [fakes.face(FER2013, "happy")]
    visit.start()
    assert "mirrored" in visit.page.get_attribute("#video", "class")
    visit.page.click("#mirror")
    visit.wait("#mirror", "aria-pressed", "false")
    assert "mirrored" not in visit.page.get_attribute("#video", "class")


def test_keys_mark_only_while_a_session_is_recorded_and_can_be_switched_off(visit, fake, fakes):
    fake.faces = [fakes.face(FER2013, "happy")]
    visit.start()
    visit.page.keyboard.press("e")
    visit.page.click("#record")
    visit.page.uncheck("#keys")
    visit.page.keyboard.press("e")
    assert visit.page.locator("#mark-list li").count() == 0
    visit.page.check("#keys")
    visit.page.keyboard.press("e")
    visit.text("#mark-list", "event 1")
    visit.page.keyboard.press("c")
    visit.page.keyboard.press("Escape")
    assert visit.page.locator("#note").is_hidden()
    assert visit.page.locator("#mark-list li").count() == 1


def test_a_pause_is_no_part_of_a_session(visit, fake, fakes, tmp_path):
    fake.faces = [fakes.face(FER2013, "happy")]
    record(visit)
    visit.page.click("#pause")
    visit.page.wait_for_timeout(2000)
    visit.page.click("#pause")
    seen = visit.page.get_attribute("#recording", "data-frames")
    visit.wait("#recording", "data-frames", rf"(?!{seen}$)\d+")
    visit.page.click("#record")
    visit.page.locator("#session-zip").wait_for()
    assert visit.page.locator("#session-files button").count() == 3  # all, table, metadata
    path = visit.download("#session-files button:has-text('metadata.json')", tmp_path)
    session = json.loads(path.read_text())["session"]
    assert session["video"] is None
    table = visit.download("#session-files button:has-text('faces.csv')", tmp_path)
    times = [float(line.split(",")[2]) for line in table.read_text().splitlines()[1:]]
    gaps = [after - before for before, after in itertools.pairwise(times)]
    assert min(gaps) >= 0
    assert session["duration"] >= times[-1]


def test_a_neutral_face_that_cannot_be_learned_is_said(visit, fake, fakes):
    fake.faces = [fakes.face(FER2013, "happy")]
    fake.answers = lambda command: {
        "learn_neutral": {"type": "error", "title": "No", "detail": "The face looks happy."}
    }.get(command["type"])
    visit.start()
    visit.page.click("#neutral-take")
    visit.text("#neutral-words", "The face looks happy")
    visit.text("#live", "The face looks happy")


def test_what_is_refused_stays_in_view_while_frames_are_read(visit, fake, fakes):
    fake.faces = [fakes.face(FER2013, "happy")]
    visit.start()
    fake.answers = lambda command: {"type": "error", "title": "Not accepted", "detail": "smooth."}
    visit.page.focus("#smooth")
    visit.page.keyboard.press("ArrowRight")
    visit.text("#hint", "Not accepted. smooth.")
    points = visit.page.get_attribute("#timeline", "data-points")
    visit.wait("#timeline", "data-points", rf"(?!{points}$)\d+")
    visit.text("#hint", "Not accepted. smooth.")
    visit.page.locator("#hint").wait_for(state="hidden")


def test_a_doubt_that_flickers_is_neither_shown_nor_told(visit, fake, fakes):
    fake.faces = [fakes.face(FER2013, "sad")]
    fake.doubts = itertools.cycle([None, "small"])
    visit.start()
    visit.wait("#timeline", "data-points", r"\d{2,}")
    visit.text("#live", "^(sad|The camera is on)$")
    assert visit.page.locator("#hint").inner_text() == ""


def test_a_neutral_face_that_the_server_refuses_is_not_in_use(visit, fake, fakes, tmp_path):
    fake.faces = [fakes.face(FER2013, "happy")]
    fake.answers = lambda command: {
        "set_neutral": {"type": "error", "title": "No", "detail": "Learnt with another own."}
    }.get(command["type"])
    path = tmp_path / "me.json"
    neutral = {"kind": "mien neutral", "network": "own", "sha256": "1", "log_probabilities": []}
    path.write_text(json.dumps(neutral))
    visit.start()
    visit.page.set_input_files("#neutral-file", str(path))
    visit.page.click("#profiles button:text-is('Use for face 0')")
    visit.text("#neutral-words", "Learnt with another own.")
    visit.text("#profiles", "me.json No face is read against it")


@pytest.mark.parametrize("text", ["", "[]", "null", "5", '{"kind": "mien neutral"}'])
def test_a_file_that_is_not_a_neutral_face_is_refused(visit, tmp_path, text):
    path = tmp_path / "me.json"
    path.write_text(text)
    visit.page.set_input_files("#neutral-file", str(path))
    visit.text("#neutral-words", "^me.json is not a neutral face that mien wrote.$")
    assert visit.page.locator("#profiles li").count() == 0


def test_the_focus_moves_on_when_a_button_goes(visit, fake, fakes):
    fake.faces = [fakes.face(FER2013, "happy")]
    visit.page.focus("#start")
    visit.page.keyboard.press("Enter")
    visit.page.locator("#pause:focus").wait_for()
    visit.page.focus("#stop")
    visit.page.keyboard.press("Enter")
    visit.page.locator("#start:focus").wait_for()


def record(visit):
    """Start a recording without a video, and wait until a frame is in its table."""
    visit.page.select_option("#video-kind", "none")
    visit.start()
    visit.page.click("#record")
    visit.wait("#recording", "data-frames", r"[1-9]\d*")


def saved(visit, name, tmp_path):
    return visit.download(f"#session-files button:has-text('{name}')", tmp_path)


def test_a_session_ends_when_the_server_comes_back_with_another_network(
    visit, fake, fakes, tmp_path
):
    fake.faces = [fakes.face(FER2013, "happy")]
    record(visit)
    fake.network = "other"
    fake.hang_up()
    visit.text("#hint", "came back with another network: the recording ended")
    visit.wait("#record", "aria-pressed", "false")
    metadata = json.loads(saved(visit, "metadata.json", tmp_path).read_text())
    assert metadata["network"] == "own"
    events = [change["event"] for change in metadata["session"]["changes"]]
    assert events == ["server gone", "another network"]


def test_marks_in_a_pause_can_be_read_by_mien(visit, fake, fakes, tmp_path):
    fake.faces = [fakes.face(FER2013, "happy")]
    record(visit)
    visit.page.click("#pause")
    visit.wait("#pause", "aria-pressed", "true")
    visit.page.keyboard.press("e")
    visit.page.keyboard.press("e")
    visit.text("#mark-list", "event 2.*event 1")
    visit.page.click("#record")
    events = Markers.load(saved(visit, "events.csv", tmp_path)).events
    assert [event.label for event in events] == ["event 1", "event 2"]
    assert events[1].time - events[0].time == pytest.approx(0.001)


def test_a_session_logs_that_the_page_was_hidden(visit, fake, fakes, tmp_path):
    fake.faces = [fakes.face(FER2013, "happy")]
    record(visit)
    for hidden in ("true", "false"):
        visit.page.evaluate(
            f"""() => {{
              Object.defineProperty(document, "hidden", {{ value: {hidden}, configurable: true }});
              document.dispatchEvent(new Event("visibilitychange"));
            }}"""
        )
    visit.page.click("#record")
    session = json.loads(saved(visit, "metadata.json", tmp_path).read_text())["session"]
    assert [change["event"] for change in session["changes"]] == ["page hidden", "page shown"]


DROP = """(kind) => {
  const data = new DataTransfer();
  data.items.add(new File(["not a picture"], `${kind}.jpg`, { type: "image/jpeg" }));
  const event = kind === "drop"
    ? new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true })
    : new ClipboardEvent("paste", { clipboardData: data, bubbles: true });
  document.body.dispatchEvent(event);
}"""


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_a_photo_may_be_dropped_or_pasted_on_any_tab(browser, fake, visiting, kind):
    # The fake server reads no photos.
    with visiting(browser, fake.url, expected="status of 405") as visit:
        visit.open()
        visit.page.evaluate(DROP, kind)
        visit.wait("#tab-photos", "aria-selected", "true")
        visit.text("#photo-list h3", f"^{kind}.jpg$")
        visit.text("#photo-count", "1 could not be read")


def test_a_session_that_was_not_saved_is_not_lost_without_a_question(visit, fake, fakes):
    fake.faces = [fakes.face(FER2013, "happy")]
    record(visit)
    visit.page.click("#record")
    visit.page.locator("#session-zip").wait_for()
    questions = []
    visit.page.once("dialog", lambda dialog: (questions.append(dialog.message), dialog.dismiss()))
    visit.page.click("#record")
    assert "was not saved" in questions[0]
    assert visit.page.locator("#session-zip").is_visible()
    visit.wait("#record", "aria-pressed", "false")
