"""The clients return what reading here returns, and raise what it raises."""

import asyncio
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


def same(one, other):
    """Return whether two pictures are equal but for names and rounding."""
    return (
        (one.width, one.height, one.network, one.vocabulary)
        == (other.width, other.height, other.network, other.vocabulary)
        and [face.to_dict() for face in one] == [face.to_dict() for face in other]
    )


def sources(photo, astronaut, folder):
    """Yield the astronaut in every form that a picture may have."""
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
    for url in ("127.0.0.1:8000", "ftp://x", "http://"):
        with pytest.raises(SettingsError, match="address of a server"):
            Client(url)


def test_a_token_is_needed_and_sent(running, photo):
    token = "a-token-for-this-test"
    with running(net="lobonet", token=token) as server:
        with Client(server.url) as client:
            with pytest.raises(ServerError, match="Authorization: Bearer"):
                client.detect(photo)
            with pytest.raises(ServerError):
                list(client.watch([(0.0, photo)]))
        with Client(server.url, token=token) as client:
            assert repr(client) == f"Client('http://127.0.0.1:{server.port}')"
            assert len(client.detect(photo)) == 1


@pytest.mark.parametrize(
    ("status", "headers", "left", "expected"),
    [
        (200, {}, 60, None),
        (503, {"retry-after": "3"}, 60, 3),
        (503, {"retry-after": "3"}, 2, None),
        (503, {}, 60, 1),
    ],
)
def test_a_busy_server_is_asked_again(status, headers, left, expected, monkeypatch):
    monkeypatch.setattr("time.monotonic", lambda: 0.0)
    assert seconds_to_wait(httpx.Response(status, headers=headers), left) == expected


def test_async_asks_at_once_and_each_gets_its_own_answer(server, astronaut):
    shifted = [np.roll(astronaut, 9 * number, axis=1) for number in range(8)]

    async def ask():
        async with AsyncClient(server.url) as client:
            return await asyncio.gather(*map(client.detect, shifted))

    pictures = asyncio.run(ask())
    for picture, image in zip(pictures, shifted, strict=True):
        assert same(picture, mien.detect(image))
    assert len({picture[0].box for picture in pictures}) == 8


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
            assert (await client.annotate(photo)).shape == (512, 512, 3)
            assert (await client.networks())[0].name == "mien-s"
            return [picture[0].face_id async for picture in client.watch(frames())]

    assert asyncio.run(ask()) == [0, 0, 0]


def test_a_client_is_shared_between_threads(client, astronaut):
    images = [np.roll(astronaut, 13 * number, axis=1) for number in range(6)]
    boxes = {}

    def ask(number):
        boxes[number] = client.detect(images[number])[0].box

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for number, image in enumerate(images):
        x, y, *_ = mien.detect(image)[0].box
        assert boxes[number][:2] == (round(float(x), 1), round(float(y), 1))
