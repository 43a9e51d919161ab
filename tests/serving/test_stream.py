"""The stream: frames in, faces out; the newest frame wins."""

import contextlib
import json
import math
import struct
import threading

import httpx
import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

import mien
from mien.errors import SettingsError
from mien.perception.watching import Watch
from mien.serving.session import Session


@pytest.fixture
def open_stream(server):
    """Open a stream, and take its greeting."""

    @contextlib.contextmanager
    def opened(of=server, **headers):
        address = f"ws://127.0.0.1:{of.port}/v1/stream"
        with connect(address, additional_headers=headers, proxy=None, max_size=None) as socket:
            hello = receive(socket)
            assert hello["type"] == "hello"
            yield socket

    return opened


def receive(socket):
    return json.loads(socket.recv(60))


def send(socket, time, picture):
    socket.send(struct.pack(">d", time) + picture)


def command(socket, **fields):
    socket.send(json.dumps(fields))


def test_the_greeting_says_what_the_server_is(server):
    with connect(f"ws://127.0.0.1:{server.port}/v1/stream", proxy=None) as socket:
        hello = receive(socket)
    assert hello["network"] == "mien-s" and "lobonet" in hello["networks"]
    assert hello["version"] == mien.__version__
    assert [one["name"] for one in hello["classes"]][3] == "happy"
    assert hello["limits"] == {"frame_bytes": 20_000_000, "frames_per_second": 60.0}


def test_frames_are_read_as_watch_reads_them(open_stream, astronaut, jpeg):
    reader = mien.Reader()
    watch = Watch(reader)
    frames = [jpeg(np.roll(astronaut, 4 * number, axis=1)) for number in range(6)]
    with open_stream() as socket:
        for number, frame in enumerate(frames):
            send(socket, number / 25, frame)
            answer = receive(socket)
            expected = watch.read(reader.open(frame), number / 25)
            assert answer["type"] == "faces" and answer["time"] == number / 25
            assert (answer["width"], answer["height"]) == (512, 512)
            assert answer["faces"] == [face.to_dict() for face in expected]
            assert answer["faces"][0]["face_id"] == 0 and answer["latency_ms"] > 0
            assert answer["dropped"] == 0


def test_the_newest_frame_wins(server, open_stream, photo, monkeypatch):
    begun, gate, reads = threading.Event(), threading.Event(), []
    honest = Session.read

    def slow(session, data, time):
        reads.append(time)
        begun.set()
        assert gate.wait(60)
        return honest(session, data, time)

    monkeypatch.setattr(Session, "read", slow)
    with open_stream() as socket:
        send(socket, 0.0, photo)
        assert begun.wait(60)
        for number in range(1, 21):
            send(socket, float(number), photo)
        # A ping is answered only after everything before it was taken.
        assert socket.ping().wait(60)
        gate.set()
        first, second = receive(socket), receive(socket)
    assert (first["time"], second["time"]) == (0.0, 20.0) and reads == [0.0, 20.0]
    assert second["dropped"] == 19


@pytest.mark.parametrize(
    ("data", "title"),
    [
        (b"", "Not a frame"),
        (b"12345678", "Not a frame"),
        (struct.pack(">d", math.nan) + b"picture", "Time goes back"),
        (struct.pack(">d", -math.inf) + b"picture", "Time goes back"),
        (struct.pack(">d", 1.0) + b"no picture", "Picture not read"),
        ("", "Not a command"),
        ("[]", "Not a command"),
        ("[" * 20_000, "Not a command"),
        ('{"type": "settings", "smooth":' + " " * 60_000 + "1}", "Not a command"),
        ('{"type": "learn_neutral", "face_id":' + "9" * 5000 + "}", "Not a command"),
        ('{"type": "\\ud800"}', "Not a command"),
        ('{"type": "settings", "smooth": 1e999}', "Not accepted"),
        ('{"type": 3}', "Not a command"),
        ('{"type": "dance"}', "Not accepted"),
        ('{"type": "settings", "smooth": -1}', "Not accepted"),
        ('{"type": "settings", "smooth": NaN}', "Not accepted"),
        ('{"type": "settings", "unknown": 1}', "Not accepted"),
        ('{"type": "settings", "net": "/etc/passwd"}', "Network not used"),
        ('{"type": "learn_neutral", "face_id": 0, "seconds": 1e9}', "Not accepted"),
        ('{"type": "set_neutral", "face_id": 0, "neutral": {"kind": "x"}}', "Not accepted"),
    ],
)
def test_what_cannot_be_done_is_said_and_the_stream_goes_on(open_stream, photo, data, title):
    with open_stream() as socket:
        socket.send(data)
        error = receive(socket)
        assert (error["type"], error["title"]) == ("error", title)
        assert error["detail"]
        codes = {"Picture not read": "picture", "Not accepted": "setting",
                 "Network not used": "network"}  # fmt: skip
        assert error.get("code") == codes.get(title)
        send(socket, 2.0, photo)
        assert len(receive(socket)["faces"]) == 1


def test_times_start_again_after_a_reset(open_stream, photo):
    with open_stream() as socket:
        send(socket, 5.0, photo)
        assert receive(socket)["time"] == 5.0
        send(socket, 4.0, photo)
        assert receive(socket)["title"] == "Time goes back"
        command(socket, type="reset")
        assert receive(socket) == {"type": "reset"}
        send(socket, 0.0, photo)
        assert receive(socket)["faces"][0]["face_id"] == 0


def test_settings_hold_from_the_next_frame_on(open_stream, photo):
    with open_stream() as socket:
        command(socket, type="settings", min_confidence=1.0, smooth=0)
        send(socket, 0.0, photo)
        (face,) = receive(socket)["faces"]
        assert not face["sure"] and face["probabilities"] == face["raw_probabilities"]
        command(socket, type="settings", net="lobonet")
        assert receive(socket)["network"] == "lobonet"
        send(socket, 0.1, photo)
        answer = receive(socket)
        assert answer["network"] == "lobonet" and not answer["faces"][0]["sure"]


def test_settings_change_together_or_not_at_all(open_stream, photo):
    with open_stream() as socket:
        command(socket, type="settings", smooth=0, min_confidence=1.0, net="none")
        assert receive(socket)["title"] == "Network not used"
        for number in range(2):
            image = photo if number else photo[:-2] + b"\xff\xd9"
            send(socket, number / 25, image)
            (face,) = receive(socket)["faces"]
        assert face["sure"]


def test_neutral_faces_are_limited(server):
    session = Session(server.networks)
    for face_id in range(100):
        assert session.execute({"type": "learn_neutral", "face_id": face_id}) is None
    session.execute({"type": "learn_neutral", "face_id": 7})
    with pytest.raises(SettingsError, match="100 neutral faces"):
        session.execute({"type": "learn_neutral", "face_id": 100})
    session.execute({"type": "reset"})
    session.execute({"type": "learn_neutral", "face_id": 100})


def test_a_stream_opens_while_another_network_is_loaded(server):
    with server.networks._lock:
        assert Session(server.networks).reader.info.name == "mien-s"


def test_a_frame_that_takes_too_long_does_not_run_beside_the_next(server, photo, monkeypatch):
    running, together = [], []
    honest = Watch.read

    def read(watch, image, time):
        running.append(time)
        together.append(len(running))
        result = honest(watch, image, time)
        running.pop()
        return result

    monkeypatch.setattr(Watch, "read", read)
    session = Session(server.networks)
    threads = [threading.Thread(target=session.read, args=(photo, 1.0)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert together == [1, 1, 1, 1]


def test_asked_for_as_a_page_the_stream_says_what_it_is(server):
    answer = httpx.get(f"{server.url}v1/stream", trust_env=False, timeout=60, verify=False)
    assert answer.status_code == 426 and answer.headers["upgrade"] == "websocket"
    assert answer.json()["title"] == "WebSocket needed"


def learn_within_a_second(socket, photo):
    """Let the stream learn the face after the frame at time 0, and return its message."""
    command(socket, type="learn_neutral", face_id=0, seconds=1)
    for number in range(1, 11):
        send(socket, number / 10, photo)
        assert receive(socket)["type"] == "faces"
    return receive(socket)


def test_a_smile_is_no_neutral_face(open_stream, photo):
    with open_stream() as socket:
        send(socket, 0.0, photo)
        assert receive(socket)["type"] == "faces"
        error = learn_within_a_second(socket, photo)
        assert (error["type"], error["title"]) == ("error", "Neutral face not learned")
        send(socket, 2.0, photo)
        assert receive(socket)["faces"][0]["expression"] == "happy"


def test_a_neutral_face_is_learned_and_can_be_set_again(open_stream, photo, monkeypatch):
    # As if the astronaut had no smile, but a face that looks like this at rest.
    monkeypatch.setattr("mien.perception.neutral_photos.LEAST_NEUTRAL", 0.0)
    with open_stream() as socket:
        send(socket, 0.0, photo)
        plain = receive(socket)["faces"][0]
        assert plain["expression"] == "happy" and not plain.get("neutral")
        learned = learn_within_a_second(socket, photo)
        assert learned["type"] == "neutral" and learned["face_id"] == 0
        assert learned["neutral"]["network"] == "mien-s"
        for number in range(11, 22):
            send(socket, number / 10, photo)
            face = receive(socket)["faces"][0]
        assert face["neutral"] is True and face["expression"] == "neutral"
        command(socket, type="set_neutral", face_id=0, neutral=None)
        assert receive(socket) == {"type": "neutral", "face_id": 0, "neutral": None, "doubts": []}
        send(socket, 2.2, photo)
        assert not receive(socket)["faces"][0].get("neutral")
        command(socket, type="set_neutral", face_id=0, neutral=learned["neutral"])
        assert receive(socket)["neutral"] == learned["neutral"]


def test_a_neutral_face_that_was_not_seen(open_stream, photo):
    with open_stream() as socket:
        command(socket, type="learn_neutral", face_id=7, seconds=0.1)
        for moment in (0.0, 0.2):
            send(socket, moment, photo)
            assert receive(socket)["type"] == "faces"
        assert receive(socket)["type"] == "error"


def test_a_page_of_another_site_gets_no_stream(server, capfd):
    address = f"ws://127.0.0.1:{server.port}/v1/stream"
    for headers, status in (
        ({"Origin": "https://evil.example.org"}, 403),
        ({"Origin": "null"}, 403),
    ):
        with pytest.raises(InvalidStatus) as refusal:
            connect(address, additional_headers=headers, proxy=None)
        response = refusal.value.response
        assert response.status_code == status
        assert json.loads(response.body)["status"] == status
    # Whoever is refused cannot fill the log.
    assert capfd.readouterr() == ("", "")


def test_streams_are_limited_and_need_the_token(running, open_stream):
    token = "a-token-for-this-test"
    with running(net="lobonet", max_streams=1, token=token) as server:
        address = f"ws://127.0.0.1:{server.port}/v1/stream"
        headers = {"Authorization": f"Bearer {token}"}
        with pytest.raises(InvalidStatus) as refusal:
            connect(address, proxy=None)
        assert refusal.value.response.status_code == 401
        with open_stream(server, **headers):
            with pytest.raises(InvalidStatus) as refusal:
                connect(address, additional_headers=headers, proxy=None)
        response = refusal.value.response
        assert response.status_code == 503 and int(response.headers["retry-after"]) >= 1


def test_a_frame_over_the_limit_ends_the_stream(running, open_stream):
    with running(net="lobonet", max_body=0.1) as server:
        with open_stream(server) as socket:
            socket.send(bytes(200_000))
            with pytest.raises(ConnectionClosed):
                receive(socket)
            assert socket.close_code == 1009


def test_a_server_that_stops_ends_its_streams(running, photo):
    with running(net="lobonet") as server:
        socket = connect(f"ws://127.0.0.1:{server.port}/v1/stream", proxy=None, legacy=True)
        receive(socket)
        server.stop()
        with pytest.raises(ConnectionClosed):
            receive(socket)
        assert socket.close_code == 1012
