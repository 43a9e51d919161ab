"""The clients return what reading here returns, and raise what it raises."""

import asyncio
import http.server
import io
import socket
import threading

import httpx
import numpy as np
import pytest
from PIL import Image

import mien
from mien.client import AsyncClient, Client
from mien.client.requests import seconds_to_wait
from mien.errors import MienError, NetError, PictureError, ServerError, SettingsError
from mien.serving.session import Session


def same(one, other):
    """Return whether two pictures are equal but for names and rounding."""
    return (
        (one.width, one.height, one.network, one.vocabulary)
        == (other.width, other.height, other.network, other.vocabulary)
        and [face.to_dict() for face in one] == [face.to_dict() for face in other]
    )


def sources(photo, astronaut, folder):
    """Yield the astronaut in every form that a picture may have."""
    astronaut = astronaut[:320, 64:384]
    path = folder / "astronaut.jpg"
    path.write_bytes(photo)
    yield path
    yield str(path)
    yield photo
    yield io.BytesIO(photo)
    yield astronaut
    yield Image.fromarray(astronaut)


def test_detect_returns_the_picture_of_the_library(client, photo, astronaut, tmp_path):
    for source in sources(photo, astronaut, tmp_path):
        picture = client.detect(source)
        if hasattr(source, "seek") and not isinstance(source, Image.Image):
            source.seek(0)
        expected = mien.detect(source)
        assert same(picture, expected) and picture.source == expected.source
    face = picture[0]
    assert (face.expression, face.expression.emoji, face.face_id) == ("happy", "😄", 0)
    assert face.landmarks.shape == (5, 2) and face.crop is None


def test_settings_go_along(client, photo):
    picture = client.detect(photo, min_confidence=0.999, net="lobonet")
    assert same(picture, mien.detect(photo, "lobonet", min_confidence=0.999))


def test_several_pictures_and_a_failure(client, photo, tmp_path):
    (tmp_path / "bad.jpg").write_bytes(b"no picture")
    good, bad = client.detect_many([photo, tmp_path / "bad.jpg"])
    assert same(good, mien.detect(photo))
    assert isinstance(bad, mien.Failure) and isinstance(bad.error, PictureError)
    assert bad.source.endswith("bad.jpg") and "bad.jpg is not a picture" in str(bad.error)


def test_annotate_and_classify(client, photo, astronaut):
    reader = mien.Reader()
    drawn = client.annotate(photo, explain=True)
    picture = reader.read(photo, keep_image=True)
    heats = [reader.explain(face) for face in picture]
    assert np.array_equal(drawn, mien.draw(picture.image, picture, heats))
    crops = reader.crop(astronaut, reader.find(astronaut))
    expected = reader.classify(crops)
    assert np.allclose(client.classify(crops), expected, atol=0.00006)
    with pytest.raises(PictureError):
        client.classify([b"nothing"])


def test_watch_keeps_ids(client, photo):
    frames = ((number / 25, photo) for number in range(5))
    pictures = list(client.watch(frames, smooth=0.5, min_confidence=1.0))
    assert [picture.time for picture in pictures] == [number / 25 for number in range(5)]
    assert {picture[0].face_id for picture in pictures} == {0}
    assert pictures[0][0].raw_probabilities.shape == (7,) and not pictures[0][0].sure
    assert pictures[0][0].expression == "happy"
    with pytest.raises(PictureError, match="Picture not read"):
        list(client.watch([(0.0, b"nothing")]))


def test_networks(client):
    first, *others = client.networks()
    assert first.name == "mien-s" and first.default and first.available
    assert first.vocabulary == mien.Reader().vocabulary
    assert "lobonet" in [network.name for network in others]


@pytest.mark.parametrize(
    ("options", "kind"),
    [({"net": "smile"}, NetError), ({"min_confidence": 2}, SettingsError)],
)
def test_refusals_are_the_errors_of_the_library(client, photo, options, kind):
    with pytest.raises(kind):
        client.detect(photo, **options)


def test_pictures_that_cannot_be_read_or_sent(client, tmp_path):
    for source in (b"text", b"", tmp_path / "nowhere.jpg", np.zeros((2, 2), np.float32)):
        with pytest.raises(MienError):
            client.detect(source)


def test_no_server_and_no_address():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with Client(f"http://127.0.0.1:{port}") as client:
        with pytest.raises(ServerError, match="does not answer") as error:
            client.networks()
        assert error.value.code == "server" and "mien serve" in error.value.fix
    for url in ("127.0.0.1:8000", "ftp://x", "http://", "http://[::1", "http://x:y", "http://x/y"):
        with pytest.raises(SettingsError, match="address of a server"):
            Client(url)


def test_a_token_is_needed_and_sent(running, photo):
    token = "a-token-for-this-test"
    with running(net="lobonet", token=token) as server:
        with Client(f"http://127.0.0.1:{server.port}") as client:
            with pytest.raises(ServerError, match="Authorization: Bearer"):
                client.detect(photo)
            with pytest.raises(ServerError):
                list(client.watch([(0.0, photo)]))
        with Client(server.url, token=token) as client:
            assert repr(client) == f"Client('http://127.0.0.1:{server.port}')"
            assert len(client.detect(photo)) == 1
            next(client.watch([(0.0, photo)]))
        with Client(server.url) as client:
            # The address as it is printed has the token.
            assert "token" not in client.url and len(client.detect(photo)) == 1
        with Client(f"http://127.0.0.1:{server.port}", token="b-token-for-this-test") as client:
            client._networks = ()
            with pytest.raises(ServerError, match="Authorization: Bearer"):
                list(client.watch([(0.0, photo)]))
    for wrong in ("ä" * 20, "line\nline"):
        with pytest.raises(SettingsError, match="token"):
            Client("http://127.0.0.1:8000", token=wrong)


@pytest.mark.parametrize(
    ("status", "headers", "left", "expected"),
    [
        (200, {}, 60, None),
        (503, {"retry-after": "3"}, 60, 3),
        (503, {"retry-after": "3"}, 2, None),
        (503, {}, 60, 1),
        (503, {"retry-after": "Wed, 21 Oct 2099 07:28:00 GMT"}, 60, 1),
        (503, {"retry-after": "0"}, 60, 0.1),
        (503, {"retry-after": "-5"}, 60, 0.1),
        (503, {"retry-after": "nan"}, 60, 1),
        (503, {"retry-after": "9" * 30}, 60, None),
    ],
)
def test_a_busy_server_is_asked_again(status, headers, left, expected, monkeypatch):
    monkeypatch.setattr("time.monotonic", lambda: 0.0)
    assert seconds_to_wait(httpx.Response(status, headers=headers), left) == expected


class Foreign(http.server.BaseHTTPRequestHandler):
    """Answers every request with what its server was told."""

    def do_GET(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        status, body = self.server.answer
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture(scope="module")
def foreign():
    """A server that is not mien's."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Foreign) as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.01,))
        thread.start()
        yield made
        made.shutdown()
        thread.join(60)


@pytest.mark.parametrize(
    ("status", "body", "text"),
    [
        (200, b"<html>", "not answer as a server of mien"),
        (200, b'{"x": 1}', "not answer as a server of mien"),
        (200, b"[]", "not answer as a server of mien"),
        (200, b'{"networks": [{"name": 1}]}', "not answer as a server of mien"),
        (302, b"", "status 302"),
        (502, b"<html>bad gateway", "status 502"),
        (400, b'{"detail": {"a": 1}, "code": ["x"]}', "status 400"),
        (400, b'{"detail": "No."}', "No."),
    ],
)
def test_a_server_that_is_not_miens_is_said(foreign, photo, status, body, text):
    foreign.answer = (status, body)
    url = f"http://127.0.0.1:{foreign.server_address[1]}"

    async def ask():
        async with AsyncClient(url) as client:
            await client.detect(photo)

    with Client(url) as client:
        for call in (
            client.networks,
            lambda: client.detect(photo),
            lambda: client.detect_many([photo]),
            lambda: client.classify([photo]),
            lambda: list(client.watch([(0.0, photo)])),
            lambda: asyncio.run(ask()),
        ):
            with pytest.raises(ServerError, match=text if call is client.networks else None):
                call()


def test_a_server_that_says_nothing_is_not_waited_for(photo):
    async def frames():
        yield 0.0, photo

    async def watch(url):
        async with AsyncClient(url, timeout=0.2) as client:
            return [picture async for picture in client.watch(frames())]

    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with Client(url, timeout=0.2) as client:
            for call in (client.networks, lambda: list(client.watch([(0.0, photo)]))):
                with pytest.raises(ServerError, match="does not answer"):
                    call()
        with pytest.raises(ServerError, match="does not answer"):
            asyncio.run(watch(url))


def test_a_stream_that_stops_answering_is_not_waited_for(server, photo, monkeypatch):
    gate = threading.Event()
    honest = Session.read

    def read(session, data, time):
        assert gate.wait(60)
        return honest(session, data, time)

    monkeypatch.setattr(Session, "read", read)
    with Client(server.url, timeout=0.5) as client:
        with pytest.raises(ServerError, match="takes too long|timed out"):
            list(client.watch([(0.0, photo)]))
    gate.set()


def test_what_goes_wrong_with_the_callers_frames_is_the_callers(client, photo):
    def frames():
        yield 0.0, photo
        raise OSError("my camera broke")

    with pytest.raises(OSError, match="my camera broke"):
        list(client.watch(frames()))


@pytest.mark.parametrize(
    ("settings", "kind"),
    [({"smooth": -1}, SettingsError), ({"net": "smile"}, NetError), ({"x": 1}, SettingsError)],
)
def test_settings_of_a_stream_are_refused_as_the_library_refuses_them(
    client, photo, settings, kind
):
    with pytest.raises(kind):
        list(client.watch([(0.0, photo)], **settings))


def test_networks_of_a_server_that_was_started_anew_are_asked_for_again(client, photo):
    first, *others = client.networks()
    client._networks = tuple(others)
    assert len(client.detect(photo)) == 1
    assert client._networks[0] == first


def test_async_asks_at_once_and_each_gets_its_own_answer(server, astronaut):
    shifted = [np.roll(astronaut[:320], 9 * number, axis=1) for number in range(4)]

    async def ask():
        async with AsyncClient(server.url) as client:
            return await asyncio.gather(*map(client.detect, shifted))

    pictures = asyncio.run(ask())
    for picture, image in zip(pictures, shifted, strict=True):
        assert same(picture, mien.detect(image))
    assert len({picture[0].box for picture in pictures}) == 4


def test_async_has_all_the_client_has(server, photo, astronaut):
    async def frames():
        for number in range(3):
            yield number / 25, photo

    async def ask():
        async with AsyncClient(server.url) as client:
            reader = mien.Reader()
            good, bad = await client.detect_many([photo, b"no picture"])
            assert same(good, mien.detect(photo)) and isinstance(bad, mien.Failure)
            crops = reader.crop(astronaut, reader.find(astronaut))
            rows = await client.classify(crops)
            assert np.allclose(rows, reader.classify(crops), atol=0.00006)
            assert (await client.annotate(photo)).shape == (320, 320, 3)
            assert (await client.networks())[0].name == "mien-s"
            return [picture[0].face_id async for picture in client.watch(frames())]

    assert asyncio.run(ask()) == [0, 0, 0]


def test_a_client_is_shared_between_threads(client, astronaut):
    images = [np.roll(astronaut[:320], 13 * number, axis=1) for number in range(4)]
    boxes = {}

    def ask(number):
        boxes[number] = client.detect(images[number])[0].box

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for number, image in enumerate(images):
        x, y, *_ = mien.detect(image)[0].box
        assert boxes[number][:2] == (round(float(x), 1), round(float(y), 1))
