"""The addresses that programs ask: answers, refusals, and sameness with `mien detect`."""

import io
import json
import sys
import threading

import cv2
import httpx
import numpy as np
import pytest
from PIL import Image

import mien
from mien.cli import main
from mien.errors import PictureError
from mien.models import names
from mien.serving import bodies
from mien.serving.answers import EXAMPLE, PictureAnswer
from mien.serving.problems import of_error


@pytest.fixture(scope="module")
def http(server):
    with httpx.Client(base_url=server.url, trust_env=False, timeout=60, verify=False) as client:
        yield client


def problem(answer):
    """Return the status and title of a refusal, which must be well formed."""
    assert answer.headers["content-type"] == "application/problem+json"
    fields = answer.json()
    assert fields["status"] == answer.status_code
    kind = f"urn:mien:{fields['code']}" if "code" in fields else "about:blank"
    assert fields["type"] == kind
    assert fields["detail"].endswith(".")
    return answer.status_code, fields["title"]


def test_a_posted_photo_has_the_faces_of_mien_detect(http, astronaut, tmp_path, monkeypatch):
    canvas = np.full((600, 1100, 3), 128, np.uint8)
    canvas[:512, :512] = astronaut
    canvas[100:484, 600:984] = cv2.resize(astronaut, (384, 384))
    photos = [tmp_path / "two.jpg", tmp_path / "one.png", tmp_path / "none.png"]
    Image.fromarray(canvas).save(photos[0], quality=90)
    Image.fromarray(astronaut).save(photos[1])
    Image.fromarray(canvas[520:, :60]).save(photos[2])
    words = ["detect", *map(str, photos), "--json", "faces.json", "--no-annotate"]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["mien", *words])
    with pytest.raises(SystemExit) as end:
        main()
    assert not end.value.code
    expected = json.loads((tmp_path / "faces.json").read_text())
    assert [len(one["faces"]) for one in expected] == [2, 1, 0]
    for photo, picture in zip(photos, expected, strict=True):
        answer = http.post("/v1/detect", content=photo.read_bytes())
        assert answer.status_code == 200
        assert answer.json() == picture | {"source": "photo"}
    files = [("files", (photo.name, photo.read_bytes())) for photo in photos]
    answers = http.post("/v1/detect", files=files).json()
    assert answers == [one | {"source": photo.name}
                       for one, photo in zip(expected, photos, strict=True)]  # fmt: skip


def test_the_default_network_reads_as_the_library_does_to_the_last_bit(server, photo):
    assert server.networks.reader().read(photo).faces == mien.detect(photo).faces


def test_another_network_and_a_minimum(http, photo):
    answer = http.post(
        "/v1/detect", params={"net": "lobonet", "min_confidence": 0.999}, content=photo
    ).json()
    expected = mien.detect(photo, "lobonet", min_confidence=0.999)
    assert answer["faces"] == [face.to_dict() for face in expected]
    assert answer["network"] == "lobonet" and not answer["faces"][0]["sure"]


def test_explain_adds_a_map_to_each_face(http, photo):
    face = http.post("/v1/detect", params={"explain": "true"}, content=photo).json()["faces"][0]
    expected = mien.explain(mien.detect(photo)[0])
    assert np.allclose(face["heat"], expected, atol=0.0005) and np.max(face["heat"]) == 1


@pytest.mark.parametrize("explain", [False, True])
def test_annotate_answers_with_the_drawn_picture(http, photo, explain):
    query = {"annotate": "png", "explain": str(explain)}
    answer = http.post("/v1/detect", params=query, content=photo)
    assert answer.headers["content-type"] == "image/png"
    reader = mien.Reader()
    picture = reader.read(photo, keep_image=True)
    heats = [reader.explain(face) for face in picture] if explain else None
    drawn = np.array(Image.open(io.BytesIO(answer.content)))
    assert np.array_equal(drawn, mien.draw(picture.image, picture, heats))


def test_classify_reads_crops_as_the_network_takes_them(http, astronaut):
    reader = mien.Reader()
    crop = reader.crop(astronaut, reader.find(astronaut))[0]
    file = io.BytesIO()
    Image.fromarray(crop).save(file, "PNG")
    answer = http.post("/v1/classify", content=file.getvalue()).json()
    row = reader.classify(crop[None])[0]
    assert answer["expression"] == "happy"
    assert list(answer["probabilities"].values()) == [round(float(value), 4) for value in row]
    files = [("a", ("one.png", file.getvalue())), ("b", ("two.png", b"nothing"))]
    first, second = http.post("/v1/classify", files=files).json()
    assert first == answer | {"source": "one.png"}
    assert second["source"] == "two.png" and second["code"] == "picture"


def test_networks_are_listed_with_their_classes(http):
    entries = http.get("/v1/networks").json()["networks"]
    assert {entry["name"] for entry in entries} == set(names())
    assert entries[0]["name"] == "mien-s" and entries[0]["default"]
    assert not any(entry["default"] for entry in entries[1:])
    assert entries[0]["classes"][3] == {"name": "happy", "emoji": "😄", "colour": "#f0e442"}


def test_one_bad_picture_of_several_fails_alone(http, photo):
    sent = {"good.jpg": photo, "bad\n.jpg": photo[:1000], "c.txt": b"text"}
    files = [("files", pair) for pair in sent.items()]
    good, bad, text = http.post("/v1/detect", files=files).json()
    assert len(good["faces"]) == 1
    assert set(bad) == {"source", "error", "code"} and bad["code"] == "picture"
    assert "\n" not in bad["source"]
    assert text["error"].startswith("c.txt is not a picture")


JPEG_HEAD = b"\xff\xd8\xff\xe0\x00\x10JFIF"


@pytest.mark.parametrize(
    ("content", "kind", "expected"),
    [
        (b"", None, (400, "No picture")),
        (b"GIF87a", "text/plain", (415, "Not a picture")),
        (b"{}", "application/json", (415, "Not a picture")),
        (b"hello, this is text", None, (415, "Not a picture")),
        (JPEG_HEAD + b"\x00" * 50, None, (422, "Damaged picture")),
        (b"--x\r\n", "multipart/form-data", (400, "Malformed form")),
        (b"--x\r\n\r\n", "multipart/form-data; boundary=x", (400, "Malformed form")),
        (b"garbage", "multipart/form-data; boundary=x", (400, "Malformed form")),
        (b"--x--\r\n", "multipart/form-data; boundary=x", (400, "No picture")),
    ],
)
@pytest.mark.parametrize("path", ["/v1/detect", "/v1/classify"])
def test_bad_bodies_are_refused_with_the_right_code(http, path, content, kind, expected):
    headers = {} if kind is None else {"content-type": kind}
    assert problem(http.post(path, content=content, headers=headers)) == expected


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"min_confidence": "2"}, "min_confidence"),
        ({"min_confidence": "nan"}, "min_confidence"),
        ({"annotate": "gif"}, "annotate"),
        ({"explain": "perhaps"}, "explain"),
        ({"net": "../../etc/passwd"}, "network"),
        ({"net": "/tmp/own.onnx"}, "network"),
        ({"explian": "true"}, "explian"),
    ],
)
def test_settings_out_of_range_are_refused(http, photo, query, name):
    answer = http.post("/v1/detect", params=query, content=photo)
    assert problem(answer) == (422, "Setting not accepted")
    assert name in answer.json()["detail"]


def test_a_truncated_photo_is_refused_as_the_library_refuses_it(http, photo):
    answer = http.post("/v1/detect", content=photo[: len(photo) // 2])
    assert problem(answer) == (422, "Damaged picture")
    assert answer.json()["code"] == "picture"


def test_only_one_picture_can_be_drawn_on(http, photo):
    answer = http.post(
        "/v1/detect?annotate=png", files=[("f", ("a.jpg", photo)), ("f", ("b.jpg", photo))]
    )
    assert problem(answer) == (422, "One picture at a time")


def test_a_crop_as_narrow_as_a_line_is_refused(http):
    file = io.BytesIO()
    Image.new("L", (3000, 2)).save(file, "PNG")
    answer = http.post("/v1/classify", content=file.getvalue())
    assert problem(answer)[0] == 422 and "3000 x 2" in answer.json()["detail"]


def test_a_picture_with_too_many_faces_is_too_large(photo):
    limited = mien.Reader("lobonet", max_faces=1)
    with pytest.raises(PictureError) as caught:
        limited._check_faces(2)
    refusal = of_error(caught.value, photo)
    assert (refusal.status, refusal.title) == (413, "Too many faces")
    assert refusal.detail == "The picture shows 2 faces, over the limit of 1. Cut it into parts."


def test_limits_on_bytes_pixels_and_pictures(running, photo):
    big = io.BytesIO()
    Image.new("L", (2000, 1100)).save(big, "PNG")
    with running(net="lobonet", max_body=0.2, max_picture=2) as server:
        with httpx.Client(base_url=server.url, trust_env=False, timeout=60, verify=False) as http:
            answer = http.post("/v1/detect", content=b"\xff\xd8\xff" + bytes(250_000))
            assert problem(answer) == (413, "Request too large")

            def chunks():
                yield from [bytes(50_000)] * 6

            assert problem(http.post("/v1/detect", content=chunks()))[0] == 413
            answer = http.post("/v1/detect", content=big.getvalue())
            assert problem(answer) == (413, "Picture too large")
            assert "2.2 megapixels" in answer.json()["detail"]
            # What a client can change, or whoever runs the server, but not what Python calls it.
            fix = "Shrink it, or ask whoever runs the server for a higher max_picture."
            assert answer.json()["detail"].endswith(f"over the limit of 2. {fix}")
            (failed,) = http.post("/v1/detect", files=[("f", ("a.png", big.getvalue()))]).json()
            assert failed["error"].endswith(f"over the limit of 2. {fix}")
            for count, named in ((65, True), (129, False)):
                # A part without a file's name is another field of the form.
                part = (f"{count}.jpg" if named else None, b"x")
                files = [("f", part) for _ in range(count)]
                assert problem(http.post("/v1/detect", files=files)) == (413, "Too many pictures")


def test_unknown_addresses_and_methods(http):
    assert problem(http.get("/v1/nothing")) == (404, "Not Found")
    answer = http.get("/v1/detect")
    assert problem(answer) == (405, "Method Not Allowed")
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize("path", ["/", "/docs", "/healthz", "/v1/networks", "/openapi.json"])
def test_head_is_answered_as_get_without_a_body(http, path):
    head, get = http.head(path), http.get(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(get.content))
    assert http.head("/v1/detect").status_code == 405


def test_forms_are_taken_apart_off_the_event_loop(http, photo, monkeypatch):
    threads = []
    honest = bodies._files

    def files(*values):
        threads.append(threading.current_thread().name)
        return honest(*values)

    monkeypatch.setattr(bodies, "_files", files)
    assert http.post("/v1/detect", files=[("f", ("a.jpg", photo))]).status_code == 200
    assert threads[0].startswith("mien-worker")


def test_health_readiness_and_metrics(http, photo):
    assert http.get("/healthz").json() == http.get("/readyz").json() == {"status": "ok"}
    http.post("/v1/detect", content=photo)
    http.post("/v1/detect", content=b"")
    lines = http.get("/metrics").text.splitlines()
    values = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    assert int(values['mien_requests_total{route="/v1/detect",status="200"}']) >= 1
    assert int(values['mien_requests_total{route="/v1/detect",status="400"}']) >= 1
    assert int(values["mien_faces_total"]) >= 1
    assert values["mien_streams"] == "0" and values["mien_requests"] == "0"


def test_the_description_names_every_type_that_it_refers_to(http):
    text = http.get("/openapi.json").text
    description = json.loads(text)
    assert description["openapi"].startswith("3.1")
    assert set(description["paths"]) == {
        "/v1/detect", "/v1/classify", "/v1/networks", "/healthz", "/readyz", "/metrics",
    }  # fmt: skip
    referred = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert referred <= set(description["components"]["schemas"])
    assert {"PictureAnswer", "FaceAnswer", "ProblemAnswer", "NetworksAnswer"} <= referred
    assert "HTTPValidationError" not in text
    assert PictureAnswer.model_validate(EXAMPLE)
    assert description["components"]["schemas"]["PictureAnswer"]["examples"] == [EXAMPLE]
